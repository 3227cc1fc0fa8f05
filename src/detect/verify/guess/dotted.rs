//! Words with a dot between them: the tables of data catalogues in queries, `FROM sales_lake.orders_2024`, and names that have dots in
//! them, `the bucket acme.data.raw`.

use super::noun;
use super::word::{has_own_parts, has_parts, is_dotted};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::verify::prose::{without_marks, without_naming};
use crate::detect::verify::{ends_word, is_listed, is_quote, name, run, run_back};
use crate::detect::Span;
use std::ops::Range;

/// Words in front of a table. Sorted.
const KEYWORDS: &[&str] = &["EXISTS", "FROM", "INTO", "JOIN", "TABLE", "Table", "UPDATE", "VIEW"];
/// The databases of database servers. Sorted.
const SERVERS_OWN: &[&str] = &["information_schema", "performance_schema", "pg_catalog"];
/// What Athena calls the data catalog of Glue, in front of a database. Source: Athena user guide, "Cross-account queries".
const CATALOGUE: &[u8] = b"awsdatacatalog.";
/// What has dots in its name, and is said to be so.
const HAVE_DOTS: [Kind; 5] = [Kind::IamUser, Kind::Kinesis, Kind::S3Bucket, Kind::Sns, Kind::Sqs];
/// No name is longer, and no keyword.
const LONGEST: usize = 64;

/// What the words around `dot` name, which is the first one between them.
pub fn names(text: &[u8], dot: usize) -> impl Iterator<Item = Span> + '_ {
    let start = dot - run_back(text, dot, LONGEST, is_of_name);
    let is_apart = start < dot && text[..start].last().is_some_and(|b| is_quote(*b) || matches!(b, b' ' | b'(' | b'.'));
    let words = if is_apart { database_and_table(text, start, dot) } else { None };
    let is_in_sentence = is_apart && words.is_none() && text[start - 1] != b'.';
    let in_sentence = if is_in_sentence { beside_noun(text, start) } else { None };
    let of_query = words.into_iter().flatten().filter(|range| is_of_catalogue(&text[range.clone()]));
    let of_query = of_query.map(|range| name::named(text, range, Kind::Glue));
    of_query.chain(in_sentence).map(Span::guessed)
}

/// Whether a database or a table is one of somebody's, which those of one word need not be.
fn is_of_catalogue(word: &[u8]) -> bool {
    has_parts(word) && has_own_parts(word, 1) && !is_listed(word, SERVERS_OWN)
}

/// The words around `dot`, if they are a table in its database.
fn database_and_table(text: &[u8], start: usize, dot: usize) -> Option<[Range<usize>; 2]> {
    let head = &text[..start - usize::from(matches!(text[..start].last(), Some(b'"' | b'`')))];
    let head = head.strip_suffix(CATALOGUE).unwrap_or(head).strip_suffix(b" ")?;
    // All keywords end so.
    if !matches!(head.last(), Some(b'S' | b'M' | b'O' | b'N' | b'E' | b'W' | b'e')) {
        return None;
    }
    let keyword = &head[head.len() - run_back(head, head.len(), LONGEST, |b| b.is_ascii_alphabetic())..];
    // Programs import things with such words in small letters.
    if !KEYWORDS.iter().any(|one| one.as_bytes() == keyword) {
        return None;
    }
    let end = dot + 1 + run(text, dot + 1, LONGEST, |b| b != b'-' && is_of_name(b));
    let goes_on = matches!(text.get(end), Some(b'.' | b'/' | b':' | b'-' | b'@' | b'('));
    let begins = |at: usize| text.get(at).is_some_and(u8::is_ascii_lowercase);
    let are_words = begins(start) && begins(dot + 1) && !goes_on && ends_word(text, end);
    are_words.then_some([start..dot, dot + 1..end])
}

/// The name that begins at `start`, by the noun in front of it.
fn beside_noun(text: &[u8], start: usize) -> Option<Span> {
    let is_enclosed = !matches!(text[..start].last(), Some(b' '));
    let (end, _) = without_marks(&text[..start - usize::from(is_enclosed)]);
    let head = &text[..end];
    if !noun::may_be_behind(head) && !head.ends_with(b"e") {
        return None;
    }
    let kind = noun::ending(without_naming(head).0).filter(|kind| HAVE_DOTS.contains(kind))?;
    let whole = start + run(text, start, LONGEST, |b| b == b'.' || is_of_name(b));
    let whole = if text[..whole].ends_with(b".") { whole - 1 } else { whole };
    let goes_on = matches!(text.get(whole), Some(b'/' | b':' | b'@' | b'(' | b'=')) || !ends_word(text, whole);
    (!goes_on && is_dotted(&text[start..whole])).then(|| name::named(text, start..whole, kind))
}

fn is_of_name(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::found;

    #[test]
    fn every_keyword_ends_as_all_do() {
        for keyword in KEYWORDS {
            let text = format!("{keyword} zor_a.blax_b");
            let start = keyword.len() + 1;
            assert!(database_and_table(text.as_bytes(), start, start + 5).is_some(), "{keyword}");
        }
    }

    /// The names of what is found beside an instance.
    fn guessed(text: &str) -> Vec<String> {
        super::super::guessed(text).into_iter().map(|one| one.1).collect()
    }

    #[test]
    fn databases_and_tables_of_queries_are_guessed() {
        for text in [
            "SELECT count(*) FROM zor_lake.blax_2024 WHERE x",
            "CREATE EXTERNAL TABLE IF NOT EXISTS zor_lake.blax_2024 (",
            "line 2:6: Table awsdatacatalog.zor_lake.blax_2024 does not exist",
            "JOIN zor_lake.blax_2024\nON",
        ] {
            assert_eq!(guessed(text), ["zor_lake", "blax_2024"], "{text}");
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn names_with_dots_are_guessed_beside_nouns() {
        for text in [
            "It belongs to user zor.blax, who",
            "a bucket named zor.blax.",
            "with my own user (zor.blax) it",
            "El usuario zor.blax puede",
            "an S3 bucket, zor.blax, in",
            "the topic zor.blax is",
        ] {
            assert_eq!(guessed(text), ["zor.blax"], "{text}");
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn others_are_left() {
        for text in [
            "from zor_lake.blax import x\nFROM zor.blax, FROM information_schema.tables, FROM public.zor",
            "FROM golang.org/x/zor\nFROM zor.blax.com:1\nFROM zor.blax(1), x.y FROM Zor.Blax",
            "the user config.zor, the bucket zor.json, the function zor.blax, my topic. so it is, a bucket zor.blax/x, user.zor.blax",
        ] {
            assert_eq!(guessed(text), [""; 0], "{text}");
        }
    }
}
