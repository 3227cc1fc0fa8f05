//! The streaming restorer across the border.

use super::buffer::{slice, text, AwsMaskerBuffer, Out};
use super::error::{AwsMaskerError, AwsMaskerStatus};
use super::guard::{guard, Failure};
use super::masker::{read_mapping, AwsMasker};
use crate::error::Code;
use crate::stream::Unmasker;

/// Restores one response that arrives in chunks. One thread at a time; independent of its masker once made, so it may
/// outlive it. Free it with `aws_masker_unmasker_free`.
pub struct AwsMaskerUnmasker(Unmasker);

/// Makes an unmasker for one response. On success `*unmasker` is owned by the caller.
///
/// - `content_type`: the response's header, UTF-8; NULL with length 0 if unknown.
/// - `mapping`: what `aws_masker_mask` wrote for the request.
///
/// Errors: `UNMASKING_FAILED` for a mapping this library did not write.
///
/// # Safety
/// `masker` is NULL or live; slices are readable for their lengths; out-parameters are NULL or writable.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_unmasker_new(
    masker: *const AwsMasker,
    content_type: *const u8,
    content_type_len: usize,
    mapping: *const u8,
    mapping_len: usize,
    unmasker: *mut *mut AwsMaskerUnmasker,
    error: *mut *mut AwsMaskerError,
) -> AwsMaskerStatus {
    // SAFETY: the caller's promise on every pointer.
    unsafe {
        guard(error, Code::UnmaskingFailed, || {
            let unmasker = unmasker.as_mut().ok_or(Failure::Null("unmasker"))?;
            let masker = masker.as_ref().ok_or(Failure::Null("masker"))?;
            let content_type = text(content_type, content_type_len, "content_type")?;
            let mapping = read_mapping(slice(mapping, mapping_len, "mapping")?)?;
            *unmasker = Box::into_raw(Box::new(AwsMaskerUnmasker(masker.0.unmasker(content_type, mapping))));
            Ok(())
        })
    }
}

/// Takes the next chunk, cut anywhere, and gives what is certain by now.
///
/// - `restored`: bytes for the client; `data` is NULL if there is nothing to give yet.
///
/// # Safety
/// As `aws_masker_unmasker_new`.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_unmasker_push(
    unmasker: *mut AwsMaskerUnmasker,
    chunk: *const u8,
    chunk_len: usize,
    restored: *mut AwsMaskerBuffer,
    error: *mut *mut AwsMaskerError,
) -> AwsMaskerStatus {
    // SAFETY: the caller's promise on every pointer.
    unsafe {
        guard(error, Code::UnmaskingFailed, || {
            let restored_out = Out::required(restored, "restored")?;
            let unmasker = unmasker.as_mut().ok_or(Failure::Null("unmasker"))?;
            give(restored_out, unmasker.0.push(slice(chunk, chunk_len, "chunk")?));
            Ok(())
        })
    }
}

/// Gives what is still held: the response is over. The unmasker is then empty and still has to be freed.
///
/// # Safety
/// As `aws_masker_unmasker_new`.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_unmasker_finish(
    unmasker: *mut AwsMaskerUnmasker,
    restored: *mut AwsMaskerBuffer,
    error: *mut *mut AwsMaskerError,
) -> AwsMaskerStatus {
    // SAFETY: the caller's promise on every pointer.
    unsafe {
        guard(error, Code::UnmaskingFailed, || {
            let restored_out = Out::required(restored, "restored")?;
            let unmasker = unmasker.as_mut().ok_or(Failure::Null("unmasker"))?;
            give(restored_out, unmasker.0.finish());
            Ok(())
        })
    }
}

/// How many tokens were replaced so far. 0 for NULL.
///
/// # Safety
/// `unmasker` is NULL or live, and no other call on it is running.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_unmasker_count(unmasker: *const AwsMaskerUnmasker) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { unmasker.as_ref() }.map_or(0, |unmasker| unmasker.0.count())
}

/// Frees an unmasker. NULL is allowed.
///
/// # Safety
/// `unmasker` is NULL or came from `aws_masker_unmasker_new`, was not freed, and no other call on it is running.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_unmasker_free(unmasker: *mut AwsMaskerUnmasker) {
    if !unmasker.is_null() {
        // SAFETY: it came from `Box::into_raw`, and the caller gives it up.
        drop(unsafe { Box::from_raw(unmasker) });
    }
}

fn give(out: Out<'_, AwsMaskerBuffer>, bytes: Vec<u8>) {
    if !bytes.is_empty() {
        out.write(bytes);
    }
}
