//! What a name is, and what is known of a body when one is read.

use super::flag::{Commands, Items};
use super::ini::Ini;
use super::key::{self, Ending, Gives, Said, Words};
use super::table::Tables;
use super::thing::{Opening, Place, Thing};
use super::{alphanumeric_and, credential, ends_word, host, id, lower, run};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{
    begins_session_token, Form, COMMANDS, COMMON, ID_THINGS, LOG_GROUPS, OBJECTS, PUBLIC_BEGINNINGS, REQUESTS,
    WORDS_OF_KINDS,
};
use crate::detect::Span;
use foldhash::fast::FixedState;
use once_cell::sync::Lazy;
use std::collections::HashSet;
use std::ops::Range;

/// The longest name of a resource of any service (an SSM parameter).
pub const LONGEST_NAME: usize = 1011;
/// The shortest and the longest bucket name (S3 user guide, "Bucket naming rules").
pub const SHORTEST_BUCKET: usize = 3;
pub const LONGEST_BUCKET: usize = 63;
/// The length of a secret access key.
pub const SECRET_LENGTH: usize = 40;
/// The shortest session token; they have several hundred characters.
const SHORTEST_SESSION_TOKEN: usize = 100;
/// The longest that is looked for.
const LONGEST_SESSION_TOKEN: usize = 4095;
/// The longest id: the path of an organizational unit five levels deep.
const LONGEST_ID: usize = 450;
/// How far behind a key id a text that is its secret may begin: a key, an indentation and some quotes.
const SECRET_TEXT_REACH: usize = 64;
/// How far behind the key of a pair its value may begin.
const PAIR_REACH: usize = 256;
/// How far behind the beginning of a request its parameters may stand.
const REQUEST_REACH: usize = 2_000;

/// What is known of a body from what was read of it so far.
#[derive(Debug, Default)]
pub struct Known {
    /// The thing that was introduced last: `resource "aws_sqs_queue" "orders" {`, `"Buckets": [`.
    pub thing: Option<Thing>,
    /// Where the last access key id ended.
    key_id: Option<usize>,
    /// Where the parameters of a request began.
    request: Option<usize>,
    /// What `name` is among them, by the service that was asked.
    asked: Option<Kind>,
    /// What the value of a pair is, by the key it stands under, and where that was said.
    pub pair: Option<(&'static str, (Kind, Form), usize)>,
    /// What the key of an object promises, if its value is told further inside, and where it stands.
    output: Option<((Kind, Form), usize)>,
    /// The command that the last texts were items of.
    items: Items,
    /// Where the namespace of a metric was: `"AWS/SQS"`.
    metric: Option<usize>,
    /// What was asked of the catalogue.
    pub words: Words,
}

impl Known {
    /// Remembers what the key of a JSON object says of what stands in it.
    pub fn meet_key(&mut self, key: &Place<'_>) {
        let is = |words: &[&str]| words.iter().any(|word| word.as_bytes() == key.text);
        if let Some((kind, _)) = OBJECTS.iter().find(|row| is(row.1)) {
            self.thing = Some(Thing::new(*kind, Opening::Key, key));
        } else if is(REQUESTS) {
            self.request = Some(key.base);
        } else {
            let said = self.words.said(key.text);
            self.meet_said(said, Opening::Key, key);
        }
    }

    /// Forgets a thing that ends before the key of an object, and knows whose properties stand under it.
    pub fn pass_key(&mut self, key: &Place<'_>, ending: Ending) {
        if ending.key {
            let promised = self.words.said(key.text).promise(None).filter(|promised| promised.1 == Form::Name);
            self.output = promised.map(|promised| (promised, key.base + key.text.len()));
        } else if let Some((promised, since)) = self.output.take() {
            let is_output = key.text == OUTPUT.0 && key.base.saturating_sub(since) <= OUTPUT_REACH;
            self.pair = if is_output { Some((OUTPUT.1, promised, key.base)) } else { self.pair };
        }
        let Some(thing) = &mut self.thing else { return };
        if thing.ends_before(key) {
            self.thing = None;
        } else if is_properties(key.text) {
            thing.deepen(key);
        }
    }

