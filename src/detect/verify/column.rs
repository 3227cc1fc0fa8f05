//! What the header of a column promises of the cells below it, in tables and in comma-separated values.

use super::assigned::{key_and_said, words};
use super::context::Context;
use super::key;
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{Form, COLUMNS};
use std::ops::Range;

/// What the last word of a header's cell, or its last words, promise of the column below it. Words of everyday promise nothing
/// there: tables of prose have columns of services, functions and topics.
pub fn promised_by_cell(text: &[u8], cell: Range<usize>, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    let end = cell.start + text[cell.clone()].trim_ascii_end().len();
    let (key, said) = key_and_said(text, end, context);
    let of_list = || listed(text[cell.clone()].trim_ascii());
    if let Some(promised) = of_list().filter(|_| text[..cell.start].ends_with(b"||")) {
        return Some(promised);
    }
    let promised = match said.promise(None) {
        // `EKS cluster` says more.
        promised @ (None | Some((_, Form::Telling))) => words(text, key.clone(), context).or(promised),
        promised => promised,
    };
    let place = &context.place(text, end);
    let promised = promised.or_else(|| context.known.of_thing(said, place))?;
    column(&text[key], promised)
}

/// What the CLI lists under a word, in either case.
pub fn listed(word: &[u8]) -> Option<(Kind, Form)> {
    LISTS.iter().find(|row| word.eq_ignore_ascii_case(row.0)).map(|row| (row.1, Form::Name))
}

/// The lists of names alone that the CLI prints, under a word that says too little elsewhere.
const LISTS: [(&[u8], Kind); 2] = [(b"clusters", Kind::Eks), (b"nodegroups", Kind::Eks)];

/// What the key of a column promises of its cells.
fn column(key: &[u8], promised: (Kind, Form)) -> Option<(Kind, Form)> {
    let is_sure = || key.len() >= SHORTEST && COLUMNS.iter().any(|column| key::same(key, column.as_bytes()));
    match promised {
        (kind, Form::Telling) if is_sure() => Some((kind, Form::Name)),
        (_, Form::Telling) => None,
        promised => Some(promised),
    }
}

/// No key is shorter of which [`COLUMNS`] says something.
const SHORTEST: usize = "dbcluster".len();

/// The same of a key that stands alone.
pub fn promised_by_column(key: &[u8]) -> Option<(Kind, Form)> {
    column(key, key::promise(key)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_shorter() {
        assert_eq!(COLUMNS.iter().map(|key| key.len()).min(), Some(SHORTEST));
    }
}
