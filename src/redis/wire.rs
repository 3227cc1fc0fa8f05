//! Bytes to and from a server, plain or through TLS, where every wait ends at a deadline.
//!
//! The redis crate's own `Connection` waits anew for every reply: a pipeline of a hundred commands at a stalled server
//! takes it a hundred timeouts. Here the deadline is that of the whole exchange.

use rustls::{ClientConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A TCP stream whose reads and writes end at a deadline.
pub(crate) struct TimedTcp {
    tcp: TcpStream,
    deadline: Instant,
    /// The socket's own timeouts as they are set.
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

/// A TCP or TLS stream to a server.
pub(crate) enum Wire {
    Plain(TimedTcp),
    Tls(Box<StreamOwned<ClientConnection, TimedTcp>>),
}

impl TimedTcp {
    pub fn new(tcp: TcpStream, deadline: Instant) -> Self {
        TimedTcp { tcp, deadline, read_timeout: None, write_timeout: None }
    }

    fn left(&self) -> io::Result<Duration> {
        match self.deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
            left => Ok(left),
        }
    }
}

/// The timeout to give a socket that has timeout `set`, when `left` is the time to the deadline; `None` leaves it.
///
/// A socket that gives up early is waited for again, so anything not beyond `left` will do. Three quarters of it will do
/// for the calls to come, too, which have about as much time: setting it costs as much as a small read.
fn socket_timeout(set: Option<Duration>, left: Duration) -> Option<Duration> {
    match set {
        Some(set) if set <= left && left <= set * 2 => None,
        _ => Some((left * 3 / 4).max(Duration::from_micros(1))),
    }
}

impl Read for TimedTcp {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(timeout) = socket_timeout(self.read_timeout, self.left()?) {
                self.tcp.set_read_timeout(Some(timeout))?;
                self.read_timeout = Some(timeout);
            }
            match self.tcp.read(buffer) {
                // A signal is no reason to give up, and a wait that ended early is no reason to stop waiting.
                Err(e) if matches!(e.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {}
                done => return done,
            }
        }
    }
}

impl Write for TimedTcp {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            if let Some(timeout) = socket_timeout(self.write_timeout, self.left()?) {
                self.tcp.set_write_timeout(Some(timeout))?;
                self.write_timeout = Some(timeout);
            }
            match self.tcp.write(bytes) {
                Err(e) if matches!(e.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {}
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

impl Wire {
    /// Every read and write from now on ends at `deadline`.
    pub fn until(&mut self, deadline: Instant) {
        match self {
            Wire::Plain(tcp) => tcp.deadline = deadline,
            Wire::Tls(tls) => tls.sock.deadline = deadline,
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(tcp) => tcp.read(buffer),
            Wire::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(tcp) => tcp.write(bytes),
            Wire::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Plain(tcp) => tcp.flush(),
            Wire::Tls(tls) => tls.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_peer_that_says_nothing_or_reads_nothing_costs_one_deadline() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let start = Instant::now();
        let mut wire = Wire::Plain(TimedTcp::new(tcp, start + Duration::from_millis(60)));
        for _ in 0..50 {
            assert_eq!(wire.read(&mut [0; 16]).unwrap_err().kind(), io::ErrorKind::TimedOut);
        }
        assert!(start.elapsed() < Duration::from_secs(1));
        wire.until(Instant::now() + Duration::from_millis(60));
        assert_eq!(wire.write_all(&vec![0; 64 << 20]).unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}
