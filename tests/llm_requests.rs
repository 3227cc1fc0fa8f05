//! Requests as providers' clients send them, in tests/fixtures/requests: identifiers leave in no place that may be rewritten,
//! and nothing else changes by a byte, above all nothing that a provider signed, encrypted or must decode.

use aws_masker::{Config, Masked, Masker};
use serde_json::{json, Value};
use std::collections::BTreeSet;
use std::path::Path;

/// A request, and what is in it.
struct Case {
    name: &'static str,
    /// The identifiers in it, without those in opaque strings.
    identifiers: &'static [&'static str],
    /// Where strings stand that nobody may read or change. In each there are letters that are an identifier anywhere else.
    opaque: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "anthropic",
        identifiers: &[
            "418926350174",
            "vpc-0b7e4d1a9c83f2650",
            "orders-db.c9akciq32xyz",
            "i-0d41e8825fb7c9a13",
            "i-0a3f9c17b52d84e60",
            "arn:aws:ecs:us-east-1:418926350174:service/prod/checkout",
            "subnet-06c9d20e71fb8a345",
            "sg-0c5f7e3a1b9d82640",
            "acme-invoices",
            "acme-orders-invoices",
            "arn:aws:iam::418926350174:role/checkout-deployer",
            "10.42.17.83",
            "nat-05d8e1c4b7a2f9630",
            "arn:aws:sts::418926350174:assumed-role/checkout-deployer/cli",
            "AKIAIOSFODNN7EXAMPLE",
        ],
        opaque: &[
            "/messages/0/content/2/source/data",
            "/messages/0/content/4/source/data",
            "/messages/1/content/0/signature",
            "/messages/1/content/1/data",
            "/messages/1/content/2/data", // as long as the shortest that is left alone
            "/messages/2/content/1/content/1/source/data",
        ],
    },
    Case {
        name: "openai-chat",
        identifiers: &[
            "418926350174",
            "vpc-0b7e4d1a9c83f2650",
            "i-0a3f9c17b52d84e60",
            "54.211.38.140",
            "2600:1f18:46a2:9b00::5d1e",
            "acme-orders-invoices",
            "checkout-core",
            "arn:aws:lambda:us-east-1:418926350174:function:charge-credit-card",
            "vol-0b2d4f6a8c1e3597d",
            "bastion-eu",
            "eni-0f4c8b2d7e1a95360",
        ],
        opaque: &[
            "/messages/1/content/1/image_url/url",
            "/messages/1/content/3/input_audio/data",
            "/messages/1/content/4/file/file_data",
            "/messages/1/content/5/file/file_data",
        ],
    },
    Case {
        name: "openai-responses",
        identifiers: &[
            "418926350174",
            "vpc-0b7e4d1a9c83f2650",
            "acme-orders-invoices",
            "i-0a3f9c17b52d84e60",
            "ShoppingCarts",
            "ip-10-42-17-83",
            "snap-0d7b5f3a19e8c2640",
        ],
        opaque: &["/input/1/content/1/image_url", "/input/1/content/2/file_data", "/input/2/encrypted_content"],
    },
];

const CONTENT_TYPE: &str = "application/json";

fn masker() -> Masker {
    Masker::new(&Config::from_json(br#"{"use_redis": false}"#).unwrap()).unwrap()
}

fn read(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/requests");
    std::fs::read_to_string(folder.join(name).with_extension("json")).unwrap()
}

/// A request, its masked form, and what masking returned.
fn masked(masker: &Masker, name: &str) -> (String, String, Masked) {
    let body = read(name);
    let masked = masker.mask(CONTENT_TYPE, body.as_bytes()).unwrap();
    let sent = String::from_utf8(masked.body.clone().expect("it holds identifiers")).unwrap();
    (body, sent, masked)
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

fn opaque<'v>(document: &'v Value, pointer: &str) -> &'v str {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no string at {pointer}"))
}

/// Everything in a document that has no parts, and every key, with the place it has. JSON in a string has parts, too.
fn leaves(value: &Value, place: &str, out: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => {
            out.push((place.into(), format!("{} items", items.len())));
            for (at, item) in items.iter().enumerate() {
                leaves(item, &format!("{place}/{at}"), out);
            }
        }
        Value::Object(fields) => {
            out.push((place.into(), format!("{} fields", fields.len())));
            for (at, (key, field)) in fields.iter().enumerate() {
                out.push((format!("{place}/key {at}"), key.clone()));
                leaves(field, &format!("{place}/{at}"), out);
            }
        }
        Value::String(text) => match serde_json::from_str(text) {
            Ok(inner @ (Value::Array(_) | Value::Object(_))) => leaves(&inner, &format!("{place}/in the string"), out),
            _ => out.push((place.into(), text.clone())),
        },
        other => out.push((place.into(), other.to_string())),
    }
}

