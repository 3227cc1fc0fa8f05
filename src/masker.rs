//! The two verbs: mask a request, unmask its response.

use crate::body::charset::{self, Charset};
use crate::body::{Access, Format, Piece, Pieces, Rewriter, Role};
use crate::config::{Config, CredentialPolicy, MappingScope, UninspectableBody};
use crate::detect::catalogue::kinds::{Kind, ALL};
use crate::detect::{Detector, Others, Reader, Span, Text};
use crate::distinct::{not_text, Distinct};
use crate::error::{Code, Error, Result};
use crate::found::{Found, How, Placed, Scanned};
use crate::heap::expect_large_bodies;
use crate::mapping::{spell, Mapping, Spelling};
use crate::metrics::Metrics;
use crate::preamble;
use crate::redis::Store;
use crate::restore::{restore, Restored, Thinking};
use crate::stream::{Settings, Unmasker};
use crate::vault::memory::MemoryVault;
use crate::vault::redis::RedisVault;
use crate::vault::{Scope, Vault};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Masks requests and restores responses of one configuration. Thread-safe: share one between all requests.
pub struct Masker {
    detector: Detector,
    scope: MappingScope,
    credentials: CredentialPolicy,
    uninspectable: UninspectableBody,
    preamble: bool,
    vault: Box<dyn Vault>,
    metrics: Metrics,
    restore_thinking: bool,
    event_limit: usize,
}

/// A masked request.
#[derive(Debug)]
pub struct Masked {
    /// The body to send; `None`: nothing was found, the body may go as it is.
    pub body: Option<Vec<u8>>,
    /// What the response is restored from. Holds the originals.
    pub mapping: Mapping,
    /// What was done, without originals.
    pub report: Report,
}

/// Where in a request a part of it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The body.
    Body,
    /// The query string, without its question mark.
    Query,
    /// A header's value.
    Header,
    /// The path. It says what is asked of the upstream, so it is never rewritten; what is in it is reported.
    Path,
}

/// A part of a request.
#[derive(Clone, Copy, Debug)]
pub struct Part<'r> {
    /// Where it stands.
    pub place: Place,
    /// Of a body the content type, which may be empty; of anything else without meaning.
    pub content_type: &'r str,
    /// Its bytes.
    pub bytes: &'r [u8],
}

impl<'r> Part<'r> {
    fn format(&self, text: &[u8]) -> Format<'r> {
        match self.place {
            Place::Body => Format::of(self.content_type, text),
            Place::Query => Format::Form,
            Place::Header | Place::Path => Format::Text,
        }
    }
}

/// A masked request of several parts.
#[derive(Debug)]
pub struct MaskedParts {
    /// What to send for each part; `None`: it may go as it is.
    pub parts: Vec<Option<Vec<u8>>>,
    /// What the response is restored from. Holds the originals.
    pub mapping: Mapping,
    /// What was done, without originals.
    pub report: Report,
}

/// The identifiers of a request that have tokens.
struct Named {
    mapping: Mapping,
    /// For every identifier that was not taken out for good the place of its token in the mapping.
    places: Vec<u32>,
    /// How long the store took.
    store: Duration,
}

/// What masking did, for logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many identifiers of each kind were replaced, by the kind's token prefix. Redacted credentials are among them.
    pub masked: BTreeMap<&'static str, u64>,
    /// How many identifiers of each kind are in the path, where they stay.
    pub path: BTreeMap<&'static str, u64>,
    /// Time spent waiting for the store.
    pub store: Duration,
    /// Time spent on everything else.
    pub engine: Duration,
}

/// An identifier in a body.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// The identifier as a person reads it.
    pub original: String,
    /// Where it stands in the body, with the escapes it is written in.
    pub range: Range<usize>,
}

/// A part of a request as it can be looked through.
struct Read<'r> {
    charset: Charset,
    /// It in UTF-8, or an extension of ASCII.
    text: Cow<'r, [u8]>,
}

/// What was read in a part.
struct PartRead<'t> {
    found: Found<'t>,
    /// Whether something of that hangs on the request being about AWS.
    hangs_on_evidence: bool,
    evidence: Option<Evidence>,
}

