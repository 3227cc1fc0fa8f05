//! One pass over a text: cheap triggers find candidates, one verifier decides each.
//!
//! Every identifier has a byte that gives it away: the hyphen of `i-0…`, the dot of an address or a host, the colon of
//! an ARN, a run of twelve digits or capitals. [`simd::triggers`] marks these 64 bytes at a time; all other bytes cost
//! nothing more. At each mark one small verifier looks at the text around it. How many kinds there are does not change the
//! cost of a byte.

use super::meant::{self, Meant};
use super::verify::assigned::{self, Before};
use super::verify::context::Context;
use super::verify::ends::Ends;
use super::verify::guess::Guesses;
use super::verify::key;
use super::verify::known::Known;
use super::verify::{
    access_log, address, arn, cdk, console, credential, csv, digits, element, flag, guess, host, id, message, name,
    path, prose, setter, table, telling, terraform, text_output, uri,
};
use super::verify::{ends_word, in_escape, is_alphanumeric, starts_word};
use super::{says_nothing, Others, Settings, Span, Standing, Text};
use crate::detect::catalogue::kinds::Kind;
use crate::simd;
use crate::token;
use std::cmp::Reverse;
use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

/// The last two bytes of what more than a key's value may stand behind, with a colon between: `arn`, `data`, the service of a dynamic
/// reference, a message. By the last one the one in front of it; that of a bracket or an hour may be any.
static BEFORE_COLON: [u8; 256] = {
    let mut before = [0; 256];
    let ends = [*b"rn", *b"ta", *b"er", *b"re", *b"sm", *b"st"];
    let mut at = 0;
    while at < ends.len() {
        before[ends[at][1] as usize] = ends[at][0];
        at += 1;
    }
    let any = *b")0123456789";
    at = 0;
    while at < any.len() {
        before[any[at] as usize] = ANY;
        at += 1;
    }
    before
};

/// Stands for every byte.
const ANY: u8 = b'*';

/// How far behind its mark the letters and digits of an encoding may begin: `&#x3a;`.
const FIRST_OF_ENCODING: usize = 3;

/// Gives all identifiers of a text, in order, without overlaps. `of_block` are its candidates if it is of one block, `known` is what was read of
/// its body before, `meant` what its last text with encodings was read into.
pub fn scan(
    place: Text<'_>,
    of_block: Option<u64>,
    settings: &Settings,
    known: &mut Known,
    meant: &mut Meant,
    out: &mut Vec<Span>,
) {
    let is_text_output = text_output::begins(place.text);
    if of_block == Some(0) && !is_text_output {
        return;
    }
    let mut later = Vec::new();
    if is_text_output {
        text_output::names(place.text, 0, &mut later);
    }
    if of_block.is_none() {
        csv::names(place.text, &mut later);
    }
    match holds_encoding(place.text, of_block) {
        false => scan_as_it_stands(place, of_block, settings, known, later, out),
        true => scan_as_meant(place, settings, (known, meant), later, out),
    }
}

/// Whether an encoding is in a text, of which the candidates are known if it is of one block.
#[inline]
fn holds_encoding(text: &[u8], of_block: Option<u64>) -> bool {
    let Some(mask) = of_block else { return meant::holds_encoding(text) };
    let mut holds = false;
    simd::each_bit(mask, 0, |at| holds |= matches!(text[at], b'%' | b'&') && meant::begins(&text[at..]));
    holds
}

/// Scans a text without encodings, of which names were found ahead.
fn scan_as_it_stands(
    place: Text<'_>,
    of_block: Option<u64>,
    settings: &Settings,
    known: &mut Known,
    later: Vec<Span>,
    out: &mut Vec<Span>,
) {
    let mut names = Context::new(place.at, place.depth, known);
    names.later = later;
    let mut scan = Scan::new(place, settings, &mut names);
    scan.spans = std::mem::take(out);
    scan.run(of_block);
    *out = scan.spans;
}

