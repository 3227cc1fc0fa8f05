//! The C ABI: the only `unsafe` of this crate, and where panics stop.
//!
//! Rules of the whole interface, said once:
//!
//! - Every call returns an [`AwsMaskerStatus`] and, if it failed, writes an [`error::AwsMaskerError`] to its `error`
//!   parameter (which may be NULL). Other out-parameters are written on success only; buffers and reports are emptied first.
//! - Slices come in as pointer and length and are read during the call only. NULL with length 0 is the empty slice.
//! - What comes out is owned by the caller and freed with its own `_free` function, which takes NULL.
//! - A panic is a bug; it ends the call with `AWS_MASKER_STATUS_PANIC` and leaves the handle usable.

#![allow(unsafe_code)]

pub mod buffer;
pub mod error;
mod guard;
pub mod masker;
pub mod report;
pub mod unmasker;

use std::ffi::c_char;

pub use buffer::{AwsMaskerBuffer, AwsMaskerSlice};
pub use error::{AwsMaskerError, AwsMaskerStatus};
pub use masker::{AwsMasker, AwsMaskerPart, AwsMaskerPlace};
pub use report::{AwsMaskerCount, AwsMaskerReport};
pub use unmasker::AwsMaskerUnmasker;

/// The version of this interface. It changes when a program compiled against an older header could misbehave.
pub const AWS_MASKER_ABI_VERSION: u32 = 2;

/// The interface's version that the library was built with; compare it with `AWS_MASKER_ABI_VERSION`. Never fails.
#[no_mangle]
pub extern "C" fn aws_masker_abi_version() -> u32 {
    AWS_MASKER_ABI_VERSION
}

/// The library's version, `x.y.z`: static, NUL-terminated, never freed.
#[no_mangle]
pub extern "C" fn aws_masker_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
