//! What can go wrong between us and the store, and the sentence the operator reads about it.
//!
//! A server's own error text may echo a command's arguments, and those are identifiers. So no text of a server, a TLS
//! library or the system is ever passed on: a [`Cause`] is one of the cases below, and the sentences are ours.

use super::endpoint::Endpoint;
use crate::error::{Code, Error};
use redis::{RedisError, ServerError};
use std::fmt;
use std::io;
use std::time::Duration;

/// A failed call to the store: where and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The server it happened at.
    pub at: Endpoint,
    /// What happened.
    pub cause: Cause,
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The host name has no address.
    UnknownHost,
    /// The host name was not looked up in time.
    SlowLookup,
    /// Nothing listens at the port.
    Refused,
    /// No way there, or another error of the network.
    Network,
    /// No connection in the time allowed.
    ConnectTimeout(Duration),
    /// No answer, or not all of it, in the time allowed.
    AnswerTimeout(Duration),
    /// The whole call took longer than it may.
    CallTimeout,
    /// The server closed the connection.
    Closed,
    /// The server speaks something that is not the Redis protocol.
    Protocol,
    /// TLS failed; the word says how.
    Tls(&'static str),
    /// The server has no room for another client.
    TooManyClients,
    /// All places of the pool are taken.
    PoolBusy(u32),
    /// The circuit is open and the next attempt is this far away.
    CircuitOpen(Duration),
    /// The server refused the credentials; the word is its error code.
    Credentials(&'static str),
    /// The server refused a command; the word is its error code.
    Command(&'static str),
    /// The server is not part of a cluster, although the configuration says so.
    NotACluster,
    /// The server is no sentinel, although the configuration says so.
    NotASentinel,
    /// The server is not the primary, or no sentinel knows one.
    NoPrimary,
    /// There are no credentials to log in with; the words say why.
    NoCredentials(&'static str),
}

/// What a failure says about the store, for the circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The store answered, if only with an error.
    Answered,
    /// The store gave no usable answer.
    Failed,
    /// The store was not asked.
    NotAsked,
}

impl Cause {
    /// What it says about the store.
    ///
    /// An error reply is an answer: it came at once, and reads may work where writes do not (`OOM`, `READONLY`), so it
    /// does not open the circuit. Refused credentials do: repeating them helps no one and can lock an account.
    pub fn verdict(self) -> Verdict {
        match self {
            Cause::Command(_) | Cause::NotACluster | Cause::NotASentinel => Verdict::Answered,
            Cause::PoolBusy(_) | Cause::CircuitOpen(_) => Verdict::NotAsked,
            _ => Verdict::Failed,
        }
    }

    fn code(self) -> Code {
        match self {
            Cause::Credentials(_) | Cause::NoCredentials(_) => Code::StoreCredentials,
            Cause::Command(_) | Cause::NotACluster | Cause::NotASentinel => Code::StoreCommand,
            _ => Code::StoreUnavailable,
        }
    }

    /// The cause of an I/O error on a connection. `timeout` is what a wait that ran out becomes.
    pub fn of_io(error: &io::Error, timeout: Cause) -> Cause {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Cause::Tls(tls_word(tls));
        }
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => timeout,
            io::ErrorKind::ConnectionRefused => Cause::Refused,
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected
            | io::ErrorKind::WriteZero => Cause::Closed,
            _ => Cause::Network,
        }
    }

    /// The cause of a failed attempt to read a reply. (The error hides the I/O error it came from.)
    pub fn of_parse(error: &RedisError, timeout: Cause) -> Cause {
        if error.is_timeout() {
            timeout
        } else if error.is_connection_dropped() {
            Cause::Closed
        } else if error.is_io_error() {
            Cause::Network
        } else {
            Cause::Protocol
        }
    }

    /// The cause that an error reply stands for. `authenticating`: it answers a command that logs in.
    pub fn of_reply(error: &ServerError, authenticating: bool) -> Cause {
        let code = known_code(error.code());
        if code == "ERR" && error.details().is_some_and(|text| text.contains("max number of clients")) {
            return Cause::TooManyClients;
        }
        match code {
            "NOAUTH" | "WRONGPASS" | "DENIED" => Cause::Credentials(code),
            "ERR" | "NOPERM" | "error" if authenticating => Cause::Credentials(code),
            _ => Cause::Command(code),
        }
    }
}

