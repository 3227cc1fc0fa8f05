//! Finds bytes of interest 64 at a time.
//!
//! The only thing done with vector instructions is to ask, for 64 bytes at once, which of them are of a class: the answer
//! is a 64-bit mask, bit i for byte i. Everything that is concluded from the masks is ordinary code, written once. There
//! are three ways to the masks: [`avx512`] and [`avx2`], used where the processor has them, and [`portable`], safe code that
//! compilers turn into what the target has. Tests hold each to the other, byte for byte.
//!
//! [`triggers()`] marks where an identifier may give itself away, and [`run()`] and [`run_back`] say how far a word goes there;
//! [`string_end`] finds the end of a JSON string and [`each_of`] its escapes.

#![allow(unsafe_code)] // the loads and the calls of functions with a feature, each with its reason

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod triggers;

use std::sync::atomic::{AtomicU8, Ordering};
use triggers::{alone, mark};

/// Bytes per mask.
pub const BLOCK: usize = 64;
/// Masks per call of [`triggers()`] and [`name_starts`]. More are no faster, and what is kept for each would take the stack
/// of a thread beyond the 16 KB that glibc leaves to the next one: that would begin with a page fault.
pub const WINDOW: usize = 32;

// None of these stops at its first answer: compilers that know which one is likely would make branches of that, and no vector
// instructions.

/// `: = | { &`
const fn introduces(b: u8) -> bool {
    (b == b':') | (b == b'=') | (b == b'|') | (b == b'{') | (b == b'&')
}

/// `- . / % _`
const fn joins(b: u8) -> bool {
    (b == b'-') | (b == b'.') | (b == b'/') | (b == b'%') | (b == b'_')
}

/// What may follow one of these.
const fn is_joined(b: u8) -> bool {
    (b.wrapping_sub(b'0') < 10) | ((b | 0x20).wrapping_sub(b'a') < 26) | (b == b'-')
}

/// Which bytes of a block are what, for finding the end of a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Marks {
    quote: u64,
    backslash: u64,
    line_feed: u64,
    /// `n r t " \`
    plain: u64,
    underscore: u64,
}

/// The ways to the masks, from the slowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// No instructions beyond the target's own.
    Portable,
    /// 32 bytes at a time.
    Avx2,
    /// 64 bytes at a time. Processors that have VBMI (Intel since Ice Lake, AMD since Zen 4) do not slow down for it.
    Avx512,
}

/// Which bytes of a block are what, for finding where names begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Edges {
    /// Letters, digits and `-`.
    joined: u64,
    /// What the names that are looked for begin with.
    first: u64,
    backslash: u64,
    percent: u64,
}

/// A set of ASCII characters: for each low half of a byte a bit for every high half that it makes one of them with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AsciiSet {
    by_low: [u8; 16],
}

impl AsciiSet {
    /// These characters.
    pub const fn of(characters: &[u8]) -> AsciiSet {
        let mut set = AsciiSet { by_low: [0; 16] };
        let mut at = 0;
        while at < characters.len() {
            set.add(characters[at]);
            at += 1;
        }
        set
    }

    /// The letters, the digits and some other characters.
    pub const fn alphanumeric_and(others: &[u8]) -> AsciiSet {
        let mut set = AsciiSet::of(others);
        let mut b = 0u8;
        while b < 128 {
            if b.is_ascii_alphanumeric() {
                set.add(b);
            }
            b += 1;
        }
        set
    }

    /// The set without some characters.
    pub const fn without(mut self, others: &[u8]) -> AsciiSet {
        let mut at = 0;
        while at < others.len() {
            self.by_low[(others[at] & 0x0f) as usize] &= !AsciiSet::BY_HIGH[(others[at] >> 4) as usize];
            at += 1;
        }
        self
    }

    /// Adds a character.
    pub const fn add(&mut self, b: u8) {
        debug_assert!(b.is_ascii());
        self.by_low[(b & 0x0f) as usize] |= AsciiSet::BY_HIGH[(b >> 4) as usize];
    }

    /// The bit of every high half; those beyond ASCII have none.
    const BY_HIGH: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

