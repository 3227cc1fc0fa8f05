//! What benchmarks share.

/// Resident memory of this process in bytes (proc(5), statm: pages of 4 KiB).
pub fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).expect("a number") * 4096
}
