//! The thing that a body is about at the moment, whose `name` is that of a resource: where it began, and whether what is
//! asked about stands in it, in something else that is nested in it, or behind its end.
//!
//! Of JSON the depth of every text is known. In a text brackets are counted, each once, and in YAML the columns of two lines
//! are compared.

use super::{back_to, run, these};
use crate::detect::catalogue::kinds::Kind;

/// How far behind a thing its name may stand.
const REACH: usize = 2_000;
/// The longest beginning of a line that is looked at.
const LONGEST_BEGINNING: usize = 128;
/// How deep in a list or object the names of what it holds stand: `"Buckets": [{"Name": "x"}]`, `"Properties": {"Name": "x"}`.
const DEEPEST: i32 = 2;

/// How many columns further in that is in YAML.
const FURTHEST_IN: usize = 4;

/// A place of a body.
#[derive(Clone, Copy, Debug)]
pub struct Place<'t> {
    /// The text it is in.
    pub text: &'t [u8],
    /// Where that begins.
    pub base: usize,
    /// How deep in the body's JSON that is; of a text that is not in JSON 0.
    pub depth: u8,
    /// Where the place is in the text.
    pub at: usize,
}

impl Place<'_> {
    /// Whether a key that ends there is the first word of its line.
    pub fn begins_line(&self) -> bool {
        column(self.text, self.at).is_some()
    }
}

/// What a thing began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A block of Terraform: `resource "aws_sqs_queue" "orders" {`.
    Block,
    /// A key, whose value it is: `"Buckets": [`.
    Key,
    /// A type beside its other properties: `Type: AWS::SQS::Queue`.
    Type,
}

/// A thing and where it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thing {
    kind: Kind,
    opening: Opening,
    /// Where it began, or where the last one of a list was named.
    at: usize,
    /// The text in which it began, and how deep in JSON that is.
    base: usize,
    depth: u8,
    /// How far its text was looked through, and how many more brackets were opened than closed.
    looked: usize,
    brackets: i32,
    /// Whether one was opened.
    has_opened: bool,
    /// Whether a variable was opened last: `${AWS::Partition}`. Its brackets are none of those.
    is_variable: bool,
    has_ended: bool,
    /// Where its key stands in the text, until the column of that is asked for.
    key: Option<usize>,
    /// Where the line begins that its key begins.
    column: Option<usize>,
}

impl Thing {
    /// One that begins behind a place.
    pub fn new(kind: Kind, opening: Opening, place: &Place<'_>) -> Thing {
        Thing {
            kind,
            opening,
            at: place.base + place.at,
            base: place.base,
            depth: place.depth,
            looked: place.at + 1,
            brackets: 0,
            has_opened: false,
            is_variable: false,
            has_ended: false,
            key: Some(place.at).filter(|_| opening != Opening::Block),
            column: None,
        }
    }

    /// Moves where it began.
    pub fn move_on(&mut self, moved: impl Fn(&mut usize)) {
        moved(&mut self.at);
    }

    /// Whether it is a block of Terraform.
    pub fn is_block(&self) -> bool {
        self.opening == Opening::Block
    }

    /// Whether it stands for a secret under the key of what refers to one.
    pub fn is_reference(&self) -> bool {
        self.opening == Opening::Key && self.kind == Kind::Secret
    }

    /// Its kind, if the key at a place is its own, or that of one of its list.
    pub fn kind_at(&mut self, place: &Place<'_>) -> Option<Kind> {
        let depth = self.depth_at(place)?;
        let is_own = match self.opening {
            Opening::Block => depth == 0,
            Opening::Key => depth <= DEEPEST,
            Opening::Type => depth <= DEEPEST && !self.is_further_in(place),
        };
        is_own.then_some(self.kind)
    }

    /// Its kind, if a place is anywhere in it.
    pub fn kind_around(&mut self, place: &Place<'_>) -> Option<Kind> {
        self.depth_at(place).map(|_| self.kind)
    }

    /// How many brackets are open between it and a place behind it; `None` if it has ended before.
    pub fn depth_at(&mut self, place: &Place<'_>) -> Option<i32> {
        if (place.base + place.at).saturating_sub(self.at) > REACH {
            return None;
        }
        if place.base != self.base {
            return self.depth_of_text(place);
        }
        self.count(place);
        (!self.has_ended).then_some(self.brackets)
    }

