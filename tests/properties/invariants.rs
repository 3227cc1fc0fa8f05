//! Invariants 1 to 4 of the design, on generated requests.

use aws_masker::body::charset::{self, Charset};
use aws_masker::detect::catalogue::kinds::Kind;
use aws_masker::{Config, Mapping, Masked, Masker};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

fn masker() -> Masker {
    Masker::new(&Config::from_json(br#"{"use_redis":false,"max_entries":1000000}"#).unwrap()).unwrap()
}

/// A masker in use: its numbers have started, so that text in a request can look like tokens that were given away.
fn used_masker() -> Masker {
    let masker = masker();
    masker.mask("", b"i-0000000000000000a i-0000000000000000b vpc-0000000000000000a s3://some-bucket/x").unwrap();
    masker
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn sent<'m>(masked: &'m Masked, original: &'m [u8]) -> &'m [u8] {
    masked.body.as_deref().unwrap_or(original)
}

/// 1. What leaves holds no identifier that detection knows, and each token in it can be resolved.
fn nothing_leaks(masker: &Masker, body: &[u8]) -> TestCaseResult {
    let masked = masker.mask("", body).unwrap();
    let sent = sent(&masked, body);
    for finding in masker.detect("", sent).unwrap() {
        prop_assert_eq!(finding.kind, Kind::Token, "{} is left in {}", finding.original, shown(sent));
        let plain = finding.original.replace('\\', "");
        prop_assert!(masked.mapping.entry(&plain).is_some(), "{} is not in the mapping of {}", plain, shown(sent));
    }
    Ok(())
}

/// 2. An echo is an identity.
fn an_echo_is_an_identity(masker: &Masker, body: &[u8]) -> TestCaseResult {
    let masked = masker.mask("", body).unwrap();
    let sent = sent(&masked, body);
    let restored = masker.unmask("", &masked.mapping, sent).map_or(sent.to_vec(), |restored| restored.body);
    prop_assert_eq!(shown(&restored), shown(body), "sent {}", shown(sent));
    prop_assert_eq!(restored, body);
    Ok(())
}

/// The same where the tokens of the text are those that its identifiers get.
fn an_echo_of_given_tokens_is_an_identity(masker: &Masker, body: &str) -> TestCaseResult {
    let masked = masker.mask("", body.as_bytes()).unwrap();
    for token in masked.mapping.tokens().take(3) {
        let body = body.replace(r"AWS\_EC2\_001", &token.replace('_', r"\_")).replace("AWS_EC2_001", token);
        an_echo_is_an_identity(masker, body.as_bytes())?;
    }
    Ok(())
}

/// 3. Names are stable: masked again, now or after a round trip, a body has the same bytes.
fn names_are_stable(masker: &Masker, body: &[u8]) -> TestCaseResult {
    let first = masker.mask("", body).unwrap();
    let again = masker.mask("", body).unwrap();
    prop_assert_eq!(&first.body, &again.body);
    prop_assert_eq!(&first.mapping, &again.mapping);
    let Some(sent) = first.body else { return Ok(()) };
    let restored = masker.unmask("", &first.mapping, &sent).expect("it holds tokens").body;
    let turn = masker.mask("", &restored).unwrap();
    prop_assert_eq!(turn.body.map(|body| shown(&body)), Some(shown(&sent)));
    Ok(())
}

/// 4. Only identifiers change: between the findings, every byte is as it came.
fn only_identifiers_change(masker: &Masker, body: &[u8]) -> TestCaseResult {
    let findings = masker.detect("", body).unwrap();
    let masked = masker.mask("", body).unwrap();
    let sent = sent(&masked, body);
    let mut rest = sent;
    let mut at = 0;
    for finding in &findings {
        let kept = &body[at..finding.range.start];
        prop_assert!(rest.starts_with(kept), "{} became {}", shown(body), shown(sent));
        rest = &rest[kept.len()..];
        rest = &rest[token_length(rest, &finding.original, &masked.mapping)..];
        at = finding.range.end;
    }
    prop_assert_eq!(shown(rest), shown(&body[at..]));
    if let Ok(before) = serde_json::from_slice::<serde_json::Value>(body) {
        let after = serde_json::from_slice::<serde_json::Value>(sent);
        prop_assert!(after.is_ok(), "no longer JSON: {}", shown(sent));
        prop_assert_eq!(shape(&before), shape(&after.unwrap()));
    }
    Ok(())
}

/// The length of the token at the start of a text that stands for `original`, however it is spelled, the quotes that a
/// former number got included.
fn token_length(text: &[u8], original: &str, mapping: &Mapping) -> usize {
    let token = mapping
        .tokens()
        .find(|token| mapping.entry(token).is_some_and(|entry| entry.original() == original))
        .expect(original);
    let spelled: String = token.chars().map(|c| format!(r"(?:{c}|\\+u{:04x})", c as u32)).collect();
    let token = regex::bytes::Regex::new(&format!(r#"^(?:\\*"{spelled}\\*"|{spelled})"#)).unwrap();
    token.find(text).unwrap_or_else(|| panic!("no token at {}", shown(text))).end()
}

/// How many values a document has, by nesting.
fn shape(value: &serde_json::Value) -> Vec<usize> {
    match value {
        serde_json::Value::Array(items) => [items.len()].into_iter().chain(items.iter().flat_map(shape)).collect(),
        serde_json::Value::Object(fields) => {
            [fields.len()].into_iter().chain(fields.values().flat_map(shape)).collect()
        }
        _ => vec![0],
    }
}

fn all(masker: &Masker, body: &[u8]) -> TestCaseResult {
    // What begins like UTF-16 is read as that, or refused; see `an_echo_is_an_identity_in_every_format`.
    prop_assume!(charset::of("", body) == Charset::Ascii);
    nothing_leaks(masker, body)?;
    an_echo_is_an_identity(masker, body)?;
    names_are_stable(masker, body)?;
    only_identifiers_change(masker, body)
}

proptest! {
    #![proptest_config(crate::cases(10_000))]

    #[test]
    fn hold_for_text(body in crate::generate::text()) {
        all(&used_masker(), body.as_bytes())?;
    }

    #[test]
    fn hold_for_fragments(body in crate::generate::fragments()) {
        all(&used_masker(), body.as_bytes())?;
        an_echo_of_given_tokens_is_an_identity(&used_masker(), &body)?;
    }

    #[test]
    fn hold_for_json(document in crate::generate::document(), choices in prop::collection::vec(any::<u8>(), 0..400)) {
        let body = crate::generate::spell(&document, &mut choices.into_iter());
        all(&used_masker(), body.as_bytes())?;
    }

    #[test]
    fn hold_for_bytes(body in prop::collection::vec(any::<u8>(), 0..64), text in crate::generate::text(), cut in any::<prop::sample::Index>()) {
        let mut bytes = text.into_bytes();
        let at = cut.index(bytes.len() + 1);
        bytes.splice(at..at, body);
        all(&used_masker(), &bytes)?;
    }

    /// JSON that is cut off is text; all but the shape holds for it too.
    #[test]
    fn hold_for_broken_json(document in crate::generate::document(), cut in any::<prop::sample::Index>()) {
        let mut body = document.to_string().into_bytes();
        body.truncate(cut.index(body.len() + 1));
        all(&used_masker(), &body)?;
    }
}

proptest! {
    #![proptest_config(crate::cases(3_000))]

    /// Invariants 1 and 2 for bodies that are neither JSON nor text.
    #[test]
    fn an_echo_is_an_identity_in_every_format(
        keys in prop::collection::vec(crate::generate::text(), 1..4),
        texts in prop::collection::vec(crate::generate::text(), 1..4),
        document in crate::generate::document(),
        choices in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let masker = used_masker();
        let mut choices = choices.into_iter();
        let json = crate::generate::spell(&document, &mut choices);
        let values: Vec<&str> = texts.iter().map(String::as_str).chain([json.as_str()]).collect();
        let mut pairs = Vec::new();
        for (key, value) in keys.iter().zip(&values) {
            pairs.push(format!("{}={}", percent(key, &mut choices), percent(value, &mut choices)));
        }
        let form = pairs.join("&");
        let part = |text: &&str| format!("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n{text}\r\n");
        let multipart = format!("{}--b--\r\n", values.iter().map(part).collect::<String>());
        let utf16: Vec<u8> = format!("\u{feff}{json}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (content_type, body) in [
            ("application/x-www-form-urlencoded", form.as_bytes()),
            ("multipart/form-data; boundary=b", multipart.as_bytes()),
            ("application/json", &utf16),
        ] {
            let Ok(masked) = masker.mask(content_type, body) else {
                // A part that only begins like UTF-16.
                prop_assert!(content_type.starts_with("multipart"));
                continue;
            };
            let sent = sent(&masked, body);
            let restored = masker.unmask(content_type, &masked.mapping, sent).map_or(sent.to_vec(), |restored| restored.body);
            prop_assert_eq!(shown(&restored), shown(body), "{} sent {}", content_type, shown(sent));
            prop_assert_eq!(restored, body);
            for finding in masker.detect(content_type, sent).unwrap() {
                prop_assert_eq!(finding.kind, Kind::Token, "{} is left in {}", finding.original, shown(sent));
            }
        }
    }
}

/// A form's key or value, each character encoded or not.
fn percent(text: &str, choices: &mut impl Iterator<Item = u8>) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match (b, choices.next().unwrap_or(255)) {
            (b' ', 0..=127) => out.push('+'),
            (b, 0..=9) => out.push_str(&format!("%{b:02x}")),
            (b, 10..=99) if b.is_ascii_graphic() && !b"%&=+".contains(&b) => out.push(char::from(b)),
            (b, _) if b.is_ascii_alphanumeric() || b"*-._".contains(&b) => out.push(char::from(b)),
            (b, _) => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

/// Every thread gets the same token for the same identifier, and no token stands for two.
#[test]
fn names_are_the_same_on_every_thread() {
    let masker = masker();
    let identifiers: Vec<String> = (0..500).map(|n| format!("i-{n:017x}")).collect();
    let mappings: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|worker| {
                let (masker, identifiers) = (&masker, &identifiers);
                scope.spawn(move || {
                    let mut order: Vec<_> =
                        identifiers.iter().cycle().skip(worker * 61).take(identifiers.len()).collect();
                    order.reverse();
                    order
                        .chunks(7)
                        .map(|some| {
                            let body = some.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" ");
                            masker.mask("", body.as_bytes()).unwrap().mapping
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let mut all = aws_masker::Mapping::default();
    for mapping in mappings {
        all.merge(&mapping).expect("one token, one identifier");
    }
    assert_eq!(all.tokens().count(), identifiers.len());
}
