//! Names that people write of, told by the nouns beside them: ``the bucket `acme-logs` ``, `S3 bucket acme-logs is full`,
//! `| RDS instance | acme-main |`, `the IAM role CarrierIngress`, `secret prod/orders/db`.

use super::name::{self, is_common, is_uuid, longest, NAME};
use super::noun::{self, Noun, Of, Words, LONGEST};
use super::telling;
use super::word_map::WordMap;
use super::{
    behind_escape, ends_line, ends_word, is_alphanumeric, is_listed, is_quote, run, run_back, these, KEY, LABELS,
};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::likely::{ENDS, PRODUCTS};
use crate::detect::catalogue::names::{Form, FIELD, WORDS_OF_KINDS};
use crate::detect::catalogue::prose::{CODE, DIRECTORIES, FOLLOWING, NAMING, PARTS, PREFIXES};
use crate::detect::Span;
use crate::simd;
use once_cell::sync::Lazy;
use std::ops::Range;

/// The parts of hyphenated words that are no names.
static NO_NAMES: Lazy<WordMap<()>> = Lazy::new(|| no_names().collect());

/// The words of the catalogue that are parts of hyphenated words and no names.
pub fn no_names() -> impl Iterator<Item = &'static str> {
    [FIELD, PARTS, WORDS_OF_KINDS].into_iter().flatten().copied()
}

static ADJECTIVE_BEGINS: Lazy<WordMap<()>> = Lazy::new(|| PREFIXES.iter().copied().collect());

static NAMES_FOLLOW: Lazy<WordMap<()>> = Lazy::new(|| NAMING.iter().copied().collect());

static FOLLOWS_NAMES: Lazy<WordMap<()>> = Lazy::new(|| FOLLOWING.iter().copied().collect());

static OF_CODE: Lazy<WordMap<()>> = Lazy::new(|| CODE.iter().copied().collect());

/// What the hyphenated word at a range names, by the noun in front of it or behind it.
pub fn introduced(text: &[u8], word: &Range<usize>) -> Option<Kind> {
    let quotes = match text[..word.start] {
        [.., b' '] => 0,
        // The end of a letter of another script.
        [.., before, 0x80..=0xbf] if !before.is_ascii() => 0,
        [.., b'('] if text.get(word.end) == Some(&b')') => 1,
        [.., quote @ (b'"' | b'\'' | b'`' | b'*')] => quoted(text, word, quote)?,
        [] => 0,
        _ => return None,
    };
    let kind = behind_noun(text, word, quotes).or_else(|| before_noun(text, word, quotes))?;
    let name = &text[word.clone()];
    // The headers of requests and the commands of the CLI begin so: `x-amz-acl`, `describe-load-balancers`.
    let is_of_aws = name.starts_with(b"x-") || name.starts_with(b"X-") || name.starts_with(b"describe-");
    let is_of_kind = is_uuid(name) == (kind == Kind::Kms);
    // `ML-KEM`, `UTF-8`
    let is_abbreviation = !name.iter().any(u8::is_ascii_lowercase);
    (is_of_kind && !is_of_aws && !is_abbreviation).then_some(kind)
}

/// The name of several words around the underscore at `mark`, by the noun in front of it: `DynamoDB table pedidos_estado`. `read` is how far
/// words were read, whose other underscores need not be asked about.
#[inline(never)]
pub fn snake_case(text: &[u8], mark: usize, read: &mut usize) -> Option<Span> {
    let start = behind_escape(text, mark - simd::run_back(text, mark, LONGEST_PLAIN, &KEY));
    let quotes = usize::from(text[..start].last().is_some_and(|b| is_quote(*b) || *b == b'('));
    // Of most words of programs this says that they stand behind no noun.
    let (end, _) = without_marks(&text[..start - quotes]);
    if !may_end_naming(&text[..end]) && !noun::may_end(&text[..end]) {
        return None;
    }
    *read = mark + simd::run(text, mark, LONGEST_PLAIN, &KEY);
    let word = start..*read;
    let name = &text[word.clone()];
    let is_one = start < mark
        && name[0].is_ascii_alphabetic()
        && !name.ends_with(b"_")
        && name.iter().any(u8::is_ascii_lowercase)
        && telling::ends(text, word.end);
    let kind = if is_one { introduced(text, &word) } else { None }?;
    Some(name::named(text, word, kind))
}