    /// Whether a byte is one of them.
    #[inline(always)]
    pub fn has(&self, b: u8) -> bool {
        self.by_low[usize::from(b & 0x0f)] & AsciiSet::BY_HIGH[usize::from(b >> 4)] != 0
    }
}

/// The way that is used; [`UNKNOWN`] until somebody asks.
static USED: AtomicU8 = AtomicU8::new(UNKNOWN);
const UNKNOWN: u8 = u8::MAX;
#[cfg(target_arch = "x86_64")]
const AVX512: u8 = Level::Avx512 as u8;
#[cfg(target_arch = "x86_64")]
const AVX2: u8 = Level::Avx2 as u8;

/// Makes this process use no better way than that. For tests and benchmarks.
pub fn limit(level: Level) {
    USED.store(best().min(level) as u8, Ordering::Relaxed);
}

/// The best way that the processor has.
fn best() -> Level {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512bw") && std::arch::is_x86_feature_detected!("avx512vbmi") {
        return Level::Avx512;
    } else if std::arch::is_x86_feature_detected!("avx2") {
        return Level::Avx2;
    }
    Level::Portable
}

/// The way that is used, as a number. What the processor has is asked once: words are too short to ask for each.
#[inline(always)]
fn used() -> u8 {
    match USED.load(Ordering::Relaxed) {
        UNKNOWN => find_best(),
        used => used,
    }
}

#[cold]
fn find_best() -> u8 {
    limit(Level::Avx512);
    USED.load(Ordering::Relaxed)
}

/// Calls the function of that name by the best way that may be used, and leaves with what it gives; else `portable`.
macro_rules! best_way {
    ($name:ident($($argument:expr),*), $portable:expr) => {{
        #[cfg(target_arch = "x86_64")]
        match used() {
            // SAFETY: the processor has these instructions, as was asked before.
            AVX512 => return unsafe { avx512::$name($($argument),*) },
            // SAFETY: the processor has these instructions, as was asked before.
            AVX2 => return unsafe { avx2::$name($($argument),*) },
            _ => {}
        }
        $portable
    }};
}

/// Gives every position of `text` that `mark` marks, which is [`triggers()`] or one like it, to `take`, in order.
#[inline]
pub fn each(text: &[u8], mark: impl Fn(&[u8], usize, &mut [u64]) -> usize, mut take: impl FnMut(usize)) {
    let mut give = |start: usize, masks: &[u64]| {
        masks.iter().enumerate().for_each(|(index, mask)| each_bit(*mask, start + index * BLOCK, &mut take));
    };
    if text.len() <= BLOCK {
        let mut mask = [0];
        mark(text, 0, &mut mask);
        return give(0, &mask);
    }
    let mut masks = [0; WINDOW];
    let mut start = 0;
    while start < text.len() {
        let count = mark(text, start, &mut masks);
        give(start, &masks[..count]);
        start += count * BLOCK;
    }
}

/// So few bytes are asked faster one by one.
const FEW_BYTES: usize = 8;

/// Gives every position of `text` at which a byte of a set stands to `take`, in order.
#[inline]
pub fn each_of(text: &[u8], set: &AsciiSet, take: impl FnMut(usize)) {
    each(text, |text, start, masks| members(text, start, masks, set), take)
}

/// Gives every position that a mask of the block at `start` marks to `take`, in order.
#[inline]
pub fn each_bit(mut mask: u64, start: usize, mut take: impl FnMut(usize)) {
    while mask != 0 {
        take(start + mask.trailing_zeros() as usize);
        mask &= mask - 1;
    }
}

/// Marks the positions of `text[start..]` at which a verifier should look, in masks of 64 bytes. Gives how many were
/// written: as many as there is text for, or room. `start` may be any: of a run that begins before it nothing is marked.
///
/// Marked are: `:`, `=`, `|`, `{` and `&`; `-`, `.`, `/`, `%` and `_` in front of a letter, a digit or `-`; the first of twelve
/// or more digits; the first of twelve or more capitals and digits; `AWS`, in either case; a small letter, or what is beyond ASCII,
/// where a capital stands behind what follows it, if that is neither a letter nor a digit nor `-`, or a backtick or a double quote behind a space.
pub fn triggers(text: &[u8], start: usize, masks: &mut [u64]) -> usize {
    best_way!(triggers(text, start, masks), mark(text, start, masks, |text, at| portable::classes(&block(text, at))))
}

