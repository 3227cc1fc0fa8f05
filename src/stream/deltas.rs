//! The events of LLM streams that carry a text in parts: which of their strings continue which text, and which texts
//! an event ends.
//!
//! - Anthropic Messages (<https://docs.anthropic.com/en/docs/build-with-claude/streaming>)
//! - OpenAI chat completions and legacy completions (<https://platform.openai.com/docs/api-reference/chat-streaming>)
//! - OpenAI Responses (<https://platform.openai.com/docs/api-reference/responses-streaming>)

use super::carry::Parts;
use crate::body::place_of;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{json, Value};
use std::borrow::Cow;
use std::ops::Range;

/// A text that arrives in parts: which field it is, of which block, choice or output, and which part of that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// Its name in the protocol, for example `text` or `response.output_text`.
    pub field: String,
    /// The content block's index, the choice's, or the output's.
    pub index: u64,
    /// The tool call's index, or the content part's.
    pub part: u64,
}

/// A string of an event that continues a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Delta {
    /// Which text.
    pub block: Block,
    /// What the text is.
    pub parts: Parts,
    /// Where the inside of the string stands in the event's data.
    pub range: Range<usize>,
    /// Whether the same event ends the text.
    pub last: bool,
}

/// Which texts an event ends. They end before it.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// All.
    Everything,
    /// Those of a content block, choice or output.
    Index(u64),
    /// One.
    Block(Block),
}

/// What an event means for the texts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// The texts it continues.
    pub deltas: Vec<Delta>,
    /// The texts it ends.
    pub ends: Vec<End>,
    /// Whether it says nothing about identifiers and passes as it is.
    pub passes: bool,
}

/// The fields of all three protocols; no event has those of two.
#[derive(Deserialize)]
struct Fields<'d> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'d, str>>,
    index: Option<u64>,
    output_index: Option<u64>,
    content_index: Option<u64>,
    summary_index: Option<u64>,
    #[serde(borrow)]
    delta: Option<&'d RawValue>,
    #[serde(borrow)]
    content_block: Option<ContentBlock<'d>>,
    #[serde(borrow)]
    choices: Option<Vec<Choice<'d>>>,
}

#[derive(Deserialize)]
struct ContentBlock<'d> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'d, str>>,
}

#[derive(Deserialize)]
struct Choice<'d> {
    #[serde(default)]
    index: u64,
    #[serde(borrow)]
    delta: Option<ChatDelta<'d>>,
    #[serde(borrow)]
    text: Option<&'d RawValue>,
    #[serde(borrow)]
    finish_reason: Option<&'d RawValue>,
}

#[derive(Deserialize)]
struct ChatDelta<'d> {
    #[serde(borrow)]
    content: Option<&'d RawValue>,
    #[serde(borrow)]
    refusal: Option<&'d RawValue>,
    #[serde(borrow)]
    reasoning: Option<&'d RawValue>,
    #[serde(borrow)]
    reasoning_content: Option<&'d RawValue>,
    #[serde(borrow)]
    tool_calls: Option<Vec<ToolCall<'d>>>,
    #[serde(borrow)]
    function_call: Option<Function<'d>>,
}

#[derive(Deserialize)]
struct ToolCall<'d> {
    #[serde(default)]
    index: u64,
    #[serde(borrow)]
    function: Option<Function<'d>>,
}

#[derive(Deserialize)]
struct Function<'d> {
    #[serde(borrow)]
    arguments: Option<&'d RawValue>,
}

#[derive(Deserialize)]
struct BlockDelta<'d> {
    #[serde(borrow)]
    text: Option<&'d RawValue>,
    #[serde(borrow)]
    partial_json: Option<&'d RawValue>,
    #[serde(borrow)]
    thinking: Option<&'d RawValue>,
    #[serde(borrow)]
    signature: Option<&'d RawValue>,
}

/// What an event with this data means. Of an event of no known protocol, nothing.
pub fn meaning(data: &[u8]) -> Meaning {
    let text = data.trim_ascii();
    if text == b"[DONE]" {
        return Meaning { ends: vec![End::Everything], ..Meaning::default() };
    }
    let Ok(fields) = serde_json::from_slice::<Fields<'_>>(text) else {
        return Meaning::default();
    };
    let mut reader = Reader { data, meaning: Meaning::default() };
    match (&fields.choices, fields.kind.as_deref()) {
        (Some(choices), _) => choices.iter().for_each(|choice| reader.choice(choice)),
        (None, Some(kind)) if kind.starts_with("response.") => reader.response(kind, &fields),
        (None, Some(kind)) => reader.message(kind, &fields),
        (None, None) => {}
    }
    reader.meaning
}

struct Reader<'d> {
    data: &'d [u8],
    meaning: Meaning,
}