/// The parameter, secret, log group or repository whose first slash is at `slash`, by the noun in front of it: `the secret prod/orders/db`.
#[inline(never)]
pub fn path(text: &[u8], slash: usize) -> Option<Span> {
    // Three bytes at least; most slashes have less around them.
    let is_rooted = !text[..slash].last().is_some_and(|b| LABELS.has(*b));
    let least = if is_rooted { 2 } else { 1 };
    if !text[slash + 1..].get(..least).is_some_and(|behind| behind.iter().all(|b| NAME.has(*b))) {
        return None;
    }
    let start = if is_rooted { slash } else { slash - simd::run_back(text, slash, LONGEST_PART, &LABELS) };
    let quotes = usize::from(text[..start].last().is_some_and(|b| is_quote(*b) || *b == b'('));
    let head = &text[..start - quotes];
    if !head.ends_with(b" ") || !may_be_behind_noun_of_path(head) {
        return None;
    }
    let (end, is_marked) = without_marks(head);
    let Front { noun, is_named, .. } = front(&head[..end], noun::ending_of_path)?;
    let is_told = quotes > 0 || is_marked || is_named || noun.of != Of::English || noun.kind == Kind::Secret;
    let promised = (noun.kind, Form::Path);
    let end = start + simd::run(text, start, longest(promised.1), &NAME);
    let is_told = match noun.kind {
        // A word of everyday: `with the parameter "wizard/bitmap"`.
        Kind::Parameter if noun.of != Of::Aws => is_of_parameter(&text[start..end]),
        _ => is_told,
    };
    if !is_told {
        return None;
    }
    name::value_in(text, start..end, promised).map(|found| found.named(text, noun.kind))
}

/// Whether a text may end with a noun of paths, a colon perhaps and spaces, or with what else stands between. Most end with other words.
fn may_be_behind_noun_of_path(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    let text = text.strip_suffix(b":").unwrap_or(text);
    let is_word = text.last().is_some_and(u8::is_ascii_alphanumeric);
    !is_word || may_end_naming(text) || noun::may_end_before_path(text)
}

/// Whether a path is deep and does not begin as that of a file: parameters are called so.
fn is_of_parameter(path: &[u8]) -> bool {
    let mut parts = path.split(|b| *b == b'/');
    let is_rooted = parts.next() == Some(b"");
    let first = parts.next().unwrap_or_default();
    is_rooted && parts.nth(1).is_some() && !is_listed(first, DIRECTORIES)
}

/// The name that begins with the capital at `start`, behind a space, by the noun in front of that: `the IAM role CarrierIngress`.
#[inline]
pub fn capitalized(text: &[u8], start: usize) -> Option<Span> {
    let head = &text[..start - 1];
    if !may_end_naming(head) && !noun::may_end(head) || !may_be_plain(text, start) {
        return None;
    }
    capitalized_behind(text, start)
}

/// Whether a plain word of enough characters may begin at `start`.
#[inline(always)]
fn may_be_plain(text: &[u8], start: usize) -> bool {
    text[start..].first_chunk::<SHORTEST_PLAIN>().is_some_and(|word| word.iter().all(|b| PLAIN[usize::from(*b)]))
}

