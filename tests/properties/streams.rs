//! Streams of LLM events: however a token is spread over events and events over chunks, each text reads as if it had
//! been restored whole, nothing else changes, and nothing waits that need not.

use aws_masker::{Config, Mapping, Masker, Unmasker};
use proptest::prelude::*;
use serde_json::{json, Value};
use std::collections::BTreeMap;

fn masker(config: Value) -> Masker {
    let mut config = config;
    config["use_redis"] = json!(false);
    Masker::new(&Config::from_json(config.to_string().as_bytes()).unwrap()).unwrap()
}

/// Originals of every kind; two of them are written differently in JSON.
fn mapping(awkward: bool) -> Mapping {
    let mut mapping = Mapping::default();
    for (token, original) in [
        ("AWS_EC2_001", "i-0abc1234def567890"),
        ("AWS_EC2_0011", "i-0abc1234def567891"),
        ("AWS_S3_BUCKET_002", "acme-data"),
        ("AWS_IAM_ROLE_003", "arn:aws:iam::123456789012:role/Admin"),
    ] {
        mapping.insert(token, original).unwrap();
    }
    if awkward {
        mapping.insert("AWS_TOKEN_001", r#"ACME\server "one""#).unwrap();
    }
    mapping
}

/// Text of an answer: tokens, their beginnings, near misses, text that JSON escapes.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => prop::sample::select(vec![
            "AWS_EC2_001", "AWS_EC2_0011", "AWS_EC2_00111", "AWS_EC2_002", "AWS_S3_BUCKET_002", r"AWS\_EC2\_001",
            "AWS_IAM_ROLE_003", "AWS_TOKEN_001", "AWS", "AWS_", "AWS_E", "AWS_EC2_", "AWS_EC2_0", "A", "_001", "1", "\\",
        ]).prop_map(String::from),
        3 => "[ ,.;()\"'\\n\\t{}:-]{1,3}",
        2 => "[a-z]{1,8}",
        1 => "[가-힣ぁ-んäöüß😀]{1,4}",
        1 => "[\\u{0}-\\u{1f}]",
    ];
    prop::collection::vec(part, 0..10).prop_map(|parts| parts.concat())
}

/// A JSON document as tool arguments have: objects, arrays, and JSON text inside strings.
///
/// A string that begins like JSON is taken for JSON, since its end is not there yet; that matters only for originals that
/// JSON must escape.
fn arguments() -> impl Strategy<Value = String> {
    let text =
        || text().prop_map(|text| if text.trim_start().starts_with(['{', '[']) { format!("x{text}") } else { text });
    let value = prop_oneof![
        text().prop_map(Value::from),
        (text(), text()).prop_map(|(a, b)| json!({ "a": a, "b": [b] })),
        text().prop_map(|inner| json!(json!({ "inner": inner }).to_string())),
        any::<i32>().prop_map(Value::from),
    ];
    prop::collection::btree_map("[a-z]{1,4}", value, 0..4).prop_map(|map| json!(map).to_string())
}

#[derive(Clone, Debug)]
enum Block {
    Text(String),
    Tool(String),
    Thinking(String),
}

fn block() -> impl Strategy<Value = Block> {
    prop_oneof![
        3 => text().prop_map(Block::Text),
        2 => arguments().prop_map(Block::Tool),
        1 => text().prop_map(Block::Thinking),
    ]
}

/// Cuts a text into parts at places that `choices` select.
fn cut<'t>(text: &'t str, choices: &[u8]) -> Vec<&'t str> {
    let mut choices = choices.iter().cycle();
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let wanted = usize::from(choices.next().copied().unwrap_or(3) % 9) + 1;
        let end =
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).find(|at| *at >= wanted).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts
}

struct Stream {
    bytes: Vec<u8>,
    line_end: &'static str,
}

