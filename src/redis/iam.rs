//! The password of an IAM user at ElastiCache: a presigned request that the cache checks.
//!
//! The token is the URL, without its scheme, of a GET request signed with Signature Version 4 in the query: no request is
//! ever sent. It is good for fifteen minutes and only needed while logging in, so every connection gets one of its own.
//! Source: ElastiCache user guide, "Authenticating with IAM".

use super::aws_credentials::AwsCredentials;
use super::failure::Cause;
use crate::config::store::IamSettings;
use crate::config::Secret;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{sign, SignableBody, SignableRequest, SignatureLocation, SigningSettings};
use aws_sigv4::sign::v4::SigningParams;
use std::time::{Duration, Instant, SystemTime};

/// How long a token is good for; the most that ElastiCache allows.
const LIFE: Duration = Duration::from_secs(900);
const SCHEME: &str = "http://";

/// Makes the tokens of one user at one cache.
pub(crate) struct IamTokens {
    settings: IamSettings,
    user: String,
    credentials: AwsCredentials,
}

impl IamTokens {
    pub fn new(settings: IamSettings, user: String) -> IamTokens {
        let credentials = AwsCredentials::new(settings.region.clone(), settings.assume_role.clone());
        IamTokens { settings, user, credentials }
    }

    /// A new token.
    ///
    /// # Errors
    /// [`Cause::NoCredentials`] if there are no AWS credentials to sign with by `deadline`.
    pub fn token(&self, deadline: Instant) -> Result<Secret, Cause> {
        let credentials = self.credentials.get(deadline)?;
        signed(&self.settings, &self.user, &credentials, SystemTime::now())
            .map(Secret::from)
            .ok_or(Cause::NoCredentials("the IAM token cannot be signed"))
    }

    /// The cache refused a token: the credentials that signed it may have been revoked.
    pub fn forget_credentials(&self) {
        self.credentials.forget();
    }
}

/// The token of `user` for the cache, signed at the time `now`.
fn signed(settings: &IamSettings, user: &str, credentials: &Credentials, now: SystemTime) -> Option<String> {
    let resource = if settings.serverless { "&ResourceType=ServerlessCache" } else { "" };
    let url = format!("{SCHEME}{}/?Action=connect&User={}{resource}", settings.cache_name, escaped(user));
    let mut signing = SigningSettings::default();
    signing.signature_location = SignatureLocation::QueryParams;
    signing.expires_in = Some(LIFE);
    let identity = credentials.clone().into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(&settings.region)
        .name("elasticache")
        .time(now)
        .settings(signing)
        .build()
        .ok()?;
    let request = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::empty()).ok()?;
    let (signature, _) = sign(request, &parameters.into()).ok()?.into_parts();
    let mut token = url[SCHEME.len()..].to_string();
    // The signature comes last, as the SDKs write it.
    let (last, others): (Vec<_>, Vec<_>) = signature.params().iter().partition(|(name, _)| *name == "X-Amz-Signature");
    for (name, value) in others.into_iter().chain(last) {
        token.extend(["&", name, "=", &escaped(value)]);
    }
    Some(token)
}

/// Percent-encoding as Signature Version 4 wants it: everything but RFC 3986's unreserved characters.
fn escaped(text: &str) -> String {
    let escape = |b: u8| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
        _ => format!("%{b:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn token(session: Option<&str>, serverless: bool) -> BTreeMap<String, String> {
        let settings = IamSettings {
            cache_name: "my-replication-group-id".into(),
            region: "eu-west-1".into(),
            serverless,
            assume_role: None,
        };
        let credentials =
            Credentials::new("fakeAccessKeyId", "fakeSecretKey", session.map(str::to_string), None, "test");
        // 2025-01-01T00:00:00Z
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_735_689_600);
        let token = signed(&settings, "my-user-id", &credentials, now).unwrap();
        let query = token.strip_prefix("my-replication-group-id/?").expect("the cache's name, and no scheme");
        let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_string(), value.to_string()));
        query.split('&').map(|text| pair(text).unwrap()).collect()
    }

    /// The first two are published with AWS's demo application for ElastiCache IAM, the third follows from the same rules.
    #[test]
    fn signatures_are_the_published_ones() {
        for (session, serverless, signature) in [
            (None, false, "9e361603d85874bce06114c6644725ed113e3b11ae6fa92efdf10c6bcf5de8d7"),
            (Some("fakeSessionToken"), false, "bbce2bd61bd78461297ecb92e7001ddbeab2d85906c3cbedad6c9b81fb3466dc"),
            (None, true, "57292e578d0dc6376b23017594423bae7320b8eb25054e744652670af833ffaa"),
        ] {
            let token = token(session, serverless);
            assert_eq!(token["X-Amz-Signature"], signature);
            assert_eq!(token["X-Amz-Expires"], "900");
            assert_eq!(token["X-Amz-SignedHeaders"], "host");
            assert_eq!(token["X-Amz-Date"], "20250101T000000Z");
            assert_eq!(
                token["X-Amz-Credential"],
                "fakeAccessKeyId%2F20250101%2Feu-west-1%2Felasticache%2Faws4_request"
            );
            assert_eq!(token.get("X-Amz-Security-Token").map(String::as_str), session);
            assert_eq!(token.get("ResourceType").map(String::as_str), serverless.then_some("ServerlessCache"));
            assert_eq!((token["Action"].as_str(), token["User"].as_str()), ("connect", "my-user-id"));
        }
    }
}
