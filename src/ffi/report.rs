//! What masking did, across the border.

use super::buffer::AwsMaskerSlice;
use crate::masker::Report;
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::time::Duration;

/// How many identifiers of one kind there were.
#[repr(C)]
#[derive(Debug)]
pub struct AwsMaskerCount {
    /// What the kind's tokens begin with, `AWS_EC2`: UTF-8, the library's own, valid for as long as it is loaded.
    pub prefix: AwsMaskerSlice,
    /// How many were replaced. Redacted credentials are among them.
    pub masked: u64,
    /// How many are in the path, where they stay.
    pub path: u64,
}

/// What masking did, for logs, without originals. Free it with `aws_masker_report_free`.
#[repr(C)]
#[derive(Debug)]
pub struct AwsMaskerReport {
    /// Microseconds spent waiting for the store.
    pub store_us: u64,
    /// Microseconds spent on everything else.
    pub engine_us: u64,
    /// A count for each kind that was found; NULL if there is none.
    pub counts: *mut AwsMaskerCount,
    /// How many counts.
    pub len: usize,
    /// The allocation's size; the library's own.
    pub capacity: usize,
}

impl Default for AwsMaskerReport {
    fn default() -> AwsMaskerReport {
        AwsMaskerReport { store_us: 0, engine_us: 0, counts: std::ptr::null_mut(), len: 0, capacity: 0 }
    }
}

impl From<&Report> for AwsMaskerReport {
    fn from(report: &Report) -> AwsMaskerReport {
        let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let of = |counts: &BTreeMap<&str, u64>, prefix| counts.get(prefix).copied().unwrap_or_default();
        let only_in_path = report.path.keys().filter(|prefix| !report.masked.contains_key(*prefix));
        let counts = report.masked.keys().chain(only_in_path).map(|prefix| AwsMaskerCount {
            prefix: AwsMaskerSlice::of(prefix.as_bytes()),
            masked: of(&report.masked, prefix),
            path: of(&report.path, prefix),
        });
        let mut counts = ManuallyDrop::new(counts.collect::<Vec<_>>());
        AwsMaskerReport {
            store_us: microseconds(report.store),
            engine_us: microseconds(report.engine),
            counts: if counts.is_empty() { std::ptr::null_mut() } else { counts.as_mut_ptr() },
            len: counts.len(),
            capacity: counts.capacity(),
        }
    }
}

/// Frees what a report holds and empties it. NULL and an empty report are allowed; so is freeing twice.
///
/// # Safety
/// `report` is NULL or a report that the library filled or emptied, and no other thread uses it.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_report_free(report: *mut AwsMaskerReport) {
    // SAFETY: the caller's promise.
    let Some(report) = (unsafe { report.as_mut() }) else { return };
    let AwsMaskerReport { counts, len, capacity, .. } = std::mem::take(report);
    if !counts.is_null() {
        // SAFETY: the three come from the vector that `from` took apart.
        drop(unsafe { Vec::from_raw_parts(counts, len, capacity) });
    }
}