/// Scans a text with encodings, of which names were found ahead: as it is meant, and what may be no encoding as it stands. What is known of its
/// body behind it is what is meant.
#[inline(never)]
fn scan_as_meant(
    place: Text<'_>,
    settings: &Settings,
    (known, meant): (&mut Known, &mut Meant),
    later: Vec<Span>,
    out: &mut Vec<Span>,
) {
    let text = place.text;
    let had_evidence = known.evidence.is_some();
    meant.read(text);
    if !says_nothing(&meant.text) {
        let of_block = simd::triggers_of_block(&meant.text);
        if of_block != Some(0) {
            let as_meant = Text { text: &meant.text, ..place };
            scan_as_it_stands(as_meant, of_block, settings, known, Vec::new(), out);
            meant.lead_back(text, out);
        }
    }
    known.move_on(place.at, text.len() - meant.text.len());
    if !had_evidence && known.evidence.is_some() {
        // What was found stands elsewhere in the text.
        known.evidence = Some(text.len());
    }
    meant.give_back();
    if !meant.may_be_doubtful && later.is_empty() {
        return;
    }
    let about = known.forget();
    let mut names = Context::new(place.at, place.depth, known);
    names.later = later;
    let mut scan = Scan::new(place, settings, &mut names);
    scan.look_at_doubtful();
    scan.keep_beside_meant(std::mem::take(out));
    scan.accept_later();
    *out = scan.spans;
    known.remember(about);
}

/// A scan under way.
struct Scan<'s, 't> {
    text: &'t [u8],
    escaped: bool,
    settings: &'t Settings,
    names: &'s mut Context<'t>,
    ends: &'static Ends,
    /// Whether hyphenated words may tell that they are names.
    may_tell: bool,
    /// Where the last base64 ended that a credential was looked for in.
    base64: usize,
    /// What was read in front of the last public suffix.
    host: Range<usize>,
    /// Where the last word ends that was asked what it tells. No hyphen up to there is the first one of another.
    told: usize,
    /// How far words with underscores were read.
    joined: usize,
    /// Names that count only if the body is about AWS.
    guesses: Guesses,
    /// A stretch in which no token begins.
    tokenless: Range<usize>,
    /// Candidates in front of it are part of what was found already.
    next: usize,
    /// What one candidate has led to; empty between two.
    found: Vec<Span>,
    spans: Vec<Span>,
}

impl<'s, 't> Scan<'s, 't> {
    #[inline(always)]
    fn new(place: Text<'t>, settings: &'t Settings, names: &'s mut Context<'t>) -> Scan<'s, 't> {
        Scan {
            text: place.text,
            escaped: place.escaped,
            settings,
            names,
            ends: key::ends(),
            may_tell: settings.name_heuristics && place.may_tell,
            base64: 0,
            host: 0..0,
            told: 0,
            joined: 0,
            guesses: Guesses::default(),
            tokenless: 0..0,
            next: 0,
            found: Vec::new(),
            spans: Vec::new(),
        }
    }

    /// Looks at the candidates, of which those of a text of one block are known.
    fn run(&mut self, of_block: Option<u64>) {
        match of_block {
            Some(mask) => self.run_block(mask),
            None => self.run_all(),
        }
        self.accept_later();
        self.accept_guesses();
        self.names.settle_pair(self.text);
    }

    fn run_all(&mut self) {
        simd::each(self.text, simd::triggers, |at| {
            if at >= self.next {
                self.candidate(at);
            }
        });
    }

    #[inline(never)]
    fn run_block(&mut self, mask: u64) {
        simd::each_bit(mask, 0, |at| {
            if at >= self.next {
                self.candidate(at);
            }
        });
    }

    /// Adds the guesses where nothing else was found.
    #[inline]
    fn accept_guesses(&mut self) {
        if !self.guesses.is_empty() {
            self.merge_guesses();
        }
    }

    #[inline(never)]
    fn merge_guesses(&mut self) {
        let guesses = std::mem::take(&mut self.guesses).in_order();
        let guesses = admitted(guesses, self.text, self.settings, Others::new(&self.spans, 0));
        if !guesses.is_empty() {
            self.names.known.keep_guesses(guesses.len());
            self.spans.extend(guesses);
            self.spans.sort_by_key(|span| span.range.start);
        }
    }

    /// Adds what was found further on than the text was read. Last, since the scan goes on behind what was found.
    #[inline]
    fn accept_later(&mut self) {
        if !self.names.later.is_empty() {
            self.merge_later();
        }
    }

