//! What is found in one part of a request.

use crate::body::Piece;
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;
use std::ops::Range;

/// The identifiers of a part. Most of its pieces have none.
#[derive(Default)]
pub struct Found<'p, 't> {
    spans: Vec<Span>,
    /// The pieces that have some, and which of the spans are theirs.
    texts: Vec<(&'p Piece<'t>, Range<usize>)>,
}

/// A piece and the identifiers in it, at least one.
#[derive(Clone, Copy)]
pub struct Scanned<'f, 't> {
    /// The piece.
    pub piece: &'f Piece<'t>,
    /// Its identifiers, in order and without overlaps.
    pub spans: &'f [Span],
}

impl<'t> Scanned<'_, 't> {
    /// An identifier as a person reads it.
    pub fn original(&self, span: &Span) -> &'t [u8] {
        &self.piece.text[span.range.clone()]
    }
}

impl<'p, 't> Found<'p, 't> {
    /// Takes what was found in the next piece.
    pub fn add(&mut self, piece: &'p Piece<'t>, spans: &mut Vec<Span>) {
        if spans.is_empty() {
            return;
        }
        let start = self.spans.len();
        match start {
            0 => std::mem::swap(&mut self.spans, spans), // often all there is
            _ => self.spans.append(spans),
        }
        self.texts.push((piece, start..self.spans.len()));
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The identifiers, in no order.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The pieces that have identifiers.
    pub fn texts(&self) -> impl Iterator<Item = Scanned<'_, 't>> {
        self.texts.iter().map(|(piece, range)| Scanned { piece, spans: &self.spans[range.clone()] })
    }

    /// The names that the identifiers introduce.
    pub fn names(&self) -> impl Iterator<Item = (&'t [u8], Kind)> + '_ {
        let named = |text: &'t [u8], span: &Span| span.name.clone().map(|(name, kind)| (&text[name], kind));
        self.texts()
            .flat_map(move |Scanned { piece, spans }| spans.iter().filter_map(move |span| named(piece.text, span)))
    }

    /// With what `look` finds beside that in each of the part's `pieces`.
    pub fn and(self, pieces: &'p [Piece<'t>], look: impl Fn(&Piece<'t>, &[Span], &mut Vec<Span>)) -> Self {
        let (mut more, mut spans) = (Found::default(), Vec::new());
        self.beside(pieces, |piece, known| {
            look(piece, known, &mut spans);
            more.add(piece, &mut spans);
        });
        if more.is_empty() {
            return self;
        }
        let mut all = Found::default();
        let mut added = more.texts().peekable();
        self.beside(pieces, |piece, known| {
            spans.extend_from_slice(known);
            if let Some(added) = added.next_if(|added| std::ptr::eq(added.piece, piece)) {
                spans.extend_from_slice(added.spans);
                spans.sort_by_key(|span| span.range.start);
            }
            all.add(piece, &mut spans);
        });
        all
    }

    /// Gives each of the part's pieces to `take`, with the identifiers in it.
    fn beside(&self, pieces: &'p [Piece<'t>], mut take: impl FnMut(&'p Piece<'t>, &[Span])) {
        let mut known = self.texts().peekable();
        for piece in pieces {
            let known = known.next_if(|known| std::ptr::eq(known.piece, piece));
            take(piece, known.map_or(&[], |known| known.spans));
        }
    }

    /// Brings the pieces, which of an event stream are not in the order of the body, into that.
    pub fn sort(&mut self) {
        self.texts.sort_by_cached_key(|(piece, _)| piece.start());
    }
}
