//! Text in, identifiers out. No I/O.
//!
//! A [`Detector`] reads one text after another. The texts are what a person would read: of a JSON body its decoded
//! strings, each with the key it stands under; of anything else the body itself.

mod ahead;
pub mod catalogue;
mod custom;
mod learned;
mod meant;
mod scanner;
mod verify;

use crate::config::Config;
use crate::error::Result;
use crate::simd::{self, BLOCK};
use ahead::Ahead;
use catalogue::kinds::{Kind, ALL};
use custom::{Custom, Rule};
use learned::Names;
use meant::Meant;
use std::ops::Range;
use verify::ends::Endings;
use verify::known::Known;
use verify::thing::Place;
use verify::{arn, digits, guess, name, version};

/// An identifier in a text. A body may have a hundred thousand, so that it is small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
    /// The resource's own name in it.
    name: Option<Name>,
    /// Which of the operator's patterns found it.
    pub rule: Option<Rule>,
    /// How sure that is.
    standing: Standing,
}

/// How sure it is that a span is an identifier. What hangs on the body being about AWS hangs on [`Span::is_evidence`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It is one, and its name is one wherever the body repeats it.
    Sure,
    /// It is one. Its name is looked for elsewhere only in a body about AWS.
    Here,
    /// It is one only in such a body.
    Guess,
}

/// A name in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    /// Where it begins, from where the span does. That may be in front of it, if another span took that place.
    offset: i32,
    length: u32,
    kind: Kind,
}

impl Span {
    fn new(range: Range<usize>, kind: Kind) -> Span {
        Span { range, kind, name: None, rule: None, standing: Standing::Sure }
    }

    /// One that holds the name of a resource.
    fn named(range: Range<usize>, kind: Kind, (name, kind_of_name): (Range<usize>, Kind)) -> Span {
        let mut span = Span::new(range, kind);
        span.set_name(name, kind_of_name);
        span
    }

    /// Where the resource's own name stands, which is an identifier of that kind wherever the body repeats it.
    pub fn name(&self) -> Option<(Range<usize>, Kind)> {
        let Name { offset, length, kind } = self.name?;
        let start = self.range.start.saturating_add_signed(offset as isize);
        Some((start..start + length as usize, kind))
    }

    /// The same as a guess.
    fn guessed(self) -> Span {
        Span { standing: Standing::Guess, ..self }
    }

    /// The same with a name that is looked for elsewhere only in a body about AWS.
    fn named_here(self) -> Span {
        Span { standing: Standing::Here, ..self }
    }

    /// Whether it is one only in a body about AWS.
    pub fn is_guess(&self) -> bool {
        self.standing == Standing::Guess
    }

    /// Whether its name is one wherever the body repeats it.
    pub fn is_sure(&self) -> bool {
        self.standing == Standing::Sure
    }

    /// Whether it shows that its body is about AWS. Addresses and numbers are everybody's, and what is the operator's own may be, too.
    pub fn is_evidence(&self) -> bool {
        let is_of_all =
            matches!(self.kind, Kind::Token | Kind::Account | Kind::PublicIp | Kind::PrivateIp | Kind::Ipv6);
        self.is_sure() && !is_of_all && self.rule.is_none()
    }

    fn has_name(&self) -> bool {
        self.name.is_some()
    }

    /// A name of more than a gigabyte is none.
    fn set_name(&mut self, name: Range<usize>, kind: Kind) {
        let offset = name.start as i64 - self.range.start as i64;
        let fields = i32::try_from(offset).ok().zip(u32::try_from(name.len()).ok());
        self.name = fields.map(|(offset, length)| Name { offset, length, kind });
    }

    /// Leaves the beginning of it to another one. Its name stays where it is.
    fn begin_at(&mut self, start: usize) {
        let name = self.name();
        self.range.start = start;
        if let Some((name, kind)) = name {
            self.set_name(name, kind);
        }
    }

    /// That of a text which begins so many bytes further back.
    fn moved(mut self, by: usize) -> Span {
        self.move_by(by);
        self
    }

