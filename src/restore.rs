//! Putting the originals back: the half of the work that needs the request's mapping and nothing else.

use crate::body::{self, encode, Format, Piece, Replacement};
use crate::detect::catalogue::kinds::Kind;
use crate::mapping::{variant_of, Mapping};
use crate::token;

/// A restored body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The bytes.
    pub body: Vec<u8>,
    /// How many tokens were replaced.
    pub count: u64,
}

/// Replaces the tokens of `mapping` in `body`; `None` if none is in it, so that nothing needs to be copied.
///
/// Text that only looks like a token, and tokens of other requests, stay as they are.
pub fn restore(format: Format, mapping: &Mapping, body: &[u8]) -> Option<Restored> {
    if mapping.is_empty() || memchr::memmem::find(body, b"AWS").is_none() {
        return None;
    }
    let mut replacements = Vec::new();
    for piece in body::read(format, body) {
        restore_piece(&piece, mapping, body, &mut replacements);
    }
    let count = replacements.len() as u64;
    (count > 0).then(|| Restored { body: body::rewrite(body, replacements), count })
}

fn restore_piece(piece: &Piece<'_>, mapping: &Mapping, body: &[u8], replacements: &mut Vec<Replacement>) {
    let mut at = 0;
    while let Some(found) = token::find(&piece.text, at, Kind::is_prefix) {
        at = found.range.end;
        let Some(original) = mapping.original(&found.token) else { continue };
        let whole = found.range == (0..piece.text.len());
        let mut range = piece.in_body(found.range);
        let variant = if piece.level > 0 { variant_of(&body[range.clone()], &found.token, piece.level) } else { 0 };
        // A signed text may hold tokens that the model itself wrote and signed; only what masking put there goes.
        if piece.is_signed() && variant == 0 {
            continue;
        }
        let bytes = match mapping.spelling(&found.token, variant) {
            Some(spelling) if !spelling.number => spelling.raw.clone().into_bytes(),
            Some(spelling) if whole => {
                let quote = encode(b"\"", piece.level - 1).len();
                range = range.start - quote..range.end + quote;
                spelling.raw.clone().into_bytes()
            }
            _ => encode(original.as_bytes(), piece.level).into_owned(),
        };
        replacements.push(Replacement { range, bytes });
    }
}