/// The server's error code if it is one we know. Another first word is not repeated: it could be anything.
fn known_code(code: &str) -> &'static str {
    const KNOWN: [&str; 23] = [
        "ERR",
        "OOM",
        "READONLY",
        "LOADING",
        "WRONGTYPE",
        "CLUSTERDOWN",
        "MASTERDOWN",
        "MISCONF",
        "NOREPLICAS",
        "NOPERM",
        "NOAUTH",
        "WRONGPASS",
        "DENIED",
        "MOVED",
        "ASK",
        "TRYAGAIN",
        "CROSSSLOT",
        "BUSY",
        "EXECABORT",
        "NOSCRIPT",
        "UNBLOCKED",
        "NOPROTO",
        "IOERR",
    ];
    KNOWN.into_iter().find(|known| *known == code).unwrap_or("error")
}

/// What an operator can do about an error code.
fn hint(code: &str) -> &'static str {
    match code {
        "OOM" => ": it is out of memory",
        "READONLY" => ": it is a replica; point the configuration at the primary",
        "LOADING" => ": it is still loading its data",
        "WRONGTYPE" => ": another application uses keys of the prefix aws_masker:",
        "CLUSTERDOWN" => ": the cluster does not serve all slots",
        "MISCONF" => ": it cannot save to disk and therefore refuses writes",
        "NOPERM" => ": the user lacks a permission",
        "MOVED" | "ASK" | "CROSSSLOT" => ": it is a cluster; see redis_cluster_mode",
        _ => "",
    }
}

