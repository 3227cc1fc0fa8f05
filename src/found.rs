//! What is found in one part of a request.

use crate::body::{Piece, Pieces, Role, Writing};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;
use crate::mapping::Entry;
use std::ops::Range;

/// The identifiers of a part. Most of its pieces have none.
#[derive(Default)]
pub struct Found<'t> {
    spans: Vec<Span>,
    /// The pieces that have some.
    texts: Vec<Text<'t>>,
}

/// A piece that has identifiers.
struct Text<'t> {
    piece: Piece<'t>,
    /// The how manieth of the part it is.
    number: usize,
    /// Which of the spans are its own.
    spans: Range<usize>,
}

/// A piece and the identifiers in it, at least one.
#[derive(Clone, Copy)]
pub struct Scanned<'f, 't> {
    /// The piece.
    pub piece: &'f Piece<'t>,
    /// Its identifiers, in order and without overlaps.
    pub spans: &'f [Span],
}

/// The identifiers of a part by their places in the body. What they were found in is gone, and a body may have a hundred thousand: so
/// no more is kept of each than is asked for.
#[derive(Default)]
pub struct Placed {
    spots: Vec<Spot>,
    /// How they are written, and which ones are written so.
    hows: Vec<(How, Range<usize>)>,
}

/// An identifier in the body.
pub struct Spot {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// How the identifiers of a piece are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct How {
    /// As this.
    pub writing: Writing,
    /// Whether they are numbers of JSON.
    pub is_number: bool,
    is_signed: bool,
    /// Whether one that needs no escapes is written as restoring writes it.
    pub is_simple: bool,
}

impl How {
    fn of(piece: &Piece<'_>) -> How {
        let is_number = piece.role == Some(Role::Number);
        let is_simple = piece.is_part() && !is_number && !piece.is_signed && !piece.writing.form;
        How { writing: piece.writing, is_number, is_signed: piece.is_signed, is_simple }
    }

    /// Whether an identifier is written as restoring writes it.
    pub fn is_usual(self, raw: &[u8], entry: Entry<'_>) -> bool {
        !self.is_number && !self.is_signed && *raw == *entry.written(self.writing)
    }
}

impl Placed {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.spots.is_empty()
    }

    /// All identifiers in their order, those together that are written alike.
    pub fn by_how(&self) -> impl Iterator<Item = (How, &[Spot])> {
        self.hows.iter().map(|(how, own)| (*how, &self.spots[own.clone()]))
    }

    /// Adds the identifiers of the next piece.
    fn add(&mut self, piece: &Piece<'_>, spans: &[Span]) {
        let (how, start) = (How::of(piece), self.spots.len());
        self.spots.extend(spans.iter().map(|span| Spot { range: piece.in_body(span.range.clone()), kind: span.kind }));
        match self.hows.last_mut() {
            Some((last, own)) if *last == how => own.end = self.spots.len(),
            _ => self.hows.push((how, start..self.spots.len())),
        }
    }
}

impl<'f> Scanned<'f, '_> {
    /// An identifier as a person reads it.
    pub fn original(&self, span: &Span) -> &'f [u8] {
        &self.piece.text()[span.range.clone()]
    }
}

impl<'t> Found<'t> {
    /// Takes what was found in a piece, which is behind those taken before.
    #[inline(always)]
    pub fn add(&mut self, number: usize, piece: &Piece<'t>, spans: &mut Vec<Span>) {
        if !spans.is_empty() {
            self.add_some(number, piece, spans);
        }
    }

    fn add_some(&mut self, number: usize, piece: &Piece<'t>, spans: &mut Vec<Span>) {
        let start = self.spans.len();
        match start {
            0 => std::mem::swap(&mut self.spans, spans), // often all there is
            _ => self.spans.append(spans),
        }
        self.texts.push(Text { piece: piece.clone(), number, spans: start..self.spans.len() });
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
        self.texts.iter().map(|text| Scanned { piece: &text.piece, spans: &self.spans[text.spans.clone()] })
    }

    /// The names that the identifiers introduce.
    pub fn names(&self) -> impl Iterator<Item = (&[u8], Kind)> {
        self.texts().flat_map(|Scanned { piece, spans }| {
            spans.iter().filter_map(|span| span.name.clone().map(|(name, kind)| (&piece.text()[name], kind)))
        })
    }

    /// With what `look` finds beside that in each of the part's `pieces`; `None` if that is nothing.
    pub fn and(
        &self,
        pieces: &mut Pieces<'t>,
        mut look: impl FnMut(&Piece<'t>, &[Span], &mut Vec<Span>),
    ) -> Option<Self> {
        let (mut more, mut spans) = (Found::default(), Vec::new());
        let mut known = self.texts.iter().peekable();
        pieces.each(|number, piece| {
            let known = known.next_if(|text| text.number == number);
            look(piece, known.map_or(&[], |text| &self.spans[text.spans.clone()]), &mut spans);
            more.add(number, piece, &mut spans);
        });
        (!more.is_empty()).then(|| self.merged(&more))
    }

    /// With what else was found in the same pieces and in others.
    fn merged(&self, more: &Found<'t>) -> Self {
        let (mut all, mut spans) = (Found::default(), Vec::new());
        let (mut ours, mut theirs) = (self.texts.iter().peekable(), more.texts.iter().peekable());
        loop {
            let number = ours.peek().into_iter().chain(theirs.peek()).map(|text| text.number).min();
            let Some(number) = number else { return all };
            let (our, their) =
                (ours.next_if(|text| text.number == number), theirs.next_if(|text| text.number == number));
            spans.extend(our.into_iter().flat_map(|text| &self.spans[text.spans.clone()]).cloned());
            spans.extend(their.into_iter().flat_map(|text| &more.spans[text.spans.clone()]).cloned());
            spans.sort_by_key(|span| span.range.start);
            if let Some(text) = our.or(their) {
                all.add(number, &text.piece, &mut spans);
            }
        }
    }

    /// The places of all in the body.
    pub fn placed(self) -> Placed {
        let mut placed = Placed { spots: Vec::with_capacity(self.spans.len()), ..Placed::default() };
        self.texts.into_iter().for_each(|text| placed.add(&text.piece, &self.spans[text.spans]));
        placed
    }

    /// Brings the pieces, which of an event stream are not in the order of the body, into that.
    pub fn sort(&mut self) {
        if !self.texts.is_sorted_by_key(|text| text.piece.start()) {
            self.texts.sort_by_cached_key(|text| text.piece.start());
        }
    }
}