/// What shows that a request is about AWS: the how manieth piece of a part, and a place in that.
#[derive(Clone, Copy)]
struct Evidence {
    piece: usize,
    at: usize,
}

/// Whether what is in a piece may be masked on the strength of others.
fn may_be_masked(piece: &Piece<'_>) -> bool {
    let is_open = !piece.is_protocol && !piece.is_signed && piece.access != Access::Hidden;
    is_open && piece.role != Some(Role::Number)
}

impl Masker {
    /// A masker with the store that the configuration names. No connection is opened before the first request needs one.
    ///
    /// # Errors
    /// `AWS_MASKER_4001` or `4002` if the store's settings or the operator's own patterns are impossible.
    pub fn new(config: &Config) -> Result<Masker> {
        expect_large_bodies();
        Ok(Masker {
            detector: Detector::new(config)?,
            scope: config.mapping_scope,
            credentials: config.credential_policy,
            uninspectable: config.uninspectable_body,
            preamble: config.token_preamble,
            vault: vault(config)?,
            metrics: Metrics::new(),
            restore_thinking: config.restore_thinking,
            event_limit: config.max_event_bytes as usize,
        })
    }

    /// Replaces every identifier in `body` by its token, for a request without a consumer.
    ///
    /// # Errors
    /// As [`Masker::mask_for`].
    pub fn mask(&self, content_type: &str, body: &[u8]) -> Result<Masked> {
        self.mask_for(None, content_type, body)
    }

    /// Replaces every identifier in the `body` of a consumer's request by its token.
    ///
    /// `consumer` is the consumer's id; it counts where `mapping_scope` is `consumer`, and `None` is then a scope of its
    /// own.
    /// `content_type` is the request's header, or empty. The body may be anything: JSON is read as JSON, all else as text.
    ///
    /// # Errors
    /// As [`Masker::mask_parts`].
    pub fn mask_for(&self, consumer: Option<&str>, content_type: &str, body: &[u8]) -> Result<Masked> {
        let part = Part { place: Place::Body, content_type, bytes: body };
        let MaskedParts { mut parts, mapping, report } = self.mask_parts(consumer, &[part])?;
        Ok(Masked { body: parts.pop().flatten(), mapping, report })
    }

