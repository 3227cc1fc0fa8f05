//! Which number a new token gets: the next one of a counter, or one that a key and the identifier decide.
//!
//! A keyed number is the same on every node and in every region that has the key, without asking anybody, and tells
//! nothing to whoever has not: neither the identifier nor how many there are. It has as many digits as a token can have,
//! so that two identifiers meet once in billions of billions; the later one then takes its next number.

use super::Wanted;
use crate::config::Key;
use crate::token;
use ring::hmac;

/// How new tokens are numbered.
#[derive(Clone, Debug)]
pub(crate) enum Naming {
    /// By counters.
    Sequential,
    /// By a keyed hash.
    Keyed(hmac::Key),
}

impl Naming {
    /// Keyed numbers where there is a key.
    pub fn new(key: Option<&Key>) -> Naming {
        match key {
            None => Naming::Sequential,
            Some(key) => Naming::Keyed(hmac::Key::new(hmac::HMAC_SHA256, key.bytes())),
        }
    }

    /// Whether numbers come from a key and not from counters.
    pub fn is_keyed(&self) -> bool {
        matches!(self, Naming::Keyed(_))
    }

    /// The keyed number of an identifier in a scope, after `attempt` others turned out to be taken. `None`: ask the
    /// counter.
    pub fn number(&self, scope: &str, want: &Wanted<'_>, attempt: u32) -> Option<u64> {
        let Naming::Keyed(key) = self else { return None };
        let mut hash = hmac::Context::with_key(key);
        // Each part with its length, so that no two inputs can be told the same.
        for part in [scope, want.prefix, want.original] {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.update(&attempt.to_be_bytes());
        let hash = hash.sign();
        let number = hash.as_ref().iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
        u64::try_from(number % token::KEYED_NUMBERS).ok()
    }

    /// The token of a number.
    pub fn render(&self, prefix: &str, number: u64) -> String {
        match self {
            Naming::Sequential => token::render(prefix, number),
            Naming::Keyed(_) => token::render_keyed(prefix, number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyed_number_depends_on_all_of_its_parts() {
        let want = |prefix, original| Wanted { prefix, counter: "ec2", original };
        let (one, other) = (Naming::new(Some(&Key::new([1; 32]))), Naming::new(Some(&Key::new([2; 32]))));
        let first = one.number("", &want("AWS_EC2", "i-1"), 0).unwrap();
        assert_eq!(one.number("", &want("AWS_EC2", "i-1"), 0), Some(first));
        for different in [
            other.number("", &want("AWS_EC2", "i-1"), 0),
            one.number("x", &want("AWS_EC2", "i-1"), 0),
            one.number("", &want("AWS_AMI", "i-1"), 0),
            one.number("", &want("AWS_EC2", "i-2"), 0),
            one.number("", &want("AWS_EC2i", "-1"), 0),
            one.number("", &want("AWS_EC2", "i-1"), 1),
        ] {
            assert_ne!(different, Some(first));
        }
        let token = one.render("AWS_EC2", first);
        assert_eq!(token.len(), "AWS_EC2_".len() + 19);
        assert_eq!(*token::parse(token.as_bytes(), 0).unwrap().token, *token.as_bytes());
        assert_eq!(Naming::new(None).number("", &want("AWS_EC2", "i-1"), 0), None);
    }
}
