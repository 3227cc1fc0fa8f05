//! Names in the addresses of the management console: `https://….console.aws.amazon.com/lambda/home#/functions/orders`.

use super::name::{fits, named, of_path, ACCOUNT_LENGTH};
use super::word_map::WordMap;
use super::{run, KEY, LABELS};
use crate::detect::catalogue::consoles::{BEHIND_PATH, BETWEEN, DOMAINS, OWN_PAGES, PAGES, SLASH};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{Form, LOG_GROUPS};
use crate::detect::Span;
use crate::simd::{self, AsciiSet};
use memchr::memmem::{self, Finder};
use once_cell::sync::Lazy;
use std::ops::Range;

/// No more of an address is read.
const LONGEST_ADDRESS: usize = 1024;
/// The longest first segment of a service's path.
const LONGEST_SERVICE: usize = 32;

/// Gives the names in the address whose host has a dot behind `console` at `dot`.
#[inline]
pub fn names(text: &[u8], dot: usize, out: &mut Vec<Span>) {
    if text[..dot].ends_with(b"console") {
        names_behind(text, dot, out);
    }
}

#[inline(never)]
fn names_behind(text: &[u8], dot: usize, out: &mut Vec<Span>) {
    let Some(domain) = DOMAINS.iter().find(|domain| text[dot..].starts_with(domain.as_bytes())) else { return };
    let start = dot + domain.len();
    let Some(path) = text[start..].strip_prefix(b"/") else { return };
    let Some(pages) = PAGES_OF.get(&path[..simd::run(path, 0, LONGEST_SERVICE, &KEY)]) else { return };
    let address = start..address_end(text, start);
    for (service, front, form, kind) in pages {
        if text[address.clone()].starts_with(service.as_bytes()) {
            // The path of the service ends with the slash that what stands in front of the name may begin with.
            let rest = start + service.len() - 1..address.end;
            let front = front.find(&text[rest.clone()]).map(|at| rest.start + at + front.needle().len());
            out.extend(front.and_then(|from| name(text, from..address.end, *form, *kind)));
        }
    }
}

/// Where the address ends whose path is at `start`: in front of the next one, so that none is read twice.
fn address_end(text: &[u8], start: usize) -> usize {
    let reach = text.len().min(start + LONGEST_ADDRESS);
    let next = NEXT.find(&text[start..reach]).unwrap_or(reach - start);
    start + simd::run(text, start, next, &ADDRESS)
}

/// What another address has in its host.
static NEXT: Lazy<Finder> = Lazy::new(|| Finder::new("console.a"));

/// Those of [`PAGES`] whose service's path begins with a segment, and what is looked for in their addresses.
static PAGES_OF: Lazy<WordMap<Vec<Page>>> = Lazy::new(|| {
    let mut pages = WordMap::<Vec<Page>>::default();
    for (service, front, form, kind) in PAGES {
        let segment = service.split('/').nth(1).unwrap_or_default();
        pages.entry(segment).push((*service, Finder::new(*front), *form, *kind));
    }
    pages
});

/// A row of [`PAGES`] in which what stands in front of the name is ready to be looked for.
type Page = (&'static str, Finder<'static>, Form, Kind);

/// The name that a part of an address begins with.
fn name(text: &[u8], part: Range<usize>, form: Form, kind: Kind) -> Option<Span> {
    let rest = &text[part.clone()];
    let between =
        BETWEEN.iter().find(|between| rest.starts_with(between.as_bytes())).map_or(0, |between| between.len());
    let start = part.start + between;
    let start = start + account(&text[start..part.end]);
    let alphabet = match (form, kind) {
        (Form::Path, _) => &PATH,
        (_, Kind::LogGroup) => &ENCODED,
        _ => &LABELS,
    };
    let length = simd::run(text, start, part.end - start, alphabet);
    let end = start + own_length(&text[start..start + length], form);
    let goes_on = text.get(end).is_some_and(|b| matches!(b, b'$' | b'%' | b'{' | b'<' | b':' | b'*' | b'@'));
    let length = text[start..end].iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    let range = start..start + length;
    let value = &text[range.clone()];
    let is_page = OWN_PAGES.iter().any(|page| page.as_bytes() == value);
    let without_slash = value.strip_prefix(SLASH.as_bytes()).unwrap_or(value);
    if goes_on || is_page || !fits(without_slash, form_of_part(form)) {
        return None;
    }
    Some(match kind {
        Kind::LogGroup => Span::named(range.clone(), kind, of_path(text, range, &LOG_GROUP_FRONTS, SLASH)),
        kind => named(text, range, kind),
    })
}

/// How much of a part of an address is in front of what is the page's.
fn own_length(part: &[u8], form: Form) -> usize {
    let mut tails = BEHIND_PATH.iter().filter(|_| form == Form::Path);
    tails.find_map(|tail| memmem::find(part, tail.as_bytes())).unwrap_or(part.len())
}

