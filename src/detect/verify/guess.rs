//! Guesses: names that nothing introduces well enough to be sure, but that are hardly anything else in a body about AWS. They count only if
//! the body has an identifier that is one by itself ([`Span::is_evidence`]).

use super::end_map::EndMap;
use super::key;
use super::name;
use super::noun::SHORTEST;
use super::prose::{ends_noun, is_adjective, own_parts, without_marks, without_naming};
use super::telling;
use super::word_map::WordMap;
use super::{ends_line, host, is_alphanumeric, is_listed, is_quote, run, run_back, starts_word, LABELS};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::catalogue::prose::{likely_nouns, PREPOSITIONS, PRODUCTS, SERVICE_KINDS, VERBS};
use crate::detect::Span;
use crate::simd;
use once_cell::sync::Lazy;
use std::cmp::Reverse;
use std::ops::Range;

/// The guesses of a text.
#[derive(Debug, Default)]
pub struct Guesses {
    spans: Vec<Span>,
}

impl Guesses {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// They in the order in which they stand.
    pub fn in_order(mut self) -> Vec<Span> {
        self.spans.sort_by_key(|span| span.range.start);
        self.spans
    }

    /// Adds one.
    pub fn add(&mut self, guess: Span) {
        self.spans.push(guess);
    }

    /// Guesses what a word of several parts names, where `named` is the end and the kind of what was found last.
    pub fn guess(&mut self, text: &[u8], word: Range<usize>, named: Option<(usize, Kind)>) {
        let name = &text[word.clone()];
        if is_under_key(text, word.start) || !may_be_name(name) || is_key(text, word.end) || is_command(text, &word) {
            return;
        }
        let last = self.spans.last().map(|span| (span.range.end, span.kind));
        let before = last.max(named);
        let kind = before.and_then(|(end, kind)| is_listed_behind(text, end, &word).then_some(kind));
        let kind = kind.or_else(|| beside_noun(text, &word)).or_else(|| in_list(text, word.start));
        let kind = kind.or_else(|| behind_preposition(text, &word));
        if let Some(kind) = kind {
            self.spans.push(name::named(text, word, kind).guessed());
        }
    }
}

/// Whether a word may be a name by itself: of everyday or of a protocol it is none.
fn may_be_name(name: &[u8]) -> bool {
    let of_aws: [&[u8]; 7] = [b"AWS", b"Amazon", b"x-", b"X-", b"aws-", b"aws_", b"awslogs-"];
    let ends: [&[u8]; 6] = [b"-il", b"-elle", b"-se", b"-lo", b"-la", b"-vous"];
    let is_of_others = of_aws.iter().any(|begin| name.starts_with(begin))
        || ends.iter().any(|end| name.ends_with(end))
        || host::is_region(name);
    let says_something =
        if name.contains(&b'-') || name.contains(&b'_') { own_parts(name) > 0 } else { has_own_hump(name) };
    says_something && name.iter().any(u8::is_ascii_lowercase) && !is_of_others && !name::is_uuid(name)
}

/// Whether a word of a name in which they begin with capitals says something of whose it is: not `QueueName`, `GetObject`, `DynamoDB`.
fn has_own_hump(name: &[u8]) -> bool {
    let ends_of_api: [&[u8]; 6] = [b"Access", b"Arn", b"Error", b"Exception", b"Id", b"Name"];
    if is_in_list(name, PRODUCTS) || ends_of_api.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    let mut start = 0;
    (1..=name.len()).any(|at| {
        let ends = at == name.len() || name[at].is_ascii_uppercase() && !name[at - 1].is_ascii_uppercase();
        let hump = &name[start..at];
        start = if ends { at } else { start };
        ends && own_parts(hump) > 0 && own_parts(hump.strip_suffix(b"s").unwrap_or(hump)) > 0 && !is_listed(hump, VERBS)
    })
}

/// Whether a word is in a list, as it is written.
fn is_in_list(word: &[u8], list: &[&str]) -> bool {
    list.iter().any(|listed| listed.as_bytes() == word)
}

/// Whether a word that begins at `start` is the value of a key in quotes, which says what it is.
pub fn is_under_key(text: &[u8], start: usize) -> bool {
    let quoted = |text: &[u8]| matches!(text, [.., b'"', b':'] | [.., b'"', b':', b' ']);
    match &text[..start] {
        [head @ .., b'\\', b'"'] | [head @ .., b'"'] => quoted(head),
        _ => false,
    }
}

