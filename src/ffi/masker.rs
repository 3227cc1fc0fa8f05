//! The masker across the border.

use super::buffer::{slice, text, AwsMaskerBuffer, Out};
use super::error::{AwsMaskerError, AwsMaskerStatus};
use super::guard::{guard, Failure};
use super::report::AwsMaskerReport;
use crate::config::Config;
use crate::error::Code;
use crate::mapping::Mapping;
use crate::masker::{Masker, Part, Place};

/// A masker: one configuration, its store, its counters. Thread-safe: any number of threads may use one at once.
/// Free it with `aws_masker_free` when no call is running and no unmasker of it is left to make.
pub struct AwsMasker(pub(super) Masker);

/// Makes a masker from a plugin configuration: Kong's `config` block as UTF-8 JSON.
///
/// Opens no connection. On success `*masker` is owned by the caller.
/// Errors: `CONFIG_INVALID`, `CONFIG_MISSING`; the details name the field.
///
/// # Safety
/// `config` is readable for `config_len` bytes; `masker` is NULL or writable; `error` is NULL or writable.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_new(
    config: *const u8,
    config_len: usize,
    masker: *mut *mut AwsMasker,
    error: *mut *mut AwsMaskerError,
) -> AwsMaskerStatus {
    // SAFETY: the caller's promise on every pointer.
    unsafe {
        guard(error, Code::ConfigInvalid, || {
            let masker = masker.as_mut().ok_or(Failure::Null("masker"))?;
            let config = Config::from_json(slice(config, config_len, "config")?)?;
            *masker = Box::into_raw(Box::new(AwsMasker(Masker::new(&config)?)));
            Ok(())
        })
    }
}

/// Frees a masker and closes its connections. NULL is allowed.
///
/// # Safety
/// `masker` is NULL or came from `aws_masker_new`, was not freed, and no other call on it is running.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_free(masker: *mut AwsMasker) {
    if !masker.is_null() {
        // SAFETY: it came from `Box::into_raw`, and the caller gives it up. `guard` stops a panic of a destructor.
        unsafe {
            guard(std::ptr::null_mut(), Code::MaskingFailed, || {
                drop(Box::from_raw(masker));
                Ok(())
            });
        }
    }
}

/// Replaces every identifier in a request's body by its token: `aws_masker_mask_for` for a request without a consumer.
///
/// # Safety
/// As `aws_masker_mask_for`.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_mask(
    masker: *const AwsMasker,
    content_type: *const u8,
    content_type_len: usize,
    body: *const u8,
    body_len: usize,
    masked: *mut AwsMaskerBuffer,
    mapping: *mut AwsMaskerBuffer,
    report: *mut AwsMaskerReport,
    error: *mut *mut AwsMaskerError,
) -> AwsMaskerStatus {
    let nobody = std::ptr::null();
    // SAFETY: the caller's promise on every pointer; NULL with length 0 is an absent consumer.
    unsafe {
        aws_masker_mask_for(
            masker,
            nobody,
            0,
            content_type,
            content_type_len,
            body,
            body_len,
            masked,
            mapping,
            report,
            error,
        )
    }
}

/// Replaces every identifier in the body of a consumer's request by its token.
///
/// - `consumer`: the consumer's id, UTF-8; NULL with length 0 if the request has none. It counts where the configuration
///   keeps mappings per consumer.
/// - `content_type`: the request's header, UTF-8; NULL with length 0 if unknown.
/// - `body`: any bytes. JSON is read as JSON, all else as text.
/// - `masked`: the body to send. `data` is NULL if nothing was found: send the body as it is.
/// - `mapping`: what the response is restored from, UTF-8 JSON, opaque; `data` is NULL if nothing was found. It holds the
///   originals: keep it out of logs.
/// - `report`: what was done, for logs, without originals. May be NULL.
///
/// Errors: `STORE_UNAVAILABLE`, `STORE_CREDENTIALS`, `STORE_COMMAND`, `BODY_NOT_PREPARED`, `BODY_UNINSPECTABLE` if the body
/// cannot be looked through or holds credentials that the configuration blocks, and `IDENTIFIERS_LEFT` if identifiers are in
/// bytes that must not be rewritten. The body must not be sent then.
/// Blocks for as long as the configured store timeouts allow.
///
/// # Safety
/// `masker` is NULL or live; slices are readable for their lengths; out-parameters are NULL or writable.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_mask_for(
    masker: *const AwsMasker,
    consumer: *const u8,
    consumer_len: usize,
    content_type: *const u8,
    content_type_len: usize,
    body: *const u8,
    body_len: usize,
    masked: *mut AwsMaskerBuffer,
    mapping: *mut AwsMaskerBuffer,
    report: *mut AwsMaskerReport,
    error: *mut *mut AwsMaskerError,
) -> AwsMaskerStatus {
    let part =
        AwsMaskerPart { place: AwsMaskerPlace::Body as u32, content_type, content_type_len, data: body, len: body_len };
    // SAFETY: the caller's promise on every pointer; one part, one buffer.
    unsafe { aws_masker_mask_parts(masker, consumer, consumer_len, &part, masked, 1, mapping, report, error) }
}

