//! Names in paths that say what they are of: `/aws/lambda/orders`, `app/web/50dc6c495c0c9188`,
//! `kubernetes.io/cluster/payments`.

use super::context::Context;
use super::key::LONGEST_KEY;
use super::name::{fits, named, value};
use super::{ends_word, is_quote, run, run_back, starts_word, KEY};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use crate::simd::{self, AsciiSet};

/// What the paths of log groups are made of.
static LOG_GROUP: AsciiSet = AsciiSet::alphanumeric_and(b"/-_.#");

/// The longest name of a log group. Source: CloudWatch Logs API reference, `CreateLogGroup`.
const LONGEST_LOG_GROUP: usize = 512;

/// The log group whose path starts at `slash`: `/aws/lambda/orders`, `/ecs/orders`.
pub fn log_group(text: &[u8], slash: usize) -> Option<Span> {
    let rest = &text[slash..];
    let known = [&b"/aws/"[..], b"/ecs/", b"/eks/", b"/aws-glue/"].iter().any(|known| rest.starts_with(known));
    if !known || (slash > 0 && text[slash - 1].is_ascii_alphanumeric() && !starts_word(text, slash)) {
        return None;
    }
    if slash > 0 && matches!(text[slash - 1], b'.' | b'/' | b'~' | b'}' | b'-' | b'_') {
        return None;
    }
    let length = simd::run(text, slash, LONGEST_LOG_GROUP, &LOG_GROUP);
    let length = text[slash..slash + length].iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    // Of a longer path no part that ends within a word is one.
    if !ends_word(text, slash + length) {
        return None;
    }
    let path = &text[slash..slash + length];
    // `/aws/` and a service alone name nothing.
    let slashes = if path.starts_with(b"/aws/") { 3 } else { 2 };
    (path.iter().filter(|b| **b == b'/').count() >= slashes).then(|| named(text, slash..slash + length, Kind::LogGroup))
}

/// The load balancer or target group whose name stands behind the type that ends at `slash`, as logs and metrics write it:
/// `app/web/50dc6c495c0c9188`.
pub fn load_balancer(text: &[u8], slash: usize) -> Option<Span> {
    let word = run_back(text, slash, 11, |b| b.is_ascii_lowercase());
    let known = |from: &usize| {
        matches!(&text[*from..slash], b"app" | b"net" | b"gwy" | b"targetgroup") && starts_word(text, *from)
    };
    (slash - word..slash).find(known)?;
    let name = run(text, slash + 1, 33, |b| b.is_ascii_alphanumeric() || b == b'-');
    let end = slash + 1 + name;
    let id = run(text, end + 1, 17, |b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let shape = (1..=32).contains(&name) && text.get(end) == Some(&b'/') && id == 16 && ends_word(text, end + 17);
    shape.then(|| named(text, slash + 1..end, Kind::Elb))
}

/// The alias of a key of KMS whose `alias` ends at `slash`: `alias/orders`.
pub fn kms_alias(text: &[u8], slash: usize, context: &mut Context<'_>) -> Option<Span> {
    let start = slash.checked_sub(b"alias".len())?;
    if !text[start..].starts_with(b"alias/") || !starts_word(text, start) || text[..start].ends_with(b"/") {
        return None;
    }
    value(text, start, (Kind::Kms, Form::KmsKey), context)
}

/// The cluster in a tag of Kubernetes whose `cluster` ends at `slash`: `kubernetes.io/cluster/payments: shared`.
pub fn tagged_cluster(text: &[u8], slash: usize) -> Option<Span> {
    TAGS.iter().find(|tag| text[..slash].ends_with(tag))?;
    let end = slash + 1 + simd::run(text, slash + 1, 100, &KEY);
    let ends =
        matches!(text.get(end), None | Some(b':' | b'=' | b'"' | b'\'' | b'\\' | b' ' | b'\n' | b',' | b'`' | b'|'));
    (ends && fits(&text[slash + 1..end], Form::Name)).then(|| named(text, slash + 1..end, Kind::Eks))
}

/// The value of the label or annotation of Kubernetes whose domain ends at `slash`: `karpenter.sh/discovery: payments`.
pub fn labelled(text: &[u8], slash: usize, context: &mut Context<'_>) -> Option<Span> {
    let key = slash + 1..slash + 1 + simd::run(text, slash + 1, LONGEST_KEY, &KEY);
    let is_one = |row: &&(&[u8], &[u8], Kind)| text[..slash].ends_with(row.0) && text[key.clone()] == *row.1;
    let (_, _, kind) = LABELS.iter().find(is_one)?;
    let between = |b: u8| is_quote(b) || matches!(b, b':' | b'=' | b' ');
    let start = key.end + run(text, key.end, LONGEST_KEY, between);
    let separates = text[key.end..start].iter().any(|b| matches!(b, b':' | b'='));
    separates.then(|| value(text, start, (*kind, Form::Name), context)).flatten()
}

/// Their domains and names, and what they name. Source: Karpenter's documentation, "NodeClasses"; Crossplane's, "Managed resources".
static LABELS: [(&[u8], &[u8], Kind); 2] =
    [(b"karpenter.sh", b"discovery", Kind::Eks), (b"crossplane.io", b"external-name", Kind::Resource)];

/// What those tags begin with. Source: EKS user guide, "Subnet requirements"; Cluster Autoscaler on AWS, "Auto-Discovery".
const TAGS: [&[u8]; 2] = [b"kubernetes.io/cluster", b"k8s.io/cluster-autoscaler"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_log_group_is_longer_than_they_can_be() {
        let path = |length: usize| format!("/aws/lambda/{}", "x".repeat(length - b"/aws/lambda/".len()));
        assert!(log_group(path(LONGEST_LOG_GROUP).as_bytes(), 0).is_some());
        assert!(log_group(path(LONGEST_LOG_GROUP + 1).as_bytes(), 0).is_none());
        let ruled = format!("/aws/lambda/orders{}", "-".repeat(LONGEST_LOG_GROUP));
        assert!(log_group(ruled.as_bytes(), 0).is_some());
    }
}