fn all_leaves(body: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    leaves(&parsed(body), "", &mut out);
    out
}

#[test]
fn no_identifier_of_a_request_is_left() {
    let masker = masker();
    for case in CASES {
        let (body, sent, masked) = masked(&masker, case.name);
        for identifier in case.identifiers {
            assert!(body.contains(identifier), "{}: {identifier} is not in the fixture", case.name);
            assert!(!sent.contains(identifier), "{}: {identifier} is left in {sent}", case.name);
        }
        let named: BTreeSet<_> =
            masked.mapping.tokens().map(|token| masked.mapping.entry(token).unwrap().original()).collect();
        assert_eq!(named, case.identifiers.iter().copied().collect(), "{}", case.name);
    }
}

#[test]
fn what_providers_signed_encrypted_or_must_decode_is_left_alone() {
    let masker = masker();
    for case in CASES {
        let (body, sent, _) = masked(&masker, case.name);
        let (body, sent) = (parsed(&body), parsed(&sent));
        for pointer in case.opaque {
            let payload = opaque(&body, pointer);
            // If these letters were no identifier elsewhere, nothing would be shown.
            let letters = payload.rsplit_once(',').map_or(payload, |(_, letters)| letters);
            let elsewhere = json!({ "text": format!("see {letters} there") }).to_string();
            let found = masker.detect(CONTENT_TYPE, elsewhere.as_bytes()).unwrap();
            assert!(!found.is_empty(), "{}: {pointer} holds nothing that is found elsewhere", case.name);
            assert_eq!(opaque(&sent, pointer), payload, "{}: {pointer}", case.name);
        }
    }
}

/// Of the strings, keys and numbers only those with an identifier change, whatever they are: ids of messages and calls,
/// models, roles, `cache_control`, the words of a JSON schema, a signed text with tokens in it.
#[test]
fn nothing_changes_but_what_holds_an_identifier() {
    let masker = masker();
    for case in CASES {
        let (body, sent, _) = masked(&masker, case.name);
        let (before, after) = (all_leaves(&body), all_leaves(&sent));
        assert_eq!(before.len(), after.len(), "{}: {sent}", case.name);
        for ((place, was), (there, is)) in before.iter().zip(&after) {
            assert_eq!(place, there, "{}", case.name);
            let holds_one = case.identifiers.iter().any(|identifier| was.contains(identifier));
            assert_eq!(was != is, holds_one, "{} {place}: {was:?} became {is:?}", case.name);
        }
    }
}

/// Providers' caches match exact prefixes, and a client's next request repeats this one.
#[test]
fn an_echo_of_a_request_is_the_request() {
    let masker = masker();
    for case in CASES {
        let (body, sent, masked) = masked(&masker, case.name);
        let restored = masker.unmask(CONTENT_TYPE, &masked.mapping, sent.as_bytes()).expect("it holds tokens");
        assert_eq!(String::from_utf8(restored.body).unwrap(), body, "{}", case.name);
        let again = masker.mask(CONTENT_TYPE, body.as_bytes()).unwrap().body.unwrap();
        assert_eq!(String::from_utf8(again).unwrap(), sent, "{}", case.name);
    }
}

/// A name or a note can stand under a payload's key: below 64 bytes it is looked through, although its letters are base64's,
/// and so is a longer one without letters of both cases.
#[test]
fn a_string_too_short_for_a_payload_is_looked_through() {
    let masker = masker();
    for letters in [40, 63, 64] {
        let text = format!("{:a<letters$}", "/AKIAIOSFODNN7EXAMPLE/");
        let capitals = json!({ "data": format!("{:A<letters$}", "/AKIAIOSFODNN7EXAMPLE/") }).to_string();
        assert_eq!(masker.detect(CONTENT_TYPE, capitals.as_bytes()).unwrap().len(), 1, "{capitals}");
        for key in ["data", "signature", "encrypted_content", "file_data"] {
            let body = json!({ key: text }).to_string();
            let found = masker.detect(CONTENT_TYPE, body.as_bytes()).unwrap();
            assert_eq!(found.len(), usize::from(letters < 64), "{body}");
        }
    }
}
