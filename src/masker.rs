//! The two verbs: mask a request, unmask its response.

use crate::body::{self, encode, Format, Piece, Replacement, Role};
use crate::config::{Config, CredentialPolicy, MappingScope};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::{Detector, Reader, Span, Text};
use crate::error::{Code, Error, Result};
use crate::mapping::{spell, Mapping, Spelling};
use crate::metrics::Metrics;
use crate::redis::Store;
use crate::restore::{restore, Restored, Thinking};
use crate::stream::{Settings, Unmasker};
use crate::token;
use crate::vault::memory::MemoryVault;
use crate::vault::redis::RedisVault;
use crate::vault::{Scope, Vault, Wanted};
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Masks requests and restores responses of one configuration. Thread-safe: share one between all requests.
pub struct Masker {
    detector: Detector,
    scope: MappingScope,
    credentials: CredentialPolicy,
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

/// The token of every original in a body.
type Tokens<'f> = HashMap<&'f str, String, RandomState>;

/// What masking did, for logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many identifiers of each kind were replaced, by the kind's token prefix. Redacted credentials are among them.
    pub masked: BTreeMap<&'static str, u64>,
    /// Time spent waiting for the store.
    pub store: Duration,
    /// Time spent on everything else.
    pub engine: Duration,
}

/// An identifier in a piece of a body.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// The identifier as a person reads it.
    pub original: String,
    /// Where it stands in the body, with the escapes it is written in.
    pub range: std::ops::Range<usize>,
    /// Which of the operator's patterns found it.
    rule: Option<u16>,
    /// Which piece it is in.
    piece: usize,
}