    /// Adds that and what was found since in the order in which they stand, which takes linear time.
    #[inline(never)]
    fn merge_later(&mut self) {
        let mut later = std::mem::take(&mut self.names.later);
        later.sort_by_key(|span| span.range.start);
        let mut found = std::mem::take(&mut self.spans).into_iter().peekable();
        for span in later {
            keep_before(&mut self.spans, &mut found, &span);
            if self.settings.is_on(span.kind) && self.settings.allows(&span, self.text) {
                // What is in it is allowed with it.
                while found.next_if(|found| found.range.end <= span.range.end).is_some() {}
            } else {
                self.accept(span);
            }
        }
        found.for_each(|span| {
            keep(&mut self.spans, span);
        });
    }

    /// Looks at one candidate. What it asks stays in functions of their own (`inline(never)`): inlined here, they would take
    /// the loop's registers, which a clean text pays for with a tenth of its time.
    fn candidate(&mut self, at: usize) {
        let text = self.text;
        self.next = at + 1;
        match text[at] {
            b'-' => self.hyphen(at),
            b':' => self.colon(at),
            b'.' => self.dot(at),
            b'=' => self.assigned(at),
            b'|' => self.bar(at),
            b'{' => self.block(at),
            b'/' => self.slash(at),
            // What is encoded has been decoded.
            b'%' | b'&' => {}
            b'_' => self.underscore(at),
            b'a' => self.lower_a(at),
            b'b'..=b'z' | 0x80.. => self.end_of_word(at),
            _ => self.run_of_capitals(at),
        }
    }

    /// An underscore, which is mostly one of a program's. In front of a number it says little: `x86_64`.
    #[inline(always)]
    fn underscore(&mut self, at: usize) {
        if self.may_tell && at >= self.joined && self.text[at + 1].is_ascii_alphabetic() {
            self.snake_case(at);
        }
    }

    #[inline(never)]
    fn snake_case(&mut self, at: usize) {
        match prose::snake_case(self.text, at, &mut self.joined) {
            Some(named) => self.accept(named),
            None => self.guess(at),
        }
    }

    /// The last letter of a word in front of one that begins with a capital.
    #[inline(always)]
    fn end_of_word(&mut self, at: usize) {
        if self.may_tell {
            self.capitalized(at);
        }
    }

    /// Guesses what the word around a place names, if the body is about AWS.
    #[inline(always)]
    fn guess(&mut self, at: usize) {
        if self.names.known.evidence.is_some() {
            self.guess_word(at);
        }
    }

    #[inline(never)]
    fn guess_word(&mut self, at: usize) {
        let found = self.spans.last().map(|span| (span.range.end, span.kind));
        self.guesses.guess(self.text, at, found);
    }

    #[inline(never)]
    fn capitalized(&mut self, at: usize) {
        let text = self.text;
        if guess::is_before_quote(text, at) {
            if self.names.known.evidence.is_some() {
                self.guesses.guess_quoted(text, at);
            }
            return;
        }
        let is_behind_space = text.get(at + 1) == Some(&b' ');
        match if is_behind_space { prose::capitalized(text, at + 2) } else { None } {
            Some(named) => self.accept(named),
            None if self.names.known.evidence.is_none() => {}
            None => guess::capital(text, at).into_iter().for_each(|start| self.guess(start)),
        }
    }

    /// The first of a run of capitals and digits. The digits of an escape (`\u00e9`) may stand in front of the id.
    #[inline(never)]
    fn run_of_capitals(&mut self, at: usize) {
        let text = self.text;
        if text[at].is_ascii_digit() {
            self.accept_some(digits::account(text, at));
        }
        let is_escape = matches!(text[..at], [.., b'\\', b'u']);
        self.capitals(at + if is_escape { 4 } else { 0 });
    }

    /// The id that may begin at a capital.
    #[inline]
    fn capitals(&mut self, at: usize) {
        let text = self.text;
        self.accept_some(match text.get(at) {
            Some(b'A') => return self.letter_a(at),
            Some(b'E') => id::distribution(text, at),
            Some(b'Z') => id::hosted_zone(text, at),
            _ => None,
        });
    }

    /// A token, an IAM unique id, or a key id and its secret.
    fn letter_a(&mut self, at: usize) {
        let text = self.text;
        if let Some(found) = token::parse(text, at) {
            return self.accept(Span::new(found.range, Kind::Token));
        }
        let Some(span) = id::unique(text, at).or_else(|| id::permission_set_role(text, at)) else {
            return self.lower_a(at);
        };
        let (kind, end) = (span.kind, span.range.end);
        self.accept(span);
        if kind == Kind::AccessKey {
            self.names.meet_key_id(end);
            self.secret_of(at, end);
        }
    }

