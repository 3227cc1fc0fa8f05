//! The plugin's configuration: Kong's JSON in, checked settings out.
//!
//! The field names, types and defaults are those existing installations rely on; every default is in this file (the
//! schema that the plugin server dumps for Kong is tested against it). Kong adds keys of its own (`__key__`, `__seq__`
//! …) and leaves nulls out; both are ignored here. A secret reference that does not resolve arrives as an empty string.

use crate::error::{Code, Error, Result};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// A value that never shows in a log line, an error or a debug print.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for handing it to the server it is meant for.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the secret is the empty string, as an unresolved reference is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Secret(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// Which kinds of store `redis_type` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RedisType {
    /// A self-hosted Redis or Valkey.
    Traditional,
    /// AWS ElastiCache.
    Managed,
}

/// An entry of `custom_patterns`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CustomPattern {
    /// What it is called in errors and logs.
    pub name: String,
    /// A regular expression of the `regex` crate: linear time, no look-around, no back-references.
    pub pattern: String,
    /// The word of its tokens: `TICKET` gives `AWS_CUSTOM_TICKET_001`.
    pub token: String,
}

/// The `config` block as Kong sends it, with the defaults of fields that were left out.
///
/// `None` in a Redis field means "not configured": [`Config::redis`] then asks the environment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Mask EC2 instance ids.
    pub mask_ec2_instances: bool,
    /// Mask S3 bucket names and ARNs.
    pub mask_s3_buckets: bool,
    /// Mask RDS instance and cluster identifiers and endpoints.
    pub mask_rds_instances: bool,
    /// Mask RFC 1918 addresses.
    pub mask_private_ips: bool,
    /// Mask public IPv4 addresses and global or unique local IPv6 addresses.
    pub mask_public_ips: bool,
    /// Mask account ids.
    pub mask_account_ids: bool,
    /// Mask access key ids, secret access keys and session tokens.
    pub mask_credentials: bool,
    /// Mask IAM roles, users, groups, policies and unique ids, organizations, Cognito pools.
    pub mask_iam: bool,
    /// Mask ARNs of services without a group of their own.
    pub mask_arns: bool,
    /// Mask ids of VPCs, subnets, security groups, gateways, network interfaces and their like.
    pub mask_networks: bool,
    /// Mask EBS volumes, snapshots, EFS and FSx.
    pub mask_storage: bool,
    /// Mask images, launch templates, functions, ECS, EKS, ECR, Batch, Auto Scaling groups and key pairs.
    pub mask_compute: bool,
    /// Mask DynamoDB tables, ElastiCache, MemoryDB and Redshift clusters.
    pub mask_databases: bool,
    /// Mask SNS topics, SQS queues and Kinesis streams.
    pub mask_messaging: bool,
    /// Mask load balancers, APIs, distributions, hosted zones, domains and host names of AWS resources.
    pub mask_endpoints: bool,
    /// Mask KMS keys, secrets, parameters and certificates.
    pub mask_secrets: bool,
    /// Mask Glue, Athena, EMR, SageMaker and OpenSearch resources.
    pub mask_analytics: bool,
    /// Mask CloudFormation stacks, log groups, state machines, repositories and all other prefixed ids.
    pub mask_management: bool,
    /// Mask hyphenated names that tell their kind by a whole segment (`prod-orders-db`).
    pub name_heuristics: bool,
    /// What else to mask, by pattern.
    #[serde(deserialize_with = "list")]
    pub custom_patterns: Vec<CustomPattern>,
    /// What else to mask, by exact word: company, project, host names.
    #[serde(deserialize_with = "list")]
    pub custom_terms: Vec<String>,
    /// What never to mask: exact values, or patterns between two slashes.
    #[serde(deserialize_with = "list")]
    pub allow_list: Vec<String>,
    /// Keep the public suffix of a host name and mask only what is in front of it.
    pub preserve_structure: bool,
    /// Write an audit line of kinds and counts per masked request. Read by the plugin server.
    pub log_masked_requests: bool,
    /// Sent upstream as `x-api-key`. Read by the plugin server.
    pub anthropic_api_key: Option<Secret>,
    /// Keep mappings in Redis; `false` keeps them in this process.
    pub use_redis: bool,
    /// Seconds a mapping lives after its last use.
    pub mapping_ttl: f64,
    /// The most mappings the in-process store holds.
    pub max_entries: f64,
    /// Restore tokens also in thinking blocks, as far as masking the block again certainly gives the signed bytes.
    pub restore_thinking: bool,
    /// The most bytes of a streamed event, line or JSON value that are held to be understood; a longer one is restored as
    /// text.
    pub max_event_bytes: f64,
    /// Self-hosted or ElastiCache.
    pub redis_type: RedisType,
    /// Host name or address; environment `REDIS_HOST`, then `localhost`.
    pub redis_host: Option<String>,
    /// Port; environment `REDIS_PORT`, then 6379.
    pub redis_port: Option<u16>,
    /// Password of the default user; environment `REDIS_PASSWORD`, then none.
    pub redis_password: Option<Secret>,
    /// Database number; environment `REDIS_DB`, then 0.
    pub redis_database: Option<u16>,
    /// Speak TLS.
    pub redis_ssl_enabled: bool,
    /// Verify the server's certificate chain and host name.
    pub redis_ssl_verify: bool,
    /// AUTH token, or the password of `redis_user`.
    pub redis_auth_token: Option<Secret>,
    /// RBAC (ACL) user name.
    pub redis_user: Option<String>,
    /// Speak the Redis Cluster protocol.
    pub redis_cluster_mode: bool,
    /// Host of the cluster's configuration endpoint, with an optional `:port`.
    pub redis_cluster_endpoint: Option<String>,
    /// Milliseconds for one send or receive, and for connecting where `connection_timeout` is absent.
    pub redis_timeout: u64,
    /// Milliseconds for connecting.
    pub connection_timeout: Option<u64>,
    /// Milliseconds for one receive.
    pub read_timeout: Option<u64>,
    /// Milliseconds an idle connection stays in the pool.
    pub redis_keepalive_timeout: u64,
    /// The same under its other deployed name.
    pub keepalive_timeout: Option<u64>,
    /// The most connections to the store.
    pub redis_keepalive_pool_size: u32,
    /// The same under its other deployed name.
    pub keepalive_pool_size: Option<u32>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            mask_ec2_instances: true,
            mask_s3_buckets: true,
            mask_rds_instances: true,
            mask_private_ips: true,
            mask_public_ips: true,
            mask_account_ids: true,
            mask_credentials: true,
            mask_iam: true,
            mask_arns: true,
            mask_networks: true,
            mask_storage: true,
            mask_compute: true,
            mask_databases: true,
            mask_messaging: true,
            mask_endpoints: true,
            mask_secrets: true,
            mask_analytics: true,
            mask_management: true,
            name_heuristics: true,
            custom_patterns: Vec::new(),
            custom_terms: Vec::new(),
            allow_list: Vec::new(),
            preserve_structure: true,
            log_masked_requests: false,
            anthropic_api_key: None,
            use_redis: true,
            mapping_ttl: 604_800.0,
            max_entries: 10_000.0,
            restore_thinking: false,
            max_event_bytes: 16_777_216.0,
            redis_type: RedisType::Traditional,
            redis_host: None,
            redis_port: None,
            redis_password: None,
            redis_database: None,
            redis_ssl_enabled: false,
            redis_ssl_verify: true,
            redis_auth_token: None,
            redis_user: None,
            redis_cluster_mode: false,
            redis_cluster_endpoint: None,
            redis_timeout: 2000,
            connection_timeout: None,
            read_timeout: None,
            redis_keepalive_timeout: 60_000,
            keepalive_timeout: None,
            redis_keepalive_pool_size: 100,
            keepalive_pool_size: None,
        }
    }
}