/// Whether a word that ends before `end` is a key in quotes.
fn is_key(text: &[u8], end: usize) -> bool {
    matches!(text.get(end..), Some([quote, b':' | b'=', ..] | [quote, b' ', b':' | b'=', ..] | [b'\\', quote, b':', ..]) if is_quote(*quote))
}

/// Whether a word is a command of the CLI behind its service: `aws lambda update-function-code`.
fn is_command(text: &[u8], word: &Range<usize>) -> bool {
    let head = text[..word.start].strip_suffix(b" ").unwrap_or_default();
    let verb = text[word.clone()].split(|b| *b == b'-').next().unwrap_or_default();
    if is_listed(verb, VERBS) && !head.is_empty() {
        return true;
    }
    let service = run_back(head, head.len(), LONGEST_WORD, |b| is_alphanumeric(b) || b == b'-');
    head[..head.len() - service].ends_with(b"aws ")
}

/// What the whole of a value is whose key promises what it does not look like: `"table": "orders_v2"`.
pub fn under(value: &[u8], key: &[u8], (kind, form): (Kind, Form)) -> Option<Span> {
    let is_one = may_be_under(form) && is_value(value, kind) && !key::same(value, key);
    let named = if is_one { name::whole(value, (kind, Form::Name)) } else { None };
    named.map(Span::guessed)
}

/// Whether what stands under a key of that form, and does not look like it, may be one in a body about AWS.
pub fn may_be_under(form: Form) -> bool {
    matches!(form, Form::Telling | Form::Cased | Form::Likely | Form::Quoted)
}

/// Whether a value may be a name of that kind: one of several words.
pub fn is_value(value: &[u8], kind: Kind) -> bool {
    let has_parts = value.contains(&b'_')
        || value.windows(2).any(|two| !two[0].is_ascii_uppercase() && two[1].is_ascii_uppercase());
    let is_called_so = has_parts || kind == Kind::Dynamodb && value[0].is_ascii_uppercase();
    let is_others = matches!(kind, Kind::IamUser | Kind::Domain);
    is_called_so && !is_others && may_be_name(value) && name::is_plain(value)
}

/// Whether a word behind a text and a space may be guessed by its end alone: a noun, or a word that says that a name follows.
#[inline(always)]
pub fn may_be_behind(text: &[u8]) -> bool {
    BY_END.may_be_lower(text) || matches!(text.last(), Some(b'd'))
}

/// Whether a value is made of small letters, digits, dots and hyphens, as buckets may be called and variables are not.
pub fn is_dotted(value: &[u8]) -> bool {
    value.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
}

/// The names of that kind that the rest of a line lists from `start` on, if it has nothing else: `hello, resizeAvatar, stripe_webhook`.
pub fn listed(text: &[u8], start: usize, kind: Kind, out: &mut Vec<Span>) {
    let (mut at, mut items) = (start, Vec::new());
    loop {
        let end = at + simd::run(text, at, LONGEST_WORD, &LABELS);
        let is_last = ends_line(text, end) || text[end..].starts_with(b".") && ends_line(text, end + 1);
        if end == at || items.len() == MOST_LISTED || !is_last && !text[end..].starts_with(b", ") {
            return;
        }
        items.push(at..end);
        if is_last {
            break;
        }
        at = end + b", ".len();
    }
    let names = items.into_iter().filter(|item| name::fits(&text[item.clone()], Form::Name));
    out.extend(names.map(|item| name::named(text, item, kind).guessed()));
}

/// So many names of a line are read.
const MOST_LISTED: usize = 64;

/// Whether only what joins the items of a list is between the end of one and the beginning of another: `a-b, c-d and e-f`.
fn is_listed_behind(text: &[u8], end: usize, word: &Range<usize>) -> bool {
    let Range { start, end: end_of_word } = *word;
    let Some(between) = text.get(end..start).filter(|between| between.len() <= LONGEST_JOINT) else { return false };
    let is_mark = |b: &u8| is_quote(*b) || matches!(b, b'*' | b'_');
    let first = between.iter().take_while(|b| is_mark(b)).count();
    let last = between[first..].iter().rev().take_while(|b| is_mark(b)).count();
    // Without quotes those are arguments.
    let is_of_program = last == 0 && !text[start..end_of_word].contains(&b'-');
    let joint = &between[first..between.len() - last];
    if is_of_program {
        return false;
    }
    JOINTS.iter().any(|listed| joint == listed.as_bytes())
}