/// What [`triggers()`] marks in a text of at most a block; `None` for a longer one. Most strings of a JSON document are no
/// longer, and most have none.
pub fn triggers_of_block(text: &[u8]) -> Option<u64> {
    let mark = |text| best_way!(triggers_of_block(text), alone(&portable::classes(&block(text, 0))));
    (text.len() <= BLOCK).then(|| mark(text))
}

/// Marks the positions of `text[start..]` at which a name may begin, as [`triggers()`] does: one of the characters `first`,
/// behind neither a letter, a digit nor a hyphen, or behind the letter or the digits of a JSON escape or a percent sign.
pub fn name_starts(text: &[u8], start: usize, masks: &mut [u64], first: &AsciiSet) -> usize {
    best_way!(
        name_starts(text, start, masks, first),
        begin(text, start, masks, |text, at| portable::edges(&block(text, at), first))
    )
}

/// Marks where a byte of a set stands in `text[start..]`, as [`triggers()`] does its positions; `start` may be any.
#[inline]
pub fn members(text: &[u8], start: usize, masks: &mut [u64], set: &AsciiSet) -> usize {
    match (text.get(start..), masks.first_mut()) {
        (Some(few), Some(mask)) if few.len() <= FEW_BYTES => {
            *mask = few.iter().rev().fold(0, |mask, b| mask << 1 | u64::from(set.has(*b)));
            usize::from(!few.is_empty())
        }
        _ => members_of_blocks(text, start, masks, set),
    }
}

/// The same of more than a few bytes.
fn members_of_blocks(text: &[u8], start: usize, masks: &mut [u64], set: &AsciiSet) -> usize {
    best_way!(
        members(text, start, masks, set),
        fill(text, start, masks, |text, at| portable::members(&block(text, at), set))
    )
}

/// The end of a JSON string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StringEnd {
    /// Where its closing quote stands.
    pub at: usize,
    /// Whether it has a backslash.
    pub escaped: bool,
    /// Whether it has an escape other than `\n \r \t \" \\`, a wrong one perhaps, or a `\\_`.
    pub special: bool,
}

/// The end of the JSON string whose text starts at `start`; `None` if it has none, or a raw line feed before it.
pub fn string_end(text: &[u8], start: usize) -> Option<StringEnd> {
    best_way!(string_end(text, start), walk(text, start, portable::marks))
}

/// How many bytes from `at` on are of a set, at most `most`. For words and longer runs: a few bytes are read faster one by one.
#[inline]
pub fn run(text: &[u8], at: usize, most: usize, set: &AsciiSet) -> usize {
    best_way!(run(text, at, most, set), portable::run(text, at, most, set))
}

/// How many bytes before `at` are of a set, at most `most`.
#[inline]
pub fn run_back(text: &[u8], at: usize, most: usize, set: &AsciiSet) -> usize {
    best_way!(run_back(text, at, most, set), portable::run_back(text, at, most, set))
}

/// The block at `start`, filled up with zeros behind the end of the text.
#[inline(always)]
fn block(text: &[u8], start: usize) -> [u8; BLOCK] {
    match text.get(start..start + BLOCK).and_then(|block| block.try_into().ok()) {
        Some(block) => block,
        None => {
            let mut block = [0; BLOCK];
            let rest = text.get(start..).unwrap_or_default();
            let length = rest.len().min(BLOCK);
            block[..length].copy_from_slice(&rest[..length]);
            block
        }
    }
}

/// The masks of as many blocks as there is text for, or room.
#[inline(always)]
fn fill(text: &[u8], start: usize, masks: &mut [u64], mark: impl Fn(&[u8], usize) -> u64) -> usize {
    let count = text.len().saturating_sub(start).div_ceil(BLOCK).min(masks.len());
    masks[..count].iter_mut().enumerate().for_each(|(index, mask)| *mask = mark(text, start + index * BLOCK));
    count
}