/// A list; Lua has one spelling for an empty list and an empty table, so an empty object is one too.
fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> std::result::Result<Vec<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Object(fields) if fields.is_empty() => Ok(Vec::new()),
        value => serde_json::from_value(value).map_err(D::Error::custom),
    }
}

/// How to reach the store: the checked and completed Redis part of a [`Config`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisSettings {
    /// Host of the server, or of the cluster's configuration endpoint.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Database number; always 0 in cluster mode, which has no other.
    pub database: u16,
    /// ACL user; `None` is the default user.
    pub user: Option<String>,
    /// Password or token, if the server asks for one.
    pub password: Option<Secret>,
    /// TLS, and whether it verifies.
    pub tls: Tls,
    /// Whether the server speaks the Redis Cluster protocol.
    pub cluster: bool,
    /// Limit for opening a connection, TLS handshake and authentication included.
    pub connect_timeout: Duration,
    /// Limit for one send.
    pub send_timeout: Duration,
    /// Limit for one receive.
    pub read_timeout: Duration,
    /// How long an idle connection stays open.
    pub keep_alive: Duration,
    /// The most connections, and so the most requests that wait on the store at once.
    pub pool_size: u32,
}

/// Transport security of a store connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Plain TCP.
    Off,
    /// TLS; chain and host name are verified against the system's roots.
    Verified,
    /// TLS without verification.
    Unverified,
}