    /// The secret and the session token of the key id that starts at `start` and ends before `end`.
    fn secret_of(&mut self, start: usize, end: usize) {
        let text = self.text;
        let secret = credential::secret_behind(text, end);
        let secret = secret.or_else(|| credential::secret_in_line(text, end, self.names));
        let Some(secret) = secret else { return };
        let secret_end = secret.range.end;
        self.accept_behind(end, secret);
        let token = credential::token_behind(text, secret_end, self.names);
        match token.or_else(|| credential::token_in_line(text, secret_end, self.names)) {
            Some(token) => self.accept_behind(secret_end, token),
            None => self.accept_some(uri::bucket_behind(text, start, secret_end)),
        }
    }

    /// The `aws` of a key of credentials.
    #[inline(never)]
    fn lower_a(&mut self, at: usize) {
        if self.names.known.evidence.is_none() && says_aws(self.text, at) {
            self.names.known.evidence = Some(at);
        }
        if credential::may_introduce_of_aws(&self.text[at..]) {
            let credential = self.credential(at);
            self.accept_some(credential);
        }
        let imported = terraform::imported(self.text, at, self.names);
        self.accept_some(imported);
        self.end_of_word(at);
    }

    /// What the key of a credential at `at` introduces.
    fn credential(&mut self, at: usize) -> Option<Span> {
        credential::introduced(self.text, at, self.names)
    }

    #[inline(never)]
    fn block(&mut self, at: usize) {
        terraform::block(self.text, at, self.names)
    }

    #[inline(never)]
    fn slash(&mut self, at: usize) {
        let text = self.text;
        access_log::names(text, at, &mut self.names.later);
        let span = match at.checked_sub(1).map(|before| text[before]) {
            Some(b'<') => element::element(text, at, self.names),
            before => {
                let labelled = match before {
                    Some(b'r') => path::tagged_cluster(text, at),
                    Some(b'h' | b'o') => path::labelled(text, at, self.names),
                    Some(b's') => path::kms_alias(text, at, self.names),
                    _ => None,
                };
                let named = labelled.or_else(|| path::log_group(text, at)).or_else(|| path::load_balancer(text, at));
                let named = named.or_else(|| if self.may_tell { prose::path(text, at) } else { None });
                named.or_else(|| self.base64(at))
            }
        };
        self.accept_some(span);
    }

    /// The credential that the base64 around a slash is. Almost every session token has a slash in it, and every other secret.
    fn base64(&mut self, slash: usize) -> Option<Span> {
        if slash < self.base64 || !credential::may_be_around(self.text, slash) {
            return None;
        }
        let stretch = credential::base64_around(self.text, slash, self.base64);
        self.base64 = stretch.end;
        credential::of_base64(self.text, stretch, self.names)
    }

    /// Most colons stand behind a quote and in front of white space: these introduce a value and nothing else.
    #[inline(never)]
    fn colon(&mut self, at: usize) {
        let may_be_of_word = |[before, last]: &[u8; 2]| [ANY, *before].contains(&BEFORE_COLON[usize::from(*last)]);
        let next = self.text.get(at + 1);
        if self.text[..at].last_chunk().is_some_and(may_be_of_word) || next == Some(&b'/') {
            return self.colon_of_word(at);
        }
        self.colon_of_key(at);
    }

    /// A colon behind a key, or in an address.
    #[inline]
    fn colon_of_key(&mut self, at: usize) {
        if self.goes_on_as_address(at) && address::may_be_ipv6(self.text, at) && self.ipv6(at) {
            return;
        }
        self.assigned(at);
    }

    /// A colon behind what may be more than a key.
    #[inline(never)]
    fn colon_of_word(&mut self, at: usize) {
        let text = self.text;
        let last = text[..at].last();
        if last == Some(&b')') && !self.goes_on_as_address(at) {
            return self.accept_some(message::in_brackets(text, at));
        }
        let named = match last {
            _ if text[at + 1..].starts_with(b"//") => uri::s3_uri(text, at),
            Some(b'n') => arn::arn(text, at),
            Some(b'0'..=b'9') => message::listed_bucket(text, at),
            Some(b't') => message::missing_bucket(text, at, self.names),
            Some(b'e' | b'm' | b'r') => uri::dynamic_reference(text, at),
            _ => None,
        };
        match named {
            Some(span) => self.accept(span),
            None => match self.data_url(at) {
                Some(payload) => self.data_url_to(at, payload),
                None => self.colon_of_key(at),
            },
        }
    }

