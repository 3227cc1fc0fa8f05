//! What was read of a body so far, and what that says of what is read next: `name` is that of a queue where
//! `resource "aws_sqs_queue" "orders" {` stands in front of it.

use super::credential;
use super::ends::{self, Ending};
use super::flag::Items;
use super::guess;
use super::key::{Gives, Said, LONGEST_KEY};
use super::name::{is_plain, unlearned, whole, SECRET_LENGTH};
use super::run_back;
use super::thing::{Opening, Place, Thing};
use super::words::Words;
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{Form, COMMANDS, ID_THINGS, OBJECTS, REQUESTS};
use crate::detect::Span;

/// How far behind a key id a text that is its secret may begin: a key, an indentation and some quotes.
const SECRET_TEXT_REACH: usize = 64;
/// How far behind the key of a pair its value may begin.
const PAIR_REACH: usize = 256;
/// How far behind the beginning of a request its parameters may stand.
const REQUEST_REACH: usize = 2_000;
/// How far behind the namespace of a metric its dimensions may stand: `["AWS/SQS", "Sent", "QueueName", "orders"]`.
const METRIC_REACH: usize = 256;
/// What Terraform's outputs begin with, and where their values are: `"bucket_name": {"sensitive": false, …, "value": "x"}`.
pub const OUTPUT: (&[u8], &str) = (b"sensitive", "value");
/// How far behind the name of an output it may begin.
const OUTPUT_REACH: usize = 64;

/// So many guesses are kept of any body, and more only if it has so many bytes for each: they must not take more memory than it.
const FEW_GUESSES: usize = 1 << 15;
const BYTES_PER_GUESS: usize = 64;

