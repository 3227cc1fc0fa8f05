//! What glibc's allocator is to expect of this library. Other allocators are not told anything.

use std::hint::black_box;
use std::sync::Once;

/// A block larger than what most bodies need at once.
const LARGE: usize = 1 << 20;

/// Makes the allocator keep the memory of one body for the next.
///
/// glibc gives what is free at the end of its heap back to the kernel as soon as that is more than a threshold, 128 KiB at
/// first, and takes it again page by page: a body of 100 KB, read and masked, costs a fifth of its time that way. The
/// threshold becomes twice the size of a block that was mapped on its own and is freed (mallopt(3), `M_MMAP_THRESHOLD`, "dynamic
/// mmap threshold"). Nothing is written into this one, so that it never takes memory.
pub fn expect_large_bodies() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(black_box(Vec::<u8>::with_capacity(LARGE))));
}
