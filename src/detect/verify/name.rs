//! Names without a shape, found by the key that introduces them.

use super::flag::{self, Commands, Items};
use super::key::{self, Ending, Ends, Gives, Said, Words, LONGEST_KEY};
use super::table::{self, line_break, Tables};
use super::thing::{Opening, Place, Thing};
use super::{alphanumeric_and, between, credential, ends_line, ends_word, host, id, is_alphanumeric, is_quote, lower};
use super::{run, run_back, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{
    begins_session_token, Form, COLUMNS, COMMANDS, COMMON, ID_THINGS, LOG_GROUPS, OBJECTS, PUBLIC_BEGINNINGS, REQUESTS,
    WORDS_OF_KINDS,
};
use crate::detect::Span;
use crate::token;
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
/// The most names of a list that are looked at.
pub const LONGEST_LIST: usize = 256;
/// How far behind a key id a text that is its secret may begin: a key, an indentation and some quotes.
const SECRET_TEXT_REACH: usize = 64;
/// How far behind the key of a pair its value may begin.
const PAIR_REACH: usize = 256;
/// How far behind the beginning of a request its parameters may stand.
const REQUEST_REACH: usize = 2_000;
/// The longest address of a resource and what Terraform does with it, in front of its id.
const LONGEST_STATE: usize = 256;

/// What is known of a body from what was read of it so far.
#[derive(Debug, Default)]
pub struct Known {
    /// The thing that was introduced last: `resource "aws_sqs_queue" "orders" {`, `"Buckets": [`.
    thing: Option<Thing>,
    /// Where the last access key id ended.
    key_id: Option<usize>,
    /// Where the parameters of a request began.
    request: Option<usize>,
    /// What `name` is among them, by the service that was asked.
    asked: Option<Kind>,
    /// What the value of a pair is, by the key it stands under, and where that was said.
    pair: Option<(&'static str, (Kind, Form), usize)>,
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

    /// Remembers a thing by the key or type that says it; forgets it behind a key that is about something else. Gives whether the
    /// word says a thing of ours.
    fn meet_said(&mut self, said: Said, opening: Opening, place: &Place<'_>) -> bool {
        let Some(kind) = said.thing else { return false };
        self.thing = kind.map(|kind| Thing::new(kind, opening, place));
        kind.is_some()
    }

    /// Remembers the thing of that type; a type that is none of ours is of another thing, or of something in this one.
    fn meet_type(&mut self, word: &[u8], place: &Place<'_>) {
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
    fn of_thing(&mut self, said: Said, place: &Place<'_>) -> Option<(Kind, Form)> {
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
const OUTPUT: (&[u8], &str) = (b"sensitive", "value");

/// How far behind the name of an output it may begin.
const OUTPUT_REACH: usize = 64;

/// What Terraform's variables begin with, and have their values under: `variable "bucket_name" { default = "x" }`.
const VARIABLE: (&[u8], &[u8]) = (b"variable", b"default");

/// How far behind the name of a variable its value may stand.
const VARIABLE_REACH: usize = 256;

/// What reading the names of one text goes by: where it stands, and what was read before.
#[derive(Debug)]
pub struct Context<'t> {
    base: usize,
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
    ini: Ini,
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
    fn place<'p>(&self, text: &'p [u8], at: usize) -> Place<'p> {
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
    let head = &text[..key_end(text, separator)];
    let ending = ends.of(head);
    (ending.key || ending.thing).then_some(Before { end: head.len(), ending })
}

/// Where the word ends that stands in front of a separator: before white space and quotes.
#[inline(always)]
fn key_end(text: &[u8], separator: usize) -> usize {
    match text[..separator].last_chunk() {
        Some([last, b'\\', b'"']) if is_alphanumeric(*last) => separator - 2,
        Some([_, last, b'"']) if is_alphanumeric(*last) => separator - 1,
        Some([_, _, last]) if is_alphanumeric(*last) => separator,
        _ => key_end_behind(text, separator),
    }
}

#[inline(never)]
fn key_end_behind(text: &[u8], separator: usize) -> usize {
    let mut end = separator - run_back(text, separator, separator, |b| b == b' ' || b == b'\t');
    // `config["bucket"] = "x"`
    if let [.., quote, b']'] = text[..end] {
        end -= usize::from(is_quote(quote));
    }
    end - run_back(text, end, end, is_quote)
}

/// The values behind the `:`, `=` or `|` at `separator`, if the word before it is a key: `Bucket: x`, `bucket = "x"`,
/// `\"TableName\": \"x\"`, `--bucket=x`, `|  QueueName |  x  |`, `"TableNames": ["x", "y"]`.
pub fn assigned(text: &[u8], separator: usize, before: Before, context: &mut Context<'_>, out: &mut Vec<Span>) {
    let place = &context.place(text, separator);
    let space = |b: u8| b == b' ' || b == b'\t';
    let Before { end: before, ending } = before;
    let (key, said) = key_and_said(text, before, context);
    let spelled = &text[key.clone()];
    if context.known.meet_said(said, Opening::Key, place) || !ending.key {
        return;
    }
    let by_command = flag::by_command(text, key.clone(), said, context);
    let promised = by_command.or_else(|| said.promise(context.known.kind(place)));
    let promised = promised.or_else(|| words(text, key.clone()));
    let of_pair = if promised.is_none() { context.known.of_pair(spelled, context.base + separator) } else { None };
    let promised = promised.or(of_pair);
    let of_state = if promised.is_none() { of_state(text, key.clone(), context) } else { None };
    let promised = promised.or(of_state);
    let promised = promised.or_else(|| context.known.of_thing(said, place));
    let promised = promised.or_else(|| of_metric(text, key.clone(), context));
    if promised.is_none() && !matches!(said.gives, Some(Gives::Type | Gives::Properties)) && said.pair.is_none() {
        return;
    }
    let arrow = usize::from(text[separator..].starts_with(b"=>"));
    let after = separator + 1 + arrow;
    let after = after + run(text, after, 64, space);
    if said.gives == Some(Gives::Properties) {
        if let Some(thing) = &mut context.known.thing {
            thing.deepen(place);
        }
        return;
    }
    let Some((kind, form)) = promised else {
        if said.gives == Some(Gives::Type) {
            // `Type: AWS::SQS::Queue`
            let start = after + run(text, after, 8, is_quote);
            context.known.meet_type(word(text, start), place);
        } else if let Some((_, value)) = said.pair {
            // `{name: BUCKET_NAME, value: x}`
            let start = after + run(text, after, 8, is_quote);
            let length = run(text, start, LONGEST_KEY, |b| PAIRED[usize::from(b)]);
            context.known.meet_pair(&text[start..start + length], value, context.base + separator);
        }
        return;
    };
    let is_joined = separator + 1 == after;
    let after = after + if form == Form::Name { declaration(&text[after..], is_joined) } else { 0 };
    // Go's SDK takes pointers.
    let after = after + if text[after..].starts_with(GO_STRING) { GO_STRING.len() } else { 0 };
    if text[separator] == b'|' && (table::is_of_header(text, separator, context) || !table::is_pair(text, separator)) {
        return;
    }
    if form == Form::Name && is_around(text, key.clone(), kind, after, place) {
        context.known.thing = Some(Thing::new(kind, Opening::Key, place));
        return;
    }
    if text.get(after) == Some(&b'{') {
        let inside = after + 1 + between(&text[after + 1..]);
        let is_output = form == Form::Name && text[inside..].starts_with(OUTPUT.0);
        if is_output {
            context.known.pair = Some((OUTPUT.1, (kind, form), context.base + inside));
        }
        return;
    }
    // A label of Kubernetes: `alpha.eksctl.io/cluster-name=payments`.
    let is_label = LABELS.iter().any(|domain| text[..key.start].ends_with(domain));
    let form = if is_label && form == Form::Telling { Form::Name } else { form };
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
    // What a stack has made may have an id that says more.
    let hyphen = text[span.range.clone()].iter().position(|b| *b == b'-').filter(|_| kind == Kind::Resource);
    if hyphen.is_some_and(|hyphen| id::shaped(text, span.range.start + hyphen).is_some()) {
        return;
    }
    let sure = quotes > 0
        || of_state.is_some()
        || !matches!(form, Form::Name | Form::Telling | Form::Quoted)
        || is_label
        || of_pair.is_some() && text[..key.start].ends_with(b",")
        || BEHIND_A_FLAG.iter().any(|flag| text[..key.start].ends_with(flag))
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

/// What the metrics of Prometheus promise whose names are those of CloudWatch's: `dimension_FunctionName="resize"`.
fn of_metric(text: &[u8], key: Range<usize>, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    let dimension = text[key].strip_prefix(b"dimension_")?;
    context.known.words.said(dimension).promise(None)
}

/// The length of what stands between a variable and its value where that is declared: the `=` of `bucket_name := "x"`, the type
/// of `bucket: str = "x"`.
fn declaration(text: &[u8], is_joined: bool) -> usize {
    let assigns = |at: usize| text[at..].starts_with(b"= ") && matches!(text.get(at + 2), Some(b'"' | b'\''));
    let length = STRING_TYPES.iter().find(|of_type| text.starts_with(of_type)).map_or(0, |of_type| of_type.len());
    if assigns(length) && (length > 0 || is_joined) {
        length + 2
    } else {
        0
    }
}

/// How Python, TypeScript, Kotlin and Swift, and Rust name the type of a string.
const STRING_TYPES: [&[u8]; 4] = [b"str ", b"string ", b"String ", b"&str "];

/// The domains of labels that EKS and its tools give. Source: EKS user guide, "Managed node groups"; eksctl's documentation.
const LABELS: [&[u8]; 2] = [b"eksctl.io/", b"eks.amazonaws.com/"];

/// What settings in one word stand behind. Source: Terraform's documentation, "Backend configuration".
const BEHIND_A_FLAG: [&[u8]; 3] = [b"-backend-config=", b"-backend-config=\"", b"-backend-config='"];

/// Whether a key that names a kind opens a block with a `name` in it: a module of Ansible (`amazon.aws.iam_role:`), a bucket
/// (`deploymentBucket:`, `"bucket": {`).
fn is_around(text: &[u8], key: Range<usize>, kind: Kind, after: usize, place: &Place<'_>) -> bool {
    let is_of_ansible = || ANSIBLE.iter().any(|collection| text[..key.start].ends_with(collection));
    let is_name = text[key.clone()].ends_with(b"ame");
    let opens_object =
        || text[after..].starts_with(b"{") && !is_name && text.get(key.end).is_some_and(|b| is_quote(*b));
    let opens_lines =
        || ends_line(text, after) && !is_name && !text[key.clone()].ends_with(b"s") && place.begins_line();
    match kind {
        Kind::S3Bucket if opens_object() => !text[after + 1 + between(&text[after + 1..])..].starts_with(OUTPUT.0),
        Kind::S3Bucket if opens_lines() => true,
        _ => opens_lines() && is_of_ansible(),
    }
}

/// The collections of Ansible with modules for AWS.
const ANSIBLE: [&[u8]; 2] = [b"amazon.aws.", b"community.aws."];

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
    let end = cell.start + text[cell.clone()].trim_ascii_end().len();
    let (key, said) = key_and_said(text, end, context);
    let of_list = || LISTS.iter().find(|row| text[cell.clone()].trim_ascii() == row.0).map(|row| (row.1, Form::Name));
    if let Some(promised) = of_list().filter(|_| text[..cell.start].ends_with(b"||")) {
        return Some(promised);
    }
    let promised = said.promise(None).or_else(|| words(text, key.clone()));
    let place = &context.place(text, end);
    let promised = promised.or_else(|| context.known.of_thing(said, place))?;
    column(&text[key], promised)
}

/// The lists of names alone that the CLI draws, under a word that says too little elsewhere.
const LISTS: [(&[u8], Kind); 2] = [(b"clusters", Kind::Eks), (b"nodegroups", Kind::Eks)];

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
    let said = context.known.words.said(&line[start..gap]);
    if line[start..gap] == *VARIABLE.0 {
        let named = &line[label..back(line.len(), is_quote)];
        let promised = context.known.words.said(named).promise(None);
        let value = promised.and_then(|promised| value_of_variable(text, brace, promised, context));
        context.later.extend(value);
    }
    let place = &context.place(text, brace);
    if !context.known.meet_said(said, Opening::Block, place) && is_top_level(line, start..gap) {
        context.known.thing = None;
    }
}

/// The value of the variable whose block opens at `brace`.
fn value_of_variable(text: &[u8], brace: usize, promised: (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    let block = &text[brace..text.len().min(brace + VARIABLE_REACH)];
    let block = &block[..memchr::memchr(b'}', block).unwrap_or(block.len())];
    let key = brace + memchr::memmem::find(block, VARIABLE.1)? + VARIABLE.1.len();
    let separator = key + run(text, key, 16, |b| b == b' ');
    let start = separator + 1 + run(text, separator + 1, 16, |b| b == b' ');
    let quotes = run(text, start, 4, is_quote);
    let is_given = text.get(separator) == Some(&b'=') && quotes > 0;
    is_given.then(|| quoted(text, start + quotes, promised, context)).flatten()
}

/// Whether a block is one of those that stand in no other, by its type or the word in front of that.
fn is_top_level(line: &[u8], word: Range<usize>) -> bool {
    let front = line[..word.start].trim_ascii_end();
    let front = &front[..front.len() - run_back(front, front.len(), 4, |b| is_quote(b) || b == b' ')];
    TOP_LEVEL.iter().any(|block| line[word.clone()] == **block || front.ends_with(block))
}

/// The blocks of Terraform with labels that stand in no other. Source: Terraform's language reference, "Syntax".
const TOP_LEVEL: [&[u8]; 6] = [b"resource", b"data", b"module", b"provider", b"variable", b"output"];

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

/// Whether a name is one word, as code quotes it: no path, no address.
fn is_plain(value: &[u8]) -> bool {
    value.first().is_some_and(u8::is_ascii_alphanumeric) && !value.iter().any(|b| b"=/.#".contains(b))
}

/// A name that is masked where it stands and nowhere else, since it may be a word of everyday.
fn unlearned(span: Span) -> Span {
    Span { name: None, ..span }
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

/// The name behind the resource at `at` that Terraform is to import: `terraform import aws_s3_bucket.b acme`.
pub fn imported(text: &[u8], at: usize, context: &mut Context<'_>) -> Option<Span> {
    if !text[..at].ends_with(b"terraform import ") {
        return None;
    }
    let kind = context.known.words.said(word(text, at)).thing.flatten()?;
    let end = at + run(text, at, LONGEST_STATE, |b| !b.is_ascii_whitespace());
    (text.get(end) == Some(&b' ')).then(|| value(text, end + 1, (kind, Form::Name), context)).flatten()
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