    /// Remembers what the value of a key that gives something says of others: `"type": "AWS::SQS::Queue"`.
    pub fn meet_value(&mut self, text: &[u8], key: &[u8], place: &Place<'_>) {
        let said = self.words.said(key);
        match said.gives {
            Some(Gives::Type) => self.meet_type(text, place),
            Some(Gives::Source) => self.meet_source(text),
            _ => {}
        }
        if let Some((_, value)) = said.pair {
            self.meet_pair(text, value, place.base);
        }
    }

    /// Remembers a text that is no key, as an item of a list that it may be.
    pub fn meet_item(&mut self, text: &[u8], at: usize) {
        self.items.meet(text, at, &mut self.words);
        if text.starts_with(b"AWS/") {
            self.metric = Some(at);
        } else if self.metric.is_some_and(|since| at.saturating_sub(since) <= METRIC_REACH) && key::ending(text).key {
            let promised = self.words.said(text).promise(None).filter(|promised| promised.1 == Form::Name);
            self.items.expect(promised, at + text.len());
        }
    }

    /// The whole of a text, which stands at `at`, as the value of the flag that the text before it was: `["--bucket", "x"]`.
    pub fn of_flag(&mut self, text: &[u8], at: usize) -> Option<Span> {
        whole(text, self.items.promise(at)?)
    }

    /// Remembers the service of an event of CloudTrail: `"eventSource": "eks.amazonaws.com"`. Its `name` is that of its commands.
    fn meet_source(&mut self, text: &[u8]) {
        let service = text.split(|b| *b == b'.').next().unwrap_or_default();
        self.asked = COMMANDS.iter().find(|row| row.0.as_bytes() == service && row.1 == "name").map(|row| row.2);
    }

    /// Remembers what the text under the first key of a pair says of that under `value`: `"Name": "FunctionName", "Value": "orders"`.
    pub fn meet_pair(&mut self, text: &[u8], value: &'static str, at: usize) {
        self.pair = None;
        if key::ending(text).key {
            let word = text.rsplit(|b| matches!(b, b':' | b'/')).next().unwrap_or_default();
            let promised = self.words.said(word).promise(None);
            self.pair = promised.map(|promised| (value, promised, at));
        }
    }

    /// What a text in a pair says of the value under `key`.
    pub fn of_pair(&mut self, key: &[u8], at: usize) -> Option<(Kind, Form)> {
        let (value, promised, since) = self.pair.filter(|pair| pair.0.as_bytes() == key)?;
        self.pair = None;
        (value.as_bytes() == key && at.saturating_sub(since) <= PAIR_REACH).then_some(promised)
    }

    /// Remembers a thing by the key or type that says it; forgets it behind a key that is about something else. Gives whether the
    /// word says a thing of ours.
    pub fn meet_said(&mut self, said: Said, opening: Opening, place: &Place<'_>) -> bool {
        let Some(kind) = said.thing else { return false };
        self.thing = kind.map(|kind| Thing::new(kind, opening, place));
        kind.is_some()
    }

    /// Remembers the thing of that type; a type that is none of ours is of another thing, or of something in this one.
    pub fn meet_type(&mut self, word: &[u8], place: &Place<'_>) {
        let kind = if key::ending(word).thing { self.words.said(word).thing.flatten() } else { None };
        match kind {
            Some(kind) => self.thing = Some(Thing::new(kind, Opening::Type, place)),
            None if self.thing.as_mut().and_then(|thing| thing.depth_at(place)).is_some_and(|depth| depth > 0) => {}
            None => self.thing = None,
        }
    }

    /// The kind of the thing that the key at a place is about.
    pub fn kind(&mut self, place: &Place<'_>) -> Option<Kind> {
        self.thing.as_mut()?.kind_at(place)
    }