    /// What stands behind a `:`, `=` or `|`. Most have no key in front of them.
    #[inline]
    fn assigned(&mut self, at: usize) {
        if let Some(before) = assigned::before(self.text, at, self.ends) {
            self.assigned_to(at, before);
        }
    }

    /// What stands behind a bar: of a table with a header what that says, else as behind an equals sign.
    #[inline]
    fn bar(&mut self, at: usize) {
        if !self.names.tables.are_open() {
            self.assigned(at);
        } else {
            self.cell(at);
        }
    }

    #[inline(never)]
    fn cell(&mut self, at: usize) {
        match table::cell(self.text, at, self.names, &mut self.found) {
            true => self.accept_found(),
            false => self.assigned(at),
        }
    }

    #[inline(never)]
    fn assigned_to(&mut self, at: usize, before: Before) {
        assigned::assigned(self.text, at, before, self.names, &mut self.found);
        self.accept_found();
    }

    /// Behind the first colon of an IPv6 address it goes on.
    fn goes_on_as_address(&self, colon: usize) -> bool {
        self.text.get(colon + 1).is_some_and(|b| b.is_ascii_hexdigit() || *b == b':')
    }

    /// Looks at the address whose first colon that may be; gives whether it is one.
    #[inline(never)]
    fn ipv6(&mut self, colon: usize) -> bool {
        let span = address::ipv6(self.text, colon);
        let is_one = span.is_some();
        self.accept_some(span);
        is_one
    }

    #[inline(never)]
    fn hyphen(&mut self, at: usize) {
        match id::shaped(self.text, at) {
            Some(span) => self.accept(span),
            None => self.hyphen_of_word(at),
        }
    }

    #[inline(never)]
    fn hyphen_of_word(&mut self, at: usize) {
        let text = self.text;
        match text.get(at + 1) {
            Some(b'-') => {
                let key = &text[at + 2..];
                // No word goes on with the second one, behind a hyphen.
                self.next += usize::from(key.first() != Some(&b'-'));
                let secret = if credential::may_introduce(key) { self.credential(at + 2) } else { None };
                match secret {
                    Some(secret) => self.accept(secret),
                    None => {
                        flag::flagged(text, at, self.names, &mut self.found);
                        self.accept_found();
                    }
                }
            }
            Some(b'A'..=b'Z') if at > 0 && text[at - 1] == b' ' => match flag::parameter(text, at, self.names) {
                Some(parameter) => self.accept(parameter),
                None => self.other_hyphen(at, text[at + 1]),
            },
            Some(next) if is_alphanumeric(*next) && at > 0 && is_alphanumeric(text[at - 1]) => {
                self.other_hyphen(at, *next);
            }
            _ => {}
        }
    }

    fn other_hyphen(&mut self, at: usize, next: u8) {
        let text = self.text;
        let special = || match text[at - 1] {
            b'p' if next.is_ascii_digit() && text[..at].ends_with(b"ip") => host::private_name(text, at),
            b'u' if text[..at].ends_with(b"ou") => id::unit(text, at),
            _ if next.is_ascii_digit() && text.get(at + 5) == Some(&b'-') => digits::dashed_account(text, at),
            _ if id::may_be_pool(text, at) => id::pool(text, at),
            _ => None,
        };
        if let Some(span) = id::coined(text, at).or_else(special) {
            self.accept(span);
        } else if self.may_tell && at > self.told {
            match telling::telling(text, at, &mut self.told) {
                Some(span) => self.accept(span),
                None => self.guess(at),
            }
        }
    }

