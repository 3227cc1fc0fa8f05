//! What can go wrong, as the client of a refused request sees it.
//!
//! An [`Error`] carries a [`Code`] of the published `AWS_MASKER_nnnn` list and one sentence for the operator. The
//! sentence is written by this crate from names of fields, hosts and causes: never from a body, so that no original
//! value can reach a log line or an error text.

use serde_json::{json, Map, Value};
use std::fmt;

/// The published error codes. Existing installations match on them, so a number never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Code {
    /// The store cannot be reached, or its circuit is open, while the request holds identifiers.
    StoreUnavailable = 1001,
    /// The store refused the credentials.
    StoreCredentials = 1002,
    /// A store command failed.
    StoreCommand = 1003,
    /// Masking failed.
    MaskingFailed = 2001,
    /// The masked body could not be prepared.
    BodyNotPrepared = 2003,
    /// Unmasking failed.
    UnmaskingFailed = 3001,
    /// A configuration field has an impossible value.
    ConfigInvalid = 4001,
    /// A configuration field is missing.
    ConfigMissing = 4002,
    /// The body cannot be inspected.
    BodyUninspectable = 5001,
    /// Identifiers are left in an outbound body that must not be rewritten.
    IdentifiersLeft = 5002,
    /// JSON could not be produced.
    Json = 6002,
}

impl Code {
    /// The HTTP status the client gets.
    pub fn http_status(self) -> u16 {
        match self {
            Code::UnmaskingFailed | Code::ConfigInvalid | Code::ConfigMissing | Code::Json => 500,
            Code::BodyUninspectable => 403,
            _ => 503,
        }
    }

    /// The reason phrase of [`Code::http_status`] (RFC 9110, section 15).
    fn reason(self) -> &'static str {
        match self.http_status() {
            403 => "Forbidden",
            500 => "Internal Server Error",
            _ => "Service Unavailable",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AWS_MASKER_{:04}", *self as u32)
    }
}

/// A refused request or configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    details: String,
}

impl Error {
    /// `details` is one sentence that says what to do next; the caller keeps originals and secrets out of it.
    pub fn new(code: Code, details: impl Into<String>) -> Self {
        Error { code, details: details.into() }
    }

    /// The published code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// One sentence for the operator; never holds an original value.
    pub fn details(&self) -> &str {
        &self.details
    }

    /// The complete response body for the client: `{"error", "message", "details"}`.
    pub fn body(&self) -> String {
        let mut body = Map::new();
        body.insert("error".into(), json!(self.code.to_string()));
        body.insert("message".into(), json!(self.code.reason()));
        body.insert("details".into(), json!(self.details));
        Value::Object(body).to_string()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.details)
    }
}

impl std::error::Error for Error {}

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_the_published_form() {
        let error = Error::new(Code::StoreUnavailable, "Redis at localhost:6379 does not answer.");
        assert_eq!(
            error.body(),
            r#"{"error":"AWS_MASKER_1001","message":"Service Unavailable","details":"Redis at localhost:6379 does not answer."}"#
        );
        assert_eq!(Code::BodyUninspectable.http_status(), 403);
        assert_eq!(Code::ConfigInvalid.http_status(), 500);
        assert_eq!(Code::IdentifiersLeft.http_status(), 503);
    }
}