#[inline(always)]
fn begin(text: &[u8], start: usize, masks: &mut [u64], edges: impl Fn(&[u8], usize) -> Edges) -> usize {
    let count = text.len().saturating_sub(start).div_ceil(BLOCK).min(masks.len());
    let mut before = match start {
        0 => Edges::default(),
        _ => edges(text, start - BLOCK),
    };
    for (index, mask) in masks[..count].iter_mut().enumerate() {
        let this = edges(text, start + index * BLOCK);
        let behind = |this: u64, before: u64, bytes: u32| this << bytes | before >> (u64::BITS - bytes);
        // `\n`, `\u00e9` and `%20`: what stands behind them begins a word.
        let escapes = behind(this.backslash, before.backslash, 2)
            | behind(this.backslash, before.backslash, 6)
            | behind(this.percent, before.percent, 3);
        *mask = this.first & (!behind(this.joined, before.joined, 1) | escapes);
        before = this;
    }
    count
}

#[inline(always)]
fn walk(text: &[u8], start: usize, marks: impl Fn(&[u8; BLOCK]) -> Marks) -> Option<StringEnd> {
    let mut at = start;
    let mut carry = 0;
    // Whether the block before ends in an escaped backslash.
    let mut backslash_before = 0;
    let mut found = StringEnd { at: 0, escaped: false, special: false };
    while at < text.len() {
        let marks = marks(&block(text, at));
        let (escaped, next_carry) = escaped(marks.backslash, carry);
        let quote = marks.quote & !escaped;
        // The bits in front of the closing quote, or all.
        let inside = if quote == 0 { u64::MAX } else { (quote & quote.wrapping_neg()) - 1 };
        if marks.line_feed & inside != 0 {
            return None;
        }
        let escaped_backslash = escaped & marks.backslash;
        let special = escaped & !marks.plain | (escaped_backslash << 1 | backslash_before) & marks.underscore;
        found.escaped |= marks.backslash & inside != 0;
        found.special |= special & inside != 0;
        if quote != 0 {
            found.at = at + quote.trailing_zeros() as usize;
            return Some(found);
        }
        carry = next_carry;
        backslash_before = escaped_backslash >> 63;
        at += BLOCK;
    }
    None
}

/// [`run()`] by the masks of the members of a set in the block at a position. Where there is none for a part of a block the bytes
/// are asked one by one.
#[inline(always)]
fn go_on(text: &[u8], at: usize, most: usize, set: &AsciiSet, members: impl Fn(usize) -> Option<u64>) -> usize {
    let reach = text.len().min(at.saturating_add(most));
    let mut end = at;
    while end < reach {
        let Some(mask) = members(end) else { return end - at + portable::run(text, end, reach - end, set) };
        let members = (!mask).trailing_zeros() as usize;
        end += members;
        if members < BLOCK {
            break;
        }
    }
    end.min(reach).saturating_sub(at)
}

/// [`run_back()`] by the masks of the block that ends before a position; of a part of a block they are the highest bits.
#[inline(always)]
fn go_back(text: &[u8], at: usize, most: usize, set: &AsciiSet, members: impl Fn(usize) -> Option<u64>) -> usize {
    let reach = at.saturating_sub(most);
    let mut start = at;
    while start > reach {
        let Some(mask) = members(start) else {
            return at - start + portable::run_back(text, start, start - reach, set);
        };
        let members = (!mask).leading_zeros() as usize;
        start = start.saturating_sub(members);
        if members < BLOCK {
            break;
        }
    }
    at - start.max(reach)
}