/// What plain words are made of.
static PLAIN: [bool; 256] = these(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

#[inline(never)]
fn capitalized_behind(text: &[u8], start: usize) -> Option<Span> {
    let Front { noun, .. } = front(&text[..start - 1], noun::ending)?;
    let word = plain_word(text, start)?;
    let is_several = || humps(&text[word.clone()]) > 1 && !is_of_code(&text[word.end..]);
    let is_named = ends_noun(text, word.end) || noun.of == Of::European || is_several();
    (is_named && is_name_of(&text[word.clone()], &noun)).then(|| named_by(text, word, &noun))
}

/// How many words with a capital a word is: three in `PlatformBreakGlass`.
pub fn humps(word: &[u8]) -> usize {
    word.windows(2).filter(|two| two[0].is_ascii_uppercase() && two[1].is_ascii_lowercase()).count()
}

/// Whether a text begins with a word for something of code, or of a service, that the word in front is the name of: the queue's
/// `ApproximateNumberOfMessages` metric.
pub fn is_of_code(text: &[u8]) -> bool {
    text.first() == Some(&b' ') && is_word_of_code(word_at(text, 1))
}

/// Whether a word is one for something of code.
pub fn is_word_of_code(word: &[u8]) -> bool {
    OF_CODE.get_lower(word).is_some()
}

/// The word without hyphens and slashes that begins at `start`, if nothing joins it.
fn plain_word(text: &[u8], start: usize) -> Option<Range<usize>> {
    let end = start + simd::run(text, start, LONGEST_PLAIN, &KEY);
    let goes_on = || match text.get(end..) {
        Some([b'.', next, ..]) => is_alphanumeric(*next),
        Some([next, ..]) => matches!(next, b'/' | b'(' | b':' | b'=' | b'@' | b'$' | b'{' | b'<' | b'['),
        _ => false,
    };
    let is_plain = !text[start..end].contains(&b'-') && ends_word(text, end);
    (is_plain && !goes_on()).then_some(start..end)
}

/// The shortest and the longest name of one word that is looked at.
const SHORTEST_PLAIN: usize = 4;
pub const LONGEST_PLAIN: usize = 64;

/// Whether a word without hyphens beside a noun is a name: of any noun of AWS if several words are in it, else only of one that says
/// the service.
fn is_name_of(word: &[u8], noun: &Noun) -> bool {
    let has_parts =
        word.contains(&b'_') || word.windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
    let is_of_aws = OWN.iter().any(|own| word.starts_with(own)) || ENDS_OF_API.iter().any(|end| word.ends_with(end));
    match noun.of {
        _ if is_of_aws || is_product(word) || !word.iter().any(u8::is_ascii_lowercase) => false,
        // Behind the service alone stand its features: `RDS PostgreSQL`.
        Of::Aws | Of::European if noun.words != Words::One => {
            has_parts || noun.words == Words::OfService && own_parts(word) > 0 && !is_common(word)
        }
        Of::European => has_parts,
        _ => has_parts && NAMED_SO.contains(&noun.kind),
    }
}

/// Whether a word is the name of a product.
pub fn is_product(word: &[u8]) -> bool {
    OF_PRODUCTS.get(word).is_some()
}

static OF_PRODUCTS: Lazy<WordMap<()>> = Lazy::new(|| PRODUCTS.iter().copied().collect());

/// What is called by several words in one where the noun is not only AWS's.
const NAMED_SO: [Kind; 6] = [Kind::Cloudformation, Kind::Dynamodb, Kind::IamRole, Kind::Kinesis, Kind::Sns, Kind::Sqs];

/// What the names of AWS's own roles and policies begin with, and those of what its APIs give end with.
const OWN: [&[u8]; 2] = [b"AWS", b"Amazon"];
const ENDS_OF_API: [&[u8]; 2] = [b"Error", b"Exception"];

/// A name; one of a single word, or beside a word of everyday, is masked where it stands and nowhere else.
fn named_by(text: &[u8], word: Range<usize>, noun: &Noun) -> Span {
    let is_everyday = text[word.clone()][1..].iter().all(u8::is_ascii_lowercase);
    let span = name::named(text, word.clone(), noun.kind);
    let may_be_of_code = noun.of == Of::English && noun.kind != Kind::IamRole && humps(&text[word]) < 3;
    match is_everyday {
        true => name::unlearned(span),
        false if may_be_of_code => span.named_here(),
        false => span,
    }
}

/// The longest first part of a path.
const LONGEST_PART: usize = 64;

/// What a word in so many quotes names by the noun in front of it: ``the bucket `acme-logs` ``.
fn behind_noun(text: &[u8], word: &Range<usize>, quotes: usize) -> Option<Kind> {
    let head = &text[..word.start - quotes];
    let (end, is_marked) = without_marks(head);
    let is_apart = end < head.len();
    let head = &head[..end];
    let front = front(head, noun::ending).filter(|front| is_apart || front.noun.of == Of::Asian);
    let Front { noun, is_named, before } = front?;
    // `aws lambda update-function-code`
    if !is_marked && before.ends_with(b"aws ") {
        return None;
    }
    let name = &text[word.clone()];
    let is_in_brackets = quotes > 0 && text.get(word.end) == Some(&b')');
    let is_listed = text[end] == b',';
    // `Key Management Service (SSE-KMS)`
    if is_in_brackets && noun.of == Of::English {
        return None;
    }
    let is_told_apart = quotes > 0 && !is_in_brackets || is_marked || is_named;
    let own_parts = own_parts(name);
    // `the queue is best-effort`
    let says_noun = ends_in_last_word(name, &head[before.len()..][..noun.length]);
    let may_be_said = || noun.of != Of::English && own_parts > 1 && !is_adjective(name);
    if quotes == 0 && head.ends_with(b" is") && !says_noun && !may_be_said() {
        return None;
    }
    let is_one = match noun.of {
        // A word of programs.
        Of::Aws | Of::English if name.contains(&b'_') && noun.words == Words::One => false,
        // `서비스 login-api-svc`
        Of::Asian => own_parts > 0 || name.iter().filter(|b| **b == b'-').count() > 1,
        _ if own_parts == 0 => false,
        _ if is_told_apart || says_noun => true,
        Of::European if own_parts > 1 => true,
        _ if is_adjective(name) => false,
        Of::European => true,
        // Such words of two parts of their own are hardly adjectives.
        Of::Aws if own_parts > 1 && !is_listed => true,
        // `For a whole table, right-click`
        Of::English if own_parts < 2 && is_listed => false,
        Of::Aws | Of::English => ends_noun(text, word.end) || is_numbered(name, own_parts),
    };
    is_one.then_some(noun.kind)
}

/// Whether a name says its environment, or has a part of letters and digits beside others of its own: `portal-prod`, `checkout-5xx-rate`.
pub fn is_numbered(name: &[u8], own_parts: usize) -> bool {
    let is_mixed = |part: &[u8]| part.iter().any(u8::is_ascii_digit) && part.iter().any(u8::is_ascii_alphabetic);
    let says = |part: &[u8]| telling::says_environment(part) || own_parts > 1 && is_mixed(part);
    name.split(|b| *b == b'-').any(says)
}

/// Whether a name ends in the last word of a noun: the role `mercury-node-role`.
fn ends_in_last_word(name: &[u8], noun: &[u8]) -> bool {
    let last = noun.rsplit(|b| *b == b' ').next().unwrap_or_default();
    let end = name.len().checked_sub(last.len()).map(|start| &name[start..]);
    end.is_some_and(|end| end.eq_ignore_ascii_case(last))
}

/// What a word in so many quotes names by the noun behind it: ``the `acme-logs` bucket``, `click-agg-failures 队列`.
fn before_noun(text: &[u8], word: &Range<usize>, quotes: usize) -> Option<Kind> {
    let behind = &text[word.end + quotes..];
    let is_apart = behind.first() == Some(&b' ');
    let behind = &behind[usize::from(is_apart)..];
    let name = &text[word.clone()];
    if behind.first().is_some_and(|b| !b.is_ascii()) {
        return noun::asian_at(behind).filter(|_| own_parts(name) > 0);
    }
    if !is_apart || !noun::may_begin(behind) || is_adjective(name) {
        return None;
    }
    let (parts, own_parts) = (name.split(|b| *b == b'-').count(), own_parts(name));
    // Of two parts words in front of a noun say more often what it does: `the file-processing Lambda`.
    let is_told = own_parts > 1 && (parts > 2 || !name.ends_with(b"ing"));
    let may_be_name = if quotes > 0 { own_parts > 0 } else { is_told };
    let may_be_name = may_be_name && !name.contains(&b'_');
    let Noun { kind, of, .. } = if may_be_name { noun::at(behind) } else { None }?;
    let is_short = quotes == 0 && parts < 3;
    // A long word in front of a common noun says what that does: `the get-attribute-string function`.
    let is_common = of == Of::English && (is_short || !matches!(kind, Kind::S3Bucket | Kind::Sqs | Kind::Sns));
    (quotes > 0 || !is_common).then_some(kind)
}

/// What stands in front of a name: a noun, and perhaps a word that says that a name follows.
struct Front<'t> {
    noun: Noun,
    is_named: bool,
    /// What stands before the noun.
    before: &'t [u8],
}

