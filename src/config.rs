//! The plugin's configuration: Kong's JSON in, checked settings out.
//!
//! The field names, types and defaults are those existing installations rely on; every default is in this file (the
//! schema that the plugin server dumps for Kong is tested against it). Kong adds keys of its own (`__key__`, `__seq__`
//! …) and leaves nulls out; both are ignored here. A secret reference that does not resolve arrives as an empty string.

pub mod store;

use crate::error::{Code, Error, Result};
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
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

/// Whose mappings a request sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MappingScope {
    /// One set of mappings for everybody: the keys that existing installations have.
    Global,
    /// A set of mappings for each consumer, and one for requests without a consumer.
    Consumer,
}

/// How a new token is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenStyle {
    /// The next number of a counter in the store.
    Sequential,
    /// A number that `token_key` and the identifier decide: the same everywhere, without a counter.
    Keyed,
}

/// What happens to access keys, secret keys and session tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialPolicy {
    /// They get tokens like every other identifier.
    Mask,
    /// A fixed word takes their place; they are stored nowhere and not restored.
    Redact,
    /// A request that holds one is refused.
    Block,
}

/// What happens to a body that cannot be inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UninspectableBody {
    /// The request is refused.
    Refuse,
    /// It is sent as it is.
    Allow,
}

/// The `config` block as Kong sends it, with the defaults of fields that were left out.
///
/// `None` in a Redis field means "not configured": [`Config::redis`] in [`store`] then asks the environment.
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
    /// The most mappings this process holds: those of the in-process store, or those it remembers of Redis.
    pub max_entries: f64,
    /// Restore tokens also in thinking blocks, as far as masking the block again certainly gives the signed bytes.
    pub restore_thinking: bool,
    /// The most bytes of a streamed event, line or JSON value that are held to be understood; a longer one is restored as
    /// text.
    pub max_event_bytes: f64,
    /// Whose mappings a request sees.
    pub mapping_scope: MappingScope,
    /// Keys that encrypt mappings at rest, each 32 bytes in base64: the first encrypts, all decrypt.
    #[serde(deserialize_with = "list")]
    pub mapping_encryption_keys: Vec<Secret>,
    /// How a new token is chosen.
    pub token_style: TokenStyle,
    /// The key of keyed tokens, 32 bytes in base64.
    pub token_key: Option<Secret>,
    /// What happens to access keys, secret keys and session tokens.
    pub credential_policy: CredentialPolicy,
    /// What happens to a body that cannot be inspected. Read by the plugin server too.
    pub uninspectable_body: UninspectableBody,
    /// Explain tokens to the model with one paragraph behind the system prompt of a request in which something was masked.
    pub token_preamble: bool,
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
    /// PEM text, or the path of a PEM file, of the authorities to trust instead of the system's.
    pub redis_ssl_ca_cert: Option<String>,
    /// The name the server's certificate must be for, where it is not the host's.
    pub redis_ssl_server_name: Option<String>,
    /// PEM text or file of the certificate, with its chain, that this client shows.
    pub redis_ssl_client_cert: Option<String>,
    /// PEM text or file of the client certificate's key.
    pub redis_ssl_client_key: Option<Secret>,
    /// AUTH token, or the password of `redis_user`.
    pub redis_auth_token: Option<Secret>,
    /// File that holds the password or token, read for every login.
    pub redis_password_file: Option<String>,
    /// RBAC (ACL) user name.
    pub redis_user: Option<String>,
    /// Log in with tokens signed by IAM credentials.
    pub redis_iam_auth: bool,
    /// The replication group or serverless cache that the tokens are for.
    pub redis_iam_cache_name: Option<String>,
    /// Its region.
    pub redis_iam_region: Option<String>,
    /// Whether it is a serverless cache.
    pub redis_iam_serverless: bool,
    /// A role to assume for signing.
    pub redis_iam_assume_role_arn: Option<String>,
    /// The name of the assumed role's session.
    pub redis_iam_session_name: Option<String>,
    /// Speak the Redis Cluster protocol.
    pub redis_cluster_mode: bool,
    /// Host of the cluster's configuration endpoint, with an optional `:port`.
    pub redis_cluster_endpoint: Option<String>,
    /// The sentinels of a self-hosted Redis, each a host with an optional `:port`.
    #[serde(deserialize_with = "list")]
    pub redis_sentinel_nodes: Vec<String>,
    /// The name under which they watch the primary.
    pub redis_sentinel_master: Option<String>,
    /// ACL user at the sentinels.
    pub redis_sentinel_user: Option<String>,
    /// Password at the sentinels.
    pub redis_sentinel_password: Option<Secret>,
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
    /// Milliseconds to wait for one of them; as long as for connecting where absent.
    pub redis_pool_timeout: Option<u64>,
    /// Seconds after which a connection is replaced, however busy it is.
    pub redis_connection_max_age: u64,
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
            mapping_scope: MappingScope::Global,
            mapping_encryption_keys: Vec::new(),
            token_style: TokenStyle::Sequential,
            token_key: None,
            credential_policy: CredentialPolicy::Mask,
            uninspectable_body: UninspectableBody::Refuse,
            token_preamble: false,
            redis_type: RedisType::Traditional,
            redis_host: None,
            redis_port: None,
            redis_password: None,
            redis_database: None,
            redis_ssl_enabled: false,
            redis_ssl_verify: true,
            redis_ssl_ca_cert: None,
            redis_ssl_server_name: None,
            redis_ssl_client_cert: None,
            redis_ssl_client_key: None,
            redis_auth_token: None,
            redis_password_file: None,
            redis_user: None,
            redis_iam_auth: false,
            redis_iam_cache_name: None,
            redis_iam_region: None,
            redis_iam_serverless: false,
            redis_iam_assume_role_arn: None,
            redis_iam_session_name: None,
            redis_cluster_mode: false,
            redis_cluster_endpoint: None,
            redis_sentinel_nodes: Vec::new(),
            redis_sentinel_master: None,
            redis_sentinel_user: None,
            redis_sentinel_password: None,
            redis_timeout: 2000,
            connection_timeout: None,
            read_timeout: None,
            redis_keepalive_timeout: 60_000,
            keepalive_timeout: None,
            redis_keepalive_pool_size: 100,
            keepalive_pool_size: None,
            redis_pool_timeout: None,
            redis_connection_max_age: 36_000,
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

