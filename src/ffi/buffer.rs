//! Bytes across the border.

use super::guard::Failure;

/// Bytes owned by the caller, written by the library. Free it with `aws_masker_buffer_free`.
///
/// `data` is NULL where a function documents "nothing"; otherwise `len` bytes may be read, without a NUL behind them.
#[repr(C)]
#[derive(Debug)]
pub struct AwsMaskerBuffer {
    /// The bytes.
    pub data: *mut u8,
    /// How many.
    pub len: usize,
    /// The allocation's size; the library's own.
    pub capacity: usize,
}

/// Bytes borrowed from the object they were asked of; they live as long as it does.
#[repr(C)]
#[derive(Debug)]
pub struct AwsMaskerSlice {
    /// The bytes; NULL if there are none.
    pub data: *const u8,
    /// How many.
    pub len: usize,
}

impl Default for AwsMaskerBuffer {
    fn default() -> AwsMaskerBuffer {
        AwsMaskerBuffer { data: std::ptr::null_mut(), len: 0, capacity: 0 }
    }
}

impl From<Vec<u8>> for AwsMaskerBuffer {
    fn from(bytes: Vec<u8>) -> AwsMaskerBuffer {
        let mut bytes = std::mem::ManuallyDrop::new(bytes);
        AwsMaskerBuffer { data: bytes.as_mut_ptr(), len: bytes.len(), capacity: bytes.capacity() }
    }
}

impl AwsMaskerSlice {
    pub(super) fn of(bytes: &[u8]) -> AwsMaskerSlice {
        let data = if bytes.is_empty() { std::ptr::null() } else { bytes.as_ptr() };
        AwsMaskerSlice { data, len: bytes.len() }
    }
}

/// An out-parameter for a buffer or a report: emptied at once, filled on success.
pub(super) struct Out<'a, T>(Option<&'a mut T>);

impl<'a, T: Default> Out<'a, T> {
    /// # Safety
    /// `place` is NULL or valid for writes, and nothing else uses it during the call.
    pub(super) unsafe fn optional(place: *mut T) -> Out<'a, T> {
        // SAFETY: the caller's promise. The old content is overwritten, not freed: it may be uninitialised.
        let out = unsafe {
            if !place.is_null() {
                place.write(T::default());
            }
            place.as_mut()
        };
        Out(out)
    }

    /// # Safety
    /// As [`Out::optional`].
    pub(super) unsafe fn required(place: *mut T, name: &'static str) -> Result<Out<'a, T>, Failure> {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::optional(place) };
        match out.0 {
            Some(_) => Ok(out),
            None => Err(Failure::Null(name)),
        }
    }

    /// Hands the content over; where nobody wants it, it is dropped.
    pub(super) fn write(self, content: impl Into<T>) {
        if let Some(place) = self.0 {
            *place = content.into();
        }
    }
}

/// A slice that came in.
///
/// # Safety
/// `data` is NULL or valid for reads of `len` bytes for `'a`.
pub(super) unsafe fn slice<'a>(data: *const u8, len: usize, name: &'static str) -> Result<&'a [u8], Failure> {
    match (data.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Failure::Null(name)),
        (false, len) if isize::try_from(len).is_err() => {
            Err(Failure::Argument("A length is larger than any object can be."))
        }
        // SAFETY: not NULL, not too long, and readable by the caller's promise.
        (false, len) => Ok(unsafe { std::slice::from_raw_parts(data, len) }),
    }
}

/// A slice that came in and must be text.
///
/// # Safety
/// As [`slice`].
pub(super) unsafe fn text<'a>(data: *const u8, len: usize, name: &'static str) -> Result<&'a str, Failure> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { slice(data, len, name) }?;
    std::str::from_utf8(bytes).map_err(|_| Failure::Argument("A text parameter is not UTF-8."))
}

/// Frees what a buffer holds and empties it. NULL and an empty buffer are allowed; so is freeing twice.
///
/// # Safety
/// `buffer` is NULL or a buffer that the library filled or emptied, and no other thread uses it.
#[no_mangle]
pub unsafe extern "C" fn aws_masker_buffer_free(buffer: *mut AwsMaskerBuffer) {
    // SAFETY: the caller's promise.
    let Some(buffer) = (unsafe { buffer.as_mut() }) else { return };
    let AwsMaskerBuffer { data, len, capacity } = std::mem::take(buffer);
    if !data.is_null() {
        // SAFETY: the three come from the vector that `from` took apart.
        drop(unsafe { Vec::from_raw_parts(data, len, capacity) });
    }
}