/// Where in a request a part of it stands.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsMaskerPlace {
    /// The body.
    Body = 0,
    /// The query string, without its question mark.
    Query = 1,
    /// A header's value.
    Header = 2,
    /// The path. It is never rewritten; the report counts what is in it.
    Path = 3,
}

/// A part of a request.
#[repr(C)]
#[derive(Debug)]
pub struct AwsMaskerPart {
    /// An `AwsMaskerPlace`.
    pub place: u32,
    /// Of a body its content type, UTF-8; NULL with length 0 if unknown. Of other parts without meaning.
    pub content_type: *const u8,
    /// Its length.
    pub content_type_len: usize,
    /// The bytes.
    pub data: *const u8,
    /// How many.
    pub len: usize,
}

/// Replaces every identifier in the parts of one request, with one question to the store for all of them.
///
/// - `consumer`: as in `aws_masker_mask_for`.
/// - `parts`: `count` of them.
/// - `masked`: `count` buffers, one for each part: what to send instead. `data` is NULL where nothing changes.
/// - `mapping`, `report`: as in `aws_masker_mask_for`, for all parts together.
///
/// Errors: as `aws_masker_mask_for`, and `IDENTIFIERS_LEFT` if identifiers are in bytes that must not be rewritten. The
/// request must not be sent then.
///
/// # Safety
/// As `aws_masker_mask_for`; `parts` is readable and `masked` writable for `count` elements.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_mask_parts(
    masker: *const AwsMasker,
    consumer: *const u8,
    consumer_len: usize,
    parts: *const AwsMaskerPart,
    masked: *mut AwsMaskerBuffer,
    count: usize,
    mapping: *mut AwsMaskerBuffer,
    report: *mut AwsMaskerReport,
    error: *mut *mut AwsMaskerError,
) -> AwsMaskerStatus {
    // SAFETY: the caller's promise on every pointer.
    unsafe {
        guard(error, Code::MaskingFailed, || {
            if count > 0 && parts.is_null() {
                return Err(Failure::Null("parts"));
            }
            if count > 0 && masked.is_null() {
                return Err(Failure::Null("masked"));
            }
            let masked = (0..count).map(|at| Out::required(masked.add(at), "masked")).collect::<Result<Vec<_>, _>>()?;
            let mapping_out = Out::required(mapping, "mapping")?;
            let report_out = Out::optional(report);
            let read = |at| {
                let part: &AwsMaskerPart = &*parts.add(at);
                Ok(Part {
                    place: place(part.place)?,
                    content_type: text(part.content_type, part.content_type_len, "content_type")?,
                    bytes: slice(part.data, part.len, "data")?,
                })
            };
            let parts = (0..count).map(read).collect::<Result<Vec<_>, Failure>>()?;
            let masker = masker.as_ref().ok_or(Failure::Null("masker"))?;
            let consumer = Some(text(consumer, consumer_len, "consumer")?).filter(|id| !id.is_empty());
            let outcome = masker.0.mask_parts(consumer, &parts)?;
            if !outcome.report.masked.is_empty() {
                mapping_out.write(outcome.mapping.to_json()?.into_bytes());
            }
            for (part, out) in outcome.parts.into_iter().zip(masked) {
                if let Some(bytes) = part {
                    out.write(bytes);
                }
            }
            report_out.write(&outcome.report);
            Ok(())
        })
    }
}

