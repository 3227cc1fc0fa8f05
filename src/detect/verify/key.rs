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
    /// Bit `a * 32 + b` is set if some key ends in the letters a and b: most words of a text fail this and cost no more.
    ends: [u64; 16],
    things: HashMap<&'static [u8], Kind, foldhash::fast::FixedState>,
}

static ALL: Lazy<Keys> = Lazy::new(|| {
    let mut keys = Keys { by_key: HashMap::default(), ends: [0; 16], things: HashMap::default() };
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
        keys.things.extend(things.iter().map(|thing| (thing.as_bytes(), *kind)));
    }
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
            let bit = end_bit(key[key.len() - 2], key[key.len() - 1]);
            self.ends[bit / 64] |= 1 << (bit % 64);
        }
    }
}

fn end_bit(last_but_one: u8, last: u8) -> usize {
    usize::from(last_but_one & 31) * 32 + usize::from(last & 31)
}

/// Other words that end a key worth reading: what gives a thing its name or type, and the prompt of `aws configure`.
const ABOUT_THINGS: &[&str] = &["name", "names", "name_prefix", "family", "type", "[None]"];

/// Whether a key may end before `end`. Cheap, so that most colons and equals signs of a text cost no more.
pub fn may_end(text: &[u8], end: usize) -> bool {
    let Some([last_but_one, last]) = text[..end].last_chunk::<2>() else { return false };
    let bit = end_bit(*last_but_one, *last);
    ALL.ends[bit / 64] >> (bit % 64) & 1 == 1
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

/// The kind of a thing that has its name under `name`: `aws_sqs_queue`, `AWS::SQS::Queue`, `Buckets`.
pub fn thing(word: &[u8]) -> Option<Kind> {
    ALL.things.get(word).copied()
}
