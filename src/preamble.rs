//! Telling the model what tokens are: one constant paragraph behind the system prompt, in the format at hand.
//!
//! Which format a body has is told by its keys. The paragraph is inserted; every other byte stays as it came.

use crate::body::{encode, place_of};
use serde::de::{Deserialize, MapAccess, Visitor};
use serde::Deserializer;
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Range;

/// The paragraph. It never changes between requests, or no provider's prompt cache would ever hit.
///
/// Models keep placeholders far better when they are told to, and better still when told where to write them.
pub const TEXT: &str = "Some values in this conversation were replaced by placeholders before it was sent to you. A \
placeholder starts with AWS_, names a kind of AWS resource or another sensitive value, and ends with a number, for example \
AWS_EC2_n or AWS_VPC_n with digits for n. Every placeholder stands for exactly one real value, and the same placeholder \
always stands for the same value. Use each placeholder exactly where you would have used the value, in text, code, commands \
and tool arguments. Copy it character by character: keep its case, underscores and digits, and do not shorten, translate, \
explain, guess or invent placeholders.";

/// The body with the paragraph in it; `None` if its format is not known.
pub fn add(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let request: Object<'_> = serde_json::from_str(text).ok()?;
    let (at, insert) = place(body, &request)?;
    let mut told = Vec::with_capacity(body.len() + insert.len());
    told.extend_from_slice(&body[..at]);
    told.extend_from_slice(insert.as_bytes());
    told.extend_from_slice(&body[at..]);
    Some(told)
}