fn tls_word(error: &rustls::Error) -> &'static str {
    use rustls::{CertificateError as Bad, Error as Tls};
    match error {
        Tls::InvalidCertificate(bad) => match bad {
            // A bad signature: the authority has the name of a trusted one and not its key.
            Bad::UnknownIssuer | Bad::BadSignature => "its certificate is not signed by a trusted authority",
            Bad::Expired | Bad::ExpiredContext { .. } => "its certificate has expired",
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => "its certificate is not valid yet",
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => "its certificate is for another host name",
            Bad::Revoked => "its certificate is revoked",
            _ => "its certificate is not valid",
        },
        Tls::InvalidMessage(_) => "it does not answer with TLS",
        Tls::AlertReceived(_) => "it refused the handshake",
        Tls::PeerIncompatible(_) => "it offers no TLS version or cipher in common",
        _ => "the handshake failed",
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = &self.at;
        match self.cause {
            Cause::UnknownHost => write!(f, "The host name of Redis at {at} has no address."),
            Cause::SlowLookup => write!(f, "The host name of Redis at {at} was not looked up in time."),
            Cause::Refused => write!(f, "Redis at {at} refuses connections."),
            Cause::Network => write!(f, "Redis at {at} cannot be reached."),
            Cause::ConnectTimeout(limit) => {
                write!(f, "Redis at {at} took no connection within {} ms.", limit.as_millis())
            }
            Cause::AnswerTimeout(limit) => write!(f, "Redis at {at} did not answer within {} ms.", limit.as_millis()),
            Cause::CallTimeout => write!(f, "Redis at {at} took longer than a call may take."),
            Cause::Closed => write!(f, "Redis at {at} closed the connection."),
            Cause::Protocol => write!(f, "The server at {at} does not speak the Redis protocol."),
            Cause::Tls(how) => write!(f, "TLS with Redis at {at} failed: {how}."),
            Cause::TooManyClients => write!(f, "Redis at {at} has no room for another client."),
            Cause::PoolBusy(size) => write!(f, "All {size} connections to Redis at {at} are in use."),
            Cause::CircuitOpen(left) => {
                write!(f, "Redis at {at} failed repeatedly; it is tried again in {} s.", left.as_secs())
            }
            Cause::Credentials(code) => write!(f, "Redis at {at} refused the credentials ({code})."),
            Cause::Command(code) => write!(f, "Redis at {at} refused a command ({code}){}.", hint(code)),
            Cause::NotACluster => write!(f, "Redis at {at} is not a cluster; see redis_cluster_mode."),
            Cause::NotASentinel => write!(f, "Redis at {at} is not a sentinel; see redis_sentinel_nodes."),
            Cause::NoPrimary => {
                write!(f, "Redis at {at} is not the primary and knows none; see redis_sentinel_master.")
            }
            Cause::NoCredentials(why) => write!(f, "There are no credentials for Redis at {at}: {why}."),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::new(failure.cause.code(), failure.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::Value;

    fn reply(text: &str) -> ServerError {
        match redis::parse_redis_value(format!("-{text}\r\n").as_bytes()).unwrap() {
            Value::ServerError(error) => error,
            other => panic!("{other:?} is no error reply"),
        }
    }

    #[test]
    fn error_replies_become_the_published_codes() {
        for (text, authenticating, code) in [
            ("NOAUTH Authentication required.", false, Code::StoreCredentials),
            ("WRONGPASS invalid username-password pair or user is disabled.", true, Code::StoreCredentials),
            ("ERR AUTH <password> called without any password configured", true, Code::StoreCredentials),
            ("NOPERM this user has no permissions to run the 'auth' command", true, Code::StoreCredentials),
            ("DENIED Redis is running in protected mode", false, Code::StoreCredentials),
            ("ERR max number of clients reached", true, Code::StoreUnavailable),
            ("NOPERM this user has no permissions to run the 'set' command", false, Code::StoreCommand),
            ("OOM command not allowed when used memory > 'maxmemory'.", false, Code::StoreCommand),
            ("READONLY You can't write against a read only replica.", false, Code::StoreCommand),
            ("LOADING Redis is loading the dataset in memory", true, Code::StoreCommand),
            ("WRONGTYPE Operation against a key holding the wrong kind of value", false, Code::StoreCommand),
            ("CLUSTERDOWN The cluster is down", false, Code::StoreCommand),
            ("ERR value is not an integer or out of range", false, Code::StoreCommand),
        ] {
            let failure = Failure { at: Endpoint::new("h", 1), cause: Cause::of_reply(&reply(text), authenticating) };
            assert_eq!(Error::from(failure).code(), code, "{text}");
        }
    }

    #[test]
    fn nothing_of_a_servers_text_is_passed_on() {
        for text in ["ERR unknown command 'i-0abc', with args beginning with: 'i-0abc'", "i-0abc is what you sent"] {
            for authenticating in [false, true] {
                let cause = Cause::of_reply(&reply(text), authenticating);
                let error = Error::from(Failure { at: Endpoint::new("redis.internal", 6379), cause });
                assert!(!error.to_string().contains("i-0abc"), "{error}");
                assert!(error.details().contains("redis.internal:6379"), "{error}");
            }
        }
    }

    #[test]
    fn failed_reads_have_a_cause_each() {
        struct Fails(io::ErrorKind);
        impl io::Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
        }
        let of = |error: RedisError| Cause::of_parse(&error, Cause::CallTimeout);
        let read = |kind| of(redis::Parser::new().parse_value(Fails(kind)).unwrap_err());
        assert_eq!(read(io::ErrorKind::TimedOut), Cause::CallTimeout);
        assert_eq!(read(io::ErrorKind::ConnectionReset), Cause::Closed);
        assert_eq!(read(io::ErrorKind::HostUnreachable), Cause::Network);
        for (bytes, cause) in [("", Cause::Closed), ("$5\r\nab", Cause::Closed), ("HTTP/1.1 400", Cause::Protocol)] {
            assert_eq!(of(redis::Parser::new().parse_value(bytes.as_bytes()).unwrap_err()), cause, "{bytes}");
        }
    }

    #[test]
    fn io_errors_have_a_cause_each() {
        let timeout = Cause::CallTimeout;
        for (kind, cause) in [
            (io::ErrorKind::TimedOut, timeout),
            (io::ErrorKind::WouldBlock, timeout),
            (io::ErrorKind::ConnectionRefused, Cause::Refused),
            (io::ErrorKind::ConnectionReset, Cause::Closed),
            (io::ErrorKind::HostUnreachable, Cause::Network),
        ] {
            assert_eq!(Cause::of_io(&kind.into(), timeout), cause);
        }
        let expired = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let error = io::Error::new(io::ErrorKind::InvalidData, expired);
        assert_eq!(Cause::of_io(&error, timeout), Cause::Tls("its certificate has expired"));
    }
}
