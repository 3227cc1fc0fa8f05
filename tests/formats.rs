//! Bodies that are neither JSON nor plain text: forms, multipart, UTF-16, binary types; and what goes beside a body.

use aws_masker::{Code, Config, Masked, Masker, Part, Place};
use serde_json::Value;

const INSTANCE: &str = "i-0123456789abcdef0";
const FORM: &str = "application/x-www-form-urlencoded";

fn masker_with(config: &str) -> Masker {
    let mut config: Value = serde_json::from_str(config).unwrap();
    config["use_redis"] = false.into();
    Masker::new(&Config::from_json(config.to_string().as_bytes()).unwrap()).unwrap()
}

fn masker() -> Masker {
    masker_with("{}")
}

fn refused(masker: &Masker, content_type: &str, body: &[u8]) -> Code {
    masker.mask(content_type, body).map(|masked| masked.body.is_some()).unwrap_err().code()
}

/// Masks a body, checks that an echo comes back as it was, and gives what would be sent.
fn sent(masker: &Masker, content_type: &str, body: &[u8]) -> Vec<u8> {
    let Masked { body: masked, mapping, .. } = masker.mask(content_type, body).unwrap();
    let masked = masked.unwrap_or_else(|| panic!("nothing found in {}", String::from_utf8_lossy(body)));
    let restored = masker.unmask(content_type, &mapping, &masked).expect("tokens").body;
    assert_eq!(String::from_utf8_lossy(&restored), String::from_utf8_lossy(body));
    assert_eq!(restored, body);
    masked
}

fn sent_text(content_type: &str, body: &str) -> String {
    String::from_utf8(sent(&masker(), content_type, body.as_bytes())).unwrap()
}

#[test]
fn a_forms_values_are_masked_where_they_stand() {
    for (body, expected) in [
        (format!("a=b&id={INSTANCE}&c=%20"), "a=b&id=AWS_EC2_001&c=%20".to_string()),
        ("role=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp".into(), "role=AWS_IAM_ROLE_001".into()),
        // The usual spelling encodes everything; another one must come back too.
        ("role=arn:aws:iam::123456789012:role%2fapp".into(), "role=AWS_%49AM_ROLE_001".into()),
        ("x=one+i%2D0123456789abcdef0+two".into(), "x=one+AWS_%45C2_001+two".into()),
        (format!("{INSTANCE}=1&{INSTANCE}"), "AWS_EC2_001=1&AWS_EC2_001".into()),
        ("DBInstanceIdentifier=orders-primary&x=1".into(), "DBInstanceIdentifier=AWS_RDS_001&x=1".into()),
    ] {
        assert_eq!(sent_text(FORM, &body), expected, "{body}");
    }
}

