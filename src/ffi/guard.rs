//! The wall around every entry: errors become statuses, panics stop.

use super::error::{AwsMaskerError, AwsMaskerStatus};
use crate::error::{Code, Error};
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// Why an entry failed.
pub(super) enum Failure {
    /// The engine refused.
    Refused(Error),
    /// The named pointer is NULL.
    Null(&'static str),
    /// An argument cannot be right; the sentence says why.
    Argument(&'static str),
    /// A bug.
    Panic,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Refused(error)
    }
}

/// Runs an entry. `code` is what the client is told of a misuse or bug in it.
///
/// # Safety
/// `error` is NULL or valid for writes.
pub(super) unsafe fn guard(
    error: *mut *mut AwsMaskerError,
    code: Code,
    entry: impl FnOnce() -> Result<(), Failure>,
) -> AwsMaskerStatus {
    // What an entry may have left half done is only its own: the engine keeps shared state behind locks that recover.
    let failure = match quietly(entry) {
        Ok(()) => return AwsMaskerStatus::Ok,
        Err(failure) => AwsMaskerError::new(failure, code),
    };
    let status = failure.status();
    if !error.is_null() {
        // SAFETY: not NULL, and writable by the caller's promise.
        unsafe { error.write(Box::into_raw(Box::new(failure))) };
    }
    status
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Catches a panic. Its message may quote a body, so only its place is written to stderr.
fn quietly(entry: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE.with(Cell::get) {
                return others(info);
            }
            let place =
                info.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
            eprintln!("aws-masker: a bug stopped a call{place}; the request was refused");
        }));
    });
    INSIDE.with(|inside| inside.set(true));
    let result = panic::catch_unwind(AssertUnwindSafe(entry));
    INSIDE.with(|inside| inside.set(false));
    result.unwrap_or(Err(Failure::Panic))
}

#[cfg(test)]
mod tests {
    use super::super::error::{aws_masker_error_body, aws_masker_error_free};
    use super::*;

    #[test]
    fn a_panic_becomes_a_status_and_an_error_without_its_message() {
        let mut error = std::ptr::null_mut();
        // SAFETY: `error` is a local.
        let status = unsafe { guard(&mut error, Code::MaskingFailed, || panic!("i-0abc1234def567890")) };
        assert_eq!(status, AwsMaskerStatus::Panic);
        // SAFETY: `guard` has written it.
        let body = unsafe {
            let body = aws_masker_error_body(error);
            String::from_utf8(std::slice::from_raw_parts(body.data, body.len).to_vec()).unwrap()
        };
        assert!(body.contains("AWS_MASKER_2001") && !body.contains("i-0abc"), "{body}");
        // SAFETY: not freed before.
        unsafe { aws_masker_error_free(error) };
    }
}