/// What the items of a list are whose noun stands in front of the first: `Lambda functions: hello, resizeAvatar`, where one begins at `start`.
fn in_list(text: &[u8], mut start: usize) -> Option<Kind> {
    for item in 0..MOST_ITEMS {
        let head = &text[..start];
        let head = head.strip_suffix(b"`").or_else(|| head.strip_suffix(b"\"")).unwrap_or(head);
        let may_be_joint = matches!(
            head,
            [.., b',' | b'd' | b'r' | b'&' | b'/' | b't' | b'u' | b'y' | b'e' | b'>', b' '] | [.., b'/' | 0x80..]
        );
        let joint = if may_be_joint { JOINTS.iter().find(|joint| head.ends_with(joint.as_bytes())) } else { None };
        let Some(joint) = joint else {
            let (end, _) = without_marks(head);
            return if item > 0 { noun_before(&head[..end]) } else { None };
        };
        let end = head.len() - joint.len();
        let is_quoted = end > 0 && is_quote(text[end - 1]);
        let end = end - usize::from(is_quoted);
        start = end - run_back(text, end, LONGEST_WORD, |b| LABELS.has(b));
        if start == end {
            return None;
        }
    }
    None
}

/// So many items of a list are looked at.
const MOST_ITEMS: usize = 12;

/// What stands between the items of a list.
const JOINTS: [&str; 22] = [
    ", ", " and ", ", and ", " or ", ", or ", " & ", " / ", "/", " und ", " oder ", " et ", " ou ", " y ", " e ", "、",
    "와 ", "과 ", " 및 ", "と", "和", " -> ", " → ",
];
/// The longest of these in quotes.
const LONGEST_JOINT: usize = 12;

/// What a word names by a noun in front of it or behind it.
fn beside_noun(text: &[u8], word: &Range<usize>) -> Option<Kind> {
    let quotes = text[..word.start].last().is_some_and(|b| is_quote(*b) || matches!(b, b'(' | b'*'));
    let head = &text[..word.start - usize::from(quotes)];
    let name = &text[word.clone()];
    if !quotes && is_adjective(name) {
        return None;
    }
    let is_of_program = !name.contains(&b'-');
    // `A state machine, ThumbnailFlow, calls them`
    if is_of_program && head.ends_with(b", ") && text.get(word.end) != Some(&b',') {
        return None;
    }
    let (end, _) = without_marks(head);
    let (naming, is_named) = without_naming(&head[..end]);
    let (naming, is_linked) = without_linking(naming, is_named);
    let reach = match is_named {
        _ if is_linked => MOST_WORDS_BETWEEN,
        // `the role in that account is x-y-z`
        true if naming.len() + 3 > end || head[..end].ends_with(b"is") => 3,
        true => MOST_WORDS_BETWEEN,
        false if text[..word.start].last() == Some(&b'(') => 4,
        false => 1,
    };
    let in_front = noun_in_sentence(naming, reach);
    let is_apart = end < head.len();
    let says_called = is_linked || head[..end].ends_with(b"called") || head[..end].ends_with(b"named");
    let is_called = || says_called && name.contains(&b'-');
    let kind = in_front.filter(|_| is_apart || quotes).or_else(|| noun_behind(text, word, quotes));
    let kind = kind.or_else(|| is_called().then_some(Kind::Resource))?;
    // Those of databases are users, too.
    (kind != Kind::IamUser || !name.contains(&b'_') || naming.ends_with(b"IAM user")).then_some(kind)
}

/// The noun that a text ends with.
fn noun_before(text: &[u8]) -> Option<Kind> {
    let (kind, length) = *BY_END.get_lower(text)?;
    let start = text.len() - length;
    // `CREATE TABLE orders_v2`
    if text[start..].ends_with(b"TABLE") {
        return None;
    }
    let is_word = !text[start].is_ascii()
        || starts_word(text, start) && !matches!(text[..start].last(), Some(b'_' | b'.' | b'/' | b'$'));
    is_word.then_some(kind)
}