#[test]
fn json_in_a_form_is_read_as_json() {
    let body = "payload=%7B%22text%22%3A%22is%5Cni-0123456789abcdef0%22%2C%22AccountId%22%3A123456789012%7D&x=1";
    let sent = sent_text(FORM, body);
    assert!(sent.contains("%5CnAWS_EC2_001%22"), "{sent}");
    assert!(!sent.contains("123456789012"), "{sent}");
    // The whole body may be JSON although a client calls it a form.
    let json = format!(r#"{{"text":"at\n{INSTANCE}&x=%20"}}"#);
    assert_eq!(sent_text(FORM, &json), r#"{"text":"at\nAWS_EC2_001&x=%20"}"#);
}

#[test]
fn a_token_from_a_form_is_restored_in_a_json_answer() {
    let masker = masker();
    let masked = masker.mask(FORM, b"q=arn:aws:iam::123456789012:role%2fapp").unwrap();
    let restored = masker.unmask("application/json", &masked.mapping, br#"{"a":"AWS_IAM_ROLE_001"}"#).unwrap();
    assert_eq!(restored.body, br#"{"a":"arn:aws:iam::123456789012:role/app"}"#);
}

fn multipart(parts: &[(&str, &str)]) -> String {
    let part = |(headers, content): &(&str, &str)| format!("--b\r\n{headers}\r\n\r\n{content}\r\n");
    format!("{}--b--\r\n", parts.iter().map(part).collect::<String>())
}

#[test]
fn parts_are_read_by_their_own_types() {
    let body = multipart(&[
        ("Content-Disposition: form-data; name=\"q\"", &format!("is {INSTANCE} up?")),
        (
            "Content-Disposition: form-data; name=\"j\"\r\nContent-Type: application/json",
            &format!("{{\"a\":\"x\\n{INSTANCE}\"}}"),
        ),
        (
            &format!(
                "Content-Disposition: form-data; name=\"f\"; filename=\"{INSTANCE}.log\"\r\nContent-Type: text/plain"
            ),
            "vpc-0a1b2c3d",
        ),
        ("Content-Type: application/x-www-form-urlencoded", "a=i%2D0123456789abcdef0"),
        ("Content-Type: image/png", "\u{89}PNG no identifiers"),
    ]);
    let sent = sent_text("multipart/form-data; boundary=b", &body);
    assert!(!sent.contains("0123456789abcdef0") && !sent.contains("vpc-0a"), "{sent}");
    assert!(sent.contains("filename=\"AWS_EC2_001.log\"") && sent.contains("x\\nAWS_EC2_001"), "{sent}");
    let nested = multipart(&[(
        "Content-Type: multipart/mixed; boundary=\"in ner\"",
        &format!("--in ner\n\n{INSTANCE}\n--in ner--"),
    )]);
    assert!(sent_text("multipart/related; boundary=b", &nested).contains("\n\nAWS_EC2_001\n--in ner--"));
}

#[test]
fn a_table_between_documents_or_data_is_one() {
    let table = "| BucketName |\n|---|\n| acmelake |\n| acmelogs |\n";
    let masked = table.replace("acmelake", "AWS_S3_BUCKET_001").replace("acmelogs", "AWS_S3_BUCKET_002");
    for (content_type, before, behind) in [
        ("text/plain", "", ""),
        ("application/x-ndjson", "{\"a\": 1}\n", "{\"b\": 2}\n"),
        ("text/event-stream", "data: {\"a\": 1}\n\n", "\ndata: {\"b\": 2}\n\n"),
        ("", ": a comment\n", ""),
    ] {
        let around = |table: &str| [before, table, behind].concat();
        assert_eq!(sent_text(content_type, &around(table)), around(&masked), "{content_type}");
    }
}

#[test]
fn lines_of_an_event_that_stand_between_its_data_keep_their_places() {
    for (first, last) in [("", ""), ("\"", "\""), ("[\"", "\"]"), ("[\"\\u00e9 ", "\"]")] {
        let middle = if first.starts_with('[') { ("\",", "\"") } else { ("", "") };
        let written = |ids: [&str; 4]| {
            let [a, b, c, d] = ids;
            format!("id: {a}\ndata: {first}{b}{}\nid: {c}\ndata: {}{d}{last}\n\n", middle.0, middle.1)
        };
        let body =
            written(["i-0abc1234def567890", "i-0abc1234def567891", "i-0abc1234def567892", "i-0abc1234def567893"]);
        let expected = written(["AWS_EC2_001", "AWS_EC2_002", "AWS_EC2_003", "AWS_EC2_004"]);
        assert_eq!(sent_text("text/event-stream", &body), expected);
    }
}

#[test]
fn a_multipart_body_without_its_boundary_is_text() {
    for header in ["multipart/form-data; boundary=other", "multipart/form-data"] {
        let body = multipart(&[("X: y", INSTANCE)]);
        assert!(sent_text(header, &body).contains("AWS_EC2_001"), "{header}");
    }
    let depth = |n: usize| (0..n).fold(INSTANCE.to_string(), |inner, level| format!("--{level}\n\n{inner}"));
    assert!(sent_text("multipart/mixed; boundary=39", &depth(40)).contains("AWS_EC2_001"));
}

#[test]
fn what_is_no_text_is_never_rewritten() {
    let masker = masker();
    for header in ["application/octet-stream", "image/jpeg; x=y", "application/pdf"] {
        let body = format!("\u{1}\u{2} {INSTANCE} \u{3}");
        assert_eq!(refused(&masker, header, body.as_bytes()), Code::IdentifiersLeft, "{header}");
        assert!(masker.mask(header, b"\x01\xff no identifiers").unwrap().body.is_none(), "{header}");
    }
    let part = multipart(&[("Content-Type: application/zip", INSTANCE), ("X: y", INSTANCE)]);
    assert_eq!(refused(&masker, "multipart/form-data; boundary=b", part.as_bytes()), Code::IdentifiersLeft);
    let mapping = masker.mask("", INSTANCE.as_bytes()).unwrap().mapping;
    assert!(masker.unmask("image/png", &mapping, b"AWS_EC2_001").is_none());
    let mut unmasker = masker.unmasker("image/png", mapping);
    assert_eq!([unmasker.push(b"AWS_EC2_001"), unmasker.finish()].concat(), b"AWS_EC2_001");
}

#[test]
fn what_hides_its_text_is_refused_or_let_through_as_the_operator_says() {
    let (refuses, allows) = (masker(), masker_with(r#"{"uninspectable_body":"allow"}"#));
    let base64 = multipart(&[("Content-Transfer-Encoding: base64", "aS0w")]);
    for (header, body) in [
        ("application/grpc", &b"\0\0\0\0\0"[..]),
        ("multipart/encrypted; boundary=b", b"--b\r\n\r\nx\r\n--b--"),
        ("application/jose", b"eyJ"),
        ("multipart/form-data; boundary=b", base64.as_bytes()),
        ("text/plain; charset=utf-32", b"i\0\0\0"),
        ("text/plain; charset=IBM037", b"\x89"),
        ("application/json", b"\xff\xfe{"),
        ("application/json", b"{\0\"\0\x00\xd8"),
        ("application/json", b"\x1f\x8b\x08\0"),
        ("", b"\x28\xb5\x2f\xfd\0"),
    ] {
        // Whatever is in it, nothing of it is known.
        assert_eq!(refused(&refuses, header, body), Code::BodyUninspectable, "{header} {body:?}");
        assert!(allows.mask(header, body).unwrap().body.is_none(), "{header}");
    }
    // What can be read beside it is masked all the same.
    let both = multipart(&[("Content-Transfer-Encoding: base64", "aS0w"), ("X: y", INSTANCE)]);
    let masked = allows.mask("multipart/form-data; boundary=b", both.as_bytes()).unwrap().body.unwrap();
    assert_eq!(String::from_utf8(masked).unwrap(), both.replace(INSTANCE, "AWS_EC2_001"));
    let not_utf16 = [b"\xff\xfe ", INSTANCE.as_bytes()].concat();
    assert_eq!(refused(&allows, "", &not_utf16), Code::IdentifiersLeft);
    let blocks = masker_with(r#"{"uninspectable_body":"allow","credential_policy":"block"}"#);
    assert_eq!(refused(&blocks, "", b"AKIAQ3EGRZ7TMXKQ2J5N"), Code::BodyUninspectable);
}

fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
    let bytes = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn utf_16_is_masked_and_restored() {
    let json = format!(r#"{{"text":"안녕 😀\n{INSTANCE}"}}"#);
    let masked = json.replace(INSTANCE, "AWS_EC2_001");
    for big_endian in [false, true] {
        let marked = |text: &str| utf16(&format!("\u{feff}{text}"), big_endian);
        assert_eq!(sent(&masker(), "application/json", &marked(&json)), marked(&masked));
        // Parsers of JSON know it without a mark.
        assert_eq!(sent(&masker(), "application/json", &utf16(&json, big_endian)), utf16(&masked, big_endian));
        let unnamed = utf16(&format!("on {INSTANCE}"), big_endian);
        assert_eq!(sent(&masker(), "text/plain", &unnamed), utf16("on AWS_EC2_001", big_endian));
        let named = if big_endian { "text/plain; charset=UTF-16BE" } else { "text/plain; charset=utf-16le" };
        let text = utf16(&format!("안 {INSTANCE}"), big_endian);
        assert_eq!(sent(&masker(), named, &text), utf16("안 AWS_EC2_001", big_endian));
    }
}

#[test]
fn xml_is_masked_in_text_attributes_and_cdata() {
    let body = format!(
        "<?xml version=\"1.0\"?><r id=\"{INSTANCE}\" role='arn&#58;aws:iam::123456789012:role/app'><a>{INSTANCE}</a>\
         <![CDATA[<b>vpc-0a1b2c3d</b>]]><!-- subnet-0a1b2c3d --></r>"
    );
    let sent = sent_text("application/xml", &body);
    for original in [INSTANCE, "123456789012", "vpc-0a", "subnet-0a"] {
        assert!(!sent.contains(original), "{sent}");
    }
    assert!(sent.contains("<r id=\"AWS_EC2_001\" role='AWS_"), "{sent}");
}

#[test]
fn the_parts_of_a_request_share_names_and_what_they_learn() {
    let masker = masker();
    let part = |place, bytes: &'static str| Part { place, content_type: "", bytes: bytes.as_bytes() };
    let masked = masker
        .mask_parts(
            None,
            &[
                part(Place::Body, r#"{"text":"i-0123456789abcdef0 has orders-blue"}"#),
                part(Place::Query, "id=i%2D0123456789abcdef0&TableName=orders-blue&x=%20"),
                part(Place::Header, "trace i-0123456789abcdef0"),
                part(Place::Header, "nothing"),
                part(Place::Path, "/v1/vpc-0a1b2c3d/arn%3Aaws%3As3%3A%3A%3Aamzn-s3-demo-bucket"),
            ],
        )
        .unwrap();
    let parts: Vec<_> =
        masked.parts.into_iter().map(|part| part.map(|part| String::from_utf8(part).unwrap())).collect();
    assert_eq!(parts[0].as_deref(), Some(r#"{"text":"AWS_EC2_001 has AWS_DYNAMODB_TABLE_001"}"#));
    assert_eq!(parts[1].as_deref(), Some("id=AWS_%45C2_001&TableName=AWS_DYNAMODB_TABLE_001&x=%20"));
    assert_eq!(parts[2].as_deref(), Some("trace AWS_EC2_001"));
    assert_eq!(parts[3..], [None, None]);
    assert_eq!(masked.mapping.tokens().count(), 2, "what is in the path needs no token");
    assert_eq!(masked.report.masked.values().sum::<u64>(), 5);
    assert_eq!(masked.report.path.into_iter().collect::<Vec<_>>(), [("AWS_S3_BUCKET", 1), ("AWS_VPC", 1)]);
}

#[test]
fn a_preamble_is_there_when_something_was_masked() {
    let masker = masker_with(r#"{"token_preamble":true}"#);
    let body =
        |content: &str| format!(r#"{{"model":"claude-x", "messages":[{{"role":"user","content":"{content}"}}]}}"#);
    assert!(masker.mask("", body("hello").as_bytes()).unwrap().body.is_none());
    let first = String::from_utf8(masker.mask("", body(INSTANCE).as_bytes()).unwrap().body.unwrap()).unwrap();
    let second = String::from_utf8(masker.mask("", body("vpc-0a1b2c3d").as_bytes()).unwrap().body.unwrap()).unwrap();
    assert!(first.starts_with(r#"{"system":"Some values"#), "{first}");
    assert_eq!(first.split("AWS_EC2_001").next(), second.split("AWS_VPC_001").next(), "the prefix is the same");
    let (hello, query) = (body("hello"), format!("id={INSTANCE}"));
    let query = [(Place::Body, &hello), (Place::Query, &query)].map(|(place, text)| Part {
        place,
        content_type: "",
        bytes: text.as_bytes(),
    });
    assert!(masker.mask_parts(None, &query).unwrap().parts[0].is_some());
}