    /// Becomes that of a text which begins so many bytes further back.
    pub fn move_by(&mut self, by: usize) {
        self.range = self.range.start + by..self.range.end + by;
    }
}

/// The identifiers that were found in a text before.
#[derive(Clone, Copy, Debug)]
pub struct Others<'s> {
    spans: &'s [Span],
    /// Where the text begins in what they are told of.
    from: usize,
}

impl<'s> Others<'s> {
    /// Those of a text that begins at `from` in what they stand in.
    pub fn new(spans: &'s [Span], from: usize) -> Others<'s> {
        Others { spans, from }
    }

    /// Where they stand in the text.
    fn ranges(self) -> impl Iterator<Item = Range<usize>> + 's {
        self.spans.iter().map(move |span| span.range.start - self.from..span.range.end - self.from)
    }

    /// They in the text.
    pub fn spans(self) -> impl Iterator<Item = Span> + 's {
        self.spans.iter().zip(self.ranges()).map(|(span, range)| Span { range, ..span.clone() })
    }
}

/// What of the configuration concerns detection.
#[derive(Clone, Debug)]
struct Settings {
    on: Vec<bool>,
    preserve_structure: bool,
    name_heuristics: bool,
    custom: Custom,
}

impl Settings {
    fn is_on(&self, kind: Kind) -> bool {
        self.on[kind as usize]
    }

    /// Whether the operator lets this identifier through. A text that looks like a token never is: it could not be told
    /// from ours.
    fn allows(&self, span: &Span, text: &[u8]) -> bool {
        span.kind != Kind::Token && self.custom.allows(&text[span.range.clone()])
    }
}

/// Finds identifiers. Cheap to build, immutable, shared by all threads.
#[derive(Clone, Debug)]
pub struct Detector {
    settings: Settings,
}

/// A text and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Text<'t> {
    /// The text. The common escapes of JSON may still be in it (`\n`, `\"`): the verifiers read over them.
    pub text: &'t [u8],
    /// The JSON key it stands under.
    pub key: Option<&'t [u8]>,
    /// Whether it is itself a key.
    pub is_key: bool,
    /// Whether it may be a name by how it looks.
    pub may_tell: bool,
    /// Whether there are such escapes in it.
    pub escaped: bool,
    /// Where it starts in its body.
    pub at: usize,
    /// Whether it is a part of it, and nothing was decoded.
    pub is_part: bool,
    /// How deep in the body's JSON it is; 0 if that is none.
    pub depth: u8,
}

impl<'t> Text<'t> {
    /// A text that is a whole body.
    pub fn plain(text: &'t [u8]) -> Text<'t> {
        Text { text, key: None, is_key: false, may_tell: true, escaped: false, at: 0, is_part: true, depth: 0 }
    }

    /// Its beginning.
    fn begins(&self) -> Place<'t> {
        Place { text: self.text, base: self.at, depth: self.depth, at: 0 }
    }
}

/// Reads the texts of one body in their order.
#[derive(Debug)]
pub struct Reader<'d> {
    settings: &'d Settings,
    ahead: Ahead<'d>,
    known: Known,
    /// What the last text with encodings was read into.
    meant: Meant,
    endings: Endings,
}

impl Detector {
    /// A detector for the kinds that the configuration's `mask_*` fields leave on, and the operator's own.
    ///
    /// # Errors
    /// `AWS_MASKER_4001` if a pattern or list of the operator's is impossible; the sentence names the field.
    pub fn new(config: &Config) -> Result<Detector> {
        let settings = Settings {
            on: ALL.iter().map(|kind| kind.info().switch.is_on(config)).collect(),
            preserve_structure: config.preserve_structure,
            name_heuristics: config.name_heuristics,
            custom: Custom::new(config)?,
        };
        Ok(Detector { settings })
    }

    /// Whether the operator's own patterns are to be looked for: they are written for text without escapes.
    pub fn has_custom(&self) -> bool {
        !self.settings.custom.is_empty()
    }

