//! How to reach the store: the Redis fields of a [`Config`], checked and completed from the environment.

use super::{invalid, missing, Config, RedisType, Secret};
use crate::error::Result;
use std::path::PathBuf;
use std::time::Duration;

/// How to reach the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisSettings {
    /// Host of the server, or of the cluster's configuration endpoint. Not used with sentinels.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Database number; always 0 in cluster mode, which has no other.
    pub database: u16,
    /// ACL user; `None` is the default user.
    pub user: Option<String>,
    /// What proves who we are.
    pub credentials: Credentials,
    /// Transport security.
    pub tls: Tls,
    /// Which servers there are.
    pub topology: Topology,
    /// Limit for opening a connection, TLS handshake and authentication included.
    pub connect_timeout: Duration,
    /// Limit for one send.
    pub send_timeout: Duration,
    /// Limit for one receive.
    pub read_timeout: Duration,
    /// Limit for waiting until a connection is free.
    pub pool_timeout: Duration,
    /// How long an idle connection stays open.
    pub keep_alive: Duration,
    /// How long any connection stays open.
    pub max_age: Duration,
    /// The most connections, and so the most requests that wait on the store at once.
    pub pool_size: u32,
}

/// Where the password of a login comes from. What can change without a restart is read anew when a login is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// The server asks for none.
    None,
    /// A password or AUTH token.
    Password(Secret),
    /// A file with the password or token; white space around it does not count.
    File(PathBuf),
    /// The environment's `REDIS_PASSWORD`.
    Environment,
    /// Tokens signed with IAM credentials.
    Iam(IamSettings),
}

/// The environment variable of [`Credentials::Environment`].
pub const PASSWORD_VARIABLE: &str = "REDIS_PASSWORD";

/// What an IAM token is for. Its user is that of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamSettings {
    /// Replication group id or serverless cache name, in lower case.
    pub cache_name: String,
    /// The cache's region.
    pub region: String,
    /// Whether it is a serverless cache.
    pub serverless: bool,
    /// ARN of the role to assume, and its session's name.
    pub assume_role: Option<(String, String)>,
}

/// Transport security of a store connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Plain TCP.
    Off,
    /// TLS. Never falls back to plain TCP.
    On(TlsSettings),
}

/// How TLS is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// Verify the certificate's chain and name.
    pub verify: bool,
    /// PEM text or file of the trusted authorities; `None` trusts the system's.
    pub ca_cert: Option<String>,
    /// The name the certificate must be for; `None` is the host's.
    pub server_name: Option<String>,
    /// PEM text or file of our own certificate and of its key.
    pub client: Option<(String, Secret)>,
}

/// Which servers there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topology {
    /// One server.
    Single,
    /// A Redis Cluster, found through its configuration endpoint.
    Cluster,
    /// A primary that sentinels know.
    Sentinel(SentinelSettings),
}

/// How to ask sentinels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentinelSettings {
    /// The sentinels.
    pub nodes: Vec<(String, u16)>,
    /// The name under which they watch the primary.
    pub master: String,
    /// ACL user at the sentinels.
    pub user: Option<String>,
    /// Password at the sentinels.
    pub password: Option<Secret>,
}

/// Where sentinels listen unless told otherwise.
const SENTINEL_PORT: u16 = 26_379;
/// A serverless cache reads from replicas at this port, so that what was just written may be missing.
const EVENTUALLY_CONSISTENT_PORT: u16 = 6380;
/// The session name of an assumed role, where none is configured.
const SESSION_NAME: &str = "aws-masker";

