//! What is found in one part of a request.

use crate::body::{Access, Piece, Pieces, Role, Writing};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::{Others, Span};
use crate::mapping::Entry;
use std::ops::Range;

/// The identifiers of a part. Most of its pieces have none, and of most that have some nothing was decoded: those that are written alike are
/// one text, so that no more is kept of an identifier than its place and kind.
pub struct Found<'t> {
    body: &'t [u8],
    spans: Vec<Span>,
    texts: Vec<Text<'t>>,
}

/// A decoded piece that has identifiers, or what is of several pieces that are parts of the body.
struct Text<'t> {
    /// That piece, or the body as one that is written as they are.
    piece: Piece<'t>,
    /// The how manieth of the part it is, or the first of them.
    number: usize,
    /// Which of the spans are its own.
    spans: Range<usize>,
}

/// A text and the identifiers in it, at least one.
#[derive(Clone, Copy)]
pub struct Scanned<'f, 't> {
    /// What they stand in, written as they are.
    pub piece: &'f Piece<'t>,
    /// Its identifiers, in order and without overlaps.
    pub spans: &'f [Span],
}

/// The identifiers of a part by their places in the body. The texts that they were found in are gone.
pub struct Placed {
    spans: Vec<Span>,
    /// How they are written, and which ones are written so.
    hows: Vec<(How, Range<usize>)>,
}

/// How the identifiers of a piece are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct How {
    /// As this.
    pub writing: Writing,
    /// Whether they are numbers of JSON.
    pub is_number: bool,
    is_signed: bool,
    /// Whether they must not be written.
    pub is_frozen: bool,
    /// Whether one that needs no escapes is written as restoring writes it.
    pub is_simple: bool,
}

impl How {
    fn of(piece: &Piece<'_>) -> How {
        let is_number = piece.role == Some(Role::Number);
        let is_simple = piece.is_part() && !is_number && !piece.is_signed && !piece.writing.form;
        let is_frozen = piece.access == Access::Frozen;
        How { writing: piece.writing, is_number, is_signed: piece.is_signed, is_frozen, is_simple }
    }

    /// Whether an identifier is written as restoring writes it.
    pub fn is_usual(self, raw: &[u8], entry: Entry<'_>) -> bool {
        !self.is_number && !self.is_signed && *raw == *entry.written(self.writing)
    }
}

impl Placed {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// All identifiers in their order, those together that are written alike.
    pub fn by_how(&self) -> impl Iterator<Item = (How, &[Span])> {
        self.hows.iter().map(|(how, own)| (*how, &self.spans[own.clone()]))
    }
}

impl<'f> Scanned<'f, '_> {
    /// An identifier as a person reads it.
    pub fn original(&self, span: &Span) -> &'f [u8] {
        &self.piece.text()[span.range.clone()]
    }

    /// How they are written.
    pub fn how(&self) -> How {
        How::of(self.piece)
    }
}