fn place(number: u32) -> Result<Place, Failure> {
    let places = [
        (AwsMaskerPlace::Body, Place::Body),
        (AwsMaskerPlace::Query, Place::Query),
        (AwsMaskerPlace::Header, Place::Header),
        (AwsMaskerPlace::Path, Place::Path),
    ];
    let known = places.into_iter().find(|(known, _)| *known as u32 == number);
    known.map(|(_, place)| place).ok_or(Failure::Argument("A part's place is none that this version knows."))
}

/// Restores a whole response from the mapping of its request.
///
/// - `mapping`: what `aws_masker_mask` wrote. NULL with length 0 restores nothing.
/// - `restored`: the body for the client. `data` is NULL if no token was in it: leave the body as it is.
/// - `count`: how many tokens were replaced. May be NULL.
///
/// Errors: `UNMASKING_FAILED` for a mapping this library did not write. No store is asked.
///
/// # Safety
/// As `aws_masker_mask`.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_unmask(
    masker: *const AwsMasker,
    content_type: *const u8,
    content_type_len: usize,
    mapping: *const u8,
    mapping_len: usize,
    body: *const u8,
    body_len: usize,
    restored: *mut AwsMaskerBuffer,
    count: *mut u64,
    error: *mut *mut AwsMaskerError,
) -> AwsMaskerStatus {
    // SAFETY: the caller's promise on every pointer.
    unsafe {
        guard(error, Code::UnmaskingFailed, || {
            let restored_out = Out::required(restored, "restored")?;
            let masker = masker.as_ref().ok_or(Failure::Null("masker"))?;
            let content_type = text(content_type, content_type_len, "content_type")?;
            let mapping = read_mapping(slice(mapping, mapping_len, "mapping")?)?;
            let restored = masker.0.unmask(content_type, &mapping, slice(body, body_len, "body")?);
            if let Some(count) = count.as_mut() {
                *count = restored.as_ref().map_or(0, |restored| restored.count);
            }
            if let Some(restored) = restored {
                restored_out.write(restored.body);
            }
            Ok(())
        })
    }
}

/// Whether the store answers, as UTF-8 JSON: `{"reachable":true}`, or
/// `{"reachable":false,"error":"AWS_MASKER_1001","details":"…"}`. The call itself succeeds in both cases.
///
/// # Safety
/// As `aws_masker_mask`.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_health(
    masker: *const AwsMasker,
    json: *mut AwsMaskerBuffer,
    error: *mut *mut AwsMaskerError,
) -> AwsMaskerStatus {
    // SAFETY: the caller's promise on every pointer.
    unsafe {
        guard(error, Code::StoreUnavailable, || {
            let json_out = Out::required(json, "json")?;
            let masker = masker.as_ref().ok_or(Failure::Null("masker"))?;
            let health = match masker.0.health() {
                Ok(()) => serde_json::json!({"reachable": true}),
                Err(refused) => serde_json::json!({
                    "reachable": false, "error": refused.code().to_string(), "details": refused.details(),
                }),
            };
            json_out.write(health.to_string().into_bytes());
            Ok(())
        })
    }
}

/// The masker's counters and histograms in Prometheus' text format. Labels hold kinds and codes, never a value.
///
/// # Safety
/// As `aws_masker_mask`.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_metrics(
    masker: *const AwsMasker,
    text: *mut AwsMaskerBuffer,
    error: *mut *mut AwsMaskerError,
) -> AwsMaskerStatus {
    // SAFETY: the caller's promise on every pointer.
    unsafe {
        guard(error, Code::Json, || {
            let text_out = Out::required(text, "text")?;
            let masker = masker.as_ref().ok_or(Failure::Null("masker"))?;
            text_out.write(masker.0.metrics().text()?.into_bytes());
            Ok(())
        })
    }
}

/// An absent mapping is that of a request in which nothing was masked.
pub(super) fn read_mapping(json: &[u8]) -> Result<Mapping, Failure> {
    if json.is_empty() {
        return Ok(Mapping::default());
    }
    Ok(Mapping::from_json(json)?)
}
