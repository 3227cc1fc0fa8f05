//! What a line of a server access log of S3 begins with: the owner's id, the bucket, a time, an address and who asked.
//!
//! Source: S3 user guide, "Amazon S3 server access log format".

use super::id::{is_canonical_user, CANONICAL_USER_LENGTH};
use super::name::{fits, named, LONGEST_BUCKET, NAME};
use super::{is_like, run, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use crate::simd;
use std::ops::Range;

/// The time of a line, whose first slash is at [`SLASH`], as [`is_like`] reads it.
const TIME: &[u8] = b" [00/aaa/0000:00:00:00 +0000] ";
const SLASH: usize = 4;
/// The longest address, an IPv6 one.
const LONGEST_ADDRESS: usize = 39;

/// Gives what the line names in whose time the first slash is at `slash`.
#[inline]
pub fn names(text: &[u8], slash: usize, out: &mut Vec<Span>) {
    if slash.checked_sub(SLASH).is_some_and(|time| text[time + 1] == b'[') {
        names_around(text, slash - SLASH, out);
    }
}

#[inline(never)]
fn names_around(text: &[u8], time: usize, out: &mut Vec<Span>) {
    let bucket = time - simd::run_back(text, time, LONGEST_BUCKET, &NAME)..time;
    let owner =
        bucket.start.checked_sub(1).and_then(|end| canonical_user(text, end.checked_sub(CANONICAL_USER_LENGTH)?));
    let Some(owner) = owner.filter(|owner| starts_word(text, owner.start) && is_time(&text[time..])) else { return };
    if !fits(&text[bucket.clone()], Form::Name) {
        return;
    }
    out.push(named(text, owner, Kind::Account));
    out.push(named(text, bucket, Kind::S3Bucket));
    let address = time + TIME.len();
    let requester = address + run(text, address, LONGEST_ADDRESS, |b| b != b' ') + 1;
    out.extend(canonical_user(text, requester).map(|requester| named(text, requester, Kind::Account)));
}

/// The word of that form that starts at `start` and stands in front of a space.
fn canonical_user(text: &[u8], start: usize) -> Option<Range<usize>> {
    let range = start..start + CANONICAL_USER_LENGTH;
    (is_canonical_user(text.get(range.clone())?) && text.get(range.end) == Some(&b' ')).then_some(range)
}

fn is_time(text: &[u8]) -> bool {
    text.get(..TIME.len()).is_some_and(|time| is_like(time, TIME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::found;

    const OWNER: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
    const OTHER: &str = "b88d5d1a237efc9a211cba20066ee282a3db72d6adfb98ce41d852bdec3a371b";

    #[test]
    fn a_line_names_the_owner_the_bucket_and_who_asked() {
        let account = |id: &str| (Kind::Account, id.to_string());
        let bucket = (Kind::S3Bucket, "zorblax".to_string());
        let line = |asks: &str| {
            found(&format!(
                "{OWNER} zorblax [06/Feb/2019:00:00:38 +0000] {asks} 3E57427F3EXAMPLE REST.GET.VERSIONING -"
            ))
        };
        assert_eq!(line(&format!("- {OTHER}")), [account(OWNER), bucket.clone(), account(OTHER)]);
        assert_eq!(line("- -"), [account(OWNER), bucket.clone()]);
        let address = (Kind::PublicIp, "52.94.76.10".to_string());
        assert_eq!(line(&format!("52.94.76.10 {OTHER}")), [account(OWNER), bucket, address, account(OTHER)]);
    }

    #[test]
    fn other_logs_name_no_bucket() {
        for begin in ["203.0.113.9 - zorblax", "zorblax", &format!("{OWNER}zorblax"), &format!("{OWNER}0 zorblax")] {
            assert!(found(&format!("{begin} [06/Feb/2019:00:00:38 +0000] - - x")).is_empty(), "{begin}");
        }
        assert!(found(&format!("{OWNER} zorblax [06/Feb/2019] - - x")).is_empty());
    }
}