impl Config {
    /// How to reach the store. Fields that are not configured come from `environment` (`REDIS_HOST`, `REDIS_PORT`,
    /// `REDIS_PASSWORD`, `REDIS_DB`), then from the defaults.
    ///
    /// # Errors
    /// `AWS_MASKER_4001` if an environment value is no number, or a port cannot hold mappings.
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
            Some(endpoint) => split_port("redis_cluster_endpoint", endpoint, port)?,
            None => {
                let host = self.redis_host.clone().or_else(|| environment("REDIS_HOST"));
                (host.unwrap_or_else(|| "localhost".into()), port)
            }
        };
        let serverless = self.redis_iam_serverless || host.contains(".serverless.");
        if self.redis_type == RedisType::Managed && serverless && port == EVENTUALLY_CONSISTENT_PORT {
            return Err(invalid(
                "config.redis_port is 6380, where a serverless cache may not yet show what was written; use 6379.",
            ));
        }
        let milliseconds = Duration::from_millis;
        let connect_timeout = milliseconds(self.connection_timeout.unwrap_or(self.redis_timeout));
        Ok(RedisSettings {
            host,
            port,
            database: match self.redis_database {
                Some(database) => database,
                None if self.redis_cluster_mode => 0,
                None => number("REDIS_DB", 0)?,
            },
            user: self.redis_user.clone(),
            credentials: self.credentials(environment(PASSWORD_VARIABLE).is_some()),
            tls: self.tls(),
            topology: self.topology()?,
            connect_timeout,
            send_timeout: milliseconds(self.redis_timeout),
            read_timeout: milliseconds(self.read_timeout.unwrap_or(self.redis_timeout)),
            pool_timeout: self.redis_pool_timeout.map_or(connect_timeout, milliseconds),
            keep_alive: milliseconds(self.keepalive_timeout.unwrap_or(self.redis_keepalive_timeout)),
            max_age: Duration::from_secs(self.redis_connection_max_age),
            pool_size: self.keepalive_pool_size.unwrap_or(self.redis_keepalive_pool_size),
        })
    }

    fn credentials(&self, in_environment: bool) -> Credentials {
        if self.redis_iam_auth {
            return Credentials::Iam(IamSettings {
                cache_name: self.redis_iam_cache_name.clone().unwrap_or_default().to_ascii_lowercase(),
                region: self.redis_iam_region.clone().unwrap_or_default(),
                serverless: self.redis_iam_serverless,
                assume_role: self
                    .redis_iam_assume_role_arn
                    .clone()
                    .map(|arn| (arn, self.redis_iam_session_name.clone().unwrap_or_else(|| SESSION_NAME.into()))),
            });
        }
        let configured = [&self.redis_auth_token, &self.redis_password].into_iter().flatten();
        match (configured.clone().find(|secret| !secret.is_empty()), &self.redis_password_file) {
            (Some(secret), _) => Credentials::Password(secret.clone()),
            (None, Some(path)) => Credentials::File(path.into()),
            (None, None) if in_environment => Credentials::Environment,
            (None, None) => Credentials::None,
        }
    }

    fn tls(&self) -> Tls {
        if !self.redis_ssl_enabled {
            return Tls::Off;
        }
        Tls::On(TlsSettings {
            verify: self.redis_ssl_verify,
            ca_cert: self.redis_ssl_ca_cert.clone(),
            server_name: self.redis_ssl_server_name.clone(),
            client: self.redis_ssl_client_cert.clone().zip(self.redis_ssl_client_key.clone()),
        })
    }

    fn topology(&self) -> Result<Topology> {
        if self.redis_cluster_mode {
            return Ok(Topology::Cluster);
        }
        let Some(master) = &self.redis_sentinel_master else { return Ok(Topology::Single) };
        let nodes = self.redis_sentinel_nodes.iter();
        Ok(Topology::Sentinel(SentinelSettings {
            nodes: nodes.map(|node| split_port("redis_sentinel_nodes", node, SENTINEL_PORT)).collect::<Result<_>>()?,
            master: master.clone(),
            user: self.redis_sentinel_user.clone(),
            password: self.redis_sentinel_password.clone(),
        }))
    }

    /// The rules between the fields of the store.
    pub(super) fn check_store(&self) -> Result<()> {
        self.check_nothing_is_empty()?;
        self.check_credentials()?;
        self.check_iam()?;
        self.check_tls()?;
        self.check_cluster()?;
        self.check_sentinel()
    }

    /// A secret reference that does not resolve arrives as an empty string.
    fn check_nothing_is_empty(&self) -> Result<()> {
        let texts = [
            ("redis_host", &self.redis_host),
            ("redis_user", &self.redis_user),
            ("redis_password_file", &self.redis_password_file),
            ("redis_ssl_ca_cert", &self.redis_ssl_ca_cert),
            ("redis_ssl_server_name", &self.redis_ssl_server_name),
            ("redis_ssl_client_cert", &self.redis_ssl_client_cert),
            ("redis_iam_cache_name", &self.redis_iam_cache_name),
            ("redis_iam_region", &self.redis_iam_region),
            ("redis_iam_assume_role_arn", &self.redis_iam_assume_role_arn),
            ("redis_iam_session_name", &self.redis_iam_session_name),
            ("redis_sentinel_master", &self.redis_sentinel_master),
            ("redis_sentinel_user", &self.redis_sentinel_user),
        ];
        let secrets = [
            ("redis_auth_token", &self.redis_auth_token),
            ("redis_ssl_client_key", &self.redis_ssl_client_key),
            ("redis_sentinel_password", &self.redis_sentinel_password),
        ];
        let empty_text = texts.iter().find(|(_, value)| value.as_deref() == Some("")).map(|(field, _)| *field);
        let empty_secret = secrets.iter().find(|(_, value)| value.as_ref().is_some_and(Secret::is_empty));
        match empty_text.or(empty_secret.map(|(field, _)| *field)) {
            None => Ok(()),
            Some(field) => Err(missing(format!(
                "config.{field} is empty; give it a value or leave it out. A secret reference that does not resolve is empty."
            ))),
        }
    }

    fn check_credentials(&self) -> Result<()> {
        let has_password = self.redis_auth_token.is_some() || self.redis_password_file.is_some();
        if self.redis_user.is_some() && !has_password && !self.redis_iam_auth {
            return Err(missing(
                "config.redis_user needs config.redis_auth_token, the user's password, or config.redis_password_file or \
                 config.redis_iam_auth.",
            ));
        }
        let passwords = [
            ("redis_auth_token", self.redis_auth_token.is_some()),
            ("redis_password", self.redis_password.as_ref().is_some_and(|password| !password.is_empty())),
        ];
        for (field, is_set) in passwords {
            if is_set && self.redis_password_file.is_some() {
                return Err(invalid(format!(
                    "config.{field} and config.redis_password_file are both set; only one can be the password."
                )));
            }
        }
        match &self.redis_auth_token {
            Some(token) if self.redis_type == RedisType::Managed && !is_elasticache_token(token.expose()) => {
                Err(invalid(
                    "config.redis_auth_token is none that ElastiCache issues (config.redis_type is managed): 16 to 128 \
                     printable characters without space, @, / and double quote.",
                ))
            }
            _ => Ok(()),
        }
    }

    fn check_iam(&self) -> Result<()> {
        let fields = [
            ("redis_iam_cache_name", self.redis_iam_cache_name.is_some()),
            ("redis_iam_region", self.redis_iam_region.is_some()),
            ("redis_iam_serverless", self.redis_iam_serverless),
            ("redis_iam_assume_role_arn", self.redis_iam_assume_role_arn.is_some()),
            ("redis_iam_session_name", self.redis_iam_session_name.is_some()),
        ];
        if !self.redis_iam_auth {
            return match fields.iter().find(|(_, is_set)| *is_set) {
                None => Ok(()),
                Some((field, _)) => Err(invalid(format!("config.{field} is set but config.redis_iam_auth is false."))),
            };
        }
        if self.redis_type != RedisType::Managed {
            return Err(invalid("config.redis_iam_auth needs config.redis_type managed: only ElastiCache knows IAM."));
        }
        if !self.redis_ssl_enabled {
            return Err(invalid(
                "config.redis_iam_auth needs config.redis_ssl_enabled: a token must not travel openly.",
            ));
        }
        let needed = [("redis_user", self.redis_user.is_some()), fields[0], fields[1]];
        if let Some((field, _)) = needed.iter().find(|(_, is_set)| !is_set) {
            return Err(missing(format!("config.redis_iam_auth needs config.{field}.")));
        }
        let passwords = [
            ("redis_auth_token", self.redis_auth_token.is_some()),
            ("redis_password", self.redis_password.is_some()),
            ("redis_password_file", self.redis_password_file.is_some()),
        ];
        if let Some((field, _)) = passwords.iter().find(|(_, is_set)| *is_set) {
            return Err(invalid(format!(
                "config.redis_iam_auth and config.{field} are both set; only one can be the password."
            )));
        }
        if self.redis_iam_session_name.is_some() && self.redis_iam_assume_role_arn.is_none() {
            return Err(missing("config.redis_iam_session_name needs config.redis_iam_assume_role_arn."));
        }
        Ok(())
    }

    fn check_tls(&self) -> Result<()> {
        let fields = [
            ("redis_ssl_ca_cert", self.redis_ssl_ca_cert.is_some()),
            ("redis_ssl_server_name", self.redis_ssl_server_name.is_some()),
            ("redis_ssl_client_cert", self.redis_ssl_client_cert.is_some()),
            ("redis_ssl_client_key", self.redis_ssl_client_key.is_some()),
        ];
        if let (false, Some((field, _))) = (self.redis_ssl_enabled, fields.iter().find(|(_, is_set)| *is_set)) {
            return Err(invalid(format!("config.{field} is set but config.redis_ssl_enabled is false.")));
        }
        match (&self.redis_ssl_client_cert, &self.redis_ssl_client_key) {
            (Some(_), None) => Err(missing("config.redis_ssl_client_cert needs config.redis_ssl_client_key.")),
            (None, Some(_)) => Err(missing("config.redis_ssl_client_key needs config.redis_ssl_client_cert.")),
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
                split_port("redis_cluster_endpoint", endpoint, 6379).map(|_| ())
            }
            (false, None) => Ok(()),
        }
    }

    fn check_sentinel(&self) -> Result<()> {
        let nodes = !self.redis_sentinel_nodes.is_empty();
        match (nodes, self.redis_sentinel_master.is_some()) {
            (true, false) => Err(missing("config.redis_sentinel_nodes needs config.redis_sentinel_master.")),
            (false, true) => Err(missing("config.redis_sentinel_master needs config.redis_sentinel_nodes.")),
            (false, false) if self.redis_sentinel_user.is_some() || self.redis_sentinel_password.is_some() => {
                Err(missing(
                    "config.redis_sentinel_user and config.redis_sentinel_password need config.redis_sentinel_nodes.",
                ))
            }
            (false, false) => Ok(()),
            (true, true) if self.redis_cluster_mode => Err(invalid(
                "config.redis_sentinel_nodes and config.redis_cluster_mode are both set; a store is one or the other.",
            )),
            (true, true) if self.redis_type == RedisType::Managed => Err(invalid(
                "config.redis_sentinel_nodes needs config.redis_type traditional: ElastiCache has no sentinels.",
            )),
            (true, true) if self.redis_sentinel_user.is_some() && self.redis_sentinel_password.is_none() => {
                Err(missing("config.redis_sentinel_user needs config.redis_sentinel_password."))
            }
            (true, true) => self.topology().map(|_| ()),
        }
    }
}

/// Whether ElastiCache could have issued the AUTH token or taken the password of a user.
/// Source: ElastiCache user guide, "Authenticating with the AUTH command".
fn is_elasticache_token(token: &str) -> bool {
    (16..=128).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'@' | b'/' | b'"'))
}

/// `host` or `host:port` → both.
fn split_port(field: &str, endpoint: &str, default_port: u16) -> Result<(String, u16)> {
    let (host, port) = match endpoint.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            let port = port
                .parse()
                .map_err(|_| invalid(format!("config.{field} has a port that is not a number from 0 to 65535.")))?;
            (host, port)
        }
        _ => (endpoint, default_port),
    };
    match host.is_empty() {
        true => Err(missing(format!("config.{field} names no host."))),
        false => Ok((host.into(), port)),
    }
}