/// A year of seconds: longer than any conversation, short enough for every clock arithmetic.
const LONGEST_TTL: f64 = 31_536_000.0;
/// The most entries the in-process store may be asked to hold.
const MOST_ENTRIES: f64 = 10_000_000.0;
/// One frame of Kong's protocol carries no more.
const LARGEST_EVENT: f64 = 134_217_728.0;
/// The longest a single store operation may be allowed to take, in milliseconds.
const LONGEST_TIMEOUT: u64 = 60_000;
/// ElastiCache drops a connection that logged in with an IAM token after twelve hours; one less leaves a margin.
const OLDEST_CONNECTION: u64 = 39_600;

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

    /// The rules between fields and the ranges of single ones.
    fn check(&self) -> Result<()> {
        within("mapping_ttl", self.mapping_ttl, 1.0, LONGEST_TTL)?;
        within("max_entries", self.max_entries, 1.0, MOST_ENTRIES)?;
        within("max_event_bytes", self.max_event_bytes, 1024.0, LARGEST_EVENT)?;
        let timeouts = [
            ("redis_timeout", Some(self.redis_timeout)),
            ("connection_timeout", self.connection_timeout),
            ("read_timeout", self.read_timeout),
            ("redis_pool_timeout", self.redis_pool_timeout),
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
        within("redis_connection_max_age", self.redis_connection_max_age as f64, 1.0, OLDEST_CONNECTION as f64)?;
        self.check_keys()?;
        self.check_store()
    }

    /// The keys of mappings and tokens.
    fn check_keys(&self) -> Result<()> {
        self.encryption_keys()?;
        self.token_key().map(|_| ())
    }

    /// The keys that encrypt mappings at rest, the encrypting one first; none if they are not encrypted.
    ///
    /// # Errors
    /// `AWS_MASKER_4001` or `AWS_MASKER_4002` if one is not 32 bytes in base64.
    pub fn encryption_keys(&self) -> Result<Vec<Key>> {
        self.mapping_encryption_keys.iter().map(|key| Key::read("mapping_encryption_keys", key)).collect()
    }

    /// The key of keyed tokens; `None` if tokens are numbered by counters.
    ///
    /// # Errors
    /// `AWS_MASKER_4001` or `AWS_MASKER_4002` if `token_style` and `token_key` do not go together.
    pub fn token_key(&self) -> Result<Option<Key>> {
        match (self.token_style, &self.token_key) {
            (TokenStyle::Keyed, Some(key)) => Key::read("token_key", key).map(Some),
            (TokenStyle::Keyed, None) => Err(missing("config.token_style keyed needs config.token_key.")),
            (TokenStyle::Sequential, Some(_)) => Err(invalid(
                "config.token_key is set but config.token_style is sequential; set keyed, or leave the key out.",
            )),
            (TokenStyle::Sequential, None) => Ok(None),
        }
    }
}

