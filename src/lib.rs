//! The engine of aws-masker: gives every AWS identifier in a text a stable token and restores it in the answer.
//!
//! ```
//! use aws_masker::{Config, Masker};
//!
//! let config = Config::from_json(br#"{"use_redis": false}"#)?;
//! let masker = Masker::new(&config)?;
//! let masked = masker.mask("text/plain", b"why did i-0abc1234def567890 stop?")?;
//! assert_eq!(masked.body.as_deref(), Some(&b"why did AWS_EC2_001 stop?"[..]));
//!
//! let answer = b"AWS_EC2_001 ran out of memory";
//! let restored = masker.unmask("text/plain", &masked.mapping, answer).expect("it holds a token");
//! assert_eq!(restored.body, b"i-0abc1234def567890 ran out of memory");
//! # Ok::<(), aws_masker::Error>(())
//! ```
//!
//! The rooms, each with one idea: [`config`] settings · [`error`] refusals · [`detect`] text to identifiers · [`body`] bytes
//! to texts and back · [`token`] the grammar of tokens · [`mapping`] one request's tokens · [`vault`] who has which token ·
//! [`redis`] reaching a server · [`masker`] the two verbs · [`stream`] responses that arrive in chunks · [`metrics`] counts · [`ffi`] the C ABI.

#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod body;
pub mod config;
pub mod detect;
mod distinct;
pub mod error;
pub mod ffi;
mod found;
mod heap;
pub mod mapping;
pub mod masker;
pub mod metrics;
mod preamble;
pub mod redis;
mod restore;
pub mod simd;
pub mod stream;
pub mod token;
pub mod vault;

pub use config::Config;
pub use error::{Code, Error};
pub use mapping::Mapping;
pub use masker::{Masked, MaskedParts, Masker, Part, Place};
pub use restore::Restored;
pub use stream::Unmasker;
