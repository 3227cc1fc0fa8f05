//! One connection to one server: opened, logged in, and spoken through in pipelines.
//!
//! Commands are written and replies read with the redis crate's encoder and parser; the stream under them is ours
//! ([`super::wire`]), so that every wait is bounded and TLS is set up once per store.

use super::endpoint::Endpoint;
use super::failure::Cause;
use super::login::Login;
use super::tls::TlsClient;
use super::wire::{TimedTcp, Wire};
use crate::config::store::{Credentials, RedisSettings, SentinelSettings, Topology};
use crate::config::Secret;
use crate::error::Result;
use redis::{Parser, Pipeline, Value};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How connections of one store are opened and how long they may take.
pub(crate) struct Opener {
    tls: Option<TlsClient>,
    login: Login,
    database: u16,
    /// Whether a server that is a replica is the wrong one.
    only_primary: bool,
    connect_timeout: Duration,
    send_timeout: Duration,
    read_timeout: Duration,
    pool_timeout: Duration,
    keep_alive: Duration,
    max_age: Duration,
}

/// An open connection. One thread at a time; after any error but an error reply it must be dropped, because replies
/// may be outstanding on it.
pub(crate) struct Connection {
    wire: Wire,
    parser: Parser,
    last_used: Instant,
    /// When it is to be replaced, however busy it is.
    retired: Instant,
}

impl Opener {
    /// For the servers that hold the mappings.
    ///
    /// # Errors
    /// `AWS_MASKER_4001` if TLS cannot be set up.
    pub fn new(settings: &RedisSettings) -> Result<Opener> {
        Ok(Opener {
            tls: super::tls::configure(&settings.tls)?,
            login: Login::new(settings.user.clone(), &settings.credentials),
            database: settings.database,
            only_primary: matches!(settings.topology, Topology::Sentinel(_)),
            connect_timeout: settings.connect_timeout,
            send_timeout: settings.send_timeout,
            read_timeout: settings.read_timeout,
            pool_timeout: settings.pool_timeout,
            keep_alive: settings.keep_alive,
            max_age: settings.max_age,
        })
    }

    /// For the sentinels of a store: TLS as at the store, credentials of their own.
    ///
    /// # Errors
    /// As [`Opener::new`].
    pub fn for_sentinels(settings: &RedisSettings, sentinel: &SentinelSettings) -> Result<Opener> {
        let credentials = sentinel.password.clone().map_or(Credentials::None, Credentials::Password);
        let login = Login::new(sentinel.user.clone(), &credentials);
        Ok(Opener { login, database: 0, only_primary: false, ..Opener::new(settings)? })
    }

    /// The longest that waiting for a place, opening a connection, one send and one receive may take together: the
    /// limit of a call to the store.
    pub fn longest_call(&self) -> Duration {
        self.connect_timeout + self.send_timeout + self.read_timeout
    }

    /// The longest wait for a place in the pool.
    pub fn pool_timeout(&self) -> Duration {
        self.pool_timeout
    }

    /// Whether a connection has been idle, or open, for longer than it may be.
    pub fn is_stale(&self, connection: &Connection) -> bool {
        connection.last_used.elapsed() > self.keep_alive || Instant::now() >= connection.retired
    }

    /// Opens a connection: name lookup, TCP, TLS, login and database, all within the connect timeout and before
    /// `deadline`. Credentials are those of now, not of the store's start; if they are refused and there are others by
    /// then, those are tried once.
    pub fn open(&self, at: &Endpoint, deadline: Instant) -> std::result::Result<Connection, Cause> {
        let (deadline, timeout) = self.limit(self.connect_timeout, deadline, Cause::ConnectTimeout);
        let password = self.login.password(deadline)?;
        let opened = self.open_as(at, password.as_ref(), deadline, timeout);
        let Err(refused @ Cause::Credentials(_)) = opened else { return opened };
        match self.login.password_after(password.as_ref(), deadline)? {
            Some(other) => self.open_as(at, Some(&other), deadline, timeout),
            None => Err(refused),
        }
    }

    fn open_as(
        &self,
        at: &Endpoint,
        password: Option<&Secret>,
        deadline: Instant,
        timeout: Cause,
    ) -> std::result::Result<Connection, Cause> {
        let tcp = connect(&at.addresses(deadline)?, deadline, timeout)?;
        // Failing to switch off Nagle's algorithm costs speed, not correctness.
        let _ = tcp.set_nodelay(true);
        let tcp = TimedTcp::new(tcp, deadline);
        let wire = match &self.tls {
            None => Wire::Plain(tcp),
            Some(tls) => Self::handshake(tls, at, tcp, timeout)?,
        };
        let now = Instant::now();
        let retired = now + self.max_age.mul_f64(1.0 - up_to_a_tenth());
        let mut connection = Connection { wire, parser: Parser::new(), last_used: now, retired };
        self.log_in(&mut connection, password, timeout)?;
        Ok(connection)
    }