/// A secret of 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// A key from its bytes.
    pub fn new(bytes: [u8; 32]) -> Key {
        Key(bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn read(field: &str, secret: &Secret) -> Result<Key> {
        if secret.is_empty() {
            return Err(missing(format!("config.{field} holds an empty key; a secret reference did not resolve.")));
        }
        let bytes = STANDARD.decode(secret.expose().trim()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Key).ok_or_else(|| {
            invalid(format!("config.{field} holds a key that is not 32 bytes in base64 (openssl rand -base64 32)."))
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<key>")
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
    use super::store::{Credentials, Tls, Topology};
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
        assert_eq!(redis.credentials, Credentials::None);
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
        assert_eq!(redis.credentials, Credentials::Environment);
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
            (r#"{"redis_pool_timeout":0}"#, Code::ConfigInvalid, "redis_pool_timeout"),
            (r#"{"redis_connection_max_age":43200}"#, Code::ConfigInvalid, "redis_connection_max_age"),
            (r#"{"redis_ssl_ca_cert":"/ca.pem"}"#, Code::ConfigInvalid, "redis_ssl_enabled"),
            (r#"{"redis_ssl_server_name":"x"}"#, Code::ConfigInvalid, "redis_ssl_enabled"),
            (
                r#"{"redis_ssl_enabled":true,"redis_ssl_client_cert":"/c.pem"}"#,
                Code::ConfigMissing,
                "redis_ssl_client_key",
            ),
            (
                r#"{"redis_ssl_enabled":true,"redis_ssl_client_key":"/k.pem"}"#,
                Code::ConfigMissing,
                "redis_ssl_client_cert",
            ),
            (r#"{"redis_password_file":"/p","redis_password":"x"}"#, Code::ConfigInvalid, "redis_password_file"),
            (r#"{"redis_type":"managed","redis_auth_token":"short"}"#, Code::ConfigInvalid, "redis_auth_token"),
            (
                r#"{"redis_type":"managed","redis_auth_token":"a-token-with-an-@-sign"}"#,
                Code::ConfigInvalid,
                "redis_auth_token",
            ),
            (r#"{"redis_iam_region":"eu-west-1"}"#, Code::ConfigInvalid, "redis_iam_auth"),
            (r#"{"redis_iam_auth":true}"#, Code::ConfigInvalid, "redis_type"),
            (r#"{"redis_iam_auth":true,"redis_type":"managed"}"#, Code::ConfigInvalid, "redis_ssl_enabled"),
            (
                r#"{"redis_iam_auth":true,"redis_type":"managed","redis_ssl_enabled":true}"#,
                Code::ConfigMissing,
                "redis_user",
            ),
            (
                r#"{"redis_iam_auth":true,"redis_type":"managed","redis_ssl_enabled":true,"redis_user":"u"}"#,
                Code::ConfigMissing,
                "redis_iam_cache_name",
            ),
            (
                r#"{"redis_iam_auth":true,"redis_type":"managed","redis_ssl_enabled":true,"redis_user":"u",
                    "redis_iam_cache_name":"c","redis_iam_region":"r","redis_password":"p"}"#,
                Code::ConfigInvalid,
                "redis_password",
            ),
            (r#"{"redis_sentinel_nodes":["a"]}"#, Code::ConfigMissing, "redis_sentinel_master"),
            (r#"{"redis_sentinel_master":"m"}"#, Code::ConfigMissing, "redis_sentinel_nodes"),
            (
                r#"{"redis_sentinel_nodes":["a:x"],"redis_sentinel_master":"m"}"#,
                Code::ConfigInvalid,
                "redis_sentinel_nodes",
            ),
            (
                r#"{"redis_sentinel_nodes":["a"],"redis_sentinel_master":"m","redis_type":"managed"}"#,
                Code::ConfigInvalid,
                "redis_type",
            ),
            (r#"{"mapping_encryption_keys":["short"]}"#, Code::ConfigInvalid, "mapping_encryption_keys"),
            (r#"{"mapping_encryption_keys":[""]}"#, Code::ConfigMissing, "mapping_encryption_keys"),
            (r#"{"token_style":"keyed"}"#, Code::ConfigMissing, "token_key"),
            (r#"{"token_key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#, Code::ConfigInvalid, "token_style"),
            (r#"{"uninspectable_body":"ask"}"#, Code::ConfigInvalid, "uninspectable_body"),
            (r#"{"token_preamble":"yes"}"#, Code::ConfigInvalid, "token_preamble"),
            (r#"{"credential_policy":"sell"}"#, Code::ConfigInvalid, "credential_policy"),
        ] {
            let error = refused(json);
            assert_eq!(error.code(), code, "{json}");
            assert!(error.details().contains(field), "{json}: {}", error.details());
        }
    }

    #[test]
    fn every_way_to_reach_a_store_has_its_settings() {
        let settings = |json: &str| Config::from_json(json.as_bytes()).unwrap().redis(|_| None);
        let iam = settings(
            r#"{"redis_type":"managed","redis_ssl_enabled":true,"redis_user":"app","redis_iam_auth":true,
                "redis_iam_cache_name":"My-Cache","redis_iam_region":"eu-west-1",
                "redis_iam_assume_role_arn":"arn:aws:iam::123456789012:role/r"}"#,
        )
        .unwrap();
        let Credentials::Iam(iam) = iam.credentials else { panic!("{:?}", iam.credentials) };
        assert_eq!((iam.cache_name.as_str(), iam.region.as_str(), iam.serverless), ("my-cache", "eu-west-1", false));
        assert_eq!(iam.assume_role.unwrap().1, "aws-masker");

        let sentinel = settings(r#"{"redis_sentinel_nodes":["a","[::1]:5"],"redis_sentinel_master":"m"}"#).unwrap();
        let Topology::Sentinel(sentinel) = sentinel.topology else { panic!("{:?}", sentinel.topology) };
        assert_eq!(sentinel.nodes, [("a".to_string(), 26_379), ("[::1]".to_string(), 5)]);

        let tls = settings(r#"{"redis_ssl_enabled":true,"redis_ssl_ca_cert":"/ca.pem"}"#).unwrap().tls;
        let Tls::On(tls) = tls else { panic!("{tls:?}") };
        assert!(tls.verify && tls.ca_cert.as_deref() == Some("/ca.pem"));

        let file = settings(r#"{"redis_user":"app","redis_password_file":"/run/secrets/redis"}"#).unwrap();
        assert_eq!(file.credentials, Credentials::File("/run/secrets/redis".into()));
        let port =
            r#"{"redis_type":"managed","redis_host":"c-x.serverless.euw1.cache.amazonaws.com","redis_port":6380}"#;
        assert!(settings(port).unwrap_err().details().contains("redis_port"));
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
