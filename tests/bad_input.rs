//! Bodies that nobody should send: never a crash, never passed unscanned.

use aws_masker::{Code, Config, Masked, Masker};
use serde_json::Value;

const INSTANCE: &str = "i-0abc1234def567890";

fn masker() -> Masker {
    Masker::new(&Config { use_redis: false, ..Config::default() }).unwrap()
}

/// Masks, checks that the instance id is gone and that the echo is the body, and gives what would be sent.
fn masked(body: &[u8]) -> Vec<u8> {
    let masker = masker();
    let Masked { body: sent, mapping, .. } = masker.mask("application/json", body).unwrap();
    let sent = sent.expect("an identifier is in it");
    assert!(memchr::memmem::find(&sent, INSTANCE.as_bytes()).is_none());
    let echo = masker.unmask("application/json", &mapping, &sent).expect("a token is in it").body;
    assert!(echo == body, "the echo differs");
    sent
}

#[test]
fn json_that_is_none_is_masked_as_text() {
    for body in [
        format!("{{\"a\":\"{INSTANCE}\""),
        format!("{{'a':'{INSTANCE}'}}"),
        format!("\"{INSTANCE}"),
        format!("{{}}{INSTANCE}"),
        format!("[\"x\\ny\\n{INSTANCE}\",]"),
        format!("{{\"a\":\"\u{0}{INSTANCE}\u{0}\""),
    ] {
        masked(body.as_bytes());
    }
}

#[test]
fn invalid_utf8_is_masked_around() {
    masked(&[b"{\"a\":\"\xff\xfe", INSTANCE.as_bytes(), b"\xc3\"}"].concat());
    masked(&[b"\xff", INSTANCE.as_bytes(), b"\x80"].concat());
    masked(&[b"{\"\\ud800", INSTANCE.as_bytes(), b"\\udc00\":1}"].concat());
}

#[test]
fn one_string_of_fifty_megabytes_is_masked() {
    let mut text = "nothing here ".repeat(50_000_000 / 13);
    text.push_str(INSTANCE);
    masked(serde_json::json!([text]).to_string().as_bytes());
}

#[test]
fn twenty_megabytes_are_masked() {
    let text = format!("all quiet at {INSTANCE} and 10.0.0.1\n").repeat(20_000_000 / 50);
    let sent = masked(serde_json::json!({"messages": [{"role": "user", "content": text}]}).to_string().as_bytes());
    assert!(serde_json::from_slice::<Value>(&sent).is_ok());
    masked(text.as_bytes());
}

#[test]
fn one_string_of_escapes_and_one_of_quotes_are_masked() {
    masked(format!("\"{}{INSTANCE}\"", "\\n".repeat(2_000_000)).as_bytes());
    masked(format!("{}{INSTANCE}", "\\\"".repeat(2_000_000)).as_bytes());
}