    #[inline(never)]
    fn dot(&mut self, at: usize) {
        let text = self.text;
        let key = &text[at + 1..];
        if setter::may_be_behind(text, at) {
            let given = setter::given(text, at, self.names);
            self.accept_some(given);
        }
        if key.first().is_some_and(u8::is_ascii_lowercase) && self.may_tell && self.names.known.evidence.is_some() {
            self.guesses.guess_dotted(text, at);
        }
        match key.first() {
            Some(b'0'..=b'9') if at > 0 && text[at - 1].is_ascii_digit() => {
                self.accept_some(address::ipv4(text, at, self.names.masked));
            }
            Some(b'a' | b'c' | b'e' | b'o' | b's' | b'A' | b'C' | b'E' | b'O' | b'S') => {
                if credential::may_introduce(key) {
                    let credential = self.credential(at + 1);
                    self.accept_some(credential);
                }
                host::host(text, at, &mut self.host, self.settings.preserve_structure, &mut self.found);
                self.accept_found();
                // What stands in the address in front of a name is looked at too.
                console::names(text, at, &mut self.names.later);
            }
            Some(b'f') => {
                let taken = cdk::taken(text, at, self.names);
                self.names.later.extend(taken);
                let ordered = name::of_fifo(text, at);
                self.accept_some(ordered);
            }
            _ => {}
        }
    }

    /// Looks through what stands in front of the payload, which is no more than a media type should be, and passes over that.
    fn data_url_to(&mut self, colon: usize, payload: Range<usize>) {
        self.look_through(colon + 1..payload.start);
        self.next = self.next.max(payload.end);
    }

    /// Adds what was found behind `front`, which is looked through first.
    fn accept_behind(&mut self, front: usize, span: Span) {
        self.look_through(front..span.range.start);
        self.accept(span);
    }

    /// Looks at the candidates of a part of the text.
    fn look_through(&mut self, part: Range<usize>) {
        let end = part.end;
        self.look_through_seen(part, end, |_| true);
    }

    /// The same of those that `is` says, of a part that is seen to go on up to `reach`.
    fn look_through_seen(&mut self, part: Range<usize>, reach: usize, mut is: impl FnMut(usize) -> bool) {
        let text = &self.text[part.start..reach];
        let look = |at: usize| {
            let at = part.start + at;
            if at >= self.next && at < part.end && is(at) {
                self.candidate(at);
            }
        };
        match simd::triggers_of_block(text) {
            Some(mask) => simd::each_bit(mask, 0, look),
            None => simd::each(text, simd::triggers, look),
        }
    }

    /// The payload of a `data:` URL: nobody looks for identifiers in base64.
    fn data_url(&self, colon: usize) -> Option<Range<usize>> {
        if !self.text[..colon].ends_with(b"data") || !starts_word(self.text, colon - 4) {
            return None;
        }
        // The word is a name here (`s3://data`), or the end of one, and will be gone.
        if self.names.masked == colon {
            return None;
        }
        let front = memchr::memchr(b',', &self.text[colon..self.text.len().min(colon + 80)])?;
        let payload = colon + front + 1;
        if !self.text[colon..payload - 1].ends_with(b";base64") {
            return None;
        }
        let base64 = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
        let length = self.text[payload..].iter().take_while(base64).count();
        // A token is made of the letters of base64url, and of backslashes where Markdown escapes them: what was masked behind
        // the payload ends it.
        let token = token::find_before(self.text, payload, payload + length);
        let length = token.map_or(length, |token| token.range.start - payload);
        Some(payload..payload + length)
    }

    /// Looks at what may be no encoding as it stands: what ends in one, and what begins in one. There no word tells that it is a name.
    fn look_at_doubtful(&mut self) {
        let text = self.text;
        self.may_tell = false;
        meant::each_encoding(text, |mark, byte, _| match meant::doubtful(text, mark, byte) {
            Some(part) if part.start < mark => self.look_through(part),
            Some(part) => self.look_at_beginning(part),
            None => {}
        });
        self.names.settle_pair(text);
    }

    /// Looks at what may begin in the encoding that a part begins with. Of what has hyphens in it that is told by the first one, but for
    /// pools, and an address by its first dot.
    fn look_at_beginning(&mut self, part: Range<usize>) {
        let text = self.text;
        let (mut has_hyphen, mut has_dot) = (false, false);
        let may_begin_there = |at: usize| match text[at] {
            b'-' => {
                !std::mem::replace(&mut has_hyphen, true) && id::may_begin_before(text, at) || id::may_be_pool(text, at)
            }
            b'.' => !std::mem::replace(&mut has_dot, true) || !text.get(at + 1).is_some_and(u8::is_ascii_digit),
            b if is_alphanumeric(b) => at <= part.start + FIRST_OF_ENCODING,
            _ => true,
        };
        // Of what stands behind the part no more is read than that it goes on.
        self.look_through_seen(part.clone(), text.len().min(part.end + 1), may_begin_there);
    }