    /// Starts on a body.
    pub fn read<'d>(&'d self, body: &'d [u8]) -> Reader<'d> {
        let (ahead, known, meant, endings) =
            (Ahead::of(body), Known::of_body(body.len()), Meant::default(), Endings::default());
        Reader { settings: &self.settings, ahead, known, meant, endings }
    }

    /// The identifiers of a text that is a whole body.
    pub fn scan(&self, text: &[u8]) -> Vec<Span> {
        let (mut spans, mut reader) = (Vec::new(), self.read(text));
        reader.scan(Text::plain(text), &mut spans);
        match reader.evidence() {
            Some(from) => {
                let guesses = self.guesses(&text[..from], Others::new(&spans, 0));
                spans.extend(guesses);
                spans.sort_by_key(|span| span.range.start);
            }
            None => spans.retain(|span| !span.is_guess()),
        }
        spans
    }

    /// The guesses among the words of a text of a body about AWS, beside what was found in it.
    pub fn guesses(&self, text: &[u8], others: Others<'_>) -> Vec<Span> {
        if !self.settings.name_heuristics {
            return Vec::new();
        }
        scanner::admitted(guess::words(text, others), text, &self.settings, others)
    }

    /// The account id that a JSON number under `key` is, if the key says so.
    pub fn number(&self, digits: &[u8], key: Option<&[u8]>) -> Option<Span> {
        let span = name::account(digits, key?)?;
        (self.settings.is_on(span.kind) && !self.settings.allows(&span, digits)).then_some(span)
    }

    /// The names among `introduced` that are worth looking for; `None` if there is none.
    pub fn learn<'n>(&'n self, introduced: impl Iterator<Item = (&'n [u8], Kind)>) -> Option<Names<'n>> {
        let introduced =
            introduced.filter(|(name, kind)| self.settings.is_on(*kind) && !self.settings.custom.allows(name));
        Names::learn(introduced, Some(&self.settings).filter(|settings| settings.name_heuristics))
    }

    /// The token prefix of a finding.
    pub fn prefix(&self, kind: Kind, rule: Option<Rule>) -> &str {
        rule.and_then(|rule| self.settings.custom.prefix(rule)).unwrap_or(kind.info().prefix)
    }
}

impl Reader<'_> {
    /// Where the last text shows that the body is about AWS, if one has: up to there, and in the texts before, no words were guessed.
    pub fn evidence(&self) -> Option<usize> {
        self.known.evidence
    }

    /// Whether something of what was given hangs on the body being about AWS.
    pub fn hangs_on_evidence(&self) -> bool {
        self.known.hangs_on_evidence
    }

    /// Gives the identifiers of the next text, in order and without overlaps. `out` is empty.
    pub fn scan(&mut self, place: Text<'_>, out: &mut Vec<Span>) {
        self.scan_text(place, out);
        if self.known.evidence.is_none() && out.iter().any(Span::is_evidence) {
            self.known.evidence = Some(place.text.len());
        }
    }

    fn scan_text(&mut self, place: Text<'_>, out: &mut Vec<Span>) {
        let text = place.text;
        if !says_nothing(text) {
            let of_block = self.triggers_of_block(&place);
            scanner::scan(place, of_block, self.settings, &mut self.known, &mut self.meant, out);
        }
        if !self.settings.custom.is_empty() {
            self.add_custom(text, out);
        }
        if place.is_key {
            let ending = self.endings.of(text);
            self.known.pass_key(&place.begins(), ending);
            if ending.thing {
                self.known.meet_key(&place.begins());
            }
            return;
        }
        if self.known.is_list_of_ours(text) && self.item(&place, out) {
            return;
        }
        let Some(key) = place.key else { return };
        if !out.is_empty() {
            retain_under(key, text, out);
        }
        let says_something = self.endings.of(key).key;
        if says_something {
            self.known.meet_value(text, key, &place.begins());
        }
        if says_something || !out.is_empty() {
            self.by_key(place, key, out);
        }
    }