/// A year of seconds: longer than any conversation, short enough for every clock arithmetic.
const LONGEST_TTL: f64 = 31_536_000.0;
/// The most entries the in-process store may be asked to hold.
const MOST_ENTRIES: f64 = 10_000_000.0;
/// One frame of Kong's protocol carries no more.
const LARGEST_EVENT: f64 = 134_217_728.0;
/// The longest a single store operation may be allowed to take, in milliseconds.
const LONGEST_TIMEOUT: u64 = 60_000;

impl Config {
    /// Reads and checks the `config` block of a plugin instance: a JSON object in UTF-8.
    ///
    /// # Errors
    /// `AWS_MASKER_4001` or `AWS_MASKER_4002`; the sentence names the field.
    pub fn from_json(json: &[u8]) -> Result<Config> {
        let mut value: Value = serde_json::from_slice(json)
            .map_err(|e| invalid(format!("config is not JSON (line {}, column {}).", e.line(), e.column())))?;
        let Some(fields) = value.as_object_mut() else {
            return Err(invalid("config is not a JSON object."));
        };
        fields.retain(|_, v| !v.is_null());
        let config: Config = serde_path_to_error::deserialize(value)
            .map_err(|e| invalid(format!("config.{} {}.", e.path(), cause(&e.inner().to_string()))))?;
        config.check()?;
        Ok(config)
    }

    /// How long a mapping lives after its last use.
    pub fn mapping_ttl(&self) -> Duration {
        Duration::from_secs(self.mapping_ttl as u64)
    }

    /// The most mappings the in-process store holds.
    pub fn max_entries(&self) -> usize {
        self.max_entries as usize
    }

    /// How to reach the store. Fields that are not configured come from `environment` (`REDIS_HOST`, `REDIS_PORT`,
    /// `REDIS_PASSWORD`, `REDIS_DB`), then from the defaults.
    ///
    /// # Errors
    /// `AWS_MASKER_4001` if an environment value is no number or a timeout is out of range.
    pub fn redis(&self, environment: impl Fn(&str) -> Option<String>) -> Result<RedisSettings> {
        let environment = |name: &str| environment(name).filter(|value| !value.is_empty());
        let number = |name: &str, fallback: u16| match environment(name) {
            None => Ok(fallback),
            Some(text) => text
                .trim()
                .parse::<u16>()
                .map_err(|_| invalid(format!("environment {name} is not a number from 0 to 65535."))),
        };
        let port = match self.redis_port {
            Some(port) => port,
            None => number("REDIS_PORT", 6379)?,
        };
        let (host, port) = match &self.redis_cluster_endpoint {
            Some(endpoint) => split_port(endpoint, port)?,
            None => {
                let host = self.redis_host.clone().or_else(|| environment("REDIS_HOST"));
                (host.unwrap_or_else(|| "localhost".into()), port)
            }
        };
        let password = [self.redis_auth_token.clone(), self.redis_password.clone()]
            .into_iter()
            .flatten()
            .find(|secret| !secret.is_empty())
            .or_else(|| environment("REDIS_PASSWORD").map(Secret));
        let milliseconds = Duration::from_millis;
        Ok(RedisSettings {
            host,
            port,
            database: match self.redis_database {
                Some(database) => database,
                None if self.redis_cluster_mode => 0,
                None => number("REDIS_DB", 0)?,
            },
            user: self.redis_user.clone(),
            password,
            tls: match (self.redis_ssl_enabled, self.redis_ssl_verify) {
                (false, _) => Tls::Off,
                (true, true) => Tls::Verified,
                (true, false) => Tls::Unverified,
            },
            cluster: self.redis_cluster_mode,
            connect_timeout: milliseconds(self.connection_timeout.unwrap_or(self.redis_timeout)),
            send_timeout: milliseconds(self.redis_timeout),
            read_timeout: milliseconds(self.read_timeout.unwrap_or(self.redis_timeout)),
            keep_alive: milliseconds(self.keepalive_timeout.unwrap_or(self.redis_keepalive_timeout)),
            pool_size: self.keepalive_pool_size.unwrap_or(self.redis_keepalive_pool_size),
        })
    }