/// What the value of a pair is, by the key it stands under, and where that was said.
pub type Pair = (&'static str, (Kind, Form), usize);

/// What is known of a body from what was read of it so far.
#[derive(Debug, Default)]
pub struct Known {
    /// The thing that was introduced last: `resource "aws_sqs_queue" "orders" {`, `"Buckets": [`.
    pub thing: Option<Thing>,
    /// Where the last access key id ended.
    pub key_id: Option<usize>,
    /// Where the parameters of a request began.
    request: Option<usize>,
    /// What `name` is among them, by the service that was asked.
    asked: Option<Kind>,
    /// The pair whose first half was read last.
    pub pair: Option<Pair>,
    /// What the key of an object promises, if its value is told further inside, and where it stands.
    output: Option<((Kind, Form), usize)>,
    /// The command that the last texts were items of.
    items: Items,
    /// Where the namespace of a metric was: `"AWS/SQS"`.
    metric: Option<usize>,
    /// What was asked of the catalogue.
    pub words: Words,
    /// Whether something was found that hangs on the body being about AWS.
    pub hangs_on_evidence: bool,
    /// Where in the last text that is said, if it is: words are guesses from there on.
    pub evidence: Option<usize>,
    /// How many more guesses are kept.
    pub room: usize,
}

impl Known {
    /// Nothing, of a body of so many bytes.
    pub fn of_body(length: usize) -> Known {
        Known { room: (length / BYTES_PER_GUESS).max(FEW_GUESSES), ..Known::default() }
    }

    /// So many more guesses are kept.
    pub fn keep_guesses(&mut self, count: usize) {
        self.room = self.room.saturating_sub(count);
        self.hangs_on_evidence = true;
    }

    /// Forgets the thing and the pair that it is about, and gives them.
    pub fn forget(&mut self) -> (Option<Thing>, Option<Pair>) {
        (self.thing.take(), self.pair.take())
    }

    /// Remembers them again.
    pub fn remember(&mut self, (thing, pair): (Option<Thing>, Option<Pair>)) {
        (self.thing, self.pair) = (thing, pair);
    }

    /// What was said from `from` on stands so many bytes further on.
    pub fn move_on(&mut self, from: usize, by: usize) {
        let moved = |at: &mut usize| *at += if *at >= from { by } else { 0 };
        self.thing.iter_mut().for_each(|thing| thing.move_on(moved));
        self.key_id.iter_mut().for_each(moved);
        self.pair.iter_mut().for_each(|pair| moved(&mut pair.2));
    }

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
            self.meet_pair(text, 0, value, place.base);
        }
    }

    /// Whether a text that is no key may be an item of a list that is read by the items before it, or the first of one.
    #[inline]
    pub fn is_list_of_ours(&self, text: &[u8]) -> bool {
        let begins_one = matches!(text.first(), Some(b'-' | b'A' | b'a'));
        begins_one || self.metric.is_some() || self.key_id.is_some() || self.items.are_expected()
    }

    /// Remembers a text that is no key, as an item of a list that it may be.
    pub fn meet_item(&mut self, text: &[u8], at: usize) {
        self.items.meet(text, at, &mut self.words);
        if text.starts_with(b"AWS/") {
            self.metric = Some(at);
        } else if self.metric.is_some_and(|since| at.saturating_sub(since) <= METRIC_REACH) && ends::ending(text).key {
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
    /// It starts at `start` and is the end of `text`.
    pub fn meet_pair(&mut self, text: &[u8], start: usize, value: &'static str, at: usize) {
        self.pair = None;
        if start == text.len() || !ends::ending(text).key {
            return;
        }
        let length = run_back(text, text.len(), text.len() - start, |b| !matches!(b, b':' | b'/'));
        if length <= LONGEST_KEY {
            let word = text.len() - length;
            let (_, said) = self.words.key(text, word, || word);
            self.pair = said.promise(None).map(|promised| (value, promised, at));
        }
    }

    /// What a text in a pair says of the value under `key`.
    pub fn of_pair(&mut self, key: &[u8], at: usize) -> Option<(Kind, Form)> {
        let (_, promised, since) = self.pair.filter(|pair| pair.0.as_bytes() == key)?;
        self.pair = None;
        (at.saturating_sub(since) <= PAIR_REACH).then_some(promised)
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
        let kind = if ends::ending(word).thing { self.words.said(word).thing.flatten() } else { None };
        match kind {
            Some(kind) => self.thing = Some(Thing::new(kind, Opening::Type, place)),
            None if self.thing.as_mut().and_then(|thing| thing.depth_at(place)).is_some_and(|depth| depth > 0) => {}
            None => self.thing = None,
        }
    }

    /// The kind of the thing that the key at a place is about, if what is said of the key hangs on that.
    pub fn kind_for(&mut self, said: Said, place: &Place<'_>) -> Option<Kind> {
        if said.hangs_on_thing() {
            self.thing.as_mut()?.kind_at(place)
        } else {
            None
        }
    }

    /// The whole of `value`, which stands there, as what its key promises. A key that says `name` or `id` is about the thing
    /// around it.
    pub fn whole(&mut self, value: &[u8], key: &[u8], place: &Place<'_>) -> Option<Span> {
        let at = place.base;
        let said = if ends::ending(key).key { self.words.said(key) } else { Said::default() };
        let (of_thing, promised) = (self.of_thing(said, place), said.promise(None));
        let is_asked = self.request.is_some_and(|since| at.saturating_sub(since) <= REQUEST_REACH);
        let of_request = self.asked.filter(|_| is_asked && key == b"name").map(|kind| (kind, Form::Name));
        let of_tag = key.strip_prefix(b"aws:").and_then(|tag| tag.rsplit(|b| *b == b':').next());
        let of_tag = of_tag.and_then(|tag| self.words.said(tag).promise(None));
        let of_pair = self.of_pair(key, at);
        let is_told = of_pair.is_some() || guess::leaves_little_doubt(key);
        let promised = of_pair.or(promised).or(of_request).or(of_thing).or(of_tag)?;
        match promised {
            (kind, Form::Telling) if is_asked && is_plain(value) => {
                whole(value, (kind, Form::Telling)).or_else(|| whole(value, (kind, Form::Name)).map(unlearned))
            }
            promised => whole(value, promised).or_else(|| guess::under(value, key, promised, is_told)),
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
        let has_id = |kind: Kind| ID_THINGS.iter().any(|row| row.0 == kind);
        let (form, kind) = match said.gives {
            // Of most resources Terraform's id is their name.
            Some(Gives::Id) if thing.is_block() && !has_id(thing.kind_around(place)?) => {
                return thing.kind_at(place).filter(|kind| *kind != Kind::Domain).map(|kind| (kind, Form::Name));
            }
            Some(Gives::Name) => (Form::Name, thing.kind_at(place)?),
            Some(Gives::Id) => (Form::Id, thing.kind_around(place)?),
            // `remoteRef: {key: prod/orders}`
            Some(Gives::Reference) if thing.is_reference() => (Form::Name, thing.kind_at(place)?),
            _ => return None,
        };
        if has_id(kind) != (form == Form::Id) {
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