    /// Adds what is meant to what was found as it stands, in the order of both. Left out is a name that is meant with the rest of an
    /// encoding in front: `20orders` of `%20orders`. Digits may be those of an address.
    fn keep_beside_meant(&mut self, meant: Vec<Span>) {
        let text = self.text;
        let mut meant = meant.into_iter().peekable();
        for span in std::mem::take(&mut self.spans) {
            keep_before(&mut self.spans, &mut meant, &span);
            let is_meant = |meant: &Span| meant::begins_in_encoding(text, &span.range, &meant.range);
            if !span.has_name() || !meant.peek().is_some_and(is_meant) {
                keep(&mut self.spans, span);
            }
        }
        meant.for_each(|span| {
            keep(&mut self.spans, span);
        });
    }

    /// Adds what one candidate has led to; mostly nothing.
    #[inline]
    fn accept_found(&mut self) {
        if !self.found.is_empty() {
            self.accept_all_found();
        }
    }

    #[inline(never)]
    fn accept_all_found(&mut self) {
        let mut found = std::mem::take(&mut self.found);
        found.drain(..).for_each(|span| self.accept(span));
        self.found = found;
    }

    fn accept_some(&mut self, span: Option<Span>) {
        if let Some(span) = span {
            self.accept(span);
        }
    }

    /// Adds what was found, if it is to be masked, and goes on behind it. Most identifiers are all that they are: their
    /// span needs not be put together in memory before it is.
    #[inline]
    fn accept(&mut self, span: Span) {
        match span {
            Span { range, kind, name: None, rule: None, standing: Standing::Sure } => self.accept_bare(range, kind),
            span => self.accept_named(span),
        }
    }

    #[inline(never)]
    fn accept_bare(&mut self, range: Range<usize>, kind: Kind) {
        self.accept_any(Span::new(range, kind));
    }

    #[inline(never)]
    fn accept_named(&mut self, span: Span) {
        if span.is_guess() {
            return self.keep_guess(span);
        }
        self.names.known.hangs_on_evidence |= !span.is_sure();
        self.accept_any(span);
    }

    /// Keeps a guess for later. Of a body that has very many not all are kept: it need not be about AWS.
    fn keep_guess(&mut self, guess: Span) {
        if self.may_tell && self.guesses.len() < self.names.known.room {
            self.guesses.add(guess);
        }
    }

    #[inline(always)]
    fn accept_any(&mut self, mut span: Span) {
        // Of `\nat-0…` the n is the escape's where escapes are left in the text; it stays.
        if self.escaped && in_escape(self.text, span.range.start) {
            span.range.start += 1;
            span.name = None;
        }
        let beside = if self.may_hold_token(&span.range) {
            beside_tokens(self.text, span.range.clone())
        } else if ends_word(self.text, span.range.end) {
            Beside::Itself
        } else {
            Beside::Nothing
        };
        let Some(span) = beside.of(span) else { return };
        if !self.settings.is_on(span.kind) {
            return;
        }
        let end = span.range.end;
        self.next = self.next.max(end);
        if self.settings.allows(&span, self.text) {
            // What is in it is allowed with it, and nothing else.
            let first = self.spans.partition_point(|earlier| earlier.range.start < span.range.start);
            let inside = self.spans[first..].iter().take_while(|earlier| earlier.range.end <= end).count();
            self.spans.drain(first..first + inside);
        } else {
            if self.names.known.evidence.is_none() && span.is_evidence() {
                self.names.known.evidence = Some(span.range.start);
            }
            self.names.masked = keep(&mut self.spans, span);
        }
    }

    /// Whether a token may stand in there. Most texts have none far and wide, so that it is looked for once.
    fn may_hold_token(&mut self, range: &Range<usize>) -> bool {
        if range.start < self.tokenless.start {
            return token::may_be_in(&self.text[range.clone()]);
        }
        if self.tokenless.end < range.start {
            self.tokenless = range.start..token::stem(self.text, range.start);
        }
        self.tokenless.end < range.end
    }
}

