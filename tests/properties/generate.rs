//! Random requests: identifiers among text of every kind, in plain text and in JSON spelled in every way.

use proptest::prelude::*;
use serde_json::{json, Map, Value};

/// An identifier of some kind.
pub fn identifier() -> impl Strategy<Value = String> {
    prop_oneof![
        "(i|ami|vpc|subnet|sg|vol|snap|igw|nat|eni|rtb|tgw-attach|vpce-svc)-([0-9a-f]{8}|[0-9a-f]{17})",
        "arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/([A-Za-z]{1,8}/)?[A-Za-z0-9+=,.@_-]{1,12}[A-Za-z0-9]",
        "arn:aws:(lambda|sqs|sns|rds|dynamodb|kms):us-east-1:[0-9]{12}:[a-z]{2,8}[:/][A-Za-z0-9_-]{1,10}",
        "arn:aws:s3:::[a-z0-9]{3,10}(/[a-z0-9*]{1,6}){0,2}",
        "(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}",
        "10\\.(0|12|255)\\.[0-9]\\.([1-9]|1[0-9]{2})",
        "(52|54|18)\\.[1-9][0-9]\\.[0-9]{2}\\.1[0-9]{2}",
        "2600:1f18:[1-9a-f][0-9a-f]{3}::[1-9a-f][0-9a-f]{0,3}",
        "[3-9][0-9]{11}",
        "s3://[a-z][a-z0-9-]{2,12}[a-z0-9]/[a-z]{1,5}",
        "[a-z]{3,8}\\.[a-z0-9]{8}\\.eu-west-1\\.rds\\.amazonaws\\.com",
        "[a-z]{3,8}-[0-9]{6}\\.us-east-1\\.elb\\.amazonaws\\.com",
        "[0-9]{12}\\.dkr\\.ecr\\.us-east-1\\.amazonaws\\.com/[a-z]{1,6}/[a-z]{1,6}",
        "AWS_(EC2|VPC|S3_BUCKET|TOKEN|IAM_ROLE)_[0-9]{3,5}",
        r"AWS\\_EC2\\_[0-9]{3}",
        "/aws/lambda/[a-z]{3,10}",
        "arn%3Aaws%3A(sns|sqs)%3Aeu-west-1%3A[0-9]{12}%3A[a-z]{3,9}",
        "https%3A%2F%2F[a-z]{3,9}\\.s3\\.amazonaws\\.com%2F[a-z]{1,5}",
        "arn&#58;aws&colon;iam&#x3a;&#58;[0-9]{12}&#58;role&sol;[A-Z][a-z]{2,6}",
        "(prod|dev|acme)-[a-z]{2,6}-(db|bucket|queue|cluster)",
        "us-east-1_[A-Za-z0-9]{9}",
        "(o-[a-z0-9]{10}|ou-[a-z0-9]{4}-[a-z0-9]{8}|j-[0-9A-Z]{13}|ip-10-[0-9]-[0-9]-[0-9]{2}|d-90[0-9a-f]{8})",
        "arn:\\$\\{AWS::Partition\\}:s3:::[a-z]{3,8}/\\*",
    ]
}

/// Text between identifiers: words, scripts, punctuation, escapes, near misses.
pub fn filler() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ ,;()\\n\\t\"'|<>-]{1,4}",
        2 => "[a-z]{1,9}",
        1 => "[가-힣ぁ-んäöüß😀]{1,4}",
        1 => "[_./:=@#-]{1,2}",
        1 => r"(\\n|\\t|\\u00e9|\\\\|\\/|\\)",
        1 => "(AWS|AWS_|AWS_EC2|AWS_EC2_|AWS_EC2_0|i-|arn:aws:|s3://|i-0abc|12:34:56|1\\.2\\.3|--bucket |bucket: |\"TableName\": \")",
        1 => r#"("Buckets": \[\{"Name": "|Type: AWS::SQS::Queue\n  Name: |resource "aws_sns_topic" "x" \{\n  name = "|aws eks x --name |\|  QueueName  \|  |"TableNames": \["a1", "|%3A|%2F|%25|%253A|&amp;|&#58;|data:image/png;base64,)"#,
        1 => "[0-9]{1,14}",
        1 => "[\\u{0}-\\u{1f}\\u{7f}]",
        1 => "\\PC{0,4}",
    ]
}

/// A text with identifiers in it, some of them repeated.
pub fn text() -> impl Strategy<Value = String> {
    let part =
        prop_oneof![filler(), identifier(), (identifier(), filler()).prop_map(|(id, gap)| format!("{id}{gap}{id}"))];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

/// What verifiers like the beginning, the middle or the end of, in any order. benches/near_misses.rs uses the same.
pub fn fragments() -> impl Strategy<Value = String> {
    let fragments: Vec<String> = serde_json::from_str(include_str!("../fixtures/fragments.json")).unwrap();
    prop::collection::vec(prop::sample::select(fragments), 1..10).prop_map(|fragments| fragments.concat())
}

fn key() -> impl Strategy<Value = String> {
    let known = [
        "content",
        "text",
        "type",
        "role",
        "data",
        "thinking",
        "signature",
        "Bucket",
        "DBInstanceIdentifier",
        "TableName",
        "roleName",
        "AccountId",
        "owner_id",
        "SecretAccessKey",
        "model",
        "id",
        "Buckets",
        "Name",
        "name",
        "Type",
        "userName",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(String::from), 1 => text()]
}

/// A JSON document, with JSON inside its strings.
pub fn document() -> impl Strategy<Value = Value> {
    let name = "[a-z]{3,7}(-[a-z0-9]{2,5}){0,2}";
    let leaf = prop_oneof![
        6 => text().prop_map(Value::from),
        2 => identifier().prop_map(Value::from),
        2 => name.prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => (100_000_000_000u64..1_000_000_000_000).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            3 => prop::collection::vec((key(), inner.clone()), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
            2 => inner.clone().prop_map(|value| Value::String(value.to_string())),
            1 => (inner, text()).prop_map(|(value, text)| json!({"content": [{"type": "text", "text": text}, value]})),
        ]
    })
}

/// Writes a document the way some client might: any white space, any escapes. `choices` decides.
pub fn spell(value: &Value, choices: &mut impl Iterator<Item = u8>) -> String {
    let mut out = String::new();
    write(value, choices, &mut out);
    out
}

fn write(value: &Value, choices: &mut impl Iterator<Item = u8>, out: &mut String) {
    space(choices, out);
    match value {
        Value::String(text) => string(text, choices, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                write(item, choices, out);
            }
            space(choices, out);
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (index, (key, item)) in fields.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                space(choices, out);
                string(key, choices, out);
                space(choices, out);
                out.push(':');
                write(item, choices, out);
            }
            space(choices, out);
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
    space(choices, out);
}

fn space(choices: &mut impl Iterator<Item = u8>, out: &mut String) {
    out.push_str(match choices.next() {
        Some(0..=9) => " ",
        Some(10..=19) => "\n  ",
        Some(20..=22) => "\t\r\n",
        _ => "",
    });
}

fn string(text: &str, choices: &mut impl Iterator<Item = u8>, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        let choice = choices.next().unwrap_or(255);
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' if choice < 60 => out.push_str("\\/"),
            '\n' => out.push_str("\\n"),
            '\t' if choice < 128 => out.push_str("\\t"),
            c if (c as u32) < 0x20 || choice < 6 => escape(c, choice, out),
            c if !c.is_ascii() && choice < 128 => escape(c, choice, out),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn escape(c: char, choice: u8, out: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        let escaped = if choice.is_multiple_of(2) { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") };
        out.push_str(&escaped);
    }
}
