//! What the operator adds and takes away: `custom_patterns`, `custom_terms`, `allow_list`.

use super::catalogue::kinds::Kind;
use super::verify::{ends_word, starts_word};
use super::Span;
use crate::config::{Config, CustomPattern};
use crate::error::{Code, Error, Result};
use aho_corasick::{AhoCorasick, MatchKind};
use regex::bytes::{Regex, RegexBuilder};
use std::collections::HashSet;
use std::num::NonZeroU16;

/// The most entries of each list.
const MOST_ENTRIES: usize = 1_000;
/// The longest pattern, term or value.
const LONGEST_ENTRY: usize = 1_000;
/// What one compiled pattern may weigh, in bytes; counted repetitions of large classes weigh more.
const PATTERN_SIZE: usize = 256 * 1024;
/// The longest word of a token.
const LONGEST_TOKEN_WORD: usize = 32;

/// The number of one of the operator's patterns, from 1.
pub type Rule = NonZeroU16;

/// The operator's own patterns and terms, compiled.
#[derive(Clone, Debug, Default)]
pub struct Custom {
    patterns: Vec<Regex>,
    prefixes: Vec<String>,
    terms: Option<AhoCorasick>,
    allowed: HashSet<Vec<u8>>,
    allowed_patterns: Vec<Regex>,
}

impl Custom {
    /// # Errors
    /// `AWS_MASKER_4001`; the sentence names the entry, never a term or a value.
    pub fn new(config: &Config) -> Result<Custom> {
        bounded("custom_patterns", config.custom_patterns.len())?;
        bounded("custom_terms", config.custom_terms.len())?;
        bounded("allow_list", config.allow_list.len())?;
        let mut custom = Custom::default();
        for (index, pattern) in config.custom_patterns.iter().enumerate() {
            let field = format!("custom_patterns[{}].", index + 1);
            custom.prefixes.push(prefix(&field, pattern)?);
            custom.patterns.push(compile(&format!("{field}pattern"), &pattern.pattern)?);
        }
        for (index, term) in config.custom_terms.iter().enumerate() {
            let field = format!("custom_terms[{}]", index + 1);
            if term.trim() != term || term.is_empty() || term.len() > LONGEST_ENTRY {
                return Err(invalid(&field, "is empty, longer than 1000 bytes or has white space around it"));
            }
        }
        if !config.custom_terms.is_empty() {
            let terms = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&config.custom_terms);
            custom.terms = Some(terms.map_err(|_| invalid("custom_terms", "is too large"))?);
        }
        for (index, entry) in config.allow_list.iter().enumerate() {
            let field = format!("allow_list[{}]", index + 1);
            match entry.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).filter(|inner| !inner.is_empty()) {
                Some(pattern) => custom.allowed_patterns.push(compile(&field, &format!("^(?:{pattern})$"))?),
                None if entry.is_empty() || entry.len() > LONGEST_ENTRY => {
                    return Err(invalid(&field, "is empty or longer than 1000 bytes"));
                }
                None => {
                    custom.allowed.insert(entry.clone().into_bytes());
                }
            }
        }
        Ok(custom)
    }

    /// Whether nothing is to be looked for.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty() && self.terms.is_none()
    }

    /// The token prefix of a rule that a span names.
    pub fn prefix(&self, rule: Rule) -> Option<&str> {
        self.prefixes.get(usize::from(rule.get()) - 1).map(String::as_str)
    }

    /// Whether an identifier is one of those that stay.
    #[inline(always)]
    pub fn allows(&self, identifier: &[u8]) -> bool {
        let allows_some = !self.allowed.is_empty() || !self.allowed_patterns.is_empty();
        allows_some && self.is_allowed(identifier)
    }

    fn is_allowed(&self, identifier: &[u8]) -> bool {
        self.allowed.contains(identifier) || self.allowed_patterns.iter().any(|pattern| pattern.is_match(identifier))
    }

    /// Everything in `text` that the operator's rules find, as words of their own.
    pub fn scan(&self, text: &[u8], out: &mut Vec<Span>) {
        for (pattern, rule) in self.patterns.iter().zip(1..) {
            let rule = Rule::new(rule);
            let matches = pattern.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty());
            out.extend(
                matches
                    .filter(|range| starts_word(text, range.start) && ends_word(text, range.end))
                    .map(|range| Span { rule, ..Span::new(range, Kind::Custom) }),
            );
        }
        let Some(terms) = &self.terms else { return };
        let mut at = 0;
        while let Some(found) = terms.find(&text[at..]) {
            let range = at + found.start()..at + found.end();
            let is_word = starts_word(text, range.start) && ends_word(text, range.end);
            at = if is_word { range.end } else { range.start + 1 };
            if is_word {
                out.push(Span::new(range, Kind::Custom));
            }
        }
    }
}

fn prefix(field: &str, pattern: &CustomPattern) -> Result<String> {
    let word = pattern.token.as_str();
    let parts_are_letters =
        word.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase()));
    if !parts_are_letters || word.len() > LONGEST_TOKEN_WORD {
        return Err(invalid(&format!("{field}token"), "is not of upper-case letters and underscores, at most 32"));
    }
    if pattern.name.trim().is_empty() {
        return Err(invalid(&format!("{field}name"), "is empty"));
    }
    Ok(format!("{}_{word}", Kind::Custom.info().prefix))
}

/// Compiles a pattern for linear-time matching.
fn compile(field: &str, pattern: &str) -> Result<Regex> {
    if pattern.is_empty() || pattern.len() > LONGEST_ENTRY {
        return Err(invalid(field, "is empty or longer than 1000 bytes"));
    }
    let regex = RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).dfa_size_limit(4 * PATTERN_SIZE).build();
    let regex = regex.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => invalid(field, "is too large when compiled"),
        _ => invalid(field, "is not a regular expression of the regex crate (no look-around, no back-references)"),
    })?;
    if regex.is_match(b"") {
        return Err(invalid(field, "matches the empty text"));
    }
    Ok(regex)
}

fn bounded(field: &str, length: usize) -> Result<()> {
    if length > MOST_ENTRIES {
        return Err(invalid(field, "has more than 1000 entries"));
    }
    Ok(())
}

fn invalid(field: &str, what: &str) -> Error {
    Error::new(Code::ConfigInvalid, format!("config.{field} {what}."))
}
