//! What part of an LLM request a value stands in: where words belong to the protocol, a name must not be looked for.
//!
//! Sources: the API references of Anthropic's Messages, OpenAI's Chat Completions and Responses, Bedrock's Converse and
//! Gemini's generateContent; JSON Schema 2020-12.

/// A part of a request, told by the keys that lead to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The request's own keys.
    Root,
    /// A setting: each string in it is a word of the protocol.
    Setting,
    /// What may hold JSON schemas: tools, the format of the answer.
    Tools,
    /// A JSON schema: its strings are keywords or repeat the keys of properties.
    Schema,
    /// The schemas in it by their names, which may be those of keywords.
    Properties,
    /// What a tool is given or has answered: no key of it is the protocol's.
    Data,
    /// All else.
    Content,
}

impl Zone {
    /// The part that the object or list under `key` is.
    pub fn inside(self, key: Option<&[u8]>) -> Zone {
        let Some(key) = key else { return Zone::Content };
        match self {
            Zone::Root if is_setting(key) => Zone::Setting,
            Zone::Root if may_hold_schemas(key) => Zone::Tools,
            Zone::Root | Zone::Content | Zone::Tools if key == b"cache_control" => Zone::Setting,
            Zone::Content if is_of_tool(key) => Zone::Data,
            Zone::Root | Zone::Content => Zone::Content,
            Zone::Tools if is_schema(key) => Zone::Schema,
            Zone::Schema if has_schemas_by_name(key) => Zone::Properties,
            Zone::Schema if is_text(key) => Zone::Content,
            Zone::Properties => Zone::Schema,
            zone => zone,
        }
    }

    /// Whether a string under `key` is a word of the protocol.
    pub fn is_word(self, key: Option<&[u8]>) -> bool {
        match self {
            Zone::Root => key.is_some_and(is_setting),
            Zone::Tools => key == Some(b"verbosity"),
            Zone::Setting | Zone::Properties => true,
            Zone::Schema => !key.is_some_and(is_text),
            Zone::Data | Zone::Content => false,
        }
    }
}

/// The keys under which a tool's arguments and answers stand as JSON: Anthropic's and Bedrock's, Gemini's, Bedrock's results.
fn is_of_tool(key: &[u8]) -> bool {
    matches!(key, b"args" | b"arguments" | b"input" | b"json" | b"response")
}

/// Settings of a request.
fn is_setting(key: &[u8]) -> bool {
    matches!(
        key,
        b"additionalModelRequestFields"
            | b"anthropic_beta"
            | b"anthropic_version"
            | b"audio"
            | b"cache_control"
            | b"include"
            | b"inferenceConfig"
            | b"modalities"
            | b"model"
            | b"modelId"
            | b"performanceConfig"
            | b"prompt_cache_retention"
            | b"reasoning"
            | b"reasoning_effort"
            | b"service_tier"
            | b"thinking"
            | b"truncation"
            | b"verbosity"
    )
}

/// What of a request has JSON schemas in it.
fn may_hold_schemas(key: &[u8]) -> bool {
    matches!(
        key,
        b"functions"
            | b"generationConfig"
            | b"output_config"
            | b"output_format"
            | b"response_format"
            | b"text"
            | b"toolConfig"
            | b"tools"
    )
}

/// The keys that schemas stand under.
fn is_schema(key: &[u8]) -> bool {
    matches!(
        key,
        b"inputSchema"
            | b"input_schema"
            | b"parameters"
            | b"parametersJsonSchema"
            | b"responseJsonSchema"
            | b"responseSchema"
            | b"schema"
    )
}

/// Keywords under which schemas have names of their own.
fn has_schemas_by_name(key: &[u8]) -> bool {
    matches!(
        key,
        b"$defs" | b"definitions" | b"dependentRequired" | b"dependentSchemas" | b"patternProperties" | b"properties"
    )
}

/// Keywords whose values are no keywords: prose and examples.
fn is_text(key: &[u8]) -> bool {
    matches!(key, b"$comment" | b"default" | b"description" | b"example" | b"examples" | b"title")
}