    /// Replaces every identifier in the parts of one request, with one question to the store for all of them.
    ///
    /// # Errors
    /// `AWS_MASKER_1001` to `1003` if identifiers were found and the store does not name them, `2003` if the masked body
    /// cannot be prepared, `5001` if it cannot be inspected and `uninspectable_body` does not allow that, or holds credentials
    /// and `credential_policy` is `block`, `5002` if identifiers are in bytes that must not be rewritten. The request must not
    /// be sent then.
    pub fn mask_parts(&self, consumer: Option<&str>, parts: &[Part<'_>]) -> Result<MaskedParts> {
        let masked = self.mask_uncounted(consumer, parts);
        match &masked {
            Ok(masked) => {
                for (kind, count) in &masked.report.masked {
                    self.metrics.masked(kind, *count);
                }
                self.metrics.engine(masked.report.engine);
                if !masked.mapping.is_empty() {
                    self.metrics.store(masked.report.store);
                }
            }
            Err(error) => self.metrics.refused(error.code()),
        }
        masked
    }

    fn mask_uncounted(&self, consumer: Option<&str>, parts: &[Part<'_>]) -> Result<MaskedParts> {
        let start = Instant::now();
        let mut report = Report::default();
        let texts = parts.iter().map(|part| self.decode(part, &mut report)).collect::<Result<Vec<_>>>()?;
        let found = self.find(texts.iter().zip(parts).map(|(text, part)| self.pieces(text, part)).collect())?;
        if found.iter().all(Found::is_empty) {
            report.engine = start.elapsed();
            return Ok(MaskedParts { parts: vec![None; parts.len()], mapping: Mapping::default(), report });
        }
        self.check(&found)?;
        let mut named = self.name(&self.scope(consumer), &found)?;
        report.store = named.store;
        report.masked = counts(&found);
        // The texts that were decoded may be as large as the body. They are gone before the result is written, which is, too.
        let placed: Vec<Placed> = found.into_iter().map(Found::placed).collect();
        let mut places = named.places.into_iter();
        let mut prepared = Vec::with_capacity(parts.len());
        for ((part, text), placed) in parts.iter().zip(&texts).zip(placed) {
            let rewritten = self.rewrite(&text.text, &placed, &mut places, &mut named.mapping)?;
            prepared.push(self.prepare(part, text, rewritten)?);
        }
        report.engine = start.elapsed().saturating_sub(report.store);
        Ok(MaskedParts { parts: prepared, mapping: named.mapping, report })
    }

    /// The identifiers in a body, in order, without naming them. Of a body in UTF-16 they stand where they would in UTF-8.
    ///
    /// # Errors
    /// `AWS_MASKER_5001` if the body cannot be inspected.
    pub fn detect(&self, content_type: &str, body: &[u8]) -> Result<Vec<Finding>> {
        let part = Part { place: Place::Body, content_type, bytes: body };
        let text = self.decode(&part, &mut Report::default())?;
        let finding = |scanned: Scanned<'_, '_>, span: &Span| Finding {
            kind: span.kind,
            original: String::from_utf8_lossy(scanned.original(span)).into_owned(),
            range: scanned.piece.in_body(span.range.clone()),
        };
        let found = self.find(vec![self.pieces(&text, &part)])?;
        let texts = found.iter().flat_map(Found::texts);
        Ok(texts.flat_map(|scanned| scanned.spans.iter().map(move |span| finding(scanned, span))).collect())
    }

    /// Restores a whole response from the mapping of its request. `None`: no token is in it, it may go as it is.
    pub fn unmask(&self, content_type: &str, mapping: &Mapping, body: &[u8]) -> Option<Restored> {
        let start = Instant::now();
        let charset = charset::of(content_type, body);
        let restored = charset.decode(body).and_then(|text| {
            let restored = self.unmask_text(content_type, mapping, &text)?;
            let body = charset.encode(restored.body)?;
            Some(Restored { body, ..restored })
        });
        self.metrics.restored(restored.as_ref().map_or(0, |restored| restored.count));
        self.metrics.engine(start.elapsed());
        restored
    }

    fn unmask_text(&self, content_type: &str, mapping: &Mapping, text: &[u8]) -> Option<Restored> {
        match Format::of(content_type, text) {
            // A token may be spread over events, so that the whole is restored as it would be in parts.
            Format::Events => {
                let settings = Settings { limit: usize::MAX, thinking: self.thinking(mapping) };
                let mut unmasker = Unmasker::new(content_type, mapping.clone(), settings);
                let restored = [unmasker.push(text), unmasker.finish()].concat();
                (unmasker.count() > 0).then(|| Restored { body: restored, count: unmasker.count() })
            }
            format => restore(format, mapping, &self.thinking(mapping).unwrap_or_default(), text),
        }
    }

    /// Restores a response that arrives in chunks.
    pub fn unmasker(&self, content_type: &str, mapping: Mapping) -> Unmasker {
        let thinking = self.thinking(&mapping);
        Unmasker::new(content_type, mapping, Settings { limit: self.event_limit, thinking })
    }

    /// What of a mapping may be restored in signed texts: the tokens of identifiers that need no context to be found.
    fn thinking(&self, mapping: &Mapping) -> Option<Arc<Thinking>> {
        let returns = |token: &&str| {
            let original = mapping.entry(token).map_or("", |entry| entry.original());
            let spans = self.detector.scan(original.as_bytes());
            matches!(&spans[..], [span] if span.range == (0..original.len()) && span.kind != Kind::Token)
        };
        let returning = || mapping.tokens().filter(returns).map(String::from).collect();
        self.restore_thinking.then(|| Arc::new(Thinking::new(returning())))
    }

    /// Whether the store answers within its health limit.
    ///
    /// # Errors
    /// `AWS_MASKER_1001` to `1003`.
    pub fn health(&self) -> Result<()> {
        self.vault.health()
    }

    /// What this masker has counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The text of a part. That of a path is only looked through, and what cannot be read and may pass has none.
    fn decode<'r>(&self, part: &Part<'r>, report: &mut Report) -> Result<Read<'r>> {
        let charset = match part.place {
            Place::Body => charset::of(part.content_type, part.bytes),
            _ => Charset::Ascii,
        };
        let text = match charset.decode(part.bytes) {
            Some(text) => text,
            None if self.uninspectable == UninspectableBody::Allow => Cow::Borrowed(&[][..]),
            None => return Err(hidden("The body's characters cannot be read; send it in UTF-8.")),
        };
        // What claims to be UTF-16 and has identifiers in ASCII is neither.
        if charset != Charset::Ascii && !self.detector.scan(part.bytes).is_empty() {
            return Err(left("The body holds identifiers outside its own charset, so it was not sent."));
        }
        let mut read = Read { charset, text };
        if part.place == Place::Path {
            report.path = counts(&self.find(vec![self.pieces(&read, part)])?);
            read.text = Cow::Borrowed(&[]);
        }
        Ok(read)
    }