/// Where the paragraph goes, and with what around it.
fn place(body: &[u8], request: &Object<'_>) -> Option<(usize, String)> {
    let anthropic = request.get("system").is_some()
        || request.get("anthropic_version").is_some()
        || request.get("model").and_then(string).is_some_and(|model| is_claude(&model));
    let within = |raw: &RawValue| place_of(raw, body);
    match (request.get("messages"), request.get("input")) {
        (Some(_), _) if anthropic => match request.get("system") {
            Some(system) => behind(body, within(system), "text"),
            None => Some(first_key(body, "system")),
        },
        (Some(messages), _) => {
            let first = items(messages)?.into_iter().next();
            let prompt = first.and_then(|message| serde_json::from_str::<Object<'_>>(message.get()).ok());
            let is_system = |message: &Object<'_>| {
                message.get("role").and_then(string).is_some_and(|role| role == "system" || role == "developer")
            };
            match prompt.filter(is_system) {
                Some(prompt) => behind(body, within(prompt.get("content")?), "text"),
                None => {
                    let more = if first.is_some() { "," } else { "" };
                    let message = format!(r#"{{"role":"system","content":{}}}{more}"#, quoted());
                    Some((within(messages).start + 1, message))
                }
            }
        }
        (None, Some(_)) => match request.get("instructions").filter(|raw| raw.get() != "null") {
            Some(instructions) => behind(body, within(instructions), "input_text"),
            // A null cannot be added to, and a second key would be refused.
            None if request.get("instructions").is_some() => None,
            None => Some(first_key(body, "instructions")),
        },
        (None, None) => None,
    }
}

/// `claude-…`, also with the names that Bedrock and others put in front of it.
fn is_claude(model: &str) -> bool {
    model.starts_with("claude") || model.contains("anthropic.claude") || model.contains("/claude")
}

/// Behind a prompt that is a string, or a list of blocks.
fn behind(body: &[u8], prompt: Range<usize>, block: &str) -> Option<(usize, String)> {
    let end = prompt.end - 1;
    match body[prompt.start] {
        b'"' => {
            let break_ = if prompt.len() > 2 { r"\n\n" } else { "" };
            let paragraph = quoted();
            Some((end, format!("{break_}{}", &paragraph[1..paragraph.len() - 1])))
        }
        b'[' => {
            let is_empty = body[prompt.start + 1..end].trim_ascii().is_empty();
            let comma = if is_empty { "" } else { "," };
            Some((end, format!(r#"{comma}{{"type":"{block}","text":{}}}"#, quoted())))
        }
        _ => None,
    }
}

/// A new key in front of all others: the body is an object that has some.
fn first_key(body: &[u8], key: &str) -> (usize, String) {
    let brace = body.iter().position(|b| *b == b'{').unwrap_or_default();
    (brace + 1, format!(r#""{key}":{},"#, quoted()))
}

/// The paragraph as a JSON string.
fn quoted() -> String {
    format!("\"{}\"", String::from_utf8_lossy(&encode(TEXT.as_bytes(), 1)))
}

fn string(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

fn items(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// An object's values as they stand in the body. Of a key that is there twice, the last, as most parsers take it.
struct Object<'b>(Vec<(String, &'b RawValue)>);

impl<'b> Object<'b> {
    fn get(&self, key: &str) -> Option<&'b RawValue> {
        self.0.iter().rev().find(|(known, _)| known == key).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, Value};

    fn told(body: &str) -> Option<Value> {
        add(body.as_bytes()).map(|body| serde_json::from_slice(&body).expect("JSON"))
    }

    #[test]
    fn it_goes_behind_the_system_prompt_of_each_format() {
        let joined = format!("Be kind.\n\n{TEXT}");
        for (body, pointer, expected) in [
            (r#"{"model":"claude-x","messages":[]}"#, "/system", json!(TEXT)),
            (r#"{"anthropic_version":"bedrock-2023-05-31","messages":[]}"#, "/system", json!(TEXT)),
            (r#"{"system":"Be kind.","messages":[]}"#, "/system", json!(joined)),
            (r#"{"system":"","messages":[]}"#, "/system", json!(TEXT)),
            (r#"{"system":[ ],"messages":[]}"#, "/system/0", json!({"type":"text","text":TEXT})),
            (
                r#"{"messages":[], "system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}"#,
                "/system/1",
                json!({"type":"text","text":TEXT}),
            ),
            (r#"{"messages":[{"role":"user","content":"x"}]}"#, "/messages/0", json!({"role":"system","content":TEXT})),
            (r#"{"messages":[]}"#, "/messages/0", json!({"role":"system","content":TEXT})),
            (r#"{"messages":[{"role":"system","content":"Be kind."}]}"#, "/messages/0/content", json!(joined)),
            (
                r#"{"messages":[{"content":[{"type":"text","text":"a"}],"role":"developer"}]}"#,
                "/messages/0/content/1",
                json!({"type":"text","text":TEXT}),
            ),
            (r#"{"model":"gpt-x","input":"hi"}"#, "/instructions", json!(TEXT)),
            (r#"{"instructions":"Be kind.","input":[]}"#, "/instructions", json!(joined)),
        ] {
            let after = told(body).expect(body);
            assert_eq!(after.pointer(pointer), Some(&expected), "{body} became {after}");
        }
    }

    #[test]
    fn every_other_byte_stays() {
        let body = r#" { "model" : "claude-x", "n":1.0e2, "messages":[ {"role":"user","content":"\u0061"} ] } "#;
        let after = String::from_utf8(add(body.as_bytes()).unwrap()).unwrap();
        let inserted = format!(r#""system":{},"#, quoted());
        assert_eq!(after.replacen(&inserted, "", 1), body);
    }

    #[test]
    fn other_bodies_are_left_alone() {
        for body in [
            "",
            "text",
            "[1]",
            r#"{"prompt":"x"}"#,
            r#"{"system":7,"messages":[]}"#,
            r#"{"messages":{}}"#,
            r#"{"messages":[{"role":"system"}]}"#,
            r#"{"input":"x","instructions":null}"#,
            r#"{"messages":[]"#,
        ] {
            assert_eq!(add(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn it_is_about_as_long_as_what_was_measured() {
        let words = TEXT.split_whitespace().count();
        assert!((80..=110).contains(&words), "{words} words");
        assert!(TEXT.to_lowercase().contains("use each placeholder exactly where you would have used the value"));
        assert!(crate::token::find(TEXT.as_bytes(), 0).is_none(), "a token of its own would be restored");
    }
}