    /// Reads a text as an item of a list, by the items before it; gives whether it is nothing else.
    fn item(&mut self, place: &Text<'_>, out: &mut Vec<Span>) -> bool {
        let text = place.text;
        let of_flag = self.known.of_flag(text, place.at).filter(|span| self.settings.is_on(span.kind));
        let of_flag = of_flag.filter(|_| !out.iter().any(|found| found.kind == Kind::Token));
        let item = of_flag.or_else(|| {
            self.known.meet_item(text, place.at);
            self.known.secret(text, place.at).filter(|span| self.settings.is_on(span.kind))
        });
        let Some(span) = item else { return false };
        out.clear();
        out.extend(Some(span).filter(|span| !self.settings.allows(span, text)));
        true
    }

    /// Where to look in a text of at most a block; `None` for a longer one.
    #[inline]
    fn triggers_of_block(&mut self, place: &Text<'_>) -> Option<u64> {
        let is_ahead = place.is_part && place.text.len() <= BLOCK;
        let ahead = if is_ahead { self.ahead.triggers(place.at, place.text.len()) } else { None };
        ahead.or_else(|| simd::triggers_of_block(place.text))
    }

    /// Makes what was found in the value of a key that what the key says it is.
    fn by_key(&mut self, place: Text<'_>, key: &[u8], out: &mut Vec<Span>) {
        let text = place.text;
        if may_be_id(key) && is_provider_id(text) {
            return out.retain(|span| span.kind == Kind::Token);
        }
        let is_one = matches!(out.as_slice(), [one] if one.range == (0..text.len()) && !one.is_guess());
        if is_one || out.iter().any(|found| found.kind == Kind::Token) {
            return;
        }
        let arn = out.first().filter(|first| first.range.start == 0).and_then(|_| arn::whole(text, key));
        let whole = arn.or_else(|| self.known.whole(text, key, &place.begins()));
        let Some(span) = whole.filter(|span| self.settings.is_on(span.kind)) else { return };
        let may_guess = || self.settings.name_heuristics && place.may_tell && self.known.room > 0;
        if !span.is_guess() || out.is_empty() && may_guess() {
            if span.is_guess() {
                self.known.keep_guesses(1);
            }
            out.retain(|found| found.range.start >= span.range.end);
            out.splice(0..0, Some(span).filter(|span| !self.settings.allows(span, text)));
        }
    }

    /// Adds what the operator's own rules find; where the two overlap, the one that starts first wins.
    fn add_custom(&self, text: &[u8], spans: &mut Vec<Span>) {
        let tokens: Vec<_> =
            spans.iter().filter(|span| span.kind == Kind::Token).map(|span| span.range.clone()).collect();
        let is_free = |range: &Range<usize>| {
            let next = tokens.partition_point(|token| token.end <= range.start);
            tokens.get(next).is_none_or(|token| range.end <= token.start)
        };
        let mut all = Vec::new();
        self.settings.custom.scan(text, &mut all);
        all.retain(|span| is_free(&span.range) && !self.settings.allows(span, text));
        if all.is_empty() {
            return;
        }
        all.append(spans);
        all.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
        for span in all {
            if let Some(span) = scanner::beside_tokens(text, span.range.clone()).of(span) {
                scanner::keep(spans, span);
            }
        }
    }
}

/// No shorter text is an identifier (`qa-db`), and none is encoded in fewer bytes (`%41` is one): it says at most what another one is.
const SHORTEST: usize = 5;
/// No shorter text says even that (`db:`).
const SHORTEST_SAYING: usize = 3;

/// Whether a text is too short to be anything, and says nothing of others.
#[inline(always)]
fn says_nothing(text: &[u8]) -> bool {
    let introduces = |b: &u8| matches!(b, b':' | b'=' | b'|' | b'{');
    text.len() < SHORTEST && (text.len() < SHORTEST_SAYING || !text.iter().any(introduces))
}