    /// The same of another text than that in which it began.
    fn depth_of_text(&self, place: &Place<'_>) -> Option<i32> {
        if self.depth == 0 || place.depth == 0 {
            return Some(0);
        }
        let depth = i32::from(place.depth) - i32::from(self.depth);
        let least = if self.opening == Opening::Key { 1 } else { 0 };
        (depth >= least).then_some(depth)
    }

    /// Counts the brackets in front of a place, and looks at the beginnings of the lines of YAML.
    fn count(&mut self, place: &Place<'_>) {
        for at in self.looked..place.at {
            match place.text[at] {
                // An ARN with a variable in it will be gone.
                b'{' if place.text[..at].ends_with(b"$") => self.is_variable = true,
                b'}' if self.is_variable => self.is_variable = false,
                b'{' | b'[' => {
                    self.brackets += 1;
                    self.has_opened = true;
                }
                b'}' | b']' => {
                    self.brackets -= 1;
                    let is_value = self.opening == Opening::Key && self.has_opened;
                    self.has_ended |= self.brackets < 0 || is_value && self.brackets == 0;
                }
                b'\n' => self.has_ended |= self.is_left(place.text, at + 1),
                b'n' if place.text[at - 1] == b'\\' => self.has_ended |= self.is_left(place.text, at + 1),
                _ => {}
            }
        }
        self.looked = self.looked.max(place.at);
    }

    /// Whether the line of YAML at `start` stands no longer in it.
    fn is_left(&mut self, text: &[u8], start: usize) -> bool {
        if let Some(key) = self.key.take() {
            self.column = column(text, key);
        }
        let Some(own) = self.column.filter(|_| self.brackets == 0) else { return false };
        let line = &text[start..];
        let column = run(line, 0, LONGEST_BEGINNING, |b| b == b' ');
        match line[column..] {
            [] | [b'\n' | b'\r' | b'#' | b'\\', ..] => false,
            [b'-', b' ', ..] => column < own,
            _ if self.opening == Opening::Key => column <= own,
            _ => column < own,
        }
    }

    /// Remembers that one of its list was named at a place, so that others may follow.
    pub fn go_on(&mut self, place: &Place<'_>) {
        if self.opening == Opening::Key {
            self.at = place.base + place.at;
        }
    }

    /// Whether the line of YAML in which a place is begins further in than its properties.
    fn is_further_in(&self, place: &Place<'_>) -> bool {
        let own = self.column.filter(|_| self.brackets == 0 && place.base == self.base);
        own.zip(column(place.text, place.at)).is_some_and(|(own, column)| column > own + FURTHEST_IN)
    }

    /// Takes the depth of a place for its own: its properties stand there.
    pub fn deepen(&mut self, place: &Place<'_>) {
        if self.opening == Opening::Type && self.depth_at(place).is_some() {
            match place.base == self.base {
                true => self.brackets = 0,
                false => self.depth = place.depth,
            }
        }
    }

    /// Whether it has ended before the key of an object.
    pub fn ends_before(&self, place: &Place<'_>) -> bool {
        place.base != self.base && self.depth_of_text(place).is_none()
    }
}

/// Where the line begins whose first word is the key that ends before `end`; `None` of one that is too long or begins with
/// another word.
fn column(text: &[u8], end: usize) -> Option<usize> {
    let head = &text[..end];
    let start = head.len() - back_to(head, head.len(), LONGEST_BEGINNING, [b'\n', b'\\']);
    let is_whole = head.len() - start < LONGEST_BEGINNING;
    // The letter of an escaped line break.
    let is_escaped = head[..start].ends_with(b"\\") && start < head.len();
    let line = &head[start + usize::from(is_escaped)..];
    let spaces = line.iter().take_while(|b| **b == b' ').count();
    let key = line[spaces..].strip_prefix(b"- ").unwrap_or(&line[spaces..]);
    let is_key = key.iter().all(|b| KEY_OF_LINE[usize::from(*b)]);
    (is_whole && is_key).then_some(spaces)
}

/// What the key that a line begins with is made of.
static KEY_OF_LINE: [bool; 256] = these(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:");
