//! Statuses and errors across the border.

use super::buffer::AwsMaskerSlice;
use super::guard::Failure;
use crate::error::{Code, Error};

/// What a call came to. Numbers from 1001 on are those of the `AWS_MASKER_nnnn` error bodies; 4 to 999 are reserved.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsMaskerStatus {
    /// Done.
    Ok = 0,
    /// A pointer that must not be NULL was.
    NullPointer = 1,
    /// The library has a bug; the call was stopped, the handle stays usable.
    Panic = 2,
    /// An argument cannot be what the function needs.
    InvalidArgument = 3,
    /// The store cannot be reached while the request holds identifiers. HTTP 503.
    StoreUnavailable = 1001,
    /// The store refused the credentials. HTTP 503.
    StoreCredentials = 1002,
    /// A store command failed. HTTP 503.
    StoreCommand = 1003,
    /// Masking failed. HTTP 503.
    MaskingFailed = 2001,
    /// The masked body could not be prepared. HTTP 503.
    BodyNotPrepared = 2003,
    /// Unmasking failed. HTTP 500.
    UnmaskingFailed = 3001,
    /// A configuration field has an impossible value. HTTP 500.
    ConfigInvalid = 4001,
    /// A configuration field is missing. HTTP 500.
    ConfigMissing = 4002,
    /// The body cannot be inspected. HTTP 403.
    BodyUninspectable = 5001,
    /// Identifiers are left in a body that must not be rewritten. HTTP 503.
    IdentifiersLeft = 5002,
    /// JSON could not be produced. HTTP 500.
    Json = 6002,
}

impl From<Code> for AwsMaskerStatus {
    fn from(code: Code) -> Self {
        match code {
            Code::StoreUnavailable => AwsMaskerStatus::StoreUnavailable,
            Code::StoreCredentials => AwsMaskerStatus::StoreCredentials,
            Code::StoreCommand => AwsMaskerStatus::StoreCommand,
            Code::MaskingFailed => AwsMaskerStatus::MaskingFailed,
            Code::BodyNotPrepared => AwsMaskerStatus::BodyNotPrepared,
            Code::UnmaskingFailed => AwsMaskerStatus::UnmaskingFailed,
            Code::ConfigInvalid => AwsMaskerStatus::ConfigInvalid,
            Code::ConfigMissing => AwsMaskerStatus::ConfigMissing,
            Code::BodyUninspectable => AwsMaskerStatus::BodyUninspectable,
            Code::IdentifiersLeft => AwsMaskerStatus::IdentifiersLeft,
            Code::Json => AwsMaskerStatus::Json,
        }
    }
}

/// Why a call failed. Owned by the caller; free it with `aws_masker_error_free`. Immutable, so any thread may read it.
pub struct AwsMaskerError {
    status: AwsMaskerStatus,
    http_status: u16,
    body: String,
    details: String,
}

impl AwsMaskerError {
    /// `code` is what the client is told where the failure is no refusal of the engine but a misuse or a bug.
    pub(super) fn new(failure: Failure, code: Code) -> AwsMaskerError {
        let (status, error) = match failure {
            Failure::Refused(error) => (error.code().into(), error),
            Failure::Null(name) => {
                let details = format!("The argument {name} of a library call is NULL; the calling program has a bug.");
                (AwsMaskerStatus::NullPointer, Error::new(code, details))
            }
            Failure::Argument(details) => (AwsMaskerStatus::InvalidArgument, Error::new(code, details)),
            Failure::Panic => {
                let details = "The masking library stopped at a bug of its own; its log line names the place.";
                (AwsMaskerStatus::Panic, Error::new(code, details))
            }
        };
        AwsMaskerError {
            status,
            http_status: error.code().http_status(),
            body: error.body(),
            details: error.details().to_string(),
        }
    }

    pub(super) fn status(&self) -> AwsMaskerStatus {
        self.status
    }
}

/// The status of the failed call. `AWS_MASKER_STATUS_NULL_POINTER` for a NULL error.
///
/// # Safety
/// `error` is NULL or an error of this library that was not freed.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_error_status(error: *const AwsMaskerError) -> AwsMaskerStatus {
    // SAFETY: the caller's promise.
    unsafe { error.as_ref() }.map_or(AwsMaskerStatus::NullPointer, |error| error.status)
}

/// The HTTP status for the client of the refused request: 403, 500 or 503. 500 for a NULL error.
///
/// # Safety
/// As `aws_masker_error_status`.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_error_http_status(error: *const AwsMaskerError) -> u16 {
    // SAFETY: the caller's promise.
    unsafe { error.as_ref() }.map_or(500, |error| error.http_status)
}

/// The complete JSON body for the client. Lives as long as the error. Never holds an original value.
///
/// # Safety
/// As `aws_masker_error_status`.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_error_body(error: *const AwsMaskerError) -> AwsMaskerSlice {
    // SAFETY: the caller's promise.
    AwsMaskerSlice::of(unsafe { error.as_ref() }.map_or(b"", |error| error.body.as_bytes()))
}

/// One sentence for a log line. Lives as long as the error. Never holds an original value.
///
/// # Safety
/// As `aws_masker_error_status`.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_error_details(error: *const AwsMaskerError) -> AwsMaskerSlice {
    // SAFETY: the caller's promise.
    AwsMaskerSlice::of(unsafe { error.as_ref() }.map_or(b"", |error| error.details.as_bytes()))
}

/// Frees an error. NULL is allowed.
///
/// # Safety
/// `error` is NULL or an error of this library that was not freed; it is gone afterwards.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_error_free(error: *mut AwsMaskerError) {
    if !error.is_null() {
        // SAFETY: it came from `Box::into_raw` in `guard`, and the caller gives it up.
        drop(unsafe { Box::from_raw(error) });
    }
}
