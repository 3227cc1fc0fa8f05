//! Words beside nouns that people call resources of AWS, among other things: `the role of the workers (grinder-task)`.

use super::word::has_own_parts;
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::likely::{nouns, EVERYBODYS_NOUNS, LINKING, PREPOSITIONS, SERVICE_KINDS};
use crate::detect::verify::end_map::EndMap;
use crate::detect::verify::noun::{self, LONGEST, SHORTEST};
use crate::detect::verify::prose::{ends_noun, is_adjective, without_marks, without_naming};
use crate::detect::verify::word_map::WordMap;
use crate::detect::verify::{is_alphanumeric, is_listed, is_quote, run, run_back, starts_word, telling};
use once_cell::sync::Lazy;
use std::cmp::Reverse;
use std::ops::Range;

/// The nouns with their lengths.
static NOUNS: Lazy<EndMap<Noun, SHORTEST>> = Lazy::new(|| {
    let mut nouns: Vec<(String, Kind)> = nouns().map(|(noun, kind)| (noun.to_lowercase(), kind)).collect();
    // Of several that a text ends with the longest one counts.
    nouns.sort_by_key(|(noun, _)| Reverse(noun.len()));
    let is_everybodys = |noun: &str| is_listed(noun.strip_suffix('s').unwrap_or(noun).as_bytes(), EVERYBODYS_NOUNS);
    let noun = |spelled: &str, kind| Noun { kind, length: spelled.len(), tells_words: !is_everybodys(spelled) };
    nouns.into_iter().map(|(spelled, kind)| (spelled.clone(), noun(&spelled, kind))).collect()
});

/// A noun beside a name.
#[derive(Clone, Copy, Debug)]
struct Noun {
    kind: Kind,
    length: usize,
    /// Whether a word without parts that stands in quotes beside it is a name.
    tells_words: bool,
}

/// Whether a word behind a text may have a noun in front of it. Most do not.
#[inline(always)]
pub fn may_be_behind(text: &[u8]) -> bool {
    NOUNS.may_be_lower(text) || text.last() == Some(&b'd') // `called`, `named`
}

/// What is called by the noun that a text ends with.
pub fn ending(text: &[u8]) -> Option<Kind> {
    noun(text).map(|noun| noun.kind)
}

/// The noun that a text ends with.
fn noun(text: &[u8]) -> Option<Noun> {
    let noun = *NOUNS.get_lower(text)?;
    let length = noun.length;
    let (before, spelled) = text.split_at(text.len() - length);
    // Germans join it with its service: `ECS-Service`.
    let is_joined = before.last() == Some(&b'-') && !noun::ends_service(&before[..before.len() - 1]);
    let is_part = !starts_word(text, before.len()) || matches!(before.last(), Some(b'_' | b'.' | b'/' | b'$'));
    let is_part = spelled[0].is_ascii() && (is_part || is_joined) || before.ends_with(b"Amazon Web ");
    // `CREATE TABLE orders_v2`
    let is_of_sql = spelled == b"TABLE";
    (!is_part && !is_of_sql).then_some(noun)
}

/// Whether a text ends with a noun beside which a word in quotes is a name.
pub fn tells_words(text: &[u8]) -> bool {
    noun(text).is_some_and(|noun| noun.tells_words)
}

/// What a word in quotes names that has no parts, by a noun right in front of it or behind it.
pub fn telling_beside(text: &[u8], word: &Range<usize>) -> Option<Kind> {
    let head = text[..word.start - 1].strip_suffix(b" ")?;
    let (front, _) = without_naming(head);
    let in_front = || noun(front).or_else(|| noun(without_linking(head)?));
    let behind = text.get(word.end + 1..)?.strip_prefix(b" ");
    let words = |count: usize| {
        let behind = behind?;
        let reach = behind.len().min(LONGEST);
        let ends = (0..reach).filter(|at| !is_alphanumeric(behind[*at]) && behind[*at].is_ascii());
        noun(&behind[..ends.chain([reach]).nth(count - 1)?])
    };
    let found = in_front().or_else(|| words(2)).or_else(|| words(1))?;
    found.tells_words.then_some(found.kind)
}

/// What a word names by a noun in front of it or behind it.
pub fn beside(text: &[u8], word: &Range<usize>) -> Option<Kind> {
    let before = text[..word.start].last();
    let is_enclosed = before.is_some_and(|b| is_quote(*b) || matches!(b, b'(' | b'*'));
    let head = &text[..word.start - usize::from(is_enclosed)];
    let (end, _) = without_marks(head);
    let is_apart = end < head.len() || before == Some(&b'(') || head.last().is_some_and(|b| !b.is_ascii());
    let Front { text: front, reach, is_called } = front(&head[..end], before == Some(&b'('));
    let in_cell = || head[end..].contains(&b'|').then(|| service_ending(front)).flatten();
    let in_front = if is_apart { in_sentence(front, reach).or_else(in_cell) } else { None };
    let name = &text[word.clone()];
    let kind = in_front.or_else(|| behind(text, word, is_enclosed));
    let kind = kind.or_else(|| (is_called && name.contains(&b'-')).then_some(Kind::Resource))?;
    // An argument of a program, if it is not between two commas: `A state machine, ThumbnailFlow, calls them`.
    let is_argument = !name.contains(&b'-') && head.ends_with(b", ") && text.get(word.end) != Some(&b',');
    // Those of databases are users, too.
    let is_others = kind == Kind::IamUser && name.contains(&b'_') && !front.ends_with(b"IAM user");
    let is_adjective = || !is_enclosed && is_adjective(name);
    (!is_argument && !is_others && !is_adjective()).then_some(kind)
}

