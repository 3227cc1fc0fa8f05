//! The sections of INI files, in which a setting's value needs no quotes: `[default]` and `bucket = x` below it.

use super::{run_back, LABELS};
use crate::simd;

/// The sections of an INI file, as far as they were asked about.
#[derive(Debug, Default)]
pub struct Ini {
    /// What was looked through: a beginning of a line.
    looked: usize,
    /// Whether that is in a section.
    is_open: bool,
}

impl Ini {
    /// Whether the line on which a key starts at `key` is in a section: behind `[name]`, with nothing but settings and comments
    /// between. Keys are asked about in the order in which they stand.
    #[inline]
    pub fn is_section(&mut self, text: &[u8], key: usize) -> bool {
        let line = key - run_back(text, key, 64, |b| b == b' ' || b == b'\t');
        if line < self.looked || line > 0 && text[line - 1] != b'\n' {
            return false;
        }
        for line in text[self.looked..line].split(|b| *b == b'\n').map(<[u8]>::trim_ascii) {
            self.is_open = match line {
                [b'[', .., b']'] => true,
                [] | [b'#' | b';', ..] => self.is_open,
                line => self.is_open && is_setting(line),
            };
        }
        self.looked = line;
        self.is_open
    }
}

/// `key = value`, which is no statement of a program.
fn is_setting(line: &[u8]) -> bool {
    let key = simd::run(line, 0, line.len(), &LABELS);
    let after = line[key..].trim_ascii_start();
    key > 0 && after.starts_with(b"=") && !line.ends_with(b";") && !line.ends_with(b"{")
}