/// Which bytes are escaped by the backslash before them, and whether the first byte of the next block is.
///
/// A run of backslashes escapes every second byte from its start; runs start in even or odd places, and the addition
/// carries each to its end (the method is simdjson's, described in "Parsing Gigabytes of JSON per Second", 3.1.1).
#[inline(always)]
fn escaped(backslash: u64, carry: u64) -> (u64, u64) {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let backslash = backslash & !carry;
    let follows = backslash << 1 | carry;
    let odd_starts = backslash & !EVEN & !follows;
    let (even_runs, overflow) = odd_starts.overflowing_add(backslash);
    let invert = even_runs << 1;
    ((EVEN ^ invert) & follows, u64::from(overflow))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What [`triggers()`] promises, byte by byte.
    fn is_trigger(text: &[u8], at: usize) -> bool {
        let digit = |b: &u8| b.is_ascii_digit();
        let capital = |b: &u8| b.is_ascii_digit() || b.is_ascii_uppercase();
        let first = |is: &dyn Fn(&u8) -> bool| {
            text[at..].len() >= 12 && text[at..at + 12].iter().all(is) && (at == 0 || !is(&text[at - 1]))
        };
        let joined = text.get(at + 1).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'-');
        b":=|{&".contains(&text[at])
            || joined && b"-./%_".contains(&text[at])
            || first(&digit)
            || first(&capital)
            || text.get(at..at + 3).is_some_and(|word| word.eq_ignore_ascii_case(b"aws"))
            || matches!(text[at..], [a, b, c, ..] if (a.is_ascii_lowercase() || !a.is_ascii())
                && (!is_joined(b) && c.is_ascii_uppercase() || b == b' ' && b"`\"".contains(&c)))
    }

    /// What [`name_starts`] promises.
    fn is_name_start(text: &[u8], at: usize, first: &[u8]) -> bool {
        let joined = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let is = |mark: u8, before: usize| at >= before && text[at - before] == mark;
        let escape = is(b'\\', 2) || is(b'\\', 6) || is(b'%', 3);
        first.contains(&text[at]) && (at == 0 || !joined(text[at - 1]) || escape)
    }

    /// Every position that one way to [`triggers()`] or [`name_starts`] marks.
    fn all_marked(text: &[u8], mark: impl Fn(&[u8], usize, &mut [u64]) -> usize) -> Vec<bool> {
        let mut marked = vec![false; text.len()];
        each(text, mark, |at| marked[at] = true);
        marked
    }

    fn plain_string_end(text: &[u8], start: usize) -> Option<StringEnd> {
        let (mut at, mut escaped, mut special) = (start, false, false);
        while at < text.len() {
            match text[at] {
                b'"' => return Some(StringEnd { at, escaped, special }),
                b'\n' => return None,
                b'\\' => {
                    escaped = true;
                    special |= match text.get(at + 1)? {
                        b'\\' => text.get(at + 2) == Some(&b'_'),
                        other => !b"nrt\"".contains(other),
                    };
                    // A line feed is none even where it is escaped.
                    if text.get(at + 1) == Some(&b'\n') {
                        return None;
                    }
                    at += 2;
                }
                _ => at += 1,
            }
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_way_marks_what_it_promises(text in r#"([0-9]{1,14}|[A-Z0-9]{1,16}|[Aa][Ww][Ss]|[a-z ]{1,70}|[!-~]{1,9}|[a-z][ .-][A-Z`"]|é가){0,24}"#) {
            let expected: Vec<bool> = (0..text.len()).map(|at| is_trigger(text.as_bytes(), at)).collect();
            prop_assert_eq!(&all_marked(text.as_bytes(), triggers), &expected);
            if let Some(mask) = triggers_of_block(text.as_bytes()) {
                let mut marked = vec![false; text.len()];
                each_bit(mask, 0, |at| marked[at] = true);
                prop_assert_eq!(&marked, &expected);
            }
            let classes = |text: &[u8], at: usize| portable::classes(&block(text, at));
            let portable = |text: &[u8], start: usize, masks: &mut [u64]| mark(text, start, masks, classes);
            prop_assert_eq!(all_marked(text.as_bytes(), portable), expected);
        }

        #[test]
        fn every_way_marks_where_names_begin(text in r"([a-z0-9-]{1,70}|[!-~ ]{1,9}|\\[nu]|%20|é가){0,24}", first in "[!-~]{1,40}") {
            let (text, mut set) = (text.as_bytes(), AsciiSet::default());
            first.bytes().for_each(|b| set.add(b));
            let expected: Vec<bool> = (0..text.len()).map(|at| is_name_start(text, at, first.as_bytes())).collect();
            prop_assert_eq!(&all_marked(text, |text, start, masks| name_starts(text, start, masks, &set)), &expected);
            let edges = |text: &[u8], at: usize| portable::edges(&block(text, at), &set);
            prop_assert_eq!(all_marked(text, |text, start, masks| begin(text, start, masks, edges)), expected);
        }

        #[test]
        fn every_way_marks_the_bytes_of_a_set(text in r"([a-z]{1,70}|[ -~]{1,9}|é가){0,24}", characters in "[a-z%&]{1,30}|[ -~]{1,90}") {
            let set = AsciiSet::of(characters.as_bytes());
            let expected: Vec<bool> = text.bytes().map(|b| characters.as_bytes().contains(&b)).collect();
            let best = |text: &[u8], start: usize, masks: &mut [u64]| members(text, start, masks, &set);
            prop_assert_eq!(&all_marked(text.as_bytes(), best), &expected);
            let portable = |text: &[u8], start: usize, masks: &mut [u64]| {
                fill(text, start, masks, |text, at| portable::members(&block(text, at), &set))
            };
            prop_assert_eq!(all_marked(text.as_bytes(), portable), expected);
        }

        #[test]
        fn every_way_counts_the_bytes_of_a_set(
            text in r"([a-z0-9-]{1,150}|[!-~ ]{1,9}|é가){0,4}",
            characters in "[a-z0-9-]{1,30}|[ -~]{1,90}",
            most in 0usize..200,
        ) {
            let (text, set) = (text.as_bytes(), AsciiSet::of(characters.as_bytes()));
            let is = |b: &&u8| characters.as_bytes().contains(*b);
            for at in 0..=text.len() {
                let ahead = text[at..].iter().take(most).take_while(is).count();
                let back = text[..at].iter().rev().take(most).take_while(is).count();
                prop_assert_eq!((run(text, at, most, &set), run_back(text, at, most, &set)), (ahead, back));
                let portable = (portable::run(text, at, most, &set), portable::run_back(text, at, most, &set));
                prop_assert_eq!(portable, (ahead, back));
                #[cfg(target_arch = "x86_64")]
                if best() >= Level::Avx2 {
                    // SAFETY: the processor has these instructions.
                    let avx2 = unsafe { (avx2::run(text, at, most, &set), avx2::run_back(text, at, most, &set)) };
                    prop_assert_eq!(avx2, (ahead, back));
                }
            }
            prop_assert_eq!(run(text, text.len() + 1, most, &set), 0);
        }

        #[test]
        fn every_way_finds_the_end_of_a_string(text in r#"([a-z]{1,60}|\\{1,5}|\\[nrtu/]|\\"|_|["\n]{0,1}){0,40}"#, start in 0usize..4) {
            let text = text.as_bytes();
            if start <= text.len() {
                let expected = plain_string_end(text, start);
                let found = [string_end(text, start), walk(text, start, portable::marks)];
                prop_assert_eq!(found, [expected; 2]);
            }
        }

        #[cfg(target_arch = "x86_64")]
        #[test]
        fn every_way_has_the_same_masks(bytes in prop::collection::vec(any::<u8>(), 64), first in "[ -~]{1,40}") {
            let block: [u8; 64] = bytes.try_into().unwrap();
            let mut set = AsciiSet::default();
            first.bytes().for_each(|b| set.add(b));
            let portable = (portable::classes(&block), portable::marks(&block), portable::edges(&block, &set));
            if best() >= Level::Avx2 {
                let mut marked = [0];
                // SAFETY: the processor has these instructions.
                unsafe { avx2::members(&block, 0, &mut marked, &set) };
                prop_assert_eq!(marked, [portable::members(&block, &set)]);
                // SAFETY: the processor has these instructions.
                prop_assert_eq!(unsafe { (avx2::classes(&block), avx2::marks(&block), avx2::edges(&block, &set)) }, portable);
            }
            if best() >= Level::Avx512 {
                // SAFETY: the processor has these instructions.
                prop_assert_eq!(unsafe { (avx512::classes(&block, 0), avx512::marks(&block), avx512::edges(&block, 0, &set)) }, portable);
            }
        }
    }
}