/// Those of some guesses in their order that the operator would have masked, that have no token in them, and that overlap neither others nor
/// each other.
pub fn admitted(mut guesses: Vec<Span>, text: &[u8], settings: &Settings, others: Others<'_>) -> Vec<Span> {
    let may_be = |guess: &Span| {
        settings.is_on(guess.kind)
            && !settings.allows(guess, text)
            && !in_escape(text, guess.range.start)
            && beside_tokens(text, guess.range.clone()) == Beside::Itself
    };
    let (mut others, mut end) = (others.ranges().peekable(), 0);
    let is_free = |guess: &Span| {
        while let Some(other) = others.next_if(|other| other.end <= guess.range.start) {
            end = end.max(other.end);
        }
        let is_free = end <= guess.range.start && others.peek().is_none_or(|next| guess.range.end <= next.start);
        end = if is_free { guess.range.end } else { end };
        is_free
    };
    guesses.retain(may_be);
    guesses.retain(is_free);
    guesses
}

/// Whether a text speaks of AWS at a place, or has a command of its CLI there.
fn says_aws(text: &[u8], at: usize) -> bool {
    let is_said = match text[at..] {
        [b'A', b'W', b'S', ..] => !matches!(text.get(at + 3), Some(b'_' | b'-' | b'\\')),
        [b'a', b'w', b's', b' ', next, ..] => next.is_ascii_lowercase(),
        _ => false,
    };
    is_said && starts_word(text, at) && ends_word(text, at + 3) && !text[..at].ends_with(b"_")
}

/// Adds those of some others that stand in front of a span. Of two that begin together one that holds the other comes first.
fn keep_before(spans: &mut Vec<Span>, others: &mut Peekable<IntoIter<Span>>, span: &Span) {
    let place = |span: &Span| (span.range.start, Reverse(span.range.end));
    while let Some(other) = others.next_if(|other| place(other) <= place(span)) {
        keep(spans, other);
    }
}

/// What a span is beside the tokens of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// The identifier that it was found to be.
    Itself,
    /// A token.
    Token,
    /// Neither.
    Nothing,
}

impl Beside {
    /// What becomes of the span.
    #[inline(always)]
    pub fn of(self, span: Span) -> Option<Span> {
        match self {
            Beside::Itself => Some(span),
            Beside::Token => Some(Span::new(span.range, Kind::Token)),
            Beside::Nothing => None,
        }
    }
}

/// What a span is beside the tokens of its text.
///
/// A token is what it is wherever it stands: in the place of a name it is no name, and a name is not made of one. Only an
/// ARN hides what is in it. So masking a masked text finds its tokens and nothing else. A span that a verifier's limit has
/// cut in the middle of a word is none.
pub fn beside_tokens(text: &[u8], range: Range<usize>) -> Beside {
    let inside = &text[range.clone()];
    match token::find(inside, 0) {
        Some(found) if found.range == (0..inside.len()) => Beside::Token,
        Some(_) if inside.starts_with(b"arn:") => Beside::Itself,
        // A digit behind a token would become part of it.
        None if ends_word(text, range.end) => Beside::Itself,
        Some(_) | None => Beside::Nothing,
    }
}

/// Adds a span. One that holds others takes their place; of two that overlap, the one that starts first wins. Returns where
/// the scan goes on.
pub fn keep(spans: &mut Vec<Span>, span: Span) -> usize {
    let end = span.range.end;
    let overlaps = spans.last().is_some_and(|last| last.range.end > span.range.start);
    if overlaps && span.is_guess() {
        return end;
    }
    spans.push(span);
    if overlaps {
        settle_last(spans);
    }
    end
}

/// Gives the last span, which may overlap others or stand in front of some, its place among them.
#[cold]
fn settle_last(spans: &mut Vec<Span>) {
    let Some(mut span) = spans.pop() else { return };
    // What is sure takes the place of what may not be kept.
    let is_guess = |other: &Span| other.is_guess() && other.range.end > span.range.start;
    while spans.last().is_some_and(is_guess) {
        spans.pop();
    }
    let at = spans.partition_point(|other| other.range.start < span.range.start);
    let inside = spans[at..].iter().take_while(|other| other.range.end <= span.range.end).count();
    if let Some(before) = at.checked_sub(1).map(|before| &spans[before]) {
        span.begin_at(span.range.start.max(before.range.end));
    }
    if let Some(behind) = spans.get(at + inside) {
        span.range.end = span.range.end.min(behind.range.start);
    }
    if !span.range.is_empty() {
        spans.splice(at..at + inside, [span]);
    }
}