    /// The rules between fields and the ranges of single ones.
    fn check(&self) -> Result<()> {
        within("mapping_ttl", self.mapping_ttl, 1.0, LONGEST_TTL)?;
        within("max_entries", self.max_entries, 1.0, MOST_ENTRIES)?;
        within("max_event_bytes", self.max_event_bytes, 1024.0, LARGEST_EVENT)?;
        let timeouts = [
            ("redis_timeout", Some(self.redis_timeout)),
            ("connection_timeout", self.connection_timeout),
            ("read_timeout", self.read_timeout),
        ];
        for (field, value) in timeouts {
            within(field, value.unwrap_or(1) as f64, 1.0, LONGEST_TIMEOUT as f64)?;
        }
        let pools = [
            ("redis_keepalive_pool_size", Some(self.redis_keepalive_pool_size)),
            ("keepalive_pool_size", self.keepalive_pool_size),
        ];
        for (field, value) in pools {
            within(field, f64::from(value.unwrap_or(1)), 1.0, 10_000.0)?;
        }
        for (field, value) in [("redis_host", &self.redis_host), ("redis_user", &self.redis_user)] {
            if value.as_deref() == Some("") {
                return Err(missing(format!("config.{field} is empty; give it a value or leave it out.")));
            }
        }
        self.check_credentials()?;
        self.check_cluster()
    }

    fn check_credentials(&self) -> Result<()> {
        match &self.redis_auth_token {
            Some(token) if token.is_empty() => {
                Err(missing("config.redis_auth_token is empty; if it is a secret reference, it did not resolve."))
            }
            None if self.redis_user.is_some() => {
                Err(missing("config.redis_user needs config.redis_auth_token, the user's password."))
            }
            _ => Ok(()),
        }
    }

    fn check_cluster(&self) -> Result<()> {
        let endpoint = self.redis_cluster_endpoint.as_deref();
        match (self.redis_cluster_mode, endpoint) {
            (true, None | Some("")) => Err(missing(
                "config.redis_cluster_mode needs config.redis_cluster_endpoint, the cluster's configuration endpoint.",
            )),
            (false, Some(_)) => Err(invalid(
                "config.redis_cluster_endpoint is set but config.redis_cluster_mode is false; set both or neither.",
            )),
            (true, Some(endpoint)) => {
                if self.redis_database.unwrap_or(0) != 0 {
                    return Err(invalid(
                        "config.redis_database must be 0 with config.redis_cluster_mode: a cluster has no other.",
                    ));
                }
                split_port(endpoint, 6379).map(|_| ())
            }
            (false, None) => Ok(()),
        }
    }
}

/// `host` or `host:port` → both.
fn split_port(endpoint: &str, default_port: u16) -> Result<(String, u16)> {
    match endpoint.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => {
            let port = port.parse().map_err(|_| {
                invalid("config.redis_cluster_endpoint has a port that is not a number from 0 to 65535.")
            })?;
            Ok((host.into(), port))
        }
        _ => Ok((endpoint.into(), default_port)),
    }
}

fn within(field: &str, value: f64, least: f64, most: f64) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(invalid(format!("config.{field} must be from {least} to {most}.")))
}

/// serde's sentence without the value it quotes: the value may be a secret in the wrong field.
fn cause(sentence: &str) -> String {
    let expected = sentence.rsplit_once("expected ").map(|(_, expected)| expected.trim_end_matches('.'));
    match expected {
        Some(expected) => format!("has the wrong type or value; expected {expected}"),
        None => "has the wrong type or value".into(),
    }
}

fn invalid(details: impl Into<String>) -> Error {
    Error::new(Code::ConfigInvalid, details)
}

