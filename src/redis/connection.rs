//! One connection to one server: opened, logged in, and spoken through in pipelines.
//!
//! Commands are written and replies read with the redis crate's encoder and parser; the stream under them is ours
//! ([`super::wire`]), so that every wait is bounded and TLS is set up once per store.

use super::endpoint::Endpoint;
use super::failure::Cause;
use super::wire::{TimedTcp, Wire};
use crate::config::{RedisSettings, Secret};
use crate::error::Result;
use redis::{Parser, Pipeline, Value};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How connections of one store are opened and how long they may take.
pub(crate) struct Opener {
    tls: Option<Arc<ClientConfig>>,
    user: Option<String>,
    password: Option<Secret>,
    database: u16,
    connect_timeout: Duration,
    send_timeout: Duration,
    read_timeout: Duration,
    keep_alive: Duration,
}

/// An open connection. One thread at a time; after any error but an error reply it must be dropped, because replies
/// may be outstanding on it.
pub(crate) struct Connection {
    wire: Wire,
    parser: Parser,
    last_used: Instant,
}

impl Opener {
    /// # Errors
    /// `AWS_MASKER_4001` if TLS cannot be set up on this system.
    pub fn new(settings: &RedisSettings) -> Result<Opener> {
        Ok(Opener {
            tls: super::tls::configure(settings.tls)?,
            user: settings.user.clone(),
            password: settings.password.clone(),
            database: settings.database,
            connect_timeout: settings.connect_timeout,
            send_timeout: settings.send_timeout,
            read_timeout: settings.read_timeout,
            keep_alive: settings.keep_alive,
        })
    }

    /// The longest that waiting for a place, opening a connection, one send and one receive may take together: the
    /// limit of a call to the store.
    pub fn longest_call(&self) -> Duration {
        self.connect_timeout + self.send_timeout + self.read_timeout
    }

    /// The longest wait for a connection, and so for a place in the pool.
    pub fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// Whether a connection has been idle for longer than it may be.
    pub fn is_stale(&self, connection: &Connection) -> bool {
        connection.last_used.elapsed() > self.keep_alive
    }

    /// Opens a connection: name lookup, TCP, TLS, login and database, all within the connect timeout and before
    /// `deadline`. Credentials are those of now, not of the store's start.
    pub fn open(&self, at: &Endpoint, deadline: Instant) -> std::result::Result<Connection, Cause> {
        let (deadline, timeout) = self.limit(self.connect_timeout, deadline, Cause::ConnectTimeout);
        let tcp = connect(&at.addresses(deadline)?, deadline, timeout)?;
        // Failing to switch off Nagle's algorithm costs speed, not correctness.
        let _ = tcp.set_nodelay(true);
        let tcp = TimedTcp::new(tcp, deadline);
        let wire = match &self.tls {
            None => Wire::Plain(tcp),
            Some(config) => self.handshake(config, at, tcp, timeout)?,
        };
        let mut connection = Connection { wire, parser: Parser::new(), last_used: Instant::now() };
        self.log_in(&mut connection, timeout)?;
        Ok(connection)
    }

    fn handshake(
        &self,
        config: &Arc<ClientConfig>,
        at: &Endpoint,
        mut tcp: TimedTcp,
        timeout: Cause,
    ) -> std::result::Result<Wire, Cause> {
        let name = ServerName::try_from(at.host().to_string()).map_err(|_| Cause::Tls("the host name is not valid"))?;
        let mut tls = ClientConnection::new(config.clone(), name).map_err(|_| Cause::Tls("the handshake failed"))?;
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp).map_err(|e| Cause::of_io(&e, timeout))?;
        }
        Ok(Wire::Tls(Box::new(StreamOwned::new(tls, tcp))))
    }

    /// Logs in, selects the database and waits for a PONG, all in one round trip. The PING shows at once what the first
    /// command would otherwise run into: a missing password, a server that is loading or full.
    fn log_in(&self, connection: &mut Connection, timeout: Cause) -> std::result::Result<(), Cause> {
        let mut greeting = Pipeline::new();
        if let Some(password) = &self.password {
            greeting.cmd("AUTH");
            if let Some(user) = &self.user {
                greeting.arg(user);
            }
            greeting.arg(password.expose());
        }
        if self.database != 0 {
            greeting.cmd("SELECT").arg(self.database);
        }
        greeting.cmd("PING");
        connection.write(&greeting.get_packed_pipeline(), timeout)?;
        let mut authenticating = self.password.is_some();
        for left in (0..greeting.len()).rev() {
            if let Value::ServerError(error) = connection.read(timeout)? {
                let cause = Cause::of_reply(&error, authenticating);
                // A user need not be allowed to PING: that it is refused shows a server that works.
                if left > 0 || cause != Cause::Command("NOPERM") {
                    return Err(cause);
                }
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