impl<'t> Found<'t> {
    /// Nothing yet, in a part with these bytes.
    pub fn nothing_in(body: &'t [u8]) -> Found<'t> {
        Found { body, spans: Vec::new(), texts: Vec::new() }
    }

    /// Takes what was found in a piece, which is behind those taken before.
    #[inline(always)]
    pub fn add(&mut self, number: usize, piece: &Piece<'t>, spans: &mut Vec<Span>) {
        if !spans.is_empty() {
            self.add_some(number, piece, spans);
        }
    }

    fn add_some(&mut self, number: usize, piece: &Piece<'t>, spans: &mut Vec<Span>) {
        let from = begins_at(piece);
        if from > 0 {
            spans.iter_mut().for_each(|span| span.move_by(from));
        }
        let start = self.spans.len();
        match start {
            0 => std::mem::swap(&mut self.spans, spans), // often all there is
            _ => self.spans.append(spans),
        }
        self.add_text(number, piece, start);
    }

    /// Adds the piece that the spans from `start` on are of.
    fn add_text(&mut self, number: usize, piece: &Piece<'t>, start: usize) {
        let end = self.spans.len();
        let in_order = start > 0 && self.spans[start - 1].range.end <= self.spans[start].range.start;
        match self.texts.last_mut() {
            Some(last)
                if in_order && last.piece.is_part() && piece.is_part() && How::of(&last.piece) == How::of(piece) =>
            {
                last.spans.end = end;
            }
            _ => {
                let piece = if piece.is_part() { piece.widened(self.body) } else { piece.clone() };
                self.texts.push(Text { piece, number, spans: start..end });
            }
        }
    }

    /// The same without guesses.
    pub fn without_guesses(self) -> Found<'t> {
        let mut sure = Found::nothing_in(self.body);
        for Text { piece, number, spans } in self.texts {
            let start = sure.spans.len();
            sure.spans.extend(self.spans[spans].iter().filter(|span| !span.is_guess()).cloned());
            if sure.spans.len() > start {
                sure.add_text(number, &piece, start);
            }
        }
        sure
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The identifiers, in no order.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The texts that have identifiers.
    pub fn texts(&self) -> impl Iterator<Item = Scanned<'_, 't>> {
        self.texts.iter().map(|text| Scanned { piece: &text.piece, spans: &self.spans[text.spans.clone()] })
    }

    /// The names that the identifiers introduce: those that are sure, and then, if asked for, the others.
    pub fn names(&self, with_others: bool) -> impl Iterator<Item = (&[u8], Kind)> {
        let is_asked = move |sure: &bool| *sure || with_others;
        [true, false].into_iter().filter(is_asked).flat_map(|sure| {
            self.texts().flat_map(move |Scanned { piece, spans }| {
                let spans = spans.iter().filter(move |span| span.is_sure() == sure);
                spans.filter_map(|span| span.name().map(|(name, kind)| (&piece.text()[name], kind)))
            })
        })
    }

    /// With what `look` finds beside that in each of the part's `pieces`; `None` if that is nothing.
    pub fn and(
        &self,
        pieces: &mut Pieces<'t>,
        mut look: impl FnMut(usize, &Piece<'t>, Others<'_>, &mut Vec<Span>),
    ) -> Option<Self> {
        let (mut all, mut own, mut spans): (Option<Found<'t>>, _, _) = (None, self.by_piece(), Vec::new());
        pieces.each(|number, piece| {
            let own = own(number, piece);
            let others = Others::new(&self.spans[own.clone()], begins_at(piece));
            look(number, piece, others, &mut spans);
            if spans.is_empty() && all.is_none() {
                return;
            }
            let all = all.get_or_insert_with(|| self.first(own.start));
            if !own.is_empty() {
                spans.extend(others.spans());
                spans.sort_by_key(|span| span.range.start);
            }
            all.add(number, piece, &mut spans);
        });
        all
    }

    /// Tells piece by piece, as they were added, which spans are its own.
    fn by_piece(&self) -> impl FnMut(usize, &Piece<'t>) -> Range<usize> + '_ {
        let (mut texts, mut next) = (self.texts.iter(), 0);
        let mut text = texts.next();
        move |number, piece| {
            let start = next;
            let Some(Text { piece: all, number: first, spans }) = text else { return start..start };
            if all.is_part() && piece.is_part() {
                let end = piece.start() + piece.text().len();
                let is_own = |span: &&Span| piece.start() <= span.range.start && span.range.end <= end;
                next += self.spans[start..spans.end].iter().take_while(is_own).count();
            } else if *first == number {
                next = spans.end;
            }
            if next == spans.end {
                text = texts.next();
            }
            start..next
        }
    }

    /// What was found first, so many.
    fn first(&self, count: usize) -> Found<'t> {
        let texts = self.texts.iter().take_while(|text| text.spans.start < count);
        let text = |text: &Text<'t>| Text {
            piece: text.piece.clone(),
            number: text.number,
            spans: text.spans.start..text.spans.end.min(count),
        };
        Found { body: self.body, spans: self.spans[..count].to_vec(), texts: texts.map(text).collect() }
    }

    /// The places of all in the body.
    pub fn placed(mut self) -> Placed {
        let mut hows: Vec<(How, Range<usize>)> = Vec::new();
        for Text { piece, spans, .. } in self.texts {
            if !piece.is_part() {
                self.spans[spans.clone()].iter_mut().for_each(|span| span.range = piece.in_body(span.range.clone()));
            }
            match hows.last_mut().filter(|(last, _)| *last == How::of(&piece)) {
                Some((_, own)) => own.end = spans.end,
                None => hows.push((How::of(&piece), spans)),
            }
        }
        Placed { spans: self.spans, hows }
    }

    /// Brings the identifiers, which of an event stream are not in the order of the body, into that.
    pub fn sort(&mut self) {
        let mut before = 0;
        let in_order = self.texts.iter().all(|text| {
            let (first, last) = self.reach(text);
            std::mem::replace(&mut before, last) <= first
        });
        if in_order {
            return;
        }
        let one_by_one = self.texts.iter().flat_map(|text| text.spans.clone().map(move |span| (text, span)));
        let mut in_order: Vec<_> = one_by_one.collect();
        in_order.sort_by_cached_key(|(text, span)| text.piece.in_body(self.spans[*span].range.clone()).start);
        let mut sorted = Found::nothing_in(self.body);
        for (text, span) in in_order {
            sorted.spans.push(self.spans[span].clone());
            sorted.add_text(text.number, &text.piece, sorted.spans.len() - 1);
        }
        *self = sorted;
    }

    /// Between which places of the body the identifiers of a text begin. Between those of a decoded piece are no others.
    fn reach(&self, text: &Text<'t>) -> (usize, usize) {
        if text.piece.is_part() {
            return (self.spans[text.spans.start].range.start, self.spans[text.spans.end - 1].range.start);
        }
        let start = text.piece.start();
        (start, start)
    }
}

/// Where a piece begins in what its spans are told of: the body, or what was decoded.
fn begins_at(piece: &Piece<'_>) -> usize {
    if piece.is_part() {
        piece.start()
    } else {
        0
    }
}