/// What a text ends with that stands in front of a name, where `ending` gives the nouns that may.
fn front(text: &[u8], ending: fn(&[u8]) -> Option<Noun>) -> Option<Front<'_>> {
    let (head, is_named) = without_naming(text);
    let of = |head: &[u8]| ending(head).map(|noun| (noun, head.len() - noun.length));
    // `The role with name x cannot be found`
    let (noun, start) = of(head).or_else(|| if is_named { of(text) } else { None })?;
    Some(Front { noun, is_named, before: &text[..start] })
}

/// Whether a text may end with a word that says that a name follows: all of them end so.
#[inline(always)]
fn may_end_naming(text: &[u8]) -> bool {
    matches!(text.last(), Some(b'd' | b'e' | b'r' | b's'))
}

/// A text without the word that says that a name follows, and whether it ends with one.
pub fn without_naming(text: &[u8]) -> (&[u8], bool) {
    if !may_end_naming(text) {
        return (text, false);
    }
    let start = text.len() - run_back(text, text.len(), LONGEST, is_alphanumeric);
    match NAMES_FOLLOW.get_lower(&text[start..]) {
        Some(()) if text[..start].ends_with(b" ") => (&text[..start - 1], true),
        _ => (text, false),
    }
}

/// A text without the quotation mark of another script that it ends with.
pub fn without_bracket(text: &[u8]) -> &[u8] {
    MARKS.iter().find_map(|mark| text.strip_suffix(mark.as_bytes())).unwrap_or(text)
}