    fn handshake(
        client: &TlsClient,
        at: &Endpoint,
        mut tcp: TimedTcp,
        timeout: Cause,
    ) -> std::result::Result<Wire, Cause> {
        let name = match &client.server_name {
            Some(name) => name.clone(),
            None => {
                ServerName::try_from(at.host().to_string()).map_err(|_| Cause::Tls("the host name is not valid"))?
            }
        };
        let tls = ClientConnection::new(client.config.clone(), name);
        let mut tls = tls.map_err(|_| Cause::Tls("the handshake failed"))?;
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp).map_err(|e| Cause::of_io(&e, timeout))?;
        }
        Ok(Wire::Tls(Box::new(StreamOwned::new(tls, tcp))))
    }

    /// Logs in, selects the database and waits for a PONG, all in one round trip. The PING shows at once what the first
    /// command would otherwise run into: a missing password, a server that is loading or full. Where only a primary
    /// will do, the server is asked whether it is one.
    fn log_in(
        &self,
        connection: &mut Connection,
        password: Option<&Secret>,
        timeout: Cause,
    ) -> std::result::Result<(), Cause> {
        let mut greeting = Pipeline::new();
        if let Some(password) = password {
            greeting.cmd("AUTH");
            if let Some(user) = self.login.user() {
                greeting.arg(user);
            }
            greeting.arg(password.expose());
        }
        if self.only_primary {
            greeting.cmd("ROLE");
        }
        if self.database != 0 {
            greeting.cmd("SELECT").arg(self.database);
        }
        greeting.cmd("PING");
        connection.write(&greeting.get_packed_pipeline(), timeout)?;
        let mut authenticating = password.is_some();
        for left in (0..greeting.len()).rev() {
            match connection.read(timeout)? {
                Value::ServerError(error) => {
                    let cause = Cause::of_reply(&error, authenticating);
                    // A user need not be allowed to PING: that it is refused shows a server that works.
                    if left > 0 || cause != Cause::Command("NOPERM") {
                        return Err(cause);
                    }
                }
                Value::Array(role) if role.first() != Some(&Value::BulkString(b"master".to_vec())) => {
                    return Err(Cause::NoPrimary);
                }
                _ => {}
            }
            authenticating = false;
        }
        Ok(())
    }

    /// Sends `bytes` within the send timeout and before `deadline`.
    pub fn send(&self, to: &mut Connection, bytes: &[u8], deadline: Instant) -> std::result::Result<(), Cause> {
        let (until, timeout) = self.limit(self.send_timeout, deadline, Cause::AnswerTimeout);
        to.wire.until(until);
        to.write(bytes, timeout)
    }

    /// When replies that are waited for from now on must be complete: within the read timeout and before `deadline`.
    pub fn receive_by(&self, deadline: Instant) -> ReceiveBy {
        let (until, timeout) = self.limit(self.read_timeout, deadline, Cause::AnswerTimeout);
        ReceiveBy { until, timeout }
    }

    /// The earlier of now + `allowed` and `deadline`, and what running into it is.
    fn limit(&self, allowed: Duration, deadline: Instant, cause: fn(Duration) -> Cause) -> (Instant, Cause) {
        let own = Instant::now() + allowed;
        match own <= deadline {
            true => (own, cause(allowed)),
            false => (deadline, Cause::CallTimeout),
        }
    }
}

/// The limit of one receive, however many replies it takes.
#[derive(Clone, Copy)]
pub(crate) struct ReceiveBy {
    until: Instant,
    timeout: Cause,
}

impl Connection {
    /// The next reply; an error reply is a value too.
    pub fn receive(&mut self, by: ReceiveBy) -> std::result::Result<Value, Cause> {
        self.wire.until(by.until);
        self.read(by.timeout)
    }

    fn write(&mut self, bytes: &[u8], timeout: Cause) -> std::result::Result<(), Cause> {
        self.wire.write_all(bytes).and_then(|()| self.wire.flush()).map_err(|e| Cause::of_io(&e, timeout))
    }

    fn read(&mut self, timeout: Cause) -> std::result::Result<Value, Cause> {
        let value = self.parser.parse_value(&mut self.wire).map_err(|e| Cause::of_parse(&e, timeout))?;
        self.last_used = Instant::now();
        Ok(value)
    }
}

/// Connections that were opened together shall not be replaced together.
fn up_to_a_tenth() -> f64 {
    (RandomState::new().build_hasher().finish() % 1000) as f64 / 10_000.0
}

/// Connects to the first address that takes the connection; each gets an equal share of the time that is left.
fn connect(addresses: &[SocketAddr], deadline: Instant, timeout: Cause) -> std::result::Result<TcpStream, Cause> {
    let mut failed = Cause::UnknownHost;
    for (i, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(timeout);
        }
        let share = left / (addresses.len() - i) as u32;
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(tcp) => return Ok(tcp),
            Err(e) => failed = Cause::of_io(&e, timeout),
        }
    }
    Err(failed)
}
