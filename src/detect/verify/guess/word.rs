//! Whether a word may be a name by itself: words of everyday, of programs and of AWS are none.

use crate::detect::catalogue::likely::{BEGINNINGS, ENDS, EVERYDAY, FIELDS, FILES, VARIABLES, VERBS};
use crate::detect::verify::prose::{self, LONGEST_PLAIN};
use crate::detect::verify::word_map::WordMap;
use crate::detect::verify::{behind_escape, host, is_alphanumeric, is_listed, is_quote, name, run_back, telling, KEY};
use crate::simd;
use once_cell::sync::Lazy;
use std::ops::Range;

/// The word around a place, if it has several parts and stands apart; else an empty one at its end.
pub fn around(text: &[u8], mark: usize) -> Range<usize> {
    let start = behind_escape(text, mark - simd::run_back(text, mark, LONGEST_PLAIN, &KEY));
    let end = mark + simd::run(text, mark, LONGEST_PLAIN, &KEY);
    let word = &text[start..end];
    let is_apart =
        text[..start].last().is_none_or(|b| is_quote(*b) || matches!(b, b' ' | b'(' | b'*' | b'|') || !b.is_ascii());
    let has_parts = || start < mark || word.contains(&b'-') || word.contains(&b'_') || prose::humps(word) > 1;
    let is_one = is_apart
        && !is_under_key(text, start)
        && word.first().is_some_and(u8::is_ascii_alphabetic)
        && !word.ends_with(b"_")
        && telling::ends(text, end)
        && has_parts();
    if is_one {
        start..end
    } else {
        end..end
    }
}

/// Whether the word at a range may be one where it stands.
pub fn may_be_name(text: &[u8], word: &Range<usize>) -> bool {
    may_be_one(&text[word.clone()]) && !is_key(text, word.end) && !is_command(text, word)
}

/// Whether a word may be a name by how it is spelled.
pub fn may_be_one(word: &[u8]) -> bool {
    let is_of_others = BEGINNINGS.iter().any(|beginning| word.starts_with(beginning.as_bytes()))
        || ENDS.iter().any(|end| word.ends_with(end.as_bytes()))
        || is_of_api(word)
        || host::is_called_like_region(word);
    let is_joined = word.contains(&b'-') || word.contains(&b'_');
    let says_something = if is_joined { has_own_parts(word, 1) } else { has_own_hump(word) };
    says_something && word.iter().any(u8::is_ascii_lowercase) && !is_of_others && !name::is_uuid(word)
}

/// Whether a word ends as the fields of APIs do.
fn is_of_api(word: &[u8]) -> bool {
    FIELDS.iter().any(|end| word.ends_with(end.as_bytes()))
}

/// Whether a word has several parts: `a-b`, `a_b`, `aB`.
pub fn has_parts(word: &[u8]) -> bool {
    let joins = |two: &[u8]| two[1] == b'_' || !two[0].is_ascii_uppercase() && two[1].is_ascii_uppercase();
    word.windows(2).any(joins) || word.contains(&b'-')
}

/// Whether a word without parts, or one with dots in it, may be a name where something says so.
pub fn may_be_word(word: &[u8]) -> bool {
    let is_of_word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_spelled_so = word.first().is_some_and(u8::is_ascii_alphabetic) && word.iter().skip(1).all(is_of_word);
    let is_word = is_spelled_so && has_own_parts(word, 1) && !prose::is_word_of_code(word);
    word.len() >= SHORTEST_WORD && (is_word || is_dotted(word)) && !name::is_common(word)
}

/// The shortest name without parts.
const SHORTEST_WORD: usize = 4;

/// Whether a value is a name with dots in it: no variable, no file and no number.
pub fn is_dotted(value: &[u8]) -> bool {
    let parts = || value.split(|b| *b == b'.');
    let (first, last) = (parts().next().unwrap_or_default(), parts().next_back().unwrap_or_default());
    let is_of_name = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
    first.len() < value.len()
        && first.first().is_some_and(u8::is_ascii_alphabetic)
        && !last.is_empty()
        && value.iter().all(is_of_name)
        && OF_VARIABLES.get(first).is_none()
        && OF_FILES.get(last).is_none()
        && !name::is_word_of_kind(last)
        && !is_of_api(value)
        && parts().any(|part| has_own_parts(part, 1))
}

static OF_VARIABLES: Lazy<WordMap<()>> = Lazy::new(|| VARIABLES.iter().copied().collect());

static OF_FILES: Lazy<WordMap<()>> = Lazy::new(|| FILES.iter().copied().collect());

/// Whether so many parts of a word say something of whose it is.
pub fn has_own_parts(word: &[u8], count: usize) -> bool {
    prose::own(word, &NO_NAMES).nth(count - 1).is_some()
}

static NO_NAMES: Lazy<WordMap<()>> = Lazy::new(|| prose::no_names().chain(EVERYDAY.iter().copied()).collect());

/// Whether a part of a word in which they begin with capitals says something of whose it is: not in `GetObject`, `DynamoDB`.
fn has_own_hump(word: &[u8]) -> bool {
    if prose::is_product(word) {
        return false;
    }
    let mut start = 0;
    (1..=word.len()).any(|at| {
        let ends = at == word.len() || word[at].is_ascii_uppercase() && !word[at - 1].is_ascii_uppercase();
        if !ends {
            return false;
        }
        let hump = &word[std::mem::replace(&mut start, at)..at];
        let singular = hump.strip_suffix(b"s").unwrap_or(hump);
        has_own_parts(hump, 1) && has_own_parts(singular, 1) && !is_listed(hump, VERBS)
    })
}

/// Whether a word that begins at `start` is the value of a key in quotes: that says what it is.
fn is_under_key(text: &[u8], start: usize) -> bool {
    let is_key = |text: &[u8]| matches!(text, [.., b'"', b':'] | [.., b'"', b':', b' ']);
    match &text[..start] {
        [head @ .., b'\\', b'"'] | [head @ .., b'"'] => is_key(head),
        _ => false,
    }
}

/// Whether a word that ends before `end` is a key in quotes.
pub fn is_key(text: &[u8], end: usize) -> bool {
    match text[end..] {
        [b'\\', quote, b':', ..] | [quote, b':' | b'=', ..] | [quote, b' ', b':' | b'=', ..] => is_quote(quote),
        _ => false,
    }
}

/// Whether a word is a command of the CLI: `aws lambda update-function-code`.
pub fn is_command(text: &[u8], word: &Range<usize>) -> bool {
    let Some(head) = text[..word.start].strip_suffix(b" ") else { return false };
    let verb = text[word.clone()].split(|b| *b == b'-').next().unwrap_or_default();
    let service = run_back(head, head.len(), LONGEST_SERVICE, |b| is_alphanumeric(b) || b == b'-');
    is_listed(verb, VERBS) || head[..head.len() - service].ends_with(b"aws ")
}

/// No name of a service is longer in commands.
const LONGEST_SERVICE: usize = 40;
