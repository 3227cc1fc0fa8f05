//! What a key promises about its value.

use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{Form, COMMANDS, KEYS, KEY_ENDS, OTHER_THINGS, THINGS};
use once_cell::sync::Lazy;
use std::collections::HashMap;

/// The longest key worth looking up.
pub const LONGEST_KEY: usize = 48;

/// The keys of the catalogue, ready to be asked.
struct Keys {
    by_key: HashMap<&'static [u8], (Kind, Form), foldhash::fast::FixedState>,
    /// What keys end in: most words of a text fail this and cost no more. Bit `a * 32 + b` is for the last two bytes.
    pairs: [u64; 16],
    /// The same for the last three, if they are letters and digits: `(a * 32 + b) * 32 + c`.
    triples: [u64; 512],
    /// What has its name under `name`; `None` if that is nothing of ours.
    things: HashMap<&'static [u8], Option<Kind>, foldhash::fast::FixedState>,
}

static ALL: Lazy<Keys> = Lazy::new(|| {
    let mut keys = Keys { by_key: HashMap::default(), pairs: [0; 16], triples: [0; 512], things: HashMap::default() };
    for (kind, form, names) in KEYS {
        for name in *names {
            keys.by_key.insert(name.as_bytes(), (*kind, *form));
            keys.may_end(name.as_bytes());
        }
    }
    for (end, ..) in KEY_ENDS {
        keys.may_end(end.as_bytes());
    }
    for (kind, things) in THINGS {
        keys.things.extend(things.iter().map(|thing| (thing.as_bytes(), Some(*kind))));
    }
    keys.things.extend(OTHER_THINGS.iter().map(|thing| (thing.as_bytes(), None)));
    for (_, key, _) in COMMANDS {
        keys.may_end(key.as_bytes());
    }
    let others = THINGS.iter().flat_map(|row| row.1).chain(OTHER_THINGS).chain(ABOUT_THINGS);
    others.for_each(|word| keys.may_end(word.as_bytes()));
    keys
});

impl Keys {
    fn may_end(&mut self, key: &[u8]) {
        for plural in [&b""[..], b"s"] {
            let key = [key, plural].concat();
            let pair = [key[key.len() - 2], key[key.len() - 1]];
            set(&mut self.pairs, index(&pair));
            // In front of a shorter key anything may stand.
            let before = key.len().checked_sub(3).map_or(0..32, |at| key[at]..key[at] + 1);
            before.for_each(|before| set(&mut self.triples, index(&[before, pair[0], pair[1]])));
        }
    }
}

/// The place of an end in its table: five bits of each byte, which tell letters apart and not their case.
fn index(end: &[u8]) -> usize {
    end.iter().fold(0, |index, b| index * 32 + usize::from(b & 31))
}

fn set(bits: &mut [u64], index: usize) {
    bits[index / 64] |= 1 << (index % 64);
}

fn is_set(bits: &[u64], index: usize) -> bool {
    bits[index / 64] >> (index % 64) & 1 == 1
}

/// Other words that end a key worth reading: what gives a thing its name or type, and the prompt of `aws configure`.
const ABOUT_THINGS: &[&str] = &["name", "names", "name_prefix", "family", "type", "[None]"];

/// Whether a key may end before `end`. Cheap, so that most colons and equals signs of a text cost no more.
pub fn may_end(text: &[u8], end: usize) -> bool {
    match text[..end].last_chunk::<3>() {
        // A separator between them is no part of the key.
        Some(last) if last.iter().all(u8::is_ascii_alphanumeric) => is_set(&ALL.triples, index(last)),
        _ => text[..end].last_chunk::<2>().is_some_and(|last| is_set(&ALL.pairs, index(last))),
    }
}

/// A key in lower case and without separators.
pub struct Plain {
    bytes: [u8; LONGEST_KEY],
    length: usize,
}

impl Plain {
    /// `None` if it ends as no key of the catalogue does, or is too long for one.
    pub fn of(key: &[u8]) -> Option<Plain> {
        if !may_end(key, key.len()) || key.len() > LONGEST_KEY {
            return None;
        }
        let mut plain = Plain { bytes: [0; LONGEST_KEY], length: 0 };
        for b in key.iter().filter(|b| b.is_ascii_alphanumeric()) {
            plain.bytes[plain.length] = b.to_ascii_lowercase();
            plain.length += 1;
        }
        Some(plain)
    }

    /// The key, without a plural `s` if that makes it `word`.
    pub fn is(&self, word: &str) -> bool {
        let plain = &self.bytes[..self.length];
        plain == word.as_bytes() || plain.strip_suffix(b"s") == Some(word.as_bytes())
    }

    fn promise(&self) -> Option<(Kind, Form)> {
        let plain = &self.bytes[..self.length];
        let singular = plain.strip_suffix(b"s").unwrap_or(plain);
        let known = ALL.by_key.get(plain).or_else(|| ALL.by_key.get(singular));
        known.copied().or_else(|| {
            let end = KEY_ENDS.iter().find(|row| singular.ends_with(row.0.as_bytes()))?;
            Some((end.1, end.2))
        })
    }
}

/// What the value under `key` promises to be.
pub fn promise(key: &[u8]) -> Option<(Kind, Form)> {
    promise_about(key, None)
}

/// The same in the block of a thing, where a key that says the thing's kind needs no more to be believed.
pub fn promise_about(key: &[u8], thing: Option<Kind>) -> Option<(Kind, Form)> {
    let (kind, form) = Plain::of(key)?.promise()?;
    match form {
        Form::Cased if has_inner_boundary(key) || thing == Some(kind) => Some((kind, Form::Name)),
        Form::Cased => Some((kind, Form::Telling)),
        form => Some((kind, form)),
    }
}

/// `UserName`, `userName`, `user-name`, but not `username`, `user_name` or `USERNAME`.
fn has_inner_boundary(key: &[u8]) -> bool {
    key.windows(2).any(|pair| (pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()) || pair[1] == b'-')
}

/// Whether a value only says its key again: `table_name=table_name`, `"Bucket": "bucket"`.
pub fn same(value: &[u8], key: &[u8]) -> bool {
    let letters = |word: &'_ [u8]| {
        word.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect::<Vec<u8>>()
    };
    value.len() <= LONGEST_KEY && letters(value) == letters(key)
}

/// What the CLI's `service` means by the flag `key`.
pub fn command(service: &[u8], key: &[u8]) -> Option<Kind> {
    let key = Plain::of(key)?;
    COMMANDS.iter().find(|row| row.0.as_bytes() == service && key.is(row.1)).map(|row| row.2)
}

/// The kind of a thing that has its name under `name`: `aws_sqs_queue`, `AWS::SQS::Queue`, `Buckets`; inside, `None` for a
/// thing that is none of ours. `None` for any other word.
pub fn thing(word: &[u8]) -> Option<Option<Kind>> {
    ALL.things.get(word).copied()
}