/// Where a text ends in front of spaces and marks, and whether it has a mark.
pub fn without_marks(text: &[u8]) -> (usize, bool) {
    let is_mark = |b: u8| matches!(b, b'|' | b':' | b'*' | b'-' | b'>');
    // `our queue, acme-jobs, is full`
    let text = text.strip_suffix(b", ").unwrap_or(text);
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
const MARKS: [&str; 10] = ["→", "«", "„", "“", "‘", "「", "『", "【", "：", "（"];

/// The length of the quotes in front of a word, if it is in some.
fn quoted(text: &[u8], word: &Range<usize>, quote: u8) -> Option<usize> {
    let length = run_back(text, word.start, 3, |b| b == quote);
    let is_escaped = quote == b'"' && text[..word.start - 1].ends_with(b"\\");
    let closing: &[u8] = if is_escaped { b"\\\"" } else { &text[word.start - length..word.start] };
    text[word.end..].starts_with(closing).then_some(length + usize::from(is_escaped))
}

/// Whether a noun ends there, so that the word in front is not the beginning of a longer one.
pub fn ends_noun(text: &[u8], end: usize) -> bool {
    match text[end..] {
        [b' ', ..] => FOLLOWS_NAMES.get(word_at(text, end + 1)).is_some() || text.get(end + 1) == Some(&b'('),
        [b'.' | b',' | b';' | b':' | b')' | b'?' | b'!' | b'\'', ..] => true,
        _ => ends_line(text, end),
    }
}

/// The word that begins at `start`.
fn word_at(text: &[u8], start: usize) -> &[u8] {
    &text[start..start + run(text, start, LONGEST, is_alphanumeric)]
}

/// What joins the words of adjectives.
static JOINS: Lazy<WordMap<()>> =
    Lazy::new(|| ["a", "and", "as", "at", "by", "for", "in", "of", "or", "per", "the", "to"].into_iter().collect());

/// Whether a hyphenated word may be one of everyday: `pre-selected`, `user-defined`, `right-to-left`.
pub fn is_adjective(word: &[u8]) -> bool {
    let mut parts = word.split(|b| *b == b'-');
    let begins = parts.next().is_some_and(|first| ADJECTIVE_BEGINS.get(first).is_some());
    let has_pronoun = ENDS.iter().any(|end| word.ends_with(end.as_bytes()));
    begins || has_pronoun || word.ends_with(b"ed") || parts.any(|part| JOINS.get(part).is_some())
}

/// How many parts of a word say something of whose it is.
fn own_parts(word: &[u8]) -> usize {
    own(word, &NO_NAMES).count()
}

/// The parts of a word that do, since they are not among some that are no names.
pub fn own<'w>(word: &'w [u8], no_names: &'static WordMap<()>) -> impl Iterator<Item = &'w [u8]> {
    let is_own = |part: &&[u8]| {
        let is_word = part.len() > 1 && !part.iter().all(u8::is_ascii_digit);
        is_word && no_names.get_lower(part).is_none()
    };
    word.split(|b| matches!(b, b'-' | b'_')).filter(is_own)
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
            (Kind::S3Bucket, "two GetObject calls on zor-blax, which"),
            (Kind::Sns, "über das SNS-Topic zor-blax. Die"),
            (Kind::Ecs, "hat der ECS-Service zor-blax den Rückstand"),
            (Kind::Sqs, "en la cola zor-blax desde ayer"),
            (Kind::Ecs, "el servicio zor-blax, que"),
            (Kind::S3Bucket, "en el bucket zor-blax y la"),
            (Kind::Sns, "SNS 주제 zor-blax는"),
            (Kind::Sns, "da das SNS-Topic zor-blax keine Abonnenten hatte"),
            (Kind::IamRole, "(NoSuchEntity): The role with name zor-blax cannot be found."),
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
    fn names_are_told_by_the_noun_behind_them_and_in_other_languages() {
        for (kind, text) in [
            (Kind::Sqs, "the `zor-blax` queue"),
            (Kind::AutoScaling, "from the zor-blax-flux ASG, mostly"),
            (Kind::Lambda, "the zor-blax Lambda."),
            (Kind::Sqs, "进入 zor-blax 队列"),
            (Kind::Kinesis, "`zor-blax` 스트림"),
            (Kind::Sns, "la rubrique SNS zor-blax, à laquelle"),
            (Kind::IamUser, "El usuario IAM zor-blax recibe"),
            (Kind::Elasticache, "ElastiCache の zor-blax で"),
            (Kind::Elb, "target group zor-blax-flux shows 0/6"),
            (Kind::Sqs, "our queue, zor-blax, is full"),
            (Kind::Rds, "the DB instance (zor-blax) is"),
            (Kind::Eks, "The EKS cluster is zor-blax, nodes"),
        ] {
            assert_eq!(found(text).iter().map(|one| one.0).collect::<Vec<_>>(), [kind], "{text}");
            assert!(found(text)[0].1.starts_with("zor-blax"), "{text}");
        }
    }

    #[test]
    fn names_of_other_shapes_are_told_by_nouns() {
        for (kind, name, text) in [
            (Kind::IamRole, "ZorBlax-ReadOnly", "the role ZorBlax-ReadOnly is"),
            (Kind::IamRole, "ZorBlax", "You will assume the role ZorBlax (the external id"),
            (Kind::StepFunctions, "ZorBlax", "since the Step Functions state machine ZorBlax had been"),
            (Kind::IamGroup, "Zorblax", "the IAM group Zorblax grants"),
            (Kind::IamRole, "ZorBlax", "Verwenden Sie die Rolle ZorBlax; sie"),
            (Kind::Kms, "b7d20e94-1c6f-4a35-9e8d-f03a5b72c618", "the KMS key b7d20e94-1c6f-4a35-9e8d-f03a5b72c618 is"),
            (Kind::Kms, "alias/zorblax", "its alias is alias/zorblax."),
            (Kind::Parameter, "/zor/blax_id", "Update the SSM parameter /zor/blax_id."),
            (Kind::Secret, "zor/blax/db", "the secret `zor/blax/db` is read"),
            (Kind::LogGroup, "/zor/blax", "log group /zor/blax at DEBUG"),
        ] {
            assert_eq!(found(text), [(kind, name.into())], "{text}");
        }
    }

    #[test]
    fn names_of_several_words_and_paths_are_told_by_nouns_whatever_follows() {
        for (kind, name, text) in [
            (Kind::IamRole, "zor-node-instance-role", "the node role is zor-node-instance-role, and"),
            (Kind::IamRole, "zor-blax-role", "the role zor-blax-role an hour ago"),
            (Kind::IamRole, "ZorBlaxGlass", "had used the role ZorBlaxGlass an hour earlier"),
            (Kind::Sns, "ZorBlaxed", "subscribes to the topic ZorBlaxed\": is"),
            (Kind::Dynamodb, "ZorBlax", "auf die Tabelle ZorBlax zugreift"),
            (Kind::Lambda, "ZorBlaxCarga", "la función ZorBlaxCarga no lo"),
            (Kind::Parameter, "/zor/blax/live/leader", "a lock in the parameter /zor/blax/live/leader, which"),
            (Kind::Parameter, "/zor/blax/db/mot", "lu depuis le paramètre /zor/blax/db/mot alors"),
            (Kind::Ecs, "zor-prod", "im Cluster zor-prod startete deshalb"),
            (Kind::Resource, "zor-5xx-blax-rate", "because the alarm zor-5xx-blax-rate went off"),
            (Kind::Ecs, "login-api-svc", "서비스 login-api-svc에"),
            (Kind::Ecr, "zor/blax", "The repository with name 'zor/blax' does not exist"),
            (Kind::Secret, "zor/blax/user", "シークレット zor/blax/user のローテーション"),
            (Kind::Ecr, "zor/blax", "our main repo in ECR is zor/blax; never"),
        ] {
            assert_eq!(found(text), [(kind, name.to_string())], "{text}");
        }
    }

    #[test]
    fn other_words_stand_beside_nouns() {
        for text in [
            "a `read-only` role, the pay-as-you-go service, the get-zorblax-string function",
            "aws lambda update-zorblax-code --no-cli-pager",
            "<li class=\"zor-blax\" role=\"none\">",
            "Key Management Service (SSE-KMS), an ML-KEM KMS key",
            "behind a load balancer, blue-green deployment of it. For a table, right-click",
            "RDS PostgreSQL, the Lambda SnapStart, the S3 bucket Policy page, the function ZorBlax is",
            "the IAM role AWSServiceRoleForZorblax is, the IAM policy AmazonZorblaxReadOnly is",
            "the SQS queue ApproximateNumberOfMessages metric, the DynamoDB table ZorBlaxException is",
            "the parameter /zor/blax of a path, the repository zor/blax",
        ] {
            assert_eq!(found(text), [], "{text}");
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
}