impl Stream {
    fn event(&mut self, name: Option<&str>, data: &str) {
        let end = self.line_end;
        if let Some(name) = name {
            self.bytes.extend(format!("event: {name}{end}").bytes());
        }
        self.bytes.extend(format!("data: {data}{end}{end}").bytes());
    }

    fn typed(&mut self, data: Value) {
        self.event(data["type"].as_str(), &data.to_string());
    }
}

fn line_end() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["\n", "\r\n", "\r"])
}

/// A Claude answer, its blocks' deltas as Claude sends them: one block after the other.
fn anthropic(blocks: &[Block], choices: &[u8], line_end: &'static str) -> Vec<u8> {
    let mut stream = Stream { bytes: Vec::new(), line_end };
    stream.typed(json!({"type": "message_start", "message": {"id": "msg_01", "role": "assistant", "content": []}}));
    for (index, block) in blocks.iter().enumerate() {
        let (kind, field, text) = match block {
            Block::Text(text) => ("text_delta", "text", text),
            Block::Tool(text) => ("input_json_delta", "partial_json", text),
            Block::Thinking(text) => ("thinking_delta", "thinking", text),
        };
        stream.typed(
            json!({"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}}),
        );
        for (n, part) in cut(text, choices).into_iter().enumerate() {
            if n == 2 {
                stream.typed(json!({"type": "ping"}));
            }
            stream.typed(json!({"type": "content_block_delta", "index": index, "delta": {"type": kind, field: part}}));
        }
        stream.typed(json!({"type": "content_block_stop", "index": index}));
    }
    stream.typed(json!({"type": "message_stop"}));
    stream.bytes
}

/// An answer of OpenAI's chat completions, all texts growing side by side.
fn chat(blocks: &[Block], choices: &[u8], line_end: &'static str, reason_with_text: bool) -> Vec<u8> {
    let mut stream = Stream { bytes: Vec::new(), line_end };
    let parts: Vec<Vec<&str>> = blocks
        .iter()
        .map(|block| match block {
            Block::Text(text) | Block::Tool(text) | Block::Thinking(text) => cut(text, choices),
        })
        .collect();
    let longest = parts.iter().map(Vec::len).max().unwrap_or(0);
    for n in 0..longest {
        let mut chosen = Vec::new();
        for (index, block) in blocks.iter().enumerate() {
            let Some(part) = parts[index].get(n) else { continue };
            let delta = match block {
                Block::Text(_) => json!({"content": part}),
                Block::Tool(_) => json!({"tool_calls": [{"index": 0, "function": {"arguments": part}}]}),
                Block::Thinking(_) => json!({"refusal": part}),
            };
            let ends = reason_with_text && n + 1 == parts[index].len();
            chosen.push(json!({"index": index, "delta": delta, "finish_reason": if ends { json!("stop") } else { json!(null) }}));
        }
        stream.event(
            None,
            &json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": chosen}).to_string(),
        );
    }
    if !reason_with_text {
        let ends: Vec<Value> =
            (0..blocks.len()).map(|index| json!({"index": index, "delta": {}, "finish_reason": "stop"})).collect();
        stream.event(None, &json!({"id": "chatcmpl-1", "choices": ends}).to_string());
    }
    stream.event(None, &json!({"id": "chatcmpl-1", "choices": [], "usage": {"total_tokens": 3}}).to_string());
    stream.event(None, "[DONE]");
    stream.bytes
}

/// An answer of OpenAI's Responses: every text is repeated when it is done.
fn responses(blocks: &[Block], choices: &[u8], line_end: &'static str) -> Vec<u8> {
    let mut stream = Stream { bytes: Vec::new(), line_end };
    for (index, block) in blocks.iter().enumerate() {
        let (field, key, text) = match block {
            Block::Text(text) => ("response.output_text", "text", text),
            Block::Tool(text) => ("response.function_call_arguments", "arguments", text),
            Block::Thinking(text) => ("response.reasoning_summary_text", "text", text),
        };
        for part in cut(text, choices) {
            stream.typed(
                json!({"type": format!("{field}.delta"), "output_index": index, "content_index": 0, "delta": part}),
            );
        }
        stream.typed(json!({"type": format!("{field}.done"), "output_index": index, "content_index": 0, key: text}));
    }
    stream.typed(json!({"type": "response.completed", "response": {"id": "resp_1"}}));
    stream.bytes
}

fn chunked(mut unmasker: Unmasker, bytes: &[u8], choices: &[u8]) -> Vec<u8> {
    let mut choices = choices.iter().cycle();
    let mut restored = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (chunk, left) = rest.split_at(usize::from(choices.next().copied().unwrap_or(1)).clamp(1, rest.len()));
        restored.extend(unmasker.push(chunk));
        rest = left;
    }
    restored.extend(unmasker.finish());
    restored
}

/// The data of a stream's events, read by other code than the engine's.
fn data_of(stream: &[u8]) -> Vec<String> {
    let text = String::from_utf8(stream.to_vec()).unwrap().replace("\r\n", "\n").replace('\r', "\n");
    text.split("\n\n")
        .filter_map(|event| event.lines().find_map(|line| line.strip_prefix("data: ")).map(String::from))
        .collect()
}

/// The joined texts of a stream by block, and everything else in order.
fn read(stream: &[u8]) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut texts, mut others) = (BTreeMap::<String, String>::new(), Vec::new());
    for data in data_of(stream) {
        let event: Value = serde_json::from_str(&data).unwrap_or_default();
        let mut found = Vec::new();
        for (field, value) in event["delta"].as_object().into_iter().flatten().filter(|(field, _)| *field != "type") {
            found.push((format!("{} {field}", event["index"]), value.as_str()));
        }
        if let Some(text) = event["delta"].as_str() {
            found.push((format!("{} {}", event["output_index"], event["type"]), Some(text)));
        }
        for choice in event["choices"].as_array().into_iter().flatten() {
            let delta = &choice["delta"];
            for field in ["content", "refusal"] {
                found.push((format!("{} {field}", choice["index"]), delta[field].as_str()));
            }
            found.push((format!("{} call", choice["index"]), delta["tool_calls"][0]["function"]["arguments"].as_str()));
        }
        found.retain(|(_, text)| text.is_some());
        if found.is_empty() {
            others.push(data);
        }
        for (block, text) in found {
            texts.entry(block).or_default().push_str(text.unwrap());
        }
    }
    texts.retain(|_, text| !text.is_empty());
    (texts, others)
}