/// Takes out what in the value of a key is no identifier: an address that is a version, an account that is a telephone.
fn retain_under(key: &[u8], text: &[u8], out: &mut Vec<Span>) {
    let (of_version, of_phone) = (version::is_version_key(key), digits::is_phone_key(key));
    if (of_version || of_phone) && !text.contains(&b' ') {
        out.retain(|span| match span.kind {
            Kind::PublicIp | Kind::PrivateIp => !of_version,
            Kind::Account => !of_phone,
            _ => true,
        });
    }
}

/// Whether a word stands in front of the ids that LLM providers give to their own things: they name nothing of AWS.
fn is_provider_word(word: &[u8]) -> bool {
    matches!(
        word,
        b"asst"
            | b"batch"
            | b"call"
            | b"chatcmpl"
            | b"cmpl"
            | b"fc"
            | b"file"
            | b"gen"
            | b"item"
            | b"msg"
            | b"req"
            | b"resp"
            | b"run"
            | b"srvtoolu"
            | b"thread"
            | b"toolu"
            | b"tooluse"
    )
}

/// The length of the longest of them.
const LONGEST_PROVIDER_WORD: usize = "chatcmpl".len();

/// `msg_01XFDUDYJgAACzvnptvVoYEL`, `call_abc123…`, `chatcmpl-…`
fn is_provider_id(text: &[u8]) -> bool {
    let Some(end) = text.iter().take(LONGEST_PROVIDER_WORD + 1).position(|b| *b == b'_' || *b == b'-') else {
        return false;
    };
    let id = &text[end + 1..];
    // With a hyphen that would be a route server.
    let is_provider = is_provider_word(&text[..end]) || text.starts_with(b"rs_");
    is_provider && id.len() >= 16 && id.iter().all(|b| is_name_byte(*b))
}

/// Whether what stands under a key may be the id of something: `id`, `toolUseId`, `file_ids`. Under any other key it is text,
/// which may begin with such a word.
fn may_be_id(key: &[u8]) -> bool {
    let key = key.strip_suffix(b"s").unwrap_or(key);
    key.len() >= 2 && key[key.len() - 2..].eq_ignore_ascii_case(b"id")
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == b'_'
}

/// What a detector finds in a text that is a whole body.
#[cfg(test)]
fn found_by(detector: &Detector, text: &str) -> Vec<(Kind, String)> {
    let spans = detector.scan(text.as_bytes());
    spans.into_iter().map(|span| (span.kind, text[span.range].to_string())).collect()
}

/// What one finds that has no configuration of its own.
#[cfg(test)]
fn found(text: &str) -> Vec<(Kind, String)> {
    found_by(&Detector::new(&Config::default()).unwrap(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_small() {
        assert_eq!(size_of::<Span>(), 32);
    }

    #[test]
    fn a_name_stays_where_it_is_when_its_span_begins_elsewhere() {
        let mut span = Span::named(10..30, Kind::Rds, (15..20, Kind::Rds));
        for start in [18, 25, 10] {
            span.begin_at(start);
            assert_eq!((span.range.start, span.name()), (start, Some((15..20, Kind::Rds))));
        }
        assert_eq!(span.moved(7).name(), Some((22..27, Kind::Rds)));
    }

    #[test]
    fn a_text_that_says_nothing_is_none_and_leaves_nothing_behind() {
        let detector = Detector::new(&Config::default()).unwrap();
        let letters = b"abdqs-./%&A1' :=|{";
        let count = letters.len();
        let mut passed = 0;
        for number in 0..count.pow(4) {
            let text = [0, 1, 2, 3].map(|place| letters[number / count.pow(place) % count]);
            for text in [&text[..], &text[1..]].into_iter().filter(|text| says_nothing(text)) {
                let (mut known, mut meant, mut out) = (Known::default(), Meant::default(), Vec::new());
                let place = Text::plain(text);
                let triggers = simd::triggers_of_block(text);
                scanner::scan(place, triggers, &detector.settings, &mut known, &mut meant, &mut out);
                let is_left = known.thing.is_some() || known.key_id.is_some() || known.pair.is_some();
                assert!(out.is_empty() && !is_left, "{}", String::from_utf8_lossy(text));
                passed += 1;
            }
        }
        assert!(passed > count.pow(3));
    }
}