/// What stands in front of a name.
struct Front<'t> {
    /// That without the words that say that a name follows.
    text: &'t [u8],
    /// How many words the noun may be away.
    reach: usize,
    /// Whether one of these words says that this is what something is called.
    is_called: bool,
}

fn front(text: &[u8], is_bracket: bool) -> Front<'_> {
    // `the job queue's x-y`
    let text = text.strip_suffix(b"'s").unwrap_or(text);
    let (front, is_named) = without_naming(text);
    let linked = if is_named { None } else { without_linking(text) };
    let is_called = linked.is_some() || text.ends_with(b"called") || text.ends_with(b"named");
    // `the role in that account is x-y`
    let is_short = text.ends_with(b" is");
    let reach = match is_named {
        _ if is_called => FAR,
        true if !is_short => FAR,
        true => NEAR,
        false if is_bracket => NEAR,
        false => 1,
    };
    Front { text: linked.unwrap_or(front), reach, is_called }
}

/// How many words may be between a noun and what is called so, and between one and what may only stand beside it.
const FAR: usize = 6;
const NEAR: usize = 4;

/// A text without the word that it ends with, if that says in other languages that a name follows.
fn without_linking(text: &[u8]) -> Option<&[u8]> {
    if !may_end_linking(text) {
        return None;
    }
    let mut words = LINKING.iter();
    words.find_map(|word| text.strip_suffix(word.as_bytes())?.strip_suffix(b" "))
}

/// Whether a text ends as all of these words do.
fn may_end_linking(text: &[u8]) -> bool {
    matches!(text.last(), Some(b'a' | b'e' | b'n' | b'o' | b't' | 0x80..))
}

/// What is called by the last noun among so many words of the sentence that a text ends with.
fn in_sentence(text: &[u8], most: usize) -> Option<Kind> {
    let mut end = text.len();
    for _ in 0..most {
        if let Some(kind) = ending(&text[..end]) {
            return Some(kind);
        }
        let is_of_word = |b: u8| is_alphanumeric(b) || !b.is_ascii() || matches!(b, b'-' | b'_' | b'\'');
        end -= run_back(text, end, LONGEST_WORD, is_of_word);
        end = text[..end].strip_suffix(b" ")?.len();
    }
    None
}

/// No word of a sentence is longer.
const LONGEST_WORD: usize = 48;

/// What a word names by the noun behind it, ``the `flatten-events` job``, or the service: `dwh-main (Redshift)`.
fn behind(text: &[u8], word: &Range<usize>, is_enclosed: bool) -> Option<Kind> {
    let behind = text.get(word.end + usize::from(is_enclosed)..)?.strip_prefix(b" ")?;
    // `| dwh-main | Redshift |`
    if let Some(cell) = behind.trim_ascii_start().strip_prefix(b"| ") {
        return service_at(cell.trim_ascii_start());
    }
    if let Some(service) = behind.strip_prefix(b"(").or_else(|| behind.strip_prefix(b"in ")) {
        return service_at(service);
    }
    let length = run(behind, 0, LONGEST_WORD, is_alphanumeric);
    let kind = if length < SHORTEST { None } else { ending(&behind[..length]) }?;
    let name = &text[word.clone()];
    // Of two parts words in front of a noun say more often what it does.
    let is_told = is_enclosed || has_own_parts(name, 2) && name.split(|b| *b == b'-').count() > 2;
    is_told.then_some(kind)
}

/// What is of the service that a text ends with, which is all of a cell: `| S3 | acme-data |`.
fn service_ending(text: &[u8]) -> Option<Kind> {
    let start = text.len() - run_back(text, text.len(), LONGEST_WORD, is_alphanumeric);
    let is_cell = matches!(text[..start], [.., b'|'] | [.., b'|', b' ']);
    if is_cell {
        service_at(&text[start..])
    } else {
        None
    }
}

/// What is of the service that a text begins with.
fn service_at(text: &[u8]) -> Option<Kind> {
    let word = &text[..run(text, 0, LONGEST_WORD, is_alphanumeric)];
    SERVICE_KINDS.iter().find(|(service, _)| service.as_bytes() == word).map(|row| row.1)
}

/// What a hyphenated word names behind a preposition: `connections on checkout-aurora`.
pub fn behind_preposition(text: &[u8], word: &Range<usize>) -> Option<Kind> {
    let name = &text[word.clone()];
    let is_quoted = text[..word.start].last().is_some_and(|b| is_quote(*b));
    let head = text[..word.start - usize::from(is_quoted)].strip_suffix(b" ")?;
    let length = run_back(head, head.len(), LONGEST_WORD, is_alphanumeric);
    BEFORE_PLACES.get_lower(&head[head.len() - length..])?;
    let is_hyphenated = name.contains(&b'-') && !name.contains(&b'_');
    let kind = telling::kind_said(name);
    let says_enough = has_own_parts(name, 1 + usize::from(kind.is_none()));
    let is_name = is_hyphenated && says_enough && !is_adjective(name) && !name.ends_with(b"ing");
    let is_one = is_name && (is_quoted || ends_noun(text, word.end));
    is_one.then_some(kind.unwrap_or(Kind::Resource))
}

static BEFORE_PLACES: Lazy<WordMap<()>> = Lazy::new(|| PREPOSITIONS.iter().copied().collect());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_linking_word_ends_as_all_do() {
        assert!(LINKING.iter().all(|word| may_end_linking(word.as_bytes())));
    }
}
