//! Hyphenated names that people write of: ``the bucket `acme-logs` ``, `S3 bucket acme-logs is full`, `| RDS instance | acme-main |`.

use super::end_map::EndMap;
use super::word_map::WordMap;
use super::{ends_line, is_alphanumeric, lower, run, run_back, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{FIELD, INTRODUCTIONS, WORDS_OF_KINDS};
use crate::detect::catalogue::prose::{FOLLOWING, FOREIGN_NAMING, FOREIGN_NOUNS, NAMING, NOUNS, PARTS, PREFIXES};
use once_cell::sync::Lazy;
use std::ops::Range;

/// What a noun says of the name behind it.
#[derive(Clone, Copy, Debug)]
struct Noun {
    length: usize,
    kind: Kind,
    /// Whether it is of a language in which a hyphenated word of these letters is no adjective.
    is_foreign: bool,
}

/// The length of the shortest noun.
const SHORTEST: usize = "alb".len();
/// No noun is longer.
const LONGEST: usize = 40;

/// In lower case.
static BY_END: Lazy<EndMap<Noun, SHORTEST>> = Lazy::new(|| {
    let of_terraform = INTRODUCTIONS.iter().filter_map(|(words, kind)| Some((words.strip_suffix(' ')?, *kind)));
    let nouns = of_terraform.chain(NOUNS.iter().copied()).map(|(words, kind)| (words.to_ascii_lowercase(), kind));
    let foreign = FOREIGN_NOUNS.iter().flat_map(|(words, kind)| {
        FOREIGN_NAMING.iter().map(move |naming| (words.to_ascii_lowercase() + naming, *kind))
    });
    let noun = |(words, kind): (String, Kind)| {
        let (length, is_foreign) = (words.len(), !words.is_ascii());
        (words, Noun { length, kind, is_foreign })
    };
    nouns.chain(foreign).map(noun).collect()
});

/// The parts of hyphenated words that are no names.
static NO_NAMES: Lazy<WordMap<()>> =
    Lazy::new(|| [FIELD, PARTS, WORDS_OF_KINDS].into_iter().flatten().copied().collect());

static ADJECTIVE_BEGINS: Lazy<WordMap<()>> = Lazy::new(|| PREFIXES.iter().copied().collect());

static NAMES_FOLLOW: Lazy<WordMap<()>> = Lazy::new(|| NAMING.iter().copied().collect());

static FOLLOWS_NAMES: Lazy<WordMap<()>> = Lazy::new(|| FOLLOWING.iter().copied().collect());

/// What the hyphenated word at a range names, by the noun in front of it.
pub fn introduced(text: &[u8], word: &Range<usize>) -> Option<Kind> {
    let quotes = match text[..word.start] {
        [.., b' '] => 0,
        // The end of a letter of another script.
        [.., before, 0x80..=0xbf] if !before.is_ascii() => 0,
        [.., quote @ (b'"' | b'\'' | b'`' | b'*')] => quoted(text, word, quote)?,
        _ => return None,
    };
    let head = &text[..word.start - quotes];
    let (end, is_marked) = without_marks(head);
    let is_apart = end < head.len();
    let head = &head[..end];
    // `the queue is best-effort`
    if quotes == 0 && head.ends_with(b" is") {
        return None;
    }
    let named = named(head);
    let noun = noun(&head[..named.unwrap_or(end)]).filter(|noun| is_apart || noun.is_foreign)?;
    let name = &text[word.clone()];
    let is_told_apart = quotes > 0 || is_marked || named.is_some() || noun.is_foreign;
    let is_one = is_told_apart || ends_noun(text, word.end) && !is_adjective(name);
    // The headers of requests and the commands of the CLI begin so: `x-amz-acl`, `describe-load-balancers`.
    let is_of_aws = name.starts_with(b"x-") || name.starts_with(b"describe-");
    (is_one && has_own_part(name) && !is_of_aws).then_some(noun.kind)
}

/// Where a text ends in front of a word that says that a name follows.
fn named(text: &[u8]) -> Option<usize> {
    // All of them end so.
    let Some(b'd' | b'e' | b'r' | b's') = text.last() else { return None };
    let start = text.len() - run_back(text, text.len(), LONGEST, is_alphanumeric);
    NAMES_FOLLOW.get_lower(&text[start..]).filter(|_| text[..start].ends_with(b" ")).map(|_| start - 1)
}

/// Where a text ends in front of spaces and marks, and whether it has a mark.
fn without_marks(text: &[u8]) -> (usize, bool) {
    let is_mark = |b: u8| matches!(b, b'|' | b':' | b'*' | b'-' | b'>');
    let (mut end, mut is_marked) = (text.len(), false);
    for _ in 0..MOST_MARKS {
        let start = end - run_back(text, end, LONGEST_GAP, |b| b == b' ' || b == b'\t' || is_mark(b));
        is_marked |= text[start..end].iter().any(|b| is_mark(*b));
        // All other marks end in such a byte.
        let may_be_mark = text[..start].last().is_some_and(|b| !b.is_ascii());
        let mark = || MARKS.iter().find(|mark| text[..start].ends_with(mark.as_bytes()));
        match may_be_mark.then(mark).flatten() {
            Some(mark) => (end, is_marked) = (start - mark.len(), true),
            None => return (start, is_marked),
        }
    }
    (end, is_marked)
}

/// The most that is between a noun and a name.
const LONGEST_GAP: usize = 16;
/// The most of these that are.
const MOST_MARKS: usize = 3;
/// Arrows, and quotation marks of other languages.
const MARKS: [&str; 7] = ["→", "«", "„", "“", "「", "『", "："];

/// The length of the quotes in front of a word, if it is in some.
fn quoted(text: &[u8], word: &Range<usize>, quote: u8) -> Option<usize> {
    let length = run_back(text, word.start, 3, |b| b == quote);
    let is_escaped = quote == b'"' && text[..word.start - 1].ends_with(b"\\");
    let closing: &[u8] = if is_escaped { b"\\\"" } else { &text[word.start - length..word.start] };
    text[word.end..].starts_with(closing).then_some(length + usize::from(is_escaped))
}

/// The noun that a text ends with.
fn noun(text: &[u8]) -> Option<Noun> {
    let last = text.last_chunk::<SHORTEST>()?;
    if !BY_END.may_be(&last.map(|b| b.to_ascii_lowercase())) {
        return None;
    }
    let tail = &text[text.len().saturating_sub(LONGEST)..];
    let noun = BY_END.get(lower(tail, &mut [0; LONGEST])?)?;
    let start = text.len() - noun.length;
    // Variables: `END_STREAM: x-y`.
    let belongs = matches!(text[..start].last(), Some(b'_' | b'-' | b'.' | b'/'));
    (noun.is_foreign || starts_word(text, start) && !belongs).then_some(*noun)
}

/// Whether a noun ends there, so that the word in front is not the beginning of a longer one.
fn ends_noun(text: &[u8], end: usize) -> bool {
    match text[end..] {
        [b' ', ..] => {
            let length = run(text, end + 1, LONGEST, is_alphanumeric);
            let word = &text[end + 1..end + 1 + length];
            FOLLOWS_NAMES.get(word).is_some() || text.get(end + 1) == Some(&b'(')
        }
        [b'.' | b',' | b';' | b':' | b')' | b'?' | b'!' | b'\'', ..] => true,
        _ => ends_line(text, end),
    }
}

/// Whether a hyphenated word may be one of everyday: `pre-selected`, `user-defined`, `right-to-left`.
fn is_adjective(word: &[u8]) -> bool {
    let mut parts = word.split(|b| *b == b'-');
    let begins = parts.next().is_some_and(|first| ADJECTIVE_BEGINS.get(first).is_some());
    begins || word.ends_with(b"ed") || parts.any(|part| matches!(part, b"and" | b"by" | b"in" | b"of" | b"the" | b"to"))
}

/// Whether a word has a part that says something of whose it is.
fn has_own_part(word: &[u8]) -> bool {
    word.split(|b| *b == b'-').any(|part| {
        let is_word = part.len() > 1 && !part.iter().all(u8::is_ascii_digit);
        is_word && NO_NAMES.get(part).is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::found;

    #[test]
    fn names_are_told_by_the_noun_in_front_of_them() {
        for (kind, text) in [
            (Kind::S3Bucket, "the bucket `zor-blax` is full"),
            (Kind::S3Bucket, "the S3 bucket zor-blax is full"),
            (Kind::S3Bucket, "who can look at bucket zor-blax?"),
            (Kind::S3Bucket, "an S3 Bucket named zor-blax-2 (EU)"),
            (Kind::S3Bucket, "{\"text\":\"the bucket \\\"zor-blax\\\" is full\"}"),
            (Kind::S3Bucket, "**Bucket:** zor-blax and more"),
            (Kind::S3Bucket, "*Bucket:* `zor-blax`"),
            (Kind::S3Bucket, "S3 bucket → zor-blax"),
            (Kind::S3Bucket, "le bucket « zor-blax » est plein"),
            (Kind::S3Bucket, "S3 버킷 zor-blax에 접근할 수 없습니다"),
            (Kind::S3Bucket, "버킷 이름: zor-blax"),
            (Kind::S3Bucket, "バケット名：zor-blax、"),
            (Kind::S3Bucket, "S3バケットzor-blaxが"),
            (Kind::Lambda, "Lambda関数 zor-blax、"),
            (Kind::Rds, "RDS 인스턴스는 zor-blax입니다"),
            (Kind::Rds, "the database is `zor-blax`, which"),
            (Kind::Lambda, "Lambda function `zor-blax` timed out"),
            (Kind::Lambda, "the AWS Lambda zor-blax keeps failing"),
            (Kind::Rds, "| RDS instance | `zor-blax` | payments |"),
            (Kind::Rds, "RDS zor-blax is at 98 %"),
            (Kind::Elb, "the ALB zor-blax, which is public"),
            (Kind::Elb, "load balancer zor-blax-1 returns 502"),
            (Kind::Dynamodb, "the DynamoDB table zor-blax throttles"),
            (Kind::IamRole, "registered with role zor-blax"),
            (Kind::Sqs, "- SQS queue - zor-blax"),
            (Kind::Ecs, "the ECS service identifier is in ECS service zor-blax."),
        ] {
            assert_eq!(found(text).iter().map(|one| one.0).collect::<Vec<_>>(), [kind], "{text}");
            assert!(found(text)[0].1.starts_with("zor-blax"), "{text}");
        }
    }

    #[test]
    fn other_hyphenated_words_stand_behind_nouns() {
        for text in [
            "the S3 bucket cross-region replication is slow, and the Lambda function cold-start latency",
            "an IAM role least-privilege policy, a DynamoDB table on-demand mode is, an EKS cluster add-on for it",
            "the table left-aligned, this topic pre-selected. The function as-is: the service up-to-date is",
            "the RDS instance multi-az is; each Lambda function end-to-end. ALB layer-7 is",
            "headers with END_STREAM: zor-blax is not zero",
            "the bucket zor-blax-like thing, the table zor-blax/x, my-bucket zor-blax is, a bucketzor zor-blax is",
            "the bucket `x-amz-acl` and the bucket \"zor-blax', a queue `first-in-first-out`",
            "the queue is zor-blax. The queue is best-effort; the table is right-to-left.",
            "your bucket list zor-blax is, buckets zor-blax are",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn no_noun_is_said_by_another_one() {
        for (noun, kind) in NOUNS {
            let said_by = |(other, of): &&(&str, Kind)| other != noun && of == kind && noun.ends_with(other);
            let is_of_terraform = INTRODUCTIONS
                .iter()
                .any(|row| row.0.strip_suffix(' ').is_some_and(|row| row.eq_ignore_ascii_case(noun)));
            assert!(NOUNS.iter().find(said_by).is_none() && !is_of_terraform, "{noun}");
        }
    }

    #[test]
    fn no_noun_is_longer_or_shorter() {
        let terraform = INTRODUCTIONS.iter().map(|row| row.0.len()).max();
        let nouns = || NOUNS.iter().map(|row| row.0.len());
        assert!(terraform.max(nouns().max()) <= Some(LONGEST));
        assert_eq!(nouns().min(), Some(SHORTEST));
        let foreign =
            FOREIGN_NOUNS.iter().flat_map(|row| FOREIGN_NAMING.iter().map(|naming| row.0.len() + naming.len()));
        assert!(foreign.max() <= Some(LONGEST));
    }
}