fn whole(masker: &Masker, content_type: &str, mapping: &Mapping, text: &str) -> String {
    let restored = masker.unmask(content_type, mapping, text.as_bytes());
    restored.map_or(text.to_string(), |restored| String::from_utf8(restored.body).unwrap())
}

/// What holds for a stream whose texts are `blocks`.
fn check(masker: &Masker, mapping: &Mapping, stream: &[u8], choices: &[u8]) -> Result<(), TestCaseError> {
    let content_type = "text/event-stream";
    let once = masker.unmask(content_type, mapping, stream).map_or(stream.to_vec(), |restored| restored.body);
    let restored = chunked(masker.unmasker(content_type, mapping.clone()), stream, choices);
    let (texts, others) = read(&restored);
    let (masked, untouched) = read(stream);
    if !masked.is_empty() {
        prop_assert_eq!(read(&once), (texts.clone(), others.clone()));
    }
    for (block, text) in &masked {
        let expected = if block.contains("thinking") {
            text.clone()
        } else if text.starts_with(['{', '[']) && serde_json::from_str::<Value>(text).is_ok() {
            whole(masker, "application/json", mapping, text)
        } else {
            // No JSON, whatever it begins with.
            whole(masker, "text/plain", mapping, &format!("x{text}"))[1..].to_string()
        };
        prop_assert_eq!(texts.get(block), Some(&expected), "{}", block);
    }
    prop_assert_eq!(texts.len(), masked.len());
    prop_assert_eq!(others.len(), untouched.len());
    for (restored, masked) in others.iter().zip(&untouched) {
        prop_assert_eq!(restored, &whole(masker, "application/json", mapping, masked));
    }
    Ok(())
}

