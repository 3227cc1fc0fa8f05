//! The text that is being read for names: where it stands, what was read before it, and what was read of it so far.

use super::flag::Commands;
use super::ini::Ini;
use super::known::Known;
use super::name::{alphabet, length, longest};
use super::run;
use super::table::Tables;
use super::thing::Place;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use std::ops::Range;

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
    pub fn length(&mut self, text: &[u8], start: usize, form: Form) -> usize {
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