impl Masker {
    /// A masker with the store that the configuration names. No connection is opened before the first request needs one.
    ///
    /// # Errors
    /// `AWS_MASKER_4001` or `4002` if the store's settings or the operator's own patterns are impossible.
    pub fn new(config: &Config) -> Result<Masker> {
        Ok(Masker {
            detector: Detector::new(config)?,
            scope: config.mapping_scope,
            credentials: config.credential_policy,
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
    /// `AWS_MASKER_1001` to `1003` if identifiers were found and the store does not name them, `2003` if the masked body
    /// cannot be prepared, `5001` if it holds credentials and `credential_policy` is `block`. The body must not be sent
    /// then.
    pub fn mask_for(&self, consumer: Option<&str>, content_type: &str, body: &[u8]) -> Result<Masked> {
        let masked = self.mask_uncounted(consumer, content_type, body);
        match &masked {
            Ok(masked) => {
                for (kind, count) in &masked.report.masked {
                    self.metrics.masked(kind, *count);
                }
                self.metrics.engine(masked.report.engine);
                self.metrics.store(masked.report.store);
            }
            Err(error) => self.metrics.refused(error.code()),
        }
        masked
    }

    fn mask_uncounted(&self, consumer: Option<&str>, content_type: &str, body: &[u8]) -> Result<Masked> {
        let start = Instant::now();
        let pieces = self.read(content_type, body);
        let findings = self.find(&pieces);
        let mut report = Report::default();
        if findings.is_empty() {
            report.engine = start.elapsed();
            return Ok(Masked { body: None, mapping: Mapping::default(), report });
        }
        if self.credentials == CredentialPolicy::Block && findings.iter().any(|finding| is_credential(finding.kind)) {
            return Err(Error::new(
                Code::BodyUninspectable,
                "The request holds AWS credentials; config.credential_policy blocks them, so it was not sent.",
            ));
        }
        let asked = Instant::now();
        let tokens = self.tokens(&self.scope(consumer), &findings)?;
        report.store = asked.elapsed();
        let mut mapping = Mapping::default();
        let mut replacements = Vec::with_capacity(findings.len());
        for (original, token) in &tokens {
            mapping.insert(token, original)?;
        }
        for finding in &findings {
            let piece = &pieces[finding.piece];
            replacements.push(match self.redaction(finding.kind) {
                Some(word) => Replacement { range: finding.range.clone(), bytes: word.into_bytes() },
                None => {
                    let token = &tokens[finding.original.as_str()];
                    replacement(body, piece, finding, token, &mut mapping)?
                }
            });
            *report.masked.entry(finding.kind.info().prefix).or_default() += 1;
        }
        let body = body::rewrite(body, replacements);
        report.engine = start.elapsed().saturating_sub(report.store);
        Ok(Masked { body: Some(body), mapping, report })
    }

    /// The identifiers in a body, in order, without naming them.
    pub fn detect(&self, content_type: &str, body: &[u8]) -> Vec<Finding> {
        self.find(&self.read(content_type, body))
    }

    /// Restores a whole response from the mapping of its request. `None`: no token is in it, it may go as it is.
    pub fn unmask(&self, content_type: &str, mapping: &Mapping, body: &[u8]) -> Option<Restored> {
        let start = Instant::now();
        let restored = match Format::of(content_type, body) {
            // A token may be spread over events, so that the whole is restored as it would be in parts.
            Format::Events => {
                let settings = Settings { limit: usize::MAX, thinking: self.thinking(mapping) };
                let mut unmasker = Unmasker::new(content_type, mapping.clone(), settings);
                let restored = [unmasker.push(body), unmasker.finish()].concat();
                (unmasker.count() > 0).then(|| Restored { body: restored, count: unmasker.count() })
            }
            format => restore(format, mapping, &self.thinking(mapping).unwrap_or_default(), body),
        };
        self.metrics.restored(restored.as_ref().map_or(0, |restored| restored.count));
        self.metrics.engine(start.elapsed());
        restored
    }

    /// Restores a response that arrives in chunks.
    pub fn unmasker(&self, content_type: &str, mapping: Mapping) -> Unmasker {
        let thinking = self.thinking(&mapping);
        Unmasker::new(content_type, mapping, Settings { limit: self.event_limit, thinking })
    }

    /// What of a mapping may be restored in signed texts: the tokens of identifiers that need no context to be found.
    fn thinking(&self, mapping: &Mapping) -> Option<Arc<Thinking>> {
        let returns = |token: &&str| {
            let original = mapping.original(token).unwrap_or_default();
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

    fn read<'b>(&self, content_type: &str, body: &'b [u8]) -> Vec<Piece<'b>> {
        let pieces = body::read(Format::of(content_type, body), body);
        if self.detector.has_custom() {
            return pieces.into_iter().map(Piece::decoded).collect();
        }
        pieces
    }

    fn find(&self, pieces: &[Piece<'_>]) -> Vec<Finding> {
        let mut reader = self.detector.read();
        let mut spans: Vec<Vec<Span>> = pieces.iter().map(|piece| self.scan(piece, &mut reader)).collect();
        let introduced = pieces.iter().zip(&spans).flat_map(|(piece, spans)| {
            let text = &piece.text;
            spans.iter().filter_map(move |span| span.name.as_ref().map(|(name, kind)| (&text[name.clone()], *kind)))
        });
        if let Some(names) = self.detector.learn(introduced) {
            for (piece, spans) in pieces.iter().zip(&mut spans) {
                if !piece.is_protocol() && !piece.is_signed() && piece.role != Some(Role::Number) {
                    names.scan(&piece.text, spans);
                }
            }
        }
        let mut findings = Vec::new();
        for (index, (piece, spans)) in pieces.iter().zip(spans).enumerate() {
            findings.extend(spans.into_iter().map(|span| Finding {
                kind: span.kind,
                original: String::from_utf8_lossy(&piece.text[span.range.clone()]).into_owned(),
                range: piece.in_body(span.range),
                rule: span.rule,
                piece: index,
            }));
        }
        findings
    }

    fn scan(&self, piece: &Piece<'_>, reader: &mut Reader<'_>) -> Vec<Span> {
        let text = Text {
            text: &piece.text,
            key: piece.key.as_deref(),
            is_key: piece.role == Some(Role::Key),
            escaped: piece.escaped,
            at: piece.in_body(0..0).start,
        };
        match piece.role {
            Some(Role::Number) => self.detector.number(text.text, text.key).into_iter().collect(),
            // The provider signed the tokens in it: they stay. Only an identifier that a client put there is masked.
            _ if piece.is_signed() => {
                let spans = reader.scan(Text { key: None, ..text });
                spans.into_iter().filter(|span| span.kind != Kind::Token).collect()
            }
            _ => reader.scan(text),
        }
    }

    fn scope(&self, consumer: Option<&str>) -> Scope {
        match (self.scope, consumer) {
            (MappingScope::Global, _) => Scope::Global,
            (MappingScope::Consumer, Some(id)) => Scope::Consumer(id.into()),
            (MappingScope::Consumer, None) => Scope::Anonymous,
        }
    }

    /// The word that takes the place of an identifier for good, where the configuration asks for that. It is no token
    /// and needs no escapes.
    fn redaction(&self, kind: Kind) -> Option<String> {
        let redacted = self.credentials == CredentialPolicy::Redact && is_credential(kind);
        redacted.then(|| format!("{}_REDACTED", kind.info().prefix))
    }

    /// The token of every original that needs one.
    fn tokens<'f>(&'f self, scope: &Scope, findings: &'f [Finding]) -> Result<Tokens<'f>> {
        let mut known: HashSet<&str, RandomState> = HashSet::default();
        let mut wanted = Vec::new();
        for finding in findings.iter().filter(|finding| self.redaction(finding.kind).is_none()) {
            if known.insert(&finding.original) {
                let prefix = self.detector.prefix(finding.kind, finding.rule);
                wanted.push(Wanted { prefix, counter: finding.kind.info().counter, original: &finding.original });
            }
        }
        let tokens = self.vault.tokens(scope, &wanted)?;
        if tokens.len() != wanted.len() || !tokens.iter().all(|token| is_readable(token)) {
            return Err(Error::new(
                Code::StoreCommand,
                "The store holds a token of a form this version does not know.",
            ));
        }
        Ok(wanted.into_iter().map(|wanted| wanted.original).zip(tokens).collect())
    }
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

/// Whether restoring will recognise the token: another program may have written it to a shared store.
fn is_readable(text: &str) -> bool {
    token::parse(text.as_bytes(), 0, Kind::is_prefix)
        .is_some_and(|found| found.range == (0..text.len()) && found.token == text)
}

/// What goes where the finding stands.
fn replacement(
    body: &[u8],
    piece: &Piece<'_>,
    finding: &Finding,
    token: &str,
    mapping: &mut Mapping,
) -> Result<Replacement> {
    let range = finding.range.clone();
    let raw = &body[range.clone()];
    let number = piece.role == Some(Role::Number);
    let usual = !number && !piece.is_signed() && *raw == *encode(finding.original.as_bytes(), piece.level);
    let variant = if usual {
        0
    } else {
        let raw = String::from_utf8(raw.to_vec())
            .map_err(|_| Error::new(Code::BodyNotPrepared, "An identifier is written in bytes that are not UTF-8."))?;
        mapping.variant(token, Spelling { raw, number })?
    };
    let bytes = if number {
        // A token is a string: it brings the quotes with it that the number did not have.
        let quote = encode(b"\"", piece.level);
        [&*quote, spell(token, variant, piece.level + 1).as_bytes(), &*quote].concat()
    } else {
        spell(token, variant, piece.level).into_bytes()
    };
    Ok(Replacement { range, bytes })
}