#[test]
fn ten_thousand_levels_are_masked() {
    for depth in [10_000, 1_000_000] {
        masked(format!("{}\"{INSTANCE}\"{}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
        masked(format!("{}\"{INSTANCE}\"{}", "{\"a\":".repeat(depth), "}".repeat(depth)).as_bytes());
    }
}

#[test]
fn json_in_strings_in_strings_is_masked() {
    let mut body = serde_json::json!({"id": INSTANCE}).to_string();
    for _ in 0..12 {
        body = serde_json::json!([body]).to_string();
    }
    masked(body.as_bytes());
}

#[test]
fn near_misses_by_the_million_pass_unchanged() {
    for near in [
        "i-0",
        "1.2.",
        "arn:",
        "a-0b",
        "::",
        "=:",
        "--bucket ",
        " .amazonaws.com",
        "AWS_",
        "\\u",
        "12345678901 ",
        "Z",
        "s3://",
        "i-0i-0i-0",
        "1.",
        "arn:arn:",
        "\"\\",
        "\\\"",
        "%3A",
        "&#58;",
        "Bucket: ",
        "\"Buckets\": [",
        "prod-db-",
        "aws x --",
        "data:image/png;base64,",
        "${",
        "{\"{",
    ] {
        let body = near.repeat(1_000_000);
        let masked = masker().mask("", body.as_bytes()).unwrap();
        assert!(masked.body.is_none(), "{near}");
    }
}

#[test]
fn a_hundred_thousand_identifiers_are_all_named() {
    let config = Config { use_redis: false, max_entries: 1_000.0, ..Config::default() };
    let masker = Masker::new(&config).unwrap();
    let body: String = (0..100_000).map(|n| format!("i-{n:017x} ")).collect();
    let masked = masker.mask("", body.as_bytes()).unwrap();
    assert_eq!(masked.mapping.tokens().count(), 100_000);
    let sent = masked.body.unwrap();
    assert_eq!(masker.unmask("", &masked.mapping, &sent).unwrap().body, body.as_bytes());
}

#[test]
fn empty_bodies_and_white_space_pass() {
    for body in ["", " ", "\n", "{}", "null", "\"\""] {
        assert!(masker().mask("application/json", body.as_bytes()).unwrap().body.is_none());
    }
}

#[test]
fn a_store_that_is_not_there_refuses_only_what_needs_it() {
    let config = Config::from_json(br#"{"redis_host":"127.0.0.1","redis_port":1}"#).unwrap();
    let masker = Masker::new(&config).unwrap();
    let error = masker.mask("", INSTANCE.as_bytes()).unwrap_err();
    assert_eq!(error.code(), Code::StoreUnavailable);
    assert!(!error.to_string().contains(INSTANCE));
    assert!(masker.mask("", b"no identifier").unwrap().body.is_none());
    assert!(masker.health().is_err());
}

// Credentials

/// A request with an access key, as AWS's documentation writes it, and an instance.
const WITH_KEY: &str = r#"{"text":"key AKIAIOSFODNN7EXAMPLE on i-0123456789abcdef0"}"#;

fn masker_with(policy: &str) -> Masker {
    let config = format!(r#"{{"use_redis":false,"credential_policy":"{policy}"}}"#);
    Masker::new(&Config::from_json(config.as_bytes()).unwrap()).unwrap()
}

#[test]
fn credentials_are_masked_unless_told_otherwise() {
    let masker = masker_with("mask");
    let masked = masker.mask("application/json", WITH_KEY.as_bytes()).unwrap();
    let body = masked.body.unwrap();
    assert_eq!(body, br#"{"text":"key AWS_ACCESS_KEY_001 on AWS_EC2_001"}"#);
    let restored = masker.unmask("application/json", &masked.mapping, &body).unwrap();
    assert_eq!(restored.body, WITH_KEY.as_bytes());
}

#[test]
fn redacted_credentials_are_gone_for_good() {
    let masker = masker_with("redact");
    let masked = masker.mask("application/json", WITH_KEY.as_bytes()).unwrap();
    let body = masked.body.unwrap();
    assert_eq!(body, br#"{"text":"key AWS_ACCESS_KEY_REDACTED on AWS_EC2_001"}"#);
    assert!(!masked.mapping.to_json().unwrap().contains("AKIA"));
    let restored = masker.unmask("application/json", &masked.mapping, &body).unwrap();
    assert_eq!(restored.body, br#"{"text":"key AWS_ACCESS_KEY_REDACTED on i-0123456789abcdef0"}"#);
    let only = masker.mask("", b"AKIAIOSFODNN7EXAMPLE").unwrap();
    assert_eq!(only.body.as_deref(), Some(&b"AWS_ACCESS_KEY_REDACTED"[..]));
    assert!(only.mapping.is_empty());
}

#[test]
fn blocked_credentials_stop_the_request() {
    let masker = masker_with("block");
    let error = masker.mask("application/json", WITH_KEY.as_bytes()).unwrap_err();
    assert_eq!((error.code(), error.code().http_status()), (Code::BodyUninspectable, 403));
    assert!(!error.to_string().contains("AKIA"), "{error}");
    assert!(masker.mask("", b"i-0123456789abcdef0").unwrap().body.is_some());
}