    fn pieces<'t>(&self, read: &'t Read<'_>, part: &Part<'t>) -> Pieces<'t> {
        Pieces::new(part.format(&read.text), &read.text, self.detector.has_custom())
    }

    /// Refuses what must not leave in any form.
    fn check(&self, found: &[Found<'_>]) -> Result<()> {
        let mut spans = found.iter().flat_map(Found::spans);
        if self.credentials == CredentialPolicy::Block && spans.any(|span| is_credential(span.kind)) {
            return Err(Error::new(
                Code::BodyUninspectable,
                "The request holds AWS credentials; config.credential_policy blocks them, so it was not sent.",
            ));
        }
        if found.iter().flat_map(Found::texts).any(|scanned| scanned.how().is_frozen) {
            return Err(left(
                "A part of the request that is no text holds identifiers and cannot be rewritten, so it was not sent.",
            ));
        }
        Ok(())
    }

    /// A part as it is sent; `None` if nothing in it changes.
    fn prepare(&self, part: &Part<'_>, read: &Read<'_>, rewritten: Option<Vec<u8>>) -> Result<Option<Vec<u8>>> {
        let explained = match part.place {
            Place::Body if self.preamble => preamble::add(rewritten.as_deref().unwrap_or(&read.text)),
            _ => None,
        };
        let Some(text) = explained.or(rewritten) else { return Ok(None) };
        match read.charset.encode(text) {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(Error::new(Code::BodyNotPrepared, "The masked body cannot be written in the body's charset.")),
        }
    }

    /// What is found in the pieces of each part, in the order in which it stands there.
    fn find<'t>(&self, mut parts: Vec<Pieces<'t>>) -> Result<Vec<Found<'t>>> {
        let read = parts.iter_mut().map(|pieces| self.read(pieces)).collect::<Result<Vec<_>>>()?;
        let is_about_aws = read.iter().any(|read| read.evidence.is_some());
        let (mut found, mut has_guessed) = (Vec::with_capacity(read.len()), false);
        for (read, pieces) in read.into_iter().zip(&mut parts) {
            found.push(match is_about_aws {
                true => self.guess_before(read, pieces, &mut has_guessed),
                false if read.hangs_on_evidence => read.found.without_guesses(),
                false => read.found,
            });
        }
        let names = self.detector.learn(found.iter().flat_map(|found| found.names(has_guessed)));
        let repeating: Option<Vec<_>> = names.map(|names| {
            let repeated = |_, piece: &Piece<'t>, others: Others<'_>, out: &mut Vec<Span>| {
                if may_be_masked(piece) {
                    names.scan(piece.text(), others, !piece.is_setting, out);
                }
            };
            found.iter().zip(&mut parts).map(|(found, pieces)| found.and(pieces, repeated)).collect()
        });
        for (found, with_repeated) in found.iter_mut().zip(repeating.into_iter().flatten()) {
            if let Some(all) = with_repeated {
                *found = all;
            }
        }
        found.iter_mut().for_each(Found::sort);
        Ok(found)
    }

    /// Adds to what was found in a part the guesses in front of what shows that the body is about AWS: while that was read, nobody knew.
    /// Says whether the part has something that hangs on that.
    fn guess_before<'t>(&self, read: PartRead<'t>, pieces: &mut Pieces<'t>, has_guessed: &mut bool) -> Found<'t> {
        let PartRead { found, hangs_on_evidence, evidence } = read;
        let (last, end) = evidence.map_or((usize::MAX, 0), |evidence| (evidence.piece, evidence.at));
        let front = |number: usize, piece: &Piece<'t>| match number.cmp(&last) {
            _ if piece.is_setting || !may_be_masked(piece) => 0,
            Ordering::Less => piece.text().len(),
            Ordering::Equal => end,
            Ordering::Greater => 0,
        };
        let guess = |number: usize, piece: &Piece<'t>, others: Others<'_>, out: &mut Vec<Span>| {
            let length = front(number, piece);
            if length > 0 {
                out.extend(self.detector.guesses(&piece.text()[..length], others));
            }
        };
        // Mostly there are none, and what was found stays as it is.
        let (mut has_some, mut guesses) = (false, Vec::new());
        pieces.each(|number, piece| {
            if !has_some {
                guess(number, piece, Others::new(&[], 0), &mut guesses);
                has_some = !guesses.is_empty();
            }
        });
        *has_guessed |= hangs_on_evidence || has_some;
        if has_some {
            found.and(pieces, guess).unwrap_or(found)
        } else {
            found
        }
    }

    /// The identifiers that stand in the pieces of a part on their own account, guesses among them.
    fn read<'t>(&self, pieces: &mut Pieces<'t>) -> Result<PartRead<'t>> {
        let (mut reader, mut found, mut spans) =
            (self.detector.read(pieces.body()), Found::nothing_in(pieces.body()), Vec::new());
        let (mut is_hidden, mut evidence) = (false, None);
        pieces.each_and_key(|number, piece, key| {
            if piece.access == Access::Hidden {
                is_hidden = true;
                return;
            }
            self.scan(piece, key, &mut reader, &mut spans);
            found.add(number, piece, &mut spans);
            if evidence.is_none() {
                evidence = reader.evidence().map(|at| Evidence { piece: number, at });
            }
        });
        if is_hidden && self.uninspectable == UninspectableBody::Refuse {
            return Err(hidden(
                "The body, or a part of it, is encrypted or encoded in a way that cannot be inspected.",
            ));
        }
        Ok(PartRead { found, hangs_on_evidence: reader.hangs_on_evidence(), evidence })
    }

    fn scan(&self, piece: &Piece<'_>, key: Option<&[u8]>, reader: &mut Reader<'_>, out: &mut Vec<Span>) {
        let text = Text {
            text: piece.text(),
            key,
            is_key: piece.role == Some(Role::Key),
            may_tell: !piece.is_setting,
            escaped: piece.escaped,
            at: piece.start(),
            is_part: piece.is_part(),
            depth: piece.depth,
        };
        match piece.role {
            Some(Role::Number) => out.extend(self.detector.number(text.text, text.key)),
            // The provider signed the tokens in it: they stay. Only an identifier that a client put there is masked.
            _ if piece.is_signed => {
                reader.scan(Text { key: None, ..text }, out);
                out.retain(|span| span.kind != Kind::Token);
            }
            _ => reader.scan(text, out),
        }
    }

    fn scope(&self, consumer: Option<&str>) -> Scope {
        match (self.scope, consumer) {
            (MappingScope::Global, _) => Scope::Global,
            (MappingScope::Consumer, Some(id)) => Scope::Consumer(id.into()),
            (MappingScope::Consumer, None) => Scope::Anonymous,
        }
    }

    /// Whether an identifier is taken out for good instead of getting a token.
    fn is_redacted(&self, kind: Kind) -> bool {
        self.credentials == CredentialPolicy::Redact && is_credential(kind)
    }

    /// Asks the store for the token of every identifier that needs one.
    fn name(&self, scope: &Scope, found: &[Found<'_>]) -> Result<Named> {
        let count = found.iter().map(|found| found.spans().len()).sum();
        let mut places = Vec::with_capacity(count);
        // Few bodies name each identifier once.
        let mut distinct = Distinct::with_capacity(count / 2);
        // Of many kinds a body names the same one again and again: an account, a network.
        let mut last: [(&[u8], u32); ALL.len()] = [(&[], 0); ALL.len()];
        for scanned in found.iter().flat_map(Found::texts) {
            for span in scanned.spans.iter().filter(|span| !self.is_redacted(span.kind)) {
                let original = scanned.original(span);
                let last = &mut last[span.kind as usize];
                if last.0 != original {
                    let names = || (self.detector.prefix(span.kind, span.rule), span.kind.info().counter);
                    *last = (original, distinct.place(original, names)?);
                }
                places.push(last.1);
            }
        }
        let wanted = distinct.wanted();
        let asked = Instant::now();
        let tokens = self.vault.tokens(scope, &wanted)?;
        let store = asked.elapsed();
        if tokens.len() != wanted.len() {
            return Err(Error::new(Code::StoreCommand, "The store did not name every identifier."));
        }
        let originals = wanted.iter().map(|wanted| wanted.original);
        Ok(Named { mapping: Mapping::of(tokens.into_iter().zip(originals))?, places, store })
    }

    /// A part with its identifiers replaced; `None` if it has none. `places` are those of their tokens.
    fn rewrite(
        &self,
        body: &[u8],
        placed: &Placed,
        places: &mut impl Iterator<Item = u32>,
        mapping: &mut Mapping,
    ) -> Result<Option<Vec<u8>>> {
        if placed.is_empty() {
            return Ok(None);
        }
        // Tokens are about as long as originals.
        let mut rewriter = Rewriter::new(body, body.len() / 16);
        for (how, spans) in placed.by_how() {
            for Span { range, kind, .. } in spans {
                if self.is_redacted(*kind) {
                    rewriter.replace(range, redaction(*kind).as_bytes());
                    continue;
                }
                let place = places.next().ok_or_else(no_token)? as usize;
                match mapping.token_of_plain(place).filter(|_| how.is_simple) {
                    Some(token) => rewriter.replace(range, token),
                    None => replace(&mut rewriter, body, how, range, place, mapping)?,
                }
            }
        }
        Ok(Some(rewriter.finish()))
    }
}

