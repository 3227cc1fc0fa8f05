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

impl AwsMaskerBuffer {
    const EMPTY: AwsMaskerBuffer = AwsMaskerBuffer { data: std::ptr::null_mut(), len: 0, capacity: 0 };

    fn owning(bytes: Vec<u8>) -> AwsMaskerBuffer {
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

/// An out-parameter for a buffer: emptied at once, filled on success.
pub(super) struct Out<'a>(Option<&'a mut AwsMaskerBuffer>);

impl<'a> Out<'a> {
    /// # Safety
    /// `buffer` is NULL or valid for writes, and nothing else uses it during the call.
    pub(super) unsafe fn optional(buffer: *mut AwsMaskerBuffer) -> Out<'a> {
        // SAFETY: the caller's promise. The old content is overwritten, not freed: it may be uninitialised.
        let out = unsafe {
            if !buffer.is_null() {
                buffer.write(AwsMaskerBuffer::EMPTY);
            }
            buffer.as_mut()
        };
        Out(out)
    }

    /// # Safety
    /// As [`Out::optional`].
    pub(super) unsafe fn required(buffer: *mut AwsMaskerBuffer, name: &'static str) -> Result<Out<'a>, Failure> {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::optional(buffer) };
        match out.0 {
            Some(_) => Ok(out),
            None => Err(Failure::Null(name)),
        }
    }

    pub(super) fn write(self, bytes: Vec<u8>) {
        if let Some(buffer) = self.0 {
            *buffer = AwsMaskerBuffer::owning(bytes);
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
    let AwsMaskerBuffer { data, len, capacity } = std::mem::replace(buffer, AwsMaskerBuffer::EMPTY);
    if !data.is_null() {
        // SAFETY: the three come from the vector that `owning` took apart.
        drop(unsafe { Vec::from_raw_parts(data, len, capacity) });
    }
}