/// A text without the word that links a name with what it is of where the other one does not, and whether it ends with one.
fn without_linking(text: &[u8], is_named: bool) -> (&[u8], bool) {
    if is_named || !matches!(text.last(), Some(b'a' | b'e' | b'n' | b'o' | b't' | 0x80..)) {
        return (text, false);
    }
    let linked = LINKING.iter().find_map(|word| text.strip_suffix(word.as_bytes()));
    linked.map_or((text, false), |text| (text, true))
}

/// Words between a noun and its name in the middle of a sentence, with the space in front.
const LINKING: [&str; 14] = [
    " heißt",
    " heisst",
    " heißen",
    " se llama",
    " llamada",
    " llamado",
    " chama-se",
    " se chama",
    " chamada",
    " chamado",
    " s'appelle",
    " nommé",
    " nommée",
    " will be",
];

/// The noun among the last words of the sentence that a text ends with: the function that assumes it is called.
fn noun_in_sentence(text: &[u8], most: usize) -> Option<Kind> {
    let mut end = text.len();
    for _ in 0..most {
        if let Some(kind) = noun_before(&text[..end]) {
            return Some(kind);
        }
        end -= run_back(text, end, LONGEST_WORD, |b| {
            is_alphanumeric(b) || !b.is_ascii() || matches!(b, b'-' | b'_' | b'\'')
        });
        end = match text[..end] {
            [.., b' '] => end - 1,
            _ => return None,
        };
    }
    None
}

/// So many words may be between a noun and what is called so.
const MOST_WORDS_BETWEEN: usize = 12;
/// No word of a sentence is longer.
const LONGEST_WORD: usize = 48;

/// The noun behind a word: ``the `flatten-events` job``.
fn noun_behind(text: &[u8], word: &Range<usize>, quotes: bool) -> Option<Kind> {
    let behind = &text[word.end + usize::from(quotes && word.end < text.len())..];
    let behind = behind.strip_prefix(b" ")?;
    if let Some(service) = behind.strip_prefix(b"(").or_else(|| behind.strip_prefix(b"in ")) {
        return service_at(service);
    }
    let length = run(behind, 0, LONGEST_WORD, is_alphanumeric);
    let name = &text[word.clone()];
    let is_told = quotes || own_parts(name) > 1 && name.split(|b| *b == b'-').count() > 2;
    if !is_told || length < SHORTEST {
        return None;
    }
    noun_before(&behind[..length])
}

/// What is of the service that a text begins with: `dwh-main (Redshift)`.
fn service_at(text: &[u8]) -> Option<Kind> {
    let word = &text[..run(text, 0, LONGEST_WORD, is_alphanumeric)];
    SERVICE_KINDS.iter().find(|(service, _)| service.as_bytes() == word).map(|row| row.1)
}

/// What a word names behind a preposition, if it looks like a name by itself: `connections on checkout-aurora`.
fn behind_preposition(text: &[u8], word: &Range<usize>) -> Option<Kind> {
    let name = &text[word.clone()];
    let quotes = text[..word.start].last().is_some_and(|b| is_quote(*b));
    let head = text[..word.start - usize::from(quotes)].strip_suffix(b" ")?;
    let length = run_back(head, head.len(), LONGEST_WORD, is_alphanumeric);
    PLACES.get_lower(&head[head.len() - length..])?;
    let parts = name.split(|b| *b == b'-').count();
    let is_hyphenated = parts > 1 && !name.contains(&b'_');
    let is_name = is_hyphenated && own_parts(name) > 1 && !is_adjective(name) && !name.ends_with(b"ing");
    (is_name && (quotes || ends_noun(text, word.end))).then(|| telling::kind_said(name).unwrap_or(Kind::Resource))
}

static PLACES: Lazy<WordMap<()>> = Lazy::new(|| PREPOSITIONS.iter().copied().collect());

/// The likely nouns with their lengths.
static BY_END: Lazy<EndMap<(Kind, usize), SHORTEST>> = Lazy::new(|| {
    let mut nouns: Vec<_> = likely_nouns().map(|(noun, kind)| (noun.to_lowercase(), kind)).collect();
    // Of several that a text ends with the longest one counts.
    nouns.sort_by_key(|(noun, _)| Reverse(noun.len()));
    nouns
        .into_iter()
        .map(|(noun, kind)| {
            let length = noun.len();
            (noun, (kind, length))
        })
        .collect()
});