/// Makes texts not begin like JSON: see [`arguments`].
fn plain_texts(blocks: &mut [Block]) {
    for block in blocks {
        if let Block::Text(text) | Block::Thinking(text) = block {
            text.insert(0, 'x');
        }
    }
}

proptest! {
    #![proptest_config(crate::cases(2_000))]

    #[test]
    fn claude(mut blocks in prop::collection::vec(block(), 1..4), deltas in any::<[u8; 8]>(), chunks in any::<[u8; 8]>(),
              line_end in line_end(), awkward in any::<bool>()) {
        if awkward { plain_texts(&mut blocks); }
        check(&masker(json!({})), &mapping(awkward), &anthropic(&blocks, &deltas, line_end), &chunks)?;
    }

    #[test]
    fn openai_chat(mut blocks in prop::collection::vec(block(), 1..4), deltas in any::<[u8; 8]>(), chunks in any::<[u8; 8]>(),
                   line_end in line_end(), awkward in any::<bool>(), reason_with_text in any::<bool>()) {
        if awkward { plain_texts(&mut blocks); }
        check(&masker(json!({})), &mapping(awkward), &chat(&blocks, &deltas, line_end, reason_with_text), &chunks)?;
    }

    #[test]
    fn openai_responses(mut blocks in prop::collection::vec(block(), 1..4), deltas in any::<[u8; 8]>(),
                        chunks in any::<[u8; 8]>(), line_end in line_end(), awkward in any::<bool>()) {
        if awkward { plain_texts(&mut blocks); }
        check(&masker(json!({})), &mapping(awkward), &responses(&blocks, &deltas, line_end), &chunks)?;
    }

    /// Any other stream: each event by itself, and cut anywhere the same bytes as in one go, also when an event is larger
    /// than the limit.
    #[test]
    fn other_streams(events in prop::collection::vec(("(data: |data:|: |event: |id: |)", text(), "(\n|\r\n|\r|\n\n|\r\n\r\n)"), 0..8),
                     chunks in any::<[u8; 8]>(), lines in any::<bool>()) {
        let stream: String = events.iter().flat_map(|(field, text, end)| [field, text, end]).map(String::as_str).collect();
        let content_type = if lines { "application/x-ndjson" } else { "text/event-stream" };
        let masker = masker(json!({}));
        let once = masker.unmask(content_type, &mapping(false), stream.as_bytes()).map_or(stream.clone().into_bytes(), |r| r.body);
        let restored = chunked(masker.unmasker(content_type, mapping(false)), stream.as_bytes(), &chunks);
        prop_assert_eq!(String::from_utf8_lossy(&restored), String::from_utf8_lossy(&once));
    }

    /// An echo of a masked stream of any kind but a language model's is the stream, byte for byte.
    #[test]
    fn an_echo_of_events_is_an_identity(document in crate::generate::document(), choices in prop::collection::vec(any::<u8>(), 0..200),
                                        text in crate::generate::text(), line_end in line_end()) {
        let masker = masker(json!({}));
        let spelled = crate::generate::spell(&document, &mut choices.into_iter());
        let spelled = spelled.replace(['\r', '\n'], " ");
        let text = text.replace(['\r', '\n'], " ");
        let stream = format!(": {text}{line_end}data: {spelled}{line_end}{line_end}data: {text}{line_end}data:{text}{line_end}{line_end}{text}");
        let masked = masker.mask("text/event-stream", stream.as_bytes()).unwrap();
        let sent = masked.body.clone().unwrap_or(stream.clone().into_bytes());
        let echoed = chunked(masker.unmasker("text/event-stream", masked.mapping), &sent, &[7]);
        prop_assert_eq!(String::from_utf8_lossy(&echoed), stream);
    }

    /// Only what can become a token waits.
    #[test]
    fn nothing_waits_that_need_not(text in text(), deltas in any::<[u8; 8]>()) {
        let mapping = mapping(false);
        let masker = masker(json!({}));
        let mut unmasker = masker.unmasker("text/event-stream", mapping.clone());
        let (mut sent, mut given) = (String::new(), String::new());
        for part in cut(&text, &deltas) {
            let event = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": part}});
            let restored = unmasker.push(format!("data: {event}\n\n").as_bytes());
            let (texts, _) = read(&restored);
            prop_assert_eq!(data_of(&restored).len(), 1, "an event waits");
            sent.push_str(part);
            given.extend(texts.values().map(String::as_str));
            let held = (0..=sent.len().min(40)).filter(|n| sent.is_char_boundary(sent.len() - n)).find(|n| {
                let shown = format!("x{}", &sent[..sent.len() - n]);
                whole(&masker, "text/plain", &mapping, &shown)[1..] == given
            });
            let Some(held) = held else { return Err(TestCaseError::fail(format!("{sent:?} became {given:?}"))) };
            let tail = sent[sent.len() - held..].replace('\\', "");
            prop_assert!(mapping.tokens().any(|token| token.starts_with(&tail)), "{:?} waits", tail);
        }
    }

    /// A signed text comes back to the provider as it was signed, restored or not, streamed or whole.
    #[test]
    fn signed_thinking_survives_the_round_trip(
        identifiers in prop::collection::vec(crate::generate::identifier(), 1..4), frame in prop::collection::vec((text(), "[ .,:;!?\"'`()\\n/@=*-]{0,2}", any::<prop::sample::Index>()), 1..6),
        end in text(), restore in any::<bool>(), deltas in any::<[u8; 8]>(),
    ) {
        let masker = masker(json!({"restore_thinking": restore}));
        let question = identifiers.join(" and ");
        let masked = masker.mask("text/plain", question.as_bytes()).unwrap();
        let tokens: Vec<&str> = masked.mapping.tokens().collect();
        prop_assume!(!tokens.is_empty());
        let mut signed = String::new();
        for (words, mark, which) in &frame {
            signed.push_str(&words.replace("AWS_", "AWS-"));
            signed.push_str(mark);
            signed.push_str(tokens[which.index(tokens.len())]);
            signed.push_str(mark);
        }
        signed.push_str(&end.replace("AWS_", "AWS-"));
        // What the model makes up itself is no matter of ours.
        prop_assume!(masker.detect("text/plain", signed.as_bytes()).unwrap().iter().all(|f| f.original.starts_with("AWS")));

        let stream = anthropic(&[Block::Thinking(signed.clone())], &deltas, "\n");
        let (texts, _) = read(&chunked(masker.unmasker("text/event-stream", masked.mapping.clone()), &stream, &[50]));
        let seen = texts.values().next().cloned().unwrap_or_default();
        prop_assert!(restore || seen == signed);
        let answer = json!({"content": [{"type": "thinking", "thinking": signed, "signature": "x"}]}).to_string();
        let answer: Value = serde_json::from_str(&whole(&masker, "application/json", &masked.mapping, &answer)).unwrap();
        for seen in [seen, answer["content"][0]["thinking"].as_str().unwrap().to_string()] {
            let turn = json!({"messages": [{"role": "assistant", "content": [{"type": "thinking", "thinking": seen, "signature": "x"}]}]});
            let turn = turn.to_string();
            let masked = masker.mask("application/json", turn.as_bytes()).unwrap();
            let sent: Value = serde_json::from_slice(masked.body.as_deref().unwrap_or(turn.as_bytes())).unwrap();
            prop_assert_eq!(sent["messages"][0]["content"][0]["thinking"].as_str().unwrap(), &signed, "shown as {:?}", seen);
        }
    }
}