    /// The whole of `value`, which stands there, as what its key promises. A key that says `name` or `id` is about the thing
    /// around it.
    pub fn whole(&mut self, value: &[u8], key: &[u8], place: &Place<'_>) -> Option<Span> {
        let at = place.base;
        let said = if key::ending(key).key { self.words.said(key) } else { Said::default() };
        let (of_thing, promised) = (self.of_thing(said, place), said.promise(None));
        let is_asked = self.request.is_some_and(|since| at.saturating_sub(since) <= REQUEST_REACH);
        let of_request = self.asked.filter(|_| is_asked && key == b"name").map(|kind| (kind, Form::Name));
        let of_tag = key.strip_prefix(b"aws:").and_then(|tag| tag.rsplit(|b| *b == b':').next());
        let of_tag = of_tag.and_then(|tag| self.words.said(tag).promise(None));
        let promised = self.of_pair(key, at).or(promised).or(of_request).or(of_thing).or(of_tag)?;
        match promised {
            (kind, Form::Telling) if is_asked && is_plain(value) => {
                whole(value, (kind, Form::Telling)).or_else(|| whole(value, (kind, Form::Name)).map(unlearned))
            }
            promised => whole(value, promised),
        }
    }

    /// The whole of `text`, which stands at `at`, as the secret of the key id in the text before it: `["AKIA…", "wJalr…"]`.
    pub fn secret(&self, text: &[u8], at: usize) -> Option<Span> {
        let follows = |end| at.checked_sub(end).is_some_and(|gap| gap <= SECRET_TEXT_REACH);
        let is_secret =
            text.len() == SECRET_LENGTH && self.key_id.is_some_and(follows) && credential::secret_at(text, 0).is_some();
        is_secret.then(|| Span::new(0..text.len(), Kind::SecretKey))
    }

    /// What the value of `name` or `id` at a place is, by the thing around it; others of its kind may follow.
    pub fn of_thing(&mut self, said: Said, place: &Place<'_>) -> Option<(Kind, Form)> {
        let thing = self.thing.as_mut()?;
        let (form, kind) = match said.gives {
            Some(Gives::Name) => (Form::Name, thing.kind_at(place)?),
            Some(Gives::Id) => (Form::Id, thing.kind_around(place)?),
            _ => return None,
        };
        let has_id = ID_THINGS.iter().any(|row| row.0 == kind);
        if has_id != (form == Form::Id) {
            return None;
        }
        thing.go_on(place);
        Some((kind, form))
    }
}

/// Whether a key is that of a thing's own properties, however deep it is: Terraform's state has them in a list of instances.
fn is_properties(key: &[u8]) -> bool {
    key == b"attributes"
}

/// How far behind the namespace of a metric its dimensions may stand: `["AWS/SQS", "Sent", "QueueName", "orders"]`.
const METRIC_REACH: usize = 256;

/// What Terraform's outputs begin with, and where their values are: `"bucket_name": {"sensitive": false, …, "value": "x"}`.
pub const OUTPUT: (&[u8], &str) = (b"sensitive", "value");

/// How far behind the name of an output it may begin.
const OUTPUT_REACH: usize = 64;

/// What reading the names of one text goes by: where it stands, and what was read before.
#[derive(Debug)]
pub struct Context<'t> {
    /// Where it stands in its body.
    pub base: usize,
    /// How deep in the body's JSON the text is.
    depth: u8,
    /// What was read before.
    pub known: &'t mut Known,
    /// Where the last identifier ends that was found so far. It will be gone, so that it is no part of a key.
    pub masked: usize,
    /// The last stretch of what names are made of. Values in it end together, so that it is read once for all of them.
    names: Range<usize>,
    /// The same of session tokens.
    tokens: Range<usize>,
    /// The commands of the text.
    pub commands: Commands,
    /// The tables of the text.
    pub tables: Tables,
    /// What was found further on than the text was read, and is to be taken at its end.
    pub later: Vec<Span>,
    /// Its sections, if it is an INI file.
    pub ini: Ini,
}

