//! However a response is cut, the streaming restorer gives what restoring the whole gives, and holds back little.

use aws_masker::{Config, Mapping, Masker};
use proptest::prelude::*;

fn masker() -> Masker {
    Masker::new(&Config { use_redis: false, ..Config::default() }).unwrap()
}

fn mapping() -> Mapping {
    let mut mapping = Mapping::default();
    for (token, original) in [
        ("AWS_EC2_001", "i-0abc1234def567890"),
        ("AWS_EC2_0011", "i-0abc1234def567891"),
        ("AWS_S3_BUCKET_002", "acme-data"),
        ("AWS_IAM_ROLE_003", "arn:aws:iam::123456789012:role/Admin"),
    ] {
        mapping.insert(token, original).unwrap();
    }
    mapping
}

/// Answers full of tokens: whole, unknown, escaped for Markdown, cut short, side by side.
fn answer() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        prop::sample::select(vec![
            "AWS_EC2_001",
            "AWS_EC2_0011",
            "AWS_EC2_00111",
            "AWS_EC2_002",
            "AWS_S3_BUCKET_002",
            r"AWS\_EC2\_001",
            "AWS_IAM_ROLE_003",
            "AWS",
            "AWS_",
            "AWS_E",
            "AWS_EC2_",
            "AWS_EC2_0",
            "A",
            "_001",
            "1",
            "\\",
            "AWS\\",
            "{\"a\": \"",
            "\"}",
            "[",
            "\n",
        ])
        .prop_map(String::from),
        crate::generate::filler(),
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn in_chunks(masker: &Masker, content_type: &str, body: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut unmasker = masker.unmasker(content_type, mapping());
    let mut restored = Vec::new();
    let mut at = 0;
    for cut in cuts.iter().map(|cut| cut % (body.len() + 1)).collect::<std::collections::BTreeSet<_>>() {
        restored.extend(unmasker.push(&body[at..cut]));
        at = cut;
    }
    restored.extend(unmasker.push(&body[at..]));
    restored.extend(unmasker.finish());
    restored
}

fn whole(masker: &Masker, content_type: &str, body: &[u8]) -> Vec<u8> {
    masker.unmask(content_type, &mapping(), body).map_or(body.to_vec(), |restored| restored.body)
}

proptest! {
    #![proptest_config(crate::cases(10_000))]

    #[test]
    fn any_cut_gives_the_whole(body in answer(), cuts in prop::collection::vec(any::<usize>(), 0..12), lines in any::<bool>()) {
        let masker = masker();
        let content_type = if lines { "application/x-ndjson" } else { "text/plain" };
        let restored = in_chunks(&masker, content_type, body.as_bytes(), &cuts);
        let expected = whole(&masker, content_type, body.as_bytes());
        prop_assert_eq!(String::from_utf8_lossy(&restored), String::from_utf8_lossy(&expected));
    }

    #[test]
    fn any_cut_of_json_gives_the_whole(text in answer(), cuts in prop::collection::vec(any::<usize>(), 0..12)) {
        let masker = masker();
        let body = serde_json::json!({"content": [{"type": "text", "text": text}]}).to_string();
        let restored = in_chunks(&masker, "application/json", body.as_bytes(), &cuts);
        prop_assert_eq!(restored, whole(&masker, "application/json", body.as_bytes()));
    }
}

#[test]
fn only_an_unfinished_token_is_held() {
    let masker = masker();
    let mut unmasker = masker.unmasker("text/plain", mapping());
    let mut push = |chunk: &str| String::from_utf8(unmasker.push(chunk.as_bytes())).unwrap();
    assert_eq!(push("plain text "), "plain text ");
    assert_eq!(push("AWS_E"), "");
    assert_eq!(push("KS "), "AWS_EKS ");
    assert_eq!(push("AWS_EC2_001"), "");
    assert_eq!(push(" "), "i-0abc1234def567890 ");
    assert_eq!(push("AWS_EC2_00111"), "AWS_EC2_00111");
    assert_eq!(push(" an A"), " an ");
    assert_eq!(push("nd"), "And");
}