/// How many identifiers there are of each kind, by the kind's token prefix.
fn counts(found: &[Found<'_>]) -> BTreeMap<&'static str, u64> {
    let mut of_kind = [0; ALL.len()];
    let spans = found.iter().flat_map(Found::spans);
    spans.for_each(|span| of_kind[span.kind as usize] += 1);
    ALL.iter().zip(of_kind).filter(|(_, count)| *count > 0).map(|(kind, count)| (kind.info().prefix, count)).collect()
}

/// The word that takes the place of an identifier for good. It is no token and needs no escapes.
fn redaction(kind: Kind) -> String {
    format!("{}_REDACTED", kind.info().prefix)
}

/// Where the configuration keeps mappings.
fn vault(config: &Config) -> Result<Box<dyn Vault>> {
    let key = config.token_key()?;
    if !config.use_redis {
        let vault = MemoryVault::new(config.mapping_ttl(), config.max_entries());
        return Ok(match &key {
            Some(key) => Box::new(vault.keyed(key)),
            None => Box::new(vault),
        });
    }
    let store = Store::new(config.redis(|name| std::env::var(name).ok())?)?;
    let vault = RedisVault::new(store, config.mapping_ttl())
        .remembering(config.max_entries())
        .encrypted(&config.encryption_keys()?);
    Ok(match &key {
        Some(key) => Box::new(vault.keyed(key)),
        None => Box::new(vault),
    })
}

/// Whether whoever has it can act in somebody's name.
fn is_credential(kind: Kind) -> bool {
    matches!(kind, Kind::AccessKey | Kind::SecretKey | Kind::SessionToken)
}

/// Replaces one identifier, however it is written.
fn replace(
    rewriter: &mut Rewriter<'_>,
    body: &[u8],
    how: How,
    range: &Range<usize>,
    place: usize,
    mapping: &mut Mapping,
) -> Result<()> {
    let raw = &body[range.clone()];
    let (token, entry) = mapping.at(place).ok_or_else(no_token)?;
    match how.is_usual(raw, entry) {
        true => rewriter.replace(range, token.as_bytes()),
        false => rewriter.replace(range, &unusual(how, raw, place, mapping)?),
    }
    Ok(())
}

/// What goes where an identifier is written in another way: its token with that told.
fn unusual(how: How, raw: &[u8], place: usize, mapping: &mut Mapping) -> Result<Vec<u8>> {
    let raw = String::from_utf8(raw.to_vec()).map_err(|_| not_text())?;
    let How { writing, is_number, .. } = how;
    let variant = mapping.variant(place, Spelling { raw, number: is_number })?;
    let (token, _) = mapping.at(place).ok_or_else(no_token)?;
    if !is_number {
        return Ok(spell(token, variant, writing).into_owned().into_bytes());
    }
    // A token is a string: it brings the quotes with it that the number did not have.
    let quote = writing.encode(b"\"");
    Ok([&*quote, spell(token, variant, writing.inside()).as_bytes(), &*quote].concat())
}

fn no_token() -> Error {
    Error::new(Code::BodyNotPrepared, "An identifier has no token.")
}

fn left(details: &str) -> Error {
    Error::new(Code::IdentifiersLeft, details)
}

fn hidden(details: &str) -> Error {
    Error::new(Code::BodyUninspectable, details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, Value};

    /// What would be sent, after a check that it comes back as it was.
    fn sent(body: &Value) -> Value {
        let masker = Masker::new(&Config::from_json(br#"{"use_redis":false}"#).unwrap()).unwrap();
        let written = body.to_string();
        let masked = masker.mask("application/json", written.as_bytes()).unwrap();
        let sent = masked.body.unwrap_or_else(|| written.clone().into_bytes());
        let restored = masker.unmask("application/json", &masked.mapping, &sent).map(|restored| restored.body);
        assert_eq!(restored.as_deref().unwrap_or(&sent), written.as_bytes());
        serde_json::from_slice(&sent).unwrap()
    }

    #[test]
    fn settings_of_a_request_are_no_names() {
        let names = "s3://auto/x s3://high/x s3://low/x s3://ephemeral/x s3://5min/x s3://some-model/x s3://concise/x";
        let settings = json!({
            "model": "some-model",
            "service_tier": "auto",
            "reasoning_effort": "high",
            "reasoning": {"effort": "high", "summary": "auto"},
            "text": {"verbosity": "low"},
            "cache_control": {"type": "ephemeral", "ttl": "5min"},
            "tool_choice": "auto",
            "truncation": "auto",
            "messages": [{"role": "user", "content": [
                {"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "5min"}},
            ]}],
        });
        let mut body = settings.clone();
        body["messages"][0]["content"][0]["text"] = names.into();
        let mut sent = sent(&body);
        let text = sent["messages"][0]["content"][0]["text"].take();
        assert_eq!(text.as_str().unwrap().matches("AWS_S3_BUCKET_").count(), 7, "{text}");
        sent["messages"][0]["content"][0]["text"] = "x".into();
        assert_eq!(sent, settings);
    }

    #[test]
    fn the_model_of_a_request_is_no_name_and_that_of_anything_else_is() {
        let body = json!({"model": "prod-orders-db", "input": {"model": "prod-orders-db"}});
        assert_eq!(sent(&body), json!({"model": "prod-orders-db", "input": {"model": "AWS_RDS_001"}}));
    }

    #[test]
    fn a_schema_keeps_the_words_that_say_what_its_keys_say() {
        let schema = json!({
            "type": "object",
            "properties": {
                "Orders": {"$ref": "#/$defs/Orders"},
                "prod-orders-db": {"type": "string"},
                "description": {"type": "string", "enum": ["Orders"]},
            },
            "required": ["Orders", "prod-orders-db"],
            "$defs": {"Orders": {"type": "string", "pattern": "Orders|prod-orders-db", "format": "Orders"}},
        });
        for (pointer, body) in [
            ("/tools/0/input_schema", json!({"tools": [{"name": "x", "input_schema": schema}]})),
            ("/tools/0/function/parameters", json!({"tools": [{"function": {"parameters": schema}}]})),
            ("/tools/0/parameters", json!({"tools": [{"type": "function", "parameters": schema}]})),
            ("/response_format/json_schema/schema", json!({"response_format": {"json_schema": {"schema": schema}}})),
            ("/text/format/schema", json!({"text": {"format": {"schema": schema}}})),
            (
                "/toolConfig/tools/0/toolSpec/inputSchema/json",
                json!({"toolConfig": {"tools": [{"toolSpec": {"inputSchema": {"json": schema}}}]}}),
            ),
        ] {
            let mut body = body;
            body["input"] = "arn:aws:dynamodb:us-east-1:123456789012:table/Orders and Orders".into();
            let sent = sent(&body);
            assert_eq!(sent["input"], "AWS_DYNAMODB_TABLE_001 and AWS_DYNAMODB_TABLE_002");
            assert_eq!(sent.pointer(pointer), Some(&schema));
        }
    }

    #[test]
    fn what_a_schema_tells_in_prose_and_examples_is_masked() {
        let body = json!({
            "tools": [{"description": "for zorblax", "input_schema": {"properties": {"x": {
                "description": "s3://zorblax",
                "default": "zorblax",
                "examples": ["zorblax", {"x": "zorblax"}],
                "enum": ["i-0abc1234def567890"],
            }}}}],
        });
        let text = sent(&body).to_string();
        assert!(!text.contains("zorblax") && !text.contains("i-0abc"), "{text}");
    }

    #[test]
    fn what_a_tool_is_given_and_answers_has_no_words_of_the_protocol() {
        let data = json!({"bucket": "zorblax", "found": {"id": "zorblax", "type": "zorblax", "zorblax": "zorblax"}});
        for (pointer, body) in [
            ("/messages/0/content/0/input", json!({"type": "tool_use", "id": "zorblax", "input": data})),
            ("/messages/0/content/0/functionCall/args", json!({"functionCall": {"args": data}})),
            ("/messages/0/content/0/functionResponse/response", json!({"functionResponse": {"response": data}})),
            (
                "/messages/0/content/0/toolResult/content/0/json",
                json!({"toolResult": {"status": "zorblax", "content": [{"json": data}]}}),
            ),
        ] {
            let sent = sent(&json!({"messages": [{"role": "user", "content": [body]}]}));
            let name = "AWS_S3_BUCKET_001";
            let masked = json!({"bucket": name, "found": {"id": name, "type": name, name: name}});
            assert_eq!(sent.pointer(pointer), Some(&masked), "{sent}");
        }
        let items = json!({"input": [{"role": "user", "content": "s3://user/ and user"}]});
        assert_eq!(sent(&items)["input"][0]["role"], "user");
    }

    #[test]
    fn ids_of_a_provider_are_no_identifiers_and_text_is_no_id() {
        for id in ["tooluse_AROADBQP57FF2AEXAMPLE", "call_AKIAIOSFODNN7EXAMPLE", "msg_i-0abc1234def567890"] {
            let body = json!({"id": id, "toolUseId": id, "tool_call_id": id, "file_ids": [id], "text": id});
            let sent = sent(&body);
            assert!(["id", "toolUseId", "tool_call_id"].iter().all(|key| sent[key] == id), "{sent}");
            assert_eq!(sent["file_ids"][0], id);
            assert!(sent["text"].as_str().unwrap().contains("_AWS_"), "{sent}");
        }
    }

    #[test]
    fn a_payload_with_what_looks_like_an_identifier_goes_through() {
        let bytes = "iVBORw0KGgo/".repeat(30) + "/AKIAIOSFODNN7EXAMPLE/" + "AA";
        let body = json!({
            "content": [{"image": {"format": "png", "source": {"bytes": bytes}}}, {"redactedContent": bytes}],
            "output": [{"type": "image_generation_call", "result": bytes}],
        });
        assert_eq!(sent(&body), body);
        let token = json!({"SessionToken": "iVBORw0KGgo/".repeat(30)});
        assert_eq!(sent(&token), json!({"SessionToken": "AWS_SESSION_TOKEN_001"}));
    }
}