impl<'t> Context<'t> {
    /// That of a text that stands at `base` of its body, so deep in its JSON, of which so much is known.
    pub fn new(base: usize, depth: u8, known: &'t mut Known) -> Context<'t> {
        let (commands, tables, ini) = (Commands::default(), Tables::default(), Ini::default());
        Context { base, depth, known, masked: 0, names: 0..0, tokens: 0..0, commands, tables, ini, later: Vec::new() }
    }

    /// That of a word of the text that is read on its own.
    pub fn within(&mut self, at: usize) -> Context<'_> {
        Context::new(self.base + at, self.depth, self.known)
    }

    /// A place of the text.
    pub fn place<'p>(&self, text: &'p [u8], at: usize) -> Place<'p> {
        Place { text, base: self.base, depth: self.depth, at }
    }

    /// Remembers that an access key id ends before `end`.
    pub fn meet_key_id(&mut self, end: usize) {
        self.known.key_id = Some(self.base + end);
    }

    /// How many bytes from `start` on could be a value of that form.
    fn length(&mut self, text: &[u8], start: usize, form: Form) -> usize {
        let stretch = match form {
            Form::Account | Form::Secret | Form::Id => return length(text, start, form),
            Form::SessionToken | Form::StsToken => &mut self.tokens,
            _ => &mut self.names,
        };
        if !stretch.contains(&start) {
            let alphabet = alphabet(form);
            *stretch = start..start + run(text, start, text.len(), |b| alphabet[usize::from(b)]);
        }
        (stretch.end - start).min(longest(form) + 1)
    }
}

/// The account id that the whole of `digits` is, if its key promises one.
pub fn account(digits: &[u8], key: &[u8]) -> Option<Span> {
    whole(digits, key::promise(key)?).filter(|span| span.kind == Kind::Account)
}

/// The whole of `value` as what its key promises.
pub fn whole(value: &[u8], (kind, form): (Kind, Form)) -> Option<Span> {
    if form == Form::Quoted && !fits(value, form) {
        return whole(value, (kind, Form::Name)).filter(|_| is_plain(value)).map(unlearned);
    }
    if form == Form::Object {
        let bucket = bucket_of(value, 0..value.len())?;
        return fits(&value[bucket.clone()], form).then(|| named(value, bucket, kind));
    }
    // RDS and AWS Backup say so of the snapshots that they take.
    let taken_by = [&b"rds:"[..], b"awsbackup:"].into_iter().find(|by| kind == Kind::Rds && value.starts_with(by));
    let start = taken_by.map_or(0, <[u8]>::len);
    let name = &value[start..];
    (length(value, start, form) == name.len() && fits(name, form)).then(|| named(value, start..value.len(), kind))
}

/// Whether a name is one word, as code quotes it: no path, no address.
fn is_plain(value: &[u8]) -> bool {
    value.first().is_some_and(u8::is_ascii_alphanumeric) && !value.iter().any(|b| b"=/.#".contains(b))
}

/// A name that is masked where it stands and nowhere else, since it may be a word of everyday.
fn unlearned(span: Span) -> Span {
    Span { name: None, ..span }
}