fn missing(details: impl Into<String>) -> Error {
    Error::new(Code::ConfigMissing, details)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> Error {
        Config::from_json(json.as_bytes()).expect_err(json)
    }

    #[test]
    fn an_empty_block_has_the_published_defaults() {
        let config = Config::from_json(b"{}").unwrap();
        assert_eq!(config, Config::default());
        let redis = config.redis(|_| None).unwrap();
        assert_eq!((redis.host.as_str(), redis.port, redis.database), ("localhost", 6379, 0));
        assert_eq!(redis.password, None);
        assert_eq!(redis.connect_timeout, Duration::from_secs(2));
        assert_eq!(redis.pool_size, 100);
    }

    #[test]
    fn kongs_own_keys_and_nulls_are_ignored() {
        let json =
            br#"{"__key__":"plugins:x","__seq__":4,"$refs":{},"redis_user":null,"mapping_ttl":60,"use_redis":false}"#;
        let config = Config::from_json(json).unwrap();
        assert_eq!(config.mapping_ttl(), Duration::from_secs(60));
        assert!(!config.use_redis);
    }

    #[test]
    fn the_environment_fills_what_the_block_leaves_out() {
        let environment = |name: &str| {
            [("REDIS_HOST", "redis.internal"), ("REDIS_PORT", "6390"), ("REDIS_PASSWORD", "pw"), ("REDIS_DB", "3")]
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.to_string())
        };
        let redis = Config::default().redis(environment).unwrap();
        assert_eq!((redis.host.as_str(), redis.port, redis.database), ("redis.internal", 6390, 3));
        assert_eq!(redis.password.unwrap().expose(), "pw");
        let config = Config::from_json(br#"{"redis_host":"here","redis_port":1,"redis_database":0}"#).unwrap();
        let redis = config.redis(environment).unwrap();
        assert_eq!((redis.host.as_str(), redis.port, redis.database), ("here", 1, 0));
    }

    #[test]
    fn every_refusal_names_its_field() {
        for (json, code, field) in [
            ("", Code::ConfigInvalid, "config is not JSON"),
            ("{", Code::ConfigInvalid, "config is not JSON"),
            ("[]", Code::ConfigInvalid, "config is not a JSON object"),
            (r#"{"redis_type":"magic"}"#, Code::ConfigInvalid, "redis_type"),
            (r#"{"redis_user":"app"}"#, Code::ConfigMissing, "redis_user"),
            (r#"{"redis_user":"app","redis_auth_token":""}"#, Code::ConfigMissing, "redis_auth_token"),
            (r#"{"redis_cluster_mode":true}"#, Code::ConfigMissing, "redis_cluster_endpoint"),
            (r#"{"redis_cluster_endpoint":"x"}"#, Code::ConfigInvalid, "redis_cluster_mode"),
            (
                r#"{"redis_cluster_mode":true,"redis_cluster_endpoint":"x:y"}"#,
                Code::ConfigInvalid,
                "redis_cluster_endpoint",
            ),
            (
                r#"{"redis_cluster_mode":true,"redis_cluster_endpoint":"x","redis_database":2}"#,
                Code::ConfigInvalid,
                "redis_database",
            ),
            (r#"{"mapping_ttl":0}"#, Code::ConfigInvalid, "mapping_ttl"),
            (r#"{"max_entries":-1}"#, Code::ConfigInvalid, "max_entries"),
            (r#"{"redis_port":70000}"#, Code::ConfigInvalid, "redis_port"),
            (r#"{"mask_s3_buckets":"yes"}"#, Code::ConfigInvalid, "mask_s3_buckets"),
            (r#"{"redis_timeout":0}"#, Code::ConfigInvalid, "redis_timeout"),
            (r#"{"redis_keepalive_pool_size":0}"#, Code::ConfigInvalid, "redis_keepalive_pool_size"),
            (r#"{"redis_host":""}"#, Code::ConfigMissing, "redis_host"),
        ] {
            let error = refused(json);
            assert_eq!(error.code(), code, "{json}");
            assert!(error.details().contains(field), "{json}: {}", error.details());
        }
    }

    #[test]
    fn no_refusal_and_no_debug_print_shows_a_value() {
        let error = refused(r#"{"redis_database":"hunter2-secret"}"#);
        assert!(!error.to_string().contains("hunter2"), "{error}");
        let error = refused(r#"{"redis_type":"hunter2-secret"}"#);
        assert!(!error.to_string().contains("hunter2"), "{error}");
        let config =
            Config::from_json(br#"{"redis_password":"hunter2-secret","anthropic_api_key":"hunter2-key"}"#).unwrap();
        assert!(!format!("{config:?} {:?}", config.redis(|_| None)).contains("hunter2"));
    }
}