impl Reader<'_> {
    /// Adds a string that continues a text; anything but a string is none.
    fn delta(&mut self, string: Option<&RawValue>, field: &str, index: u64, part: u64, parts: Parts, last: bool) {
        let Some(raw) = string.filter(|raw| raw.get().starts_with('"')) else {
            return;
        };
        let place = place_of(raw, self.data);
        let block = Block { field: field.to_string(), index, part };
        self.meaning.deltas.push(Delta { block, parts, range: place.start + 1..place.end - 1, last });
    }

    /// Anthropic Messages.
    fn message(&mut self, kind: &str, fields: &Fields<'_>) {
        match (kind, fields.index) {
            ("content_block_delta", Some(index)) => {
                let delta = fields.delta.and_then(|raw| serde_json::from_str::<BlockDelta<'_>>(raw.get()).ok());
                if let Some(delta) = delta {
                    self.delta(delta.text, "text", index, 0, Parts::Text, false);
                    self.delta(delta.partial_json, "partial_json", index, 0, Parts::Fragment, false);
                    self.delta(delta.thinking, "thinking", index, 0, Parts::Signed, false);
                    self.meaning.passes = delta.signature.is_some();
                }
            }
            ("content_block_start", _) => {
                let kind = fields.content_block.as_ref().and_then(|block| block.kind.as_deref());
                self.meaning.passes = matches!(kind, Some("thinking" | "redacted_thinking"));
            }
            ("content_block_stop", Some(index)) => self.meaning.ends.push(End::Index(index)),
            ("message_stop", _) => self.meaning.ends.push(End::Everything),
            ("message_start" | "ping" | "error", _) => self.meaning.passes = true,
            _ => {}
        }
    }

    /// OpenAI chat completions, and the legacy completions.
    fn choice(&mut self, choice: &Choice<'_>) {
        let index = choice.index;
        let last = choice.finish_reason.is_some_and(|reason| reason.get() != "null");
        if last {
            self.meaning.ends.push(End::Index(index));
        }
        self.delta(choice.text, "text", index, 0, Parts::Text, last);
        let Some(delta) = &choice.delta else { return };
        self.delta(delta.content, "content", index, 0, Parts::Text, last);
        self.delta(delta.refusal, "refusal", index, 0, Parts::Text, last);
        self.delta(delta.reasoning, "reasoning", index, 0, Parts::Text, last);
        self.delta(delta.reasoning_content, "reasoning_content", index, 0, Parts::Text, last);
        for call in delta.tool_calls.iter().flatten() {
            let arguments = call.function.as_ref().and_then(|function| function.arguments);
            self.delta(arguments, "tool_calls", index, call.index, Parts::Fragment, last);
        }
        let arguments = delta.function_call.as_ref().and_then(|function| function.arguments);
        self.delta(arguments, "function_call", index, 0, Parts::Fragment, last);
    }

    /// OpenAI Responses.
    fn response(&mut self, kind: &str, fields: &Fields<'_>) {
        let index = fields.output_index.unwrap_or(0);
        let part = fields.content_index.or(fields.summary_index).unwrap_or(0);
        if matches!(kind, "response.completed" | "response.incomplete" | "response.failed") {
            self.meaning.ends.push(End::Everything);
        } else if kind == "response.output_item.done" {
            self.meaning.ends.push(End::Index(index));
        } else if let Some(field) = kind.strip_suffix(".done") {
            self.meaning.ends.push(End::Block(Block { field: field.to_string(), index, part }));
        } else if let Some(field) = kind.strip_suffix(".delta") {
            let parts = match field {
                "response.audio" => return, // base64
                field if field.ends_with("_arguments") => Parts::Fragment,
                _ => Parts::Text,
            };
            self.delta(fields.delta, field, index, part, parts, false);
        }
    }
}

/// The data of one more event that continues `block` by `text`, made from that of an event which continued it before.
pub fn one_more(block: &Block, before: &[u8], text: &str) -> Option<Vec<u8>> {
    let mut data: Value = serde_json::from_slice(before).ok()?;
    let event = data.as_object_mut()?;
    let text = json!(text);
    if event.contains_key("choices") {
        // The other parts of that event have been told already.
        event.remove("usage");
        event.insert("choices".into(), json!([choice(block, text)]));
    } else if event.get("delta")?.is_string() {
        event.remove("logprobs");
        event.insert("delta".into(), text);
    } else {
        event.get_mut("delta")?.as_object_mut()?.insert(block.field.clone(), text);
    }
    event.remove("obfuscation");
    serde_json::to_vec(&data).ok()
}

fn choice(block: &Block, text: Value) -> Value {
    let delta = match block.field.as_str() {
        "text" => return json!({ "index": block.index, "text": text, "finish_reason": null }),
        "tool_calls" => json!({ "tool_calls": [{ "index": block.part, "function": { "arguments": text } }] }),
        "function_call" => json!({ "function_call": { "arguments": text } }),
        field => json!({ field: text }),
    };
    json!({ "index": block.index, "delta": delta, "finish_reason": null })
}
