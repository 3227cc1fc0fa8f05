//! Identifiers made from the tables: every row finds what it claims, not only the examples that somebody thought of.

use super::ids::{Alphabet, Digits, Mixture, BEFORE_UUID, COINED, SHAPED};
use super::kinds::Kind;
use crate::config::Config;
use crate::detect::Detector;
use crate::Masker;
use proptest::prelude::*;
use std::sync::LazyLock;

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| Detector::new(&Config::default()).unwrap());

/// What is found in a text: kinds and words.
fn found(text: &str) -> Vec<(Kind, &str)> {
    let spans = DETECTOR.scan(text.as_bytes());
    spans.into_iter().map(|span| (span.kind, &text[span.range])).collect()
}

/// What is sent for a body.
fn sent(body: &str) -> String {
    static MASKER: LazyLock<Masker> =
        LazyLock::new(|| Masker::new(&Config { use_redis: false, max_entries: 1e6, ..Config::default() }).unwrap());
    let masked = MASKER.mask("", body.as_bytes()).unwrap();
    String::from_utf8(masked.body.unwrap_or_else(|| body.into())).unwrap()
}

#[test]
fn every_shaped_prefix_is_found_with_every_length_it_has() {
    let mut missed = Vec::new();
    for (prefix, kind, digits) in SHAPED {
        let old = if *digits == Digits::New { None } else { Some("1fad4876") };
        for digits in ["0a1b2c3d4e5f67890", "01231231231231231"].into_iter().chain(old) {
            let id = format!("{prefix}-{digits}");
            let text = format!("The one that is called {id} is gone.");
            if found(&text) != [(*kind, id.as_str())] {
                missed.push(text);
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn everyday_words_need_a_letter_and_a_digit_in_eight() {
    for (prefix, _, _) in SHAPED.iter().filter(|row| row.2 == Digits::Mixed) {
        for digits in ["20240131", "deadbeef", "1fad487", "1fad48761", "1fad4876-12ab-34cd-56ef-1234567890ab"] {
            let id = format!("{prefix}-{digits}");
            let has_uuid = BEFORE_UUID.iter().any(|row| row.0 == *prefix) && digits.len() == 36;
            let expected = if has_uuid { vec![(Kind::Resource, id.as_str())] } else { Vec::new() };
            assert_eq!(found(&format!("The one that is called {id} is gone.")), expected);
        }
    }
}

/// A row of [`COINED`] and a member of its alphabet.
fn coined() -> impl Strategy<Value = (Kind, String)> {
    (0..COINED.len()).prop_flat_map(|row| {
        let (prefix, kind, alphabet, least, most, mixture) = COINED[row];
        let letters = match alphabet {
            Alphabet::Hex => "[0-9a-f]",
            Alphabet::Lower => "[0-9a-z]",
            Alphabet::Upper => "[0-9A-Z]",
        };
        let id = proptest::string::string_regex(&format!("{letters}{{{least},{most}}}")).unwrap();
        let is_mixed =
            |id: &String| id.bytes().any(|b| b.is_ascii_digit()) && id.bytes().any(|b| b.is_ascii_alphabetic());
        let claimed = move |id: &String| mixture == Mixture::Any || is_mixed(id);
        id.prop_filter("the row asks for both", claimed).prop_map(move |id| (kind, format!("{prefix}-{id}")))
    })
}

/// An id and a text that leaves no doubt of it, whatever it is made of.
fn in_context() -> impl Strategy<Value = (Kind, String, String)> {
    let rows: Vec<_> = CONTEXTS
        .iter()
        .flat_map(|(kind, shape, contexts)| {
            contexts.iter().map(move |context| {
                let id = proptest::string::string_regex(shape).unwrap();
                id.prop_map(move |id| (*kind, context.replace('@', &id), id)).boxed()
            })
        })
        .collect();
    proptest::strategy::Union::new(rows)
}

/// `(kind, shape, texts with the id in the place of @)`
const CONTEXTS: &[(Kind, &str, &[&str])] = &[
    (
        Kind::Organization,
        "o-[a-z0-9]{10,32}",
        &[
            r#"{"Condition": {"StringEquals": {"aws:PrincipalOrgID": "@"}}}"#,
            r#"{"ForAnyValue:StringEquals": {"aws:ResourceOrgID": ["@"]}}"#,
            r#""OrganizationId": "@""#,
            "aws x --organization-id @ --output json",
            "organization_id = \"@\"",
            r#"{"Organization": {"Id": "@"}}"#,
            r#"aws:PrincipalOrgID: "@""#,
        ],
    ),
    (
        Kind::Organization,
        "o-[a-z0-9]{10}/r-[a-z0-9]{4}(/ou-[a-z0-9]{4}-[a-z0-9]{8}){0,3}(/|/\\*)",
        &[r#"{"aws:PrincipalOrgPaths": ["@"]}"#, r#""aws:PrincipalOrgPaths": "@""#],
    ),
    (Kind::Organization, "ou-[a-z0-9]{4}-[a-z0-9]{8}", &["the unit @ is gone", r#"{"ParentId": "@"}"#]),
    (
        Kind::Organization,
        "r-[a-z0-9]{4,32}",
        &[
            r#"{"Roots": [{"Id": "@", "Name": "Root"}]}"#,
            r#""Roots": [{"Id": "@", "Name": "Root"}]"#,
            "aws organizations x --parent-id @",
            "aws organizations x --root-id @",
            r#"{"ParentId": "@"}"#,
        ],
    ),
    (
        Kind::Route53,
        "Z[A-Z0-9]{12,31}",
        &[
            "/hostedzone/@",
            "aws route53 get-hosted-zone --id @",
            r#""HostedZoneId": "@""#,
            "--hosted-zone-id @",
            "zone_id = \"@\"",
        ],
    ),
    (
        Kind::Cloudfront,
        "E[A-Z0-9]{12,13}",
        &[
            "https://console.aws.amazon.com/cloudfront/v4/home#/distributions/@",
            "distribution/@",
            r#"{"DistributionId": "@"}"#,
            "--distribution-id @",
            "aws cloudfront get-distribution --id @ --output json",
            r#"{"Distribution": {"Id": "@"}}"#,
            r#""DistributionList": {"Items": [{"Id": "@"}]}"#,
        ],
    ),
    (Kind::Emr, "s-[A-Z0-9]{13}", &["--step-id @", r#"{"StepId": "@"}"#]),
    (Kind::Resource, "ws-[a-z0-9]{9}", &[r#"{"WorkspaceId": "@"}"#]),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_coined_id_is_found((kind, id) in coined()) {
        let text = format!("The one that is called {id} is gone.");
        prop_assert_eq!(found(&text), [(kind, id.as_str())]);
    }

    #[test]
    fn every_id_is_found_where_its_context_says_what_it_is((kind, text, id) in in_context()) {
        prop_assert_eq!(found(&text), [(kind, id.as_str())], "{}", text);
        let body = serde_json::from_str::<serde_json::Value>(&text);
        if body.is_ok() {
            prop_assert!(!sent(&text).contains(&id), "{}", text);
        }
    }
}
