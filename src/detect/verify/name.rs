//! Names without a shape, found by the key, flag, URI scheme or path that introduces them.

use super::key::{self, Ending, Ends, Gives, Said, Words, LONGEST_KEY};
use super::table::{self, line_break, Tables};
use super::word_map::WordMap;
use super::{alphanumeric_and, credential, ends_word, host, id, lower, run, run_back, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{
    Form, COLUMNS, COMMANDS, COMMON, ENVIRONMENTS, FIELD, ID_THINGS, INTRODUCTIONS, LOG_GROUPS, OBJECTS,
    PLAIN_ENVIRONMENTS, PLAIN_THINGS, PUBLIC_BEGINNINGS, REQUESTS, TELLING, TOKEN_BEGINNINGS, WORDS_OF_KINDS,
};
use crate::detect::Span;
use crate::token;
use foldhash::fast::FixedState;
use once_cell::sync::Lazy;
use std::collections::HashSet;
use std::ops::Range;

/// The longest name of a resource of any service (an SSM parameter).
const LONGEST_NAME: usize = 1011;
/// The shortest and the longest bucket name (S3 user guide, "Bucket naming rules").
const SHORTEST_BUCKET: usize = 3;
const LONGEST_BUCKET: usize = 63;
/// The length of a secret access key.
pub const SECRET_LENGTH: usize = 40;
/// The shortest session token; they have several hundred characters.
const SHORTEST_SESSION_TOKEN: usize = 100;
/// The longest that is looked for.
const LONGEST_SESSION_TOKEN: usize = 4095;
/// The longest id: the path of an organizational unit five levels deep.
const LONGEST_ID: usize = 450;
/// The most names of a list that are looked at.
const LONGEST_LIST: usize = 256;
/// How far behind a key id a text that is its secret may begin: a key, an indentation and some quotes.
const SECRET_TEXT_REACH: usize = 64;
/// How far behind the key of a pair its value may begin.
const PAIR_REACH: usize = 256;
/// The longest opening tag of an XML element that is looked at, with its attributes.
const LONGEST_TAG: usize = 128;
/// How far behind a thing its name may stand.
const THING_REACH: usize = 2_000;
/// The longest address of a resource and what Terraform does with it, in front of its id.
const LONGEST_STATE: usize = 256;
/// How far in front of a flag its command may stand.
const COMMAND_REACH: usize = 256;

/// What is known of a body from what was read of it so far.
#[derive(Debug, Default)]
pub struct Known {
    /// The thing that was introduced last and where: `resource "aws_sqs_queue" "orders" {`, `"Buckets": [`.
    thing: Option<(Kind, usize)>,
    /// Where the last access key id ended.
    key_id: Option<usize>,
    /// Where the parameters of a request began.
    request: Option<usize>,
    /// What `name` is among them, by the service that was asked.
    asked: Option<Kind>,
    /// What the value of a pair is, by the key it stands under, and where that was said.
    pair: Option<(&'static str, (Kind, Form), usize)>,
    words: Words,
}

impl Known {
    /// Remembers a thing by the key or type that says it; forgets it behind a key that is about something else.
    pub fn meet(&mut self, word: &[u8], at: usize) {
        let said = self.words.said(word);
        self.meet_said(said, at);
    }

    /// Remembers what the key of a JSON object says of what stands in it.
    pub fn meet_key(&mut self, key: &[u8], at: usize) {
        let is = |words: &[&str]| words.iter().any(|word| word.as_bytes() == key);
        if let Some((kind, _)) = OBJECTS.iter().find(|row| is(row.1)) {
            self.thing = Some((*kind, at));
        } else if is(REQUESTS) {
            self.request = Some(at);
        } else {
            self.meet(key, at);
        }
    }

    /// Remembers what the value of a key that gives something says of others: `"type": "AWS::SQS::Queue"`.
    pub fn meet_value(&mut self, text: &[u8], key: &[u8], at: usize) {
        let said = self.words.said(key);
        match said.gives {
            Some(Gives::Type) => self.meet_type(text, at),
            Some(Gives::Source) => self.meet_source(text),
            _ => {}
        }
        if let Some((_, value)) = said.pair {
            self.meet_pair(text, value, at);
        }
    }

    /// Remembers the service of an event of CloudTrail: `"eventSource": "eks.amazonaws.com"`. Its `name` is that of its commands.
    fn meet_source(&mut self, text: &[u8]) {
        let service = text.split(|b| *b == b'.').next().unwrap_or_default();
        self.asked = COMMANDS.iter().find(|row| row.0.as_bytes() == service && row.1 == "name").map(|row| row.2);
    }

    /// Remembers what the text under the first key of a pair says of that under `value`: `"Name": "FunctionName", "Value": "orders"`.
    fn meet_pair(&mut self, text: &[u8], value: &'static str, at: usize) {
        self.pair = None;
        if key::ending(text).key {
            let word = text.rsplit(|b| matches!(b, b':' | b'/')).next().unwrap_or_default();
            let promised = self.words.said(word).promise(None);
            self.pair = promised.map(|promised| (value, promised, at));
        }
    }

    /// What a text in a pair says of the value under `key`.
    fn of_pair(&mut self, key: &[u8], at: usize) -> Option<(Kind, Form)> {
        let (value, promised, since) = self.pair.filter(|pair| pair.0.as_bytes() == key)?;
        self.pair = None;
        (value.as_bytes() == key && at.saturating_sub(since) <= PAIR_REACH).then_some(promised)
    }

    /// The same where the catalogue was asked already; gives whether the word says a thing of ours.
    fn meet_said(&mut self, said: Said, at: usize) -> bool {
        let Some(kind) = said.thing else { return false };
        self.thing = kind.map(|kind| (kind, at));
        kind.is_some()
    }

    /// Remembers the thing of that type; a type that is none of ours is of another thing.
    fn meet_type(&mut self, word: &[u8], at: usize) {
        let thing = if key::ending(word).thing { self.words.said(word).thing.flatten() } else { None };
        self.thing = thing.map(|kind| (kind, at));
    }

    /// The kind of the thing that a key at `at` is about.
    pub fn kind(&self, at: usize) -> Option<Kind> {
        self.thing.filter(|(_, since)| at.saturating_sub(*since) <= THING_REACH).map(|(kind, _)| kind)
    }

    /// The kind of the thing that the XML element is about whose opening tag `text` ends with.
    fn kind_of_element(&mut self, text: &[u8]) -> Option<Kind> {
        let mut text = text;
        while let [rest @ .., b' ' | b'\t' | b'\n' | b'\r'] | [rest @ .., b'\\', b'n' | b't' | b'r'] = text {
            text = rest;
        }
        let tag = text.strip_suffix(b">")?;
        let tag = &tag[tag.len().saturating_sub(LONGEST_TAG)..];
        let name = &tag[tag.iter().rposition(|b| *b == b'<')? + 1..];
        let said = self.words.said(&name[..run(name, 0, name.len(), |b| b.is_ascii_alphanumeric())]);
        said.thing.flatten().or_else(|| said.promise(None).filter(|told| told.1 == Form::Name).map(|told| told.0))
    }

    /// The whole of `value`, which stands at `at`, as what its key promises. A key that says `name` or `id` is about the
    /// thing around it.
    pub fn whole(&mut self, value: &[u8], key: &[u8], at: usize) -> Option<Span> {
        let said = if key::ending(key).key { self.words.said(key) } else { Said::default() };
        let (of_thing, promised) = (self.of_thing(said, at), said.promise(None));
        let is_asked = self.request.is_some_and(|since| at.saturating_sub(since) <= THING_REACH);
        let of_request = self.asked.filter(|_| is_asked && key == b"name").map(|kind| (kind, Form::Name));
        let promised = self.of_pair(key, at).or(promised).or(of_request).or(of_thing)?;
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

    /// What the value of `name` or `id` at `at` is, by the thing around it; others of its kind may follow.
    fn of_thing(&mut self, said: Said, at: usize) -> Option<(Kind, Form)> {
        let form = match said.gives {
            Some(Gives::Name) => Form::Name,
            Some(Gives::Id) => Form::Id,
            _ => return None,
        };
        let kind = self.kind(at)?;
        let has_id = ID_THINGS.iter().any(|row| row.0 == kind);
        if has_id != (form == Form::Id) {
            return None;
        }
        self.thing = Some((kind, at));
        Some((kind, form))
    }
}

/// What reading the names of one text goes by: where it stands, and what was read before.
#[derive(Debug)]
pub struct Context<'t> {
    base: usize,
    known: &'t mut Known,
    /// Where the last identifier ends that was found so far. It will be gone, so that it is no part of a key.
    pub masked: usize,
    /// The last stretch of what names are made of. Values in it end together, so that it is read once for all of them.
    names: Range<usize>,
    /// The same of session tokens.
    tokens: Range<usize>,
    commands: Commands,
    /// The tables of the text.
    pub tables: Tables,
    ini: Ini,
}

impl<'t> Context<'t> {
    /// That of a text that stands at `base` of its body, of which so much is known.
    pub fn new(base: usize, known: &'t mut Known) -> Context<'t> {
        let (commands, tables, ini) = (Commands::default(), Tables::default(), Ini::default());
        Context { base, known, masked: 0, names: 0..0, tokens: 0..0, commands, tables, ini }
    }

    /// That of a word of the text that is read on its own.
    pub fn within(&mut self, at: usize) -> Context<'_> {
        Context::new(self.base + at, self.known)
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
    // RDS and AWS Backup say so of the snapshots that they take.
    let taken_by = [&b"rds:"[..], b"awsbackup:"].into_iter().find(|by| kind == Kind::Rds && value.starts_with(by));
    let start = taken_by.map_or(0, <[u8]>::len);
    let name = &value[start..];
    (length(value, start, form) == name.len() && fits(name, form)).then(|| named(value, start..value.len(), kind))
}

/// What stands in front of a `:`, `=` or `|`.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    /// Where it ends.
    end: usize,
    ending: Ending,
}

/// What stands in front of the `:`, `=` or `|` at `separator`, if it may be a key. There is no other one in what is read for
/// that, so that it is read once.
#[inline(always)]
pub fn before(text: &[u8], separator: usize, ends: &Ends) -> Option<Before> {
    let mut head = &text[..separator];
    while let [rest @ .., b' ' | b'\t'] = head {
        head = rest;
    }
    // `config["bucket"] = "x"`
    if let [rest @ .., b']'] = head {
        head = if rest.last().is_some_and(|b| is_quote(*b)) { rest } else { head };
    }
    while let [rest @ .., quote] = head {
        if !is_quote(*quote) {
            break;
        }
        head = rest;
    }
    let ending = ends.of(head);
    (ending.key || ending.thing).then_some(Before { end: head.len(), ending })
}

/// The values behind the `:`, `=` or `|` at `separator`, if the word before it is a key: `Bucket: x`, `bucket = "x"`,
/// `\"TableName\": \"x\"`, `--bucket=x`, `|  QueueName |  x  |`, `"TableNames": ["x", "y"]`.
pub fn assigned(text: &[u8], separator: usize, before: Before, context: &mut Context<'_>, out: &mut Vec<Span>) {
    let place = context.base + separator;
    let space = |b: u8| b == b' ' || b == b'\t';
    let Before { end: before, ending } = before;
    let (key, said) = key_and_said(text, before, context);
    let spelled = &text[key.clone()];
    if context.known.meet_said(said, place) || !ending.key {
        return;
    }
    let by_command = flag(text, key.clone(), said, context);
    let promised = by_command.or_else(|| said.promise(context.known.kind(place)));
    let promised = promised.or_else(|| words(text, key.clone()));
    let promised = promised.or_else(|| context.known.of_pair(spelled, place));
    let of_state = if promised.is_none() { of_state(text, key.clone(), context) } else { None };
    let promised = promised.or(of_state);
    let promised = promised.or_else(|| context.known.of_thing(said, place));
    if promised.is_none() && said.gives != Some(Gives::Type) && said.pair.is_none() {
        return;
    }
    let arrow = usize::from(text[separator..].starts_with(b"=>"));
    let after = separator + 1 + arrow;
    let after = after + run(text, after, 64, space);
    let Some((kind, form)) = promised else {
        if said.gives == Some(Gives::Type) {
            // `Type: AWS::SQS::Queue`
            let start = after + run(text, after, 8, is_quote);
            context.known.meet_type(word(text, start), place);
        } else if let Some((_, value)) = said.pair {
            // `{name: BUCKET_NAME, value: x}`
            let start = after + run(text, after, 8, is_quote);
            let length = run(text, start, LONGEST_KEY, |b| PAIRED[usize::from(b)]);
            context.known.meet_pair(&text[start..start + length], value, place);
        }
        return;
    };
    // Go's SDK takes pointers.
    let after = after + if text[after..].starts_with(GO_STRING) { GO_STRING.len() } else { 0 };
    if text[separator] == b'|' && (table::is_of_header(text, separator, context) || !table::is_pair(text, separator)) {
        return;
    }
    // The query of an URL is anybody's; that of AWS has keys that leave no doubt.
    if form == Form::Telling && matches!(text[..key.start].last(), Some(b'?' | b'&')) {
        return;
    }
    // Without quotes or a colon the arrow is that of a function or a `match`.
    let is_symbol = text[..key.start].ends_with(b":") && !text[..key.start].ends_with(b"::");
    let is_hash = is_symbol || text[before..separator].first().is_some_and(|b| is_quote(*b));
    let is_code = arrow > 0 && !is_hash && !matches!(form, Form::Secret | Form::SessionToken | Form::StsToken);
    if is_code && !is_setting_arrow(text, key.start, after) {
        return;
    }
    let form = if is_code { Form::Telling } else { form };
    if text.get(after) == Some(&b'[') {
        return list(text, after + 1, (kind, form), context, out);
    }
    if spelled.ends_with(b"s") && ends_line(text, after) {
        return items(text, after, (kind, form), context, out);
    }
    let quotes = run(text, after, 8, is_quote);
    // A backslash right before the value is the escape of its first character.
    if quotes > 0 && text[after + quotes - 1] == b'\\' {
        return;
    }
    let is_ini = text[separator] == b'=' && quotes == 0 && context.ini.is_section(text, key.start);
    let read = if quotes > 0 || is_ini { quoted } else { value };
    let span = read(text, after + quotes, (kind, form), context);
    let Some(span) = span else { return };
    if key::same(&text[span.range.clone()], spelled) {
        return;
    }
    let sure = quotes > 0
        || of_state.is_some()
        || !matches!(form, Form::Name | Form::Telling | Form::Quoted)
        || text[separator] == b'|'
        || spelled.starts_with(b"--")
        || (form == Form::Name && text[separator] == b'=' && is_environment(spelled))
        || is_ini && form != Form::Telling && ends_line(text, span.range.end);
    if sure || stands_alone(text, separator, &span) {
        let end = span.range.end;
        out.push(span);
        out.extend(changed(text, end, quotes, (kind, form), context));
    }
}

/// Whether an arrow behind a bare word may be that of a setting: `bucket => "orders-raw"`, as Logstash and Puppet have it. A
/// function or a `match` has a bracket, a dot or a path in front of the word.
fn is_setting_arrow(text: &[u8], key: usize, value: usize) -> bool {
    let is_quoted = matches!(text.get(value), Some(b'"' | b'\''));
    is_quoted && matches!(text[..key].last(), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

/// What the id of a resource is that Terraform tells of: `aws_iam_role.deploy: Creation complete after 1s [id=x]`.
fn of_state(text: &[u8], key: Range<usize>, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    let head = text[..key.start].strip_suffix(b"[").filter(|_| &text[key] == b"id")?;
    let line = &head[head.len() - run_back(head, head.len(), LONGEST_STATE, |b| b != b'\n')..];
    let resource = memchr::memmem::find(line, b"aws_")?;
    let kind = context.known.words.said(word(line, resource)).thing.flatten()?;
    Some((kind, Form::Name))
}

/// How Go gives a string to AWS's SDK: `Bucket: aws.String("x")`.
const GO_STRING: &[u8] = b"aws.String(";

/// What a value changes to in Terraform's plan: `bucket = "a" -> "b"`.
fn changed(text: &[u8], end: usize, quotes: usize, promised: (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    let arrow = end + quotes;
    let is_quoted =
        |at: usize| quotes > 0 && text[at..].len() > quotes && text[at..at + quotes].iter().all(|b| is_quote(*b));
    let start = arrow + b" -> ".len() + quotes;
    let is_change = is_quoted(end) && text[arrow..].starts_with(b" -> ") && is_quoted(start - quotes);
    is_change.then(|| quoted(text, start, promised, context)).flatten()
}

/// The items of a YAML list that begins behind the line that ends before `at`.
fn items(text: &[u8], mut at: usize, promised: (Kind, Form), context: &mut Context<'_>, out: &mut Vec<Span>) {
    for _ in 0..LONGEST_LIST {
        let line = at + line_break(&text[at..]);
        let dash = line + run(text, line, 64, |b| b == b' ');
        if line == at || !text[dash..].starts_with(b"- ") {
            return;
        }
        let start = dash + 2;
        let quotes = run(text, start, 4, is_quote);
        let Some(span) = value(text, start + quotes, promised, context) else { return };
        at = span.range.end + run(text, span.range.end, quotes, is_quote);
        if !ends_line(text, at) || token::find(&text[span.range.clone()], 0).is_some() {
            return;
        }
        out.push(span);
    }
}

/// What the last word of a header's cell, or its last words, promise of the column below it. Words of everyday promise nothing
/// there: tables of prose have columns of services, functions and topics.
pub fn promised_by_cell(text: &[u8], cell: Range<usize>, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    let end = cell.start + text[cell].trim_ascii_end().len();
    let (key, said) = key_and_said(text, end, context);
    let promised = said.promise(None).or_else(|| words(text, key.clone()))?;
    column(&text[key], promised)
}

/// What the key of a column promises of its cells.
fn column(key: &[u8], promised: (Kind, Form)) -> Option<(Kind, Form)> {
    match promised {
        (kind, Form::Telling) if COLUMNS.iter().any(|column| key::same(key, column.as_bytes())) => {
            Some((kind, Form::Name))
        }
        (_, Form::Telling) => None,
        promised => Some(promised),
    }
}

/// The same of a key that stands alone.
pub fn promised_by_column(key: &[u8]) -> Option<(Kind, Form)> {
    column(key, key::promise(key)?)
}

/// The key that ends before `end`, and what the catalogue says of it.
fn key_and_said(text: &[u8], end: usize, context: &mut Context<'_>) -> (Range<usize>, Said) {
    match context.known.words.recent(&text[..end]) {
        Some((start, said)) if start >= context.masked => (start..end, said),
        _ => {
            let key = key_before(text, end, context.masked);
            let said = context.known.words.said_of_key(text, key.clone());
            (key, said)
        }
    }
}

/// The word that ends before `end` and could be a key. The letter of an escape in front of it (`\nBucket`) is not its.
fn key_before(text: &[u8], end: usize, masked: usize) -> Range<usize> {
    let word = run_back(text, end, LONGEST_KEY, |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let masked = masked.min(end);
    let mut start = masked.max(end - word);
    // A colon inside is only part of a CloudFormation type.
    if text[..start].ends_with(b"::") {
        let whole = end - run_back(text, end, LONGEST_KEY, |b| b.is_ascii_alphanumeric() || b == b':');
        if whole >= masked && text[whole..].starts_with(b"AWS::") {
            start = whole;
        }
    }
    let escaped = start > 0 && text[start - 1] == b'\\' && end > start && starts_word(text, start + 1);
    if escaped {
        start + 1..end
    } else {
        start..end
    }
}

/// `AWS_SECRET_KEY=…`, `BUCKET_NAME=…`: an environment variable, whose value needs no quotes.
fn is_environment(key: &[u8]) -> bool {
    key.len() > 3 && key.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

/// Keys of several words, as people, prompts and properties write them: `Bucket name: x`, `AWS Secret Access Key [None]: x`,
/// `fs.s3a.secret.key=x`.
fn words(text: &[u8], last: Range<usize>) -> Option<(Kind, Form)> {
    let end = match text[..last.end].strip_suffix(b" [None]") {
        Some(rest) => rest.len(),
        None if last.is_empty() || !matches!(text[..last.start], [.., b' ' | b'.']) => return None,
        None => last.end,
    };
    let mut start = end;
    for count in 0..4 {
        let length = run_back(text, start, 24, |b| b.is_ascii_alphanumeric());
        start -= length;
        if count > 0 && length == 0 {
            return None;
        }
        if count > 0 {
            let spelled = &text[start..end];
            let found =
                key::promise(spelled).filter(|found| !matches!(found.1, Form::Telling | Form::Quoted | Form::Id));
            if found.is_some() && starts_word(text, start) {
                return found;
            }
        }
        if start == 0 || !matches!(text[start - 1], b' ' | b'.') {
            return None;
        }
        start -= 1;
    }
    None
}

/// The type that stands at `at`: `AWS::SQS::Queue`, `aws_sqs_queue`. Of a longer word than any in the catalogue, enough to
/// tell that it is none of them.
fn word(text: &[u8], at: usize) -> &[u8] {
    &text[at..at + run(text, at, LONGEST_KEY + 1, |b| TYPE[usize::from(b)])]
}

/// What the first values of pairs are made of.
static PAIRED: [bool; 256] = alphanumeric_and(b"_-:/");
/// What types are made of.
static TYPE: [bool; 256] = alphanumeric_and(b"_:");

/// Remembers the Terraform block that opens at `brace`: `resource "aws_sqs_queue" "orders" {`.
pub fn block(text: &[u8], brace: usize, context: &mut Context<'_>) {
    let line = &text[..brace - run_back(text, brace, 4, |b| b == b' ')];
    if !line.last().is_some_and(|b| is_quote(*b)) {
        return;
    }
    let back = |end: usize, is: fn(u8) -> bool| end - run_back(line, end, 64, is);
    let is_label = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    let label = back(back(line.len(), is_quote), is_label);
    let gap = back(back(back(label, is_quote), |b| b == b' '), is_quote);
    let start = back(gap, is_label);
    context.known.meet(&line[start..gap], context.base + brace);
}

/// The names of a list whose bracket is open before `at`.
fn list(text: &[u8], mut at: usize, promised: (Kind, Form), context: &mut Context<'_>, out: &mut Vec<Span>) {
    for _ in 0..LONGEST_LIST {
        at += between(&text[at..]);
        let Some(span) = value(text, at, promised, context) else { return };
        // `buckets: [Vec<Bucket>; 8]`
        let is_type = text.get(span.range.end) == Some(&b'<');
        if is_type {
            return;
        }
        // Where something else was masked the list has ended before, and does again.
        if token::find(&text[span.range.clone()], 0).is_some() {
            return;
        }
        at = span.range.end;
        out.push(span);
        at += run(text, at, 8, is_quote);
        if text.get(at) != Some(&b',') {
            return;
        }
        at += 1;
    }
}

/// White space and quotes at the start of a text, escaped line breaks among them.
fn between(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += match text[at..] {
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            [b, ..] if b.is_ascii_whitespace() || is_quote(b) => 1,
            _ => return at,
        };
    }
}

/// Whether a name is one word, as code quotes it: no path, no address.
fn is_plain(value: &[u8]) -> bool {
    value.first().is_some_and(u8::is_ascii_alphanumeric) && !value.iter().any(|b| b"=/.#".contains(b))
}

/// A name that is masked where it stands and nowhere else, since it may be a word of everyday.
fn unlearned(span: Span) -> Span {
    Span { name: None, ..span }
}

pub fn is_quote(b: u8) -> bool {
    matches!(b, b'"' | b'\'' | b'`' | b'\\')
}

/// Whether an unquoted value is a name and not a variable, a type or the first word of a sentence: it has a hyphen,
/// or it is all that stands on the line behind a colon, as in YAML.
fn stands_alone(text: &[u8], separator: usize, span: &Span) -> bool {
    let value = &text[span.range.clone()];
    // `f(bucket=name-of)` is code, `(Service: S3; Bucket: name-of)` a message.
    let ends_call = text[separator] != b':' && text.get(span.range.end) == Some(&b')');
    let is_path = value.starts_with(b"/") && !value.ends_with(b"/");
    let shaped = (value.contains(&b'-') || is_path) && !value.contains(&b'=') && !ends_call;
    let to_line_end = text[separator] == b':' && ends_line(text, span.range.end);
    shaped || (to_line_end && !value.contains(&b'.') && !value.starts_with(b"_"))
}

/// Whether a line ends before `end`.
fn ends_line(text: &[u8], end: usize) -> bool {
    matches!(text[end..], [] | [b'\n' | b'\r', ..] | [b'\\', b'n' | b'r', ..])
}

/// The value behind the flag whose two hyphens start at `hyphens`: `--bucket x`, `--services x y`.
pub fn flagged(text: &[u8], hyphens: usize, context: &mut Context<'_>, out: &mut Vec<Span>) {
    let from = hyphens + 2;
    if !text.get(from).is_some_and(u8::is_ascii_alphanumeric) {
        return;
    }
    let end = from + run(text, from, LONGEST_KEY, |b| b.is_ascii_alphanumeric() || b == b'-');
    if text.get(end) != Some(&b' ') {
        return;
    }
    let key = &text[from..end];
    if !key::ending(key).key {
        return;
    }
    let said = context.known.words.said(key);
    let by_command = flag(text, hyphens..end, said, context);
    let Some(promised) = by_command.or_else(|| said.promise(None)) else { return };
    let many = key.last() == Some(&b's');
    let mut at = end;
    for _ in 0..if many { LONGEST_LIST } else { 1 } {
        at += run(text, at, 16, |b| b == b' ');
        if text.get(at) == Some(&b'-') {
            return;
        }
        let quotes = run(text, at, 4, |b| matches!(b, b'"' | b'\'' | b'\\'));
        let Some(span) = value(text, at + quotes, promised, context) else { return };
        at = span.range.end + run(text, span.range.end, quotes, |b| matches!(b, b'"' | b'\'' | b'\\'));
        out.push(span);
        if text.get(at) != Some(&b' ') {
            return;
        }
    }
}

/// What the flag at `flag` means to its command.
fn flag(text: &[u8], flag: Range<usize>, said: Said, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    if !said.by_command || !text[flag.clone()].starts_with(b"--") {
        return None;
    }
    let service = context.commands.service(text, flag.start)?;
    key::command(&text[flag], service).map(|kind| (kind, Form::Name))
}

/// The commands of the CLI in a text, as far as it was asked about.
#[derive(Debug, Default)]
struct Commands {
    /// Where the last one begins.
    last: Option<usize>,
    /// What was looked through.
    looked: usize,
}

impl Commands {
    /// The service of the command that a flag belongs to: `aws eks describe-cluster --name`. Flags are asked about in the order
    /// in which they stand, but for one that is read once more as a key: `---name =`.
    fn service<'t>(&mut self, text: &'t [u8], flag: usize) -> Option<&'t [u8]> {
        let reach = flag.saturating_sub(COMMAND_REACH);
        let from = self.looked.max(reach).min(flag);
        // The rarest of its letters.
        let letters = memchr::memrchr_iter(b'w', &text[from..flag]).map(|letter| from + letter);
        let mut starts = letters.filter_map(|letter| letter.checked_sub(1)).filter(|start| is_command(text, *start));
        self.last = starts.next().or(self.last);
        self.looked = self.looked.max(flag);
        let start = self.last.filter(|start| start + 1 >= reach && *start < flag)?;
        let from = start + COMMAND.len();
        let service = &text[from..from + run(text, from, 24, |b| b.is_ascii_alphanumeric() || b == b'-')];
        (text.get(from + service.len()) == Some(&b' ')).then_some(service)
    }
}

/// The sections of an INI file, as far as they were asked about.
#[derive(Debug, Default)]
struct Ini {
    /// What was looked through: a beginning of a line.
    looked: usize,
    /// Whether that is in a section.
    is_open: bool,
}

impl Ini {
    /// Whether the line on which a key starts at `key` is in a section: behind `[name]`, with nothing but settings and comments
    /// between. Keys are asked about in the order in which they stand.
    fn is_section(&mut self, text: &[u8], key: usize) -> bool {
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
    let key = run(line, 0, line.len(), |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let after = line[key..].trim_ascii_start();
    key > 0 && after.starts_with(b"=") && !line.ends_with(b";") && !line.ends_with(b"{")
}

/// What every command begins with.
const COMMAND: &[u8] = b"aws ";

/// Whether a command begins there.
fn is_command(text: &[u8], start: usize) -> bool {
    let alone = |b: &u8| !matches!(b, b'/' | b'-' | b'_' | b'.' | b'+' | b'=' | b'@' | b'#');
    text[start..].starts_with(COMMAND) && text[..start].last().is_none_or(alone) && starts_word(text, start)
}

/// What stands in the XML element that is closed at `slash`, if the element is a key: `<Bucket>x</Bucket>`.
pub fn element(text: &[u8], slash: usize, context: &mut Context<'_>) -> Option<Span> {
    let tag = &text[slash + 1..];
    let name = &tag[..run(tag, 0, LONGEST_KEY, |b| b.is_ascii_alphanumeric())];
    if tag.get(name.len()) != Some(&b'>') || !key::ending(name).key {
        return None;
    }
    let of_pair = if name == b"value" { of_property(text, slash - 1, context) } else { None };
    let said = context.known.words.said(name);
    let promised = of_pair.or_else(|| said.promise(None));
    let (kind, form) = match promised {
        None if said.gives != Some(Gives::Name) => return None,
        promised => promised.unwrap_or((Kind::Resource, Form::Name)),
    };
    let end = slash - 1;
    let (end, is_cdata) = text[..end].strip_suffix(b"]]>").map_or((end, false), |head| (head.len(), true));
    let alphabet = alphabet(form);
    let start = end - run_back(text, end, longest(form), |b| alphabet[usize::from(b)]);
    let opening = if is_cdata { text[..start].strip_suffix(CDATA)? } else { &text[..start] };
    let around = opening.strip_suffix(b">")?.strip_suffix(name)?.strip_suffix(b"<")?;
    let kind = if promised.is_some() { kind } else { context.known.kind_of_element(around)? };
    let value = &text[start..end];
    (fits(value, form) && !key::same(value, name)).then(|| named(text, start..end, kind))
}

/// What the element before the value that ends before `end` says of it: `<name>fs.s3a.secret.key</name><value>x</value>`.
fn of_property(text: &[u8], end: usize, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    let value = end - run_back(text, end, LONGEST_NAME, |b| b != b'<' && b != b'>');
    let head = text[..value].strip_suffix(b"<value>")?.trim_ascii_end().strip_suffix(b"</name>")?;
    let key = &head[head.len() - run_back(head, head.len(), LONGEST_KEY, |b| b != b'>')..];
    context.known.words.said(key).promise(None)
}

/// What opens text in XML in which nothing is markup.
const CDATA: &[u8] = b"<![CDATA[";

/// The bucket of the URI whose scheme ends at `colon`: `s3://bucket/key`.
pub fn s3_uri(text: &[u8], colon: usize) -> Option<Span> {
    if !text[colon..].starts_with(b"://") || !ends_with_s3_scheme(&text[..colon]) {
        return None;
    }
    // `s3://AKIA…:secret@bucket`
    let bucket = bucket_at(text, colon + 3).filter(|bucket| id::unique(text, bucket.start).is_none())?;
    Some(named(text, bucket, Kind::S3Bucket))
}

/// The bucket of an URI whose credentials begin at `start` and end before `end`: `s3://AKIA…:wJalr…@bucket/key`. Loki has the
/// region there, and the bucket behind it.
pub fn bucket_behind(text: &[u8], start: usize, end: usize) -> Option<Span> {
    let scheme = text[..start].strip_suffix(b"://")?;
    if text.get(end) != Some(&b'@') || !ends_with_s3_scheme(scheme) {
        return None;
    }
    let first = bucket_at(text, end + 1)?;
    let goes_on = text.get(first.end) == Some(&b'/');
    let is_region = host::is_region(&text[first.clone()]);
    let bucket = if is_region && goes_on { bucket_at(text, first.end + 1)? } else { first };
    // A host of its own has a port, or is known as one.
    let is_name = text.get(bucket.end) != Some(&b':') && fits(&text[bucket.clone()], Form::Name);
    (is_name && !host::is_region(&text[bucket.clone()])).then(|| named(text, bucket, Kind::S3Bucket))
}

fn ends_with_s3_scheme(text: &[u8]) -> bool {
    let scheme = run_back(text, text.len(), 3, |b| b.is_ascii_alphanumeric());
    let known = |from: usize| matches!(&text[from..], b"s3" | b"s3a" | b"s3n") && starts_word(text, from);
    // The letter of an escape may stand in front of the scheme.
    (text.len() - scheme..text.len()).any(known)
}

fn bucket_at(text: &[u8], from: usize) -> Option<Range<usize>> {
    let length = run(text, from, LONGEST_BUCKET, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let length = text[from..from + length].iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    (length >= SHORTEST_BUCKET).then(|| from..from + length)
}

/// The secret or parameter of a dynamic reference of CloudFormation, whose service ends before `colon`:
/// `{{resolve:secretsmanager:orders/db:SecretString:password}}`.
pub fn dynamic_reference(text: &[u8], colon: usize) -> Option<Span> {
    let (_, kind) = DYNAMIC.iter().find(|row| text[..colon].ends_with(row.0))?;
    let start = colon + 1;
    let end = start + run(text, start, longest(Form::Name), |b| NAME[usize::from(b)]);
    let name = &text[start..end];
    (matches!(text.get(end), Some(b':' | b'}')) && fits(name, Form::Name)).then(|| named(text, start..end, *kind))
}

/// What such references begin with. Source: CloudFormation user guide, "Using dynamic references".
const DYNAMIC: [(&[u8], Kind); 3] = [
    (b"resolve:secretsmanager", Kind::Secret),
    (b"resolve:ssm", Kind::Parameter),
    (b"resolve:ssm-secure", Kind::Parameter),
];

/// The bucket behind the time whose first colon is at `colon`, as `aws s3 ls` lists buckets: a date, a time and a name, which
/// has a hyphen, and nothing else in the line.
pub fn listed_bucket(text: &[u8], colon: usize) -> Option<Span> {
    let (hour, minutes) = (colon.checked_sub(LISTED_DATE.len())?, text.get(colon + 1..colon + 7)?);
    let is_like = |text: &[u8], like: &[u8]| {
        text.iter().zip(like).all(|(b, like)| b == like || *like == b'0' && b.is_ascii_digit())
    };
    if !is_like(minutes, b"00:00 ") || !is_like(&text[hour..colon], LISTED_DATE) {
        return None;
    }
    let start = colon + 7;
    let end = start
        + run(text, start, LONGEST_BUCKET, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
    let name = &text[start..end];
    let is_name = name.contains(&b'-') && fits(name, Form::Name) && ends_line(text, end);
    let begins_line = hour == 0 || matches!(text[..hour], [.., b'\n' | b'\r'] | [.., b'\\', b'n' | b'r']);
    (is_name && begins_line).then(|| named(text, start..end, Kind::S3Bucket))
}

/// The date and the hour in front of that colon.
const LISTED_DATE: &[u8] = b"0000-00-00 00";

/// The log group whose path starts at `slash`: `/aws/lambda/orders`, `/ecs/orders`.
pub fn log_group(text: &[u8], slash: usize) -> Option<Span> {
    let rest = &text[slash..];
    let known = rest.starts_with(b"/aws/") || rest.starts_with(b"/ecs/") || rest.starts_with(b"/aws-glue/");
    if !known || (slash > 0 && text[slash - 1].is_ascii_alphanumeric() && !starts_word(text, slash)) {
        return None;
    }
    if slash > 0 && matches!(text[slash - 1], b'.' | b'/' | b'~' | b'}' | b'-' | b'_') {
        return None;
    }
    let length = run(text, slash, 512, |b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.' | b'#'));
    let length = text[slash..slash + length].iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    let path = &text[slash..slash + length];
    // `/aws/` and a service alone name nothing.
    let slashes = if path.starts_with(b"/aws/") { 3 } else { 2 };
    (path.iter().filter(|b| **b == b'/').count() >= slashes).then(|| named(text, slash..slash + length, Kind::LogGroup))
}

/// The load balancer or target group whose name stands behind the type that ends at `slash`, as logs and metrics write it:
/// `app/web/50dc6c495c0c9188`.
pub fn load_balancer(text: &[u8], slash: usize) -> Option<Span> {
    let word = run_back(text, slash, 11, |b| b.is_ascii_lowercase());
    let known = |from: &usize| {
        matches!(&text[*from..slash], b"app" | b"net" | b"gwy" | b"targetgroup") && starts_word(text, *from)
    };
    (slash - word..slash).find(known)?;
    let name = run(text, slash + 1, 33, |b| b.is_ascii_alphanumeric() || b == b'-');
    let end = slash + 1 + name;
    let id = run(text, end + 1, 17, |b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let shape = (1..=32).contains(&name) && text.get(end) == Some(&b'/') && id == 16 && ends_word(text, end + 17);
    shape.then(|| named(text, slash + 1..end, Kind::Elb))
}

/// What a segment of a hyphenated name tells.
#[derive(Clone, Copy, Debug, Default)]
struct Segment {
    environment: bool,
    kind: Option<Kind>,
    /// Whether it is a word of the field, which says nothing of whose the thing is.
    field: bool,
    /// Whether a name of this and another such word is plain English.
    plain: bool,
}

/// What the tables of the catalogue say, by segment.
static SEGMENTS: Lazy<WordMap<Segment>> = Lazy::new(|| {
    let mut segments: WordMap<Segment> = WordMap::default();
    ENVIRONMENTS.iter().for_each(|word| segments.entry(word).environment = true);
    TELLING.iter().for_each(|(word, kind)| segments.entry(word).kind = Some(*kind));
    FIELD.iter().for_each(|word| segments.entry(word).field = true);
    PLAIN_ENVIRONMENTS.iter().chain(PLAIN_THINGS).for_each(|word| segments.entry(word).plain = true);
    segments
});

/// The hyphenated name whose first hyphen is at `hyphen`, if a whole segment of it tells its kind and another, or the
/// number of them, that it is a name: `prod-orders-db`, `acme-logs-bucket`, `dev-redis`.
pub fn telling(text: &[u8], hyphen: usize) -> Option<Span> {
    let part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let start = hyphen - run_back(text, hyphen, 24, part);
    let start = if start > 0 && text[start - 1] == b'\\' && starts_word(text, start + 1) { start + 1 } else { start };
    // Paths, packages, addresses, variables, longer names.
    let belongs = |b: &u8| {
        matches!(b, b'/' | b'.' | b'@' | b'-' | b'_' | b'$' | b'{' | b'#' | b'=' | b'<' | b'%' | b'+' | b'~' | b'&')
    };
    if start == hyphen || text[..start].last().is_some_and(belongs) || !starts_word(text, start) {
        return None;
    }
    let end = hyphen + run(text, hyphen, 64, |b| part(b) || b == b'-');
    let inner_dot = text.get(end) == Some(&b'.') && text.get(end + 1).is_some_and(u8::is_ascii_alphanumeric);
    if !ends_word(text, end)
        || text[end - 1] == b'-'
        || matches!(text.get(end), Some(b'-' | b'/' | b'@' | b'_' | b'(' | b'=' | b'%' | b'+' | b'~'))
        || inner_dot
    {
        return None;
    }
    let name = &text[start..end];
    let mut segments = 0;
    let mut kind = None;
    let (mut environment, mut plain, mut own) = (false, true, false);
    for segment in name.split(|b| *b == b'-') {
        segments += 1;
        let told = SEGMENTS.get(segment).copied().unwrap_or_default();
        environment |= told.environment;
        plain &= told.plain;
        own |= !told.field && told.kind.is_none();
        kind = told.kind.or(kind);
    }
    let Some(kind) = kind else { return introduced(text, start..end) };
    let last = name.rsplit(|b| *b == b'-').next().unwrap_or_default();
    let own = own
        && segments >= 3
        && matches!(last, b"bucket" | b"db" | b"queue" | b"dlq" | b"rds" | b"lambda" | b"sqs" | b"sns");
    let names = if environment { !(plain && segments == 2) } else { own };
    names.then(|| named(text, start..end, kind))
}

/// The hyphenated name at `range` that stands in quotes or brackets behind what introduces a name: `s3.Bucket("orders-raw")`.
fn introduced(text: &[u8], range: Range<usize>) -> Option<Span> {
    let opening = text[..range.start].last().filter(|b| matches!(b, b'"' | b'\'' | b'('))?;
    let closing = if *opening == b'(' { b')' } else { *opening };
    if text.get(range.end) != Some(&closing) {
        return None;
    }
    let head = &text[..range.start - 1];
    let (_, kind) = INTRODUCTIONS.iter().find(|row| head.ends_with(row.0.as_bytes()))?;
    Some(named(text, range, *kind))
}

/// The value at `start` that is in quotes, or is all that its line has.
fn quoted(text: &[u8], start: usize, (kind, form): (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
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
    (!goes_on && fits(&text[range.clone()], form)).then(|| named(text, range, kind))
}

/// Whether all that stands at `start` is the alias or version of a function: `orders:PROD`, `orders:$LATEST`.
fn ends_alias(text: &[u8], start: usize) -> bool {
    let length = run(text, start, 128, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$'));
    length > 0 && text.get(start + length).is_none_or(|b| is_delimiter(*b) && *b != b':')
}

fn named(text: &[u8], range: Range<usize>, kind: Kind) -> Span {
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
fn longest(form: Form) -> usize {
    match form {
        Form::Name | Form::Telling | Form::Cased | Form::Quoted | Form::Path | Form::KmsKey => LONGEST_NAME,
        Form::Id => LONGEST_ID,
        Form::Account => 12,
        Form::Secret => SECRET_LENGTH,
        Form::SessionToken | Form::StsToken => LONGEST_SESSION_TOKEN,
    }
}

/// What values of a form are made of.
fn alphabet(form: Form) -> &'static [bool; 256] {
    match form {
        Form::Name | Form::Telling | Form::Cased | Form::Quoted | Form::Path | Form::KmsKey => &NAME,
        Form::Id => &ID,
        Form::Account => &DIGIT,
        Form::Secret => &SECRET,
        Form::SessionToken | Form::StsToken => &TOKEN,
    }
}

static NAME: [bool; 256] = alphanumeric_and(b"-/._+=@#");
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
        Form::StsToken => {
            let begins_so = || TOKEN_BEGINNINGS.iter().any(|beginning| value.starts_with(beginning.as_bytes()));
            value.len() >= SHORTEST_SESSION_TOKEN && begins_so()
        }
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