/// The value at `start` that is in quotes, or is all that its line has.
pub fn quoted(text: &[u8], start: usize, (kind, form): (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    let span = value(text, start, (kind, form), context);
    if span.is_some() || form != Form::Quoted {
        return span;
    }
    let name = value(text, start, (kind, Form::Name), context)?;
    is_plain(&text[name.range.clone()]).then(|| unlearned(name))
}

/// The value at `start`, if it is what was promised.
pub fn value(text: &[u8], start: usize, (kind, form): (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    let end = start + context.length(text, start, form);
    // A name that goes on with a character names never have is something else: a path, a template, a sentence.
    let goes_on = match text[end..] {
        [] => false,
        [b':', ..] if kind == Kind::Lambda && ends_alias(text, end + 1) => false,
        [b':', next, ..] => !next.is_ascii_whitespace() && !next.is_ascii_digit(),
        // The full stop of a sentence: a name has it in it, credentials have none.
        [b'.', ..] if matches!(form, Form::Secret | Form::SessionToken | Form::StsToken) => !ends_word(text, end + 1),
        [next, ..] => !is_delimiter(next),
    };
    let range = trim(text, start..end);
    let range = if form == Form::Object { bucket_of(text, range)? } else { range };
    (!goes_on && fits(&text[range.clone()], form)).then(|| named(text, range, kind))
}

/// Whether all that stands at `start` is the alias or version of a function: `orders:PROD`, `orders:$LATEST`.
fn ends_alias(text: &[u8], start: usize) -> bool {
    let length = run(text, start, 128, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$'));
    length > 0 && text.get(start + length).is_none_or(|b| is_delimiter(*b) && *b != b':')
}

/// Where the bucket stands in a text at a range that is one and the key of an object: `acme/key`, `/acme/key`.
fn bucket_of(text: &[u8], object: Range<usize>) -> Option<Range<usize>> {
    let start = object.start + usize::from(text[object.clone()].starts_with(b"/"));
    let length = text[start..object.end].iter().position(|b| *b == b'/')?;
    Some(start..start + length)
}

pub fn named(text: &[u8], range: Range<usize>, kind: Kind) -> Span {
    let kind = match kind {
        Kind::S3Bucket if says_logs(&text[range.clone()]) => Kind::S3LogsBucket,
        kind => kind,
    };
    let name = match kind {
        Kind::Account | Kind::SecretKey | Kind::SessionToken => None,
        Kind::LogGroup => Some(of_log_group(text, range.clone())),
        _ => Some((range.clone(), kind)),
    };
    Span { name, ..Span::new(range, kind) }
}

/// The resource that a log group is of, by its path; the path itself if it says none: `/aws/lambda/orders` is of a function.
pub fn of_log_group(text: &[u8], path: Range<usize>) -> (Range<usize>, Kind) {
    let whole = &text[path.clone()];
    let Some((front, kind)) = LOG_GROUPS.iter().find(|row| whole.starts_with(row.0.as_bytes())) else {
        return (path, Kind::LogGroup);
    };
    let name = path.start + front.len();
    let length = whole[front.len()..].iter().position(|b| *b == b'/').unwrap_or(path.end - name);
    (name..name + length, *kind)
}

/// A bucket that says what it is for: `acme-logs`, `access-log-eu`.
fn says_logs(bucket: &[u8]) -> bool {
    let bucket = &bucket[..bucket.len().min(LONGEST_BUCKET)];
    bucket.split(|b| !b.is_ascii_alphanumeric()).any(|part| part == b"log" || part == b"logs")
}

/// How many bytes from `start` on could be a value of that form; one more than it can have where it goes on.
pub fn length(text: &[u8], start: usize, form: Form) -> usize {
    let alphabet = alphabet(form);
    run(text, start, longest(form) + 1, |b| alphabet[usize::from(b)])
}

/// The longest value of a form.
pub fn longest(form: Form) -> usize {
    match form {
        Form::Name | Form::Telling | Form::Cased | Form::Quoted | Form::Path | Form::Object | Form::KmsKey => {
            LONGEST_NAME
        }
        Form::Id => LONGEST_ID,
        Form::Account => 12,
        Form::Secret => SECRET_LENGTH,
        Form::SessionToken | Form::StsToken => LONGEST_SESSION_TOKEN,
    }
}

/// What values of a form are made of.
pub fn alphabet(form: Form) -> &'static [bool; 256] {
    match form {
        Form::Name | Form::Telling | Form::Cased | Form::Quoted | Form::Path | Form::Object | Form::KmsKey => &NAME,
        Form::Id => &ID,
        Form::Account => &DIGIT,
        Form::Secret => &SECRET,
        Form::SessionToken | Form::StsToken => &TOKEN,
    }
}

pub static NAME: [bool; 256] = alphanumeric_and(b"-/._+=@#");
static ID: [bool; 256] = alphanumeric_and(b"-/*");
static SECRET: [bool; 256] = alphanumeric_and(b"+/=");
static TOKEN: [bool; 256] = alphanumeric_and(b"+/=%");
static DIGIT: [bool; 256] = {
    let mut digits = [false; 256];
    let mut b = b'0';
    while b <= b'9' {
        digits[b as usize] = true;
        b += 1;
    }
    digits
};

/// Whether names are made of such bytes.
pub fn is_named(b: u8) -> bool {
    NAME[usize::from(b)]
}

pub fn fits(value: &[u8], form: Form) -> bool {
    let is_name = || {
        (3..=LONGEST_NAME).contains(&value.len())
            && value.iter().any(u8::is_ascii_alphabetic)
            && matches!(value[0], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'_' | b'.')
            && !is_common(value)
            && !is_public(value)
    };
    match form {
        Form::Name => is_name(),
        Form::Telling | Form::Cased | Form::Quoted => {
            value.contains(&b'-')
                && value[0].is_ascii_alphanumeric()
                && value.iter().any(u8::is_ascii_lowercase)
                && !value.iter().any(|b| b"=/.#".contains(b))
                && is_name()
        }
        Form::Object => is_name() && !value.contains(&b'/'),
        Form::Path => value.contains(&b'/') && is_name(),
        Form::Account => value.len() == 12,
        Form::KmsKey => {
            let is_alias = || value.starts_with(b"alias/") && value.len() > b"alias/".len() && !is_public(value);
            is_uuid(value) || value.starts_with(b"mrk-") || is_alias()
        }
        Form::Id => id::is_id(value),
        Form::Secret => {
            value.len() == SECRET_LENGTH
                && value.iter().any(u8::is_ascii_digit)
                && value.iter().any(u8::is_ascii_uppercase)
        }
        Form::SessionToken => value.len() >= SHORTEST_SESSION_TOKEN,
        Form::StsToken => value.len() >= SHORTEST_SESSION_TOKEN && begins_session_token(value),
    }
}

/// `8-4-4-4-12` hexadecimal digits.
pub fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Whether `value` is a name of AWS's own, or the host of something that its host names better.
fn is_public(value: &[u8]) -> bool {
    PUBLIC_BEGINNINGS.iter().any(|beginning| value.starts_with(beginning.as_bytes())) || host::is_host(value)
}

/// [`COMMON`], to be asked.
static COMMON_WORDS: Lazy<HashSet<&[u8], FixedState>> =
    Lazy::new(|| COMMON.iter().map(|word| word.as_bytes()).collect());

/// Whether `value` is a word that such keys have everywhere.
pub fn is_common(value: &[u8]) -> bool {
    lower(value, &mut [0; 16]).is_some_and(|lower| COMMON_WORDS.contains(lower))
}

/// Whether `value` is the word for a kind of things, which may be anything elsewhere.
pub fn is_word_of_kind(value: &[u8]) -> bool {
    lower(value, &mut [0; 16])
        .is_some_and(|lower| WORDS_OF_KINDS.binary_search_by(|word| word.as_bytes().cmp(lower)).is_ok())
}

fn is_delimiter(b: u8) -> bool {
    b.is_ascii_whitespace()
        || matches!(b, b'"' | b'\'' | b'`' | b',' | b';' | b')' | b']' | b'}' | b'|' | b'<' | b'\\' | b'&' | b':')
        || !b.is_ascii()
}

/// Without the full stop of the sentence around it.
fn trim(text: &[u8], range: Range<usize>) -> Range<usize> {
    let dots = text[range.clone()].iter().rev().take_while(|b| matches!(b, b'.' | b'=')).count();
    let secret_padding = text[range.clone()].iter().rev().take_while(|b| **b == b'=').count();
    range.start..range.end - if secret_padding == dots { 0 } else { dots }
}