/// What the part of an address must be: a path may be of one part.
fn form_of_part(form: Form) -> Form {
    match form {
        Form::Path => Form::Name,
        form => form,
    }
}

/// The length of the account that a part of an address begins with, and of the slash behind it.
fn account(part: &[u8]) -> usize {
    let is_one = run(part, 0, ACCOUNT_LENGTH + 1, |b| b.is_ascii_digit()) == ACCOUNT_LENGTH;
    let is_between = part.get(ACCOUNT_LENGTH) == Some(&b'/');
    if is_one && is_between {
        ACCOUNT_LENGTH + 1
    } else {
        0
    }
}

/// [`LOG_GROUPS`] as the console writes them: `$252Faws$252Flambda$252Forders`.
static LOG_GROUP_FRONTS: Lazy<Vec<(String, Kind)>> =
    Lazy::new(|| LOG_GROUPS.iter().map(|(front, kind)| (front.replace('/', SLASH), *kind)).collect());

/// What such addresses are made of.
static ADDRESS: AsciiSet = AsciiSet::alphanumeric_and(b"-._~:/?#@!$&*+,;=%");
/// What the paths of names are made of.
static PATH: AsciiSet = AsciiSet::alphanumeric_and(b"-._/+=@");
/// What a log group is made of where its slashes are encoded.
static ENCODED: AsciiSet = AsciiSet::alphanumeric_and(b"-._$#");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::found;

    #[test]
    fn every_page_tells_its_name_in_every_partition() {
        const UUID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
        for (service, front, form, kind) in PAGES {
            let name = if *form == Form::KmsKey { UUID } else { "zorblax" };
            for domain in DOMAINS {
                for region in ["", "us-east-1."] {
                    let address = format!("(https://{region}console{domain}{service}home{front}{name}?tab=x).");
                    assert_eq!(found(&address), [(*kind, name.to_string())], "{address}");
                }
            }
        }
    }

    #[test]
    fn names_end_where_the_page_goes_on() {
        let at = |rest: &str| found(&format!("https://us-east-1.console.aws.amazon.com{rest} next"));
        let one = |kind, name: &str| vec![(kind, name.to_string())];
        assert_eq!(at("/iam/home#/roles/details/Zorblax?section=permissions"), one(Kind::IamRole, "Zorblax"));
        assert_eq!(at("/systems-manager/parameters/zor/blax/description?tab=x"), one(Kind::Parameter, "zor/blax"));
        assert_eq!(at("/secretsmanager/secret?name=zor%2Fblax&region=x"), one(Kind::Secret, "zor%2Fblax"));
        assert_eq!(at("/rds/home#database:id=zorblax;is-cluster=true"), one(Kind::Rds, "zorblax"));
        let group = "$252Faws$252Flambda$252Fzorblax";
        let log_groups = format!("/cloudwatch/home#logsV2:log-groups/log-group/{group}/log-events/x zorblax");
        assert_eq!(at(&log_groups), [(Kind::LogGroup, group.into()), (Kind::Lambda, "zorblax".into())][..1]);
        let image = at("/ecr/repositories/private/123456789012/zor/blax/_/image/sha256:0a/details");
        assert_eq!(image, [(Kind::Account, "123456789012".into()), (Kind::Ecr, "zor/blax".into())]);
        let service = at("/ecs/v2/clusters/zorblax/services/checkout/health");
        assert_eq!(service, [(Kind::Ecs, "zorblax".into()), (Kind::Ecs, "checkout".into())]);
    }

    #[test]
    fn addresses_that_follow_without_a_space_are_read_each() {
        let address = "https://console.aws.amazon.com/lambda/home#/functions/";
        let role = (Kind::IamRole, "zorblax".to_string());
        let text = format!("{address}checkout,https://console.aws.amazon.com/iam/home#/roles/zorblax");
        assert_eq!(found(&text), [(Kind::Lambda, "checkout".to_string()), role.clone()]);
        assert_eq!(found(&format!("{address}https://console.amazonaws.cn/iam/home#/roles/zorblax")), [role]);
    }

    #[test]
    fn pages_of_its_own_and_placeholders_are_no_names() {
        for rest in [
            "/lambda/home#/functions/create?x",
            "/lambda/home#/functions/${name}",
            "/lambda/home#/functions/<name>",
            "/lambda/home#/functions?x=/zorblax",
            "/iam/home#/roles/details",
            "/s3/home",
            "/ecs/v2/clusters",
            "/other/home#/functions/zorblax",
        ] {
            let address = format!("https://us-east-1.console.aws.amazon.com{rest} next");
            assert!(found(&address).is_empty(), "{address}");
        }
        assert!(found("console.aws.amazon.com").is_empty());
        assert!(found("https://console.example.com/lambda/home#/functions/zorblax").is_empty());
    }
}
