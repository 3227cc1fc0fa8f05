//! A TCP proxy that counts round trips from outside: how often a client speaks after the server has spoken.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread;

/// Forwards connections to a port of 127.0.0.1 and counts. Its threads end with the connections.
pub struct CountingProxy {
    port: u16,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    round_trips: AtomicUsize,
    connections: AtomicUsize,
}

impl CountingProxy {
    /// A proxy in front of `target`.
    pub fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port for the proxy");
        let port = listener.local_addr().expect("its number").port();
        let counts = Arc::new(Counts::default());
        let shared = counts.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                shared.connections.fetch_add(1, Ordering::SeqCst);
                forward(client, server, shared.clone());
            }
        });
        CountingProxy { port, counts }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Round trips since the last call, those that open connections included.
    pub fn round_trips(&self) -> usize {
        self.counts.round_trips.swap(0, Ordering::SeqCst)
    }

    /// Connections since the last call.
    pub fn connections(&self) -> usize {
        self.counts.connections.swap(0, Ordering::SeqCst)
    }
}

fn forward(client: TcpStream, server: TcpStream, counts: Arc<Counts>) {
    let server_spoke_last = Arc::new(AtomicBool::new(true));
    let spoke = server_spoke_last.clone();
    let (client_again, server_again) = (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
    thread::spawn(move || {
        pump(client, server, || {
            if spoke.swap(false, Ordering::SeqCst) {
                counts.round_trips.fetch_add(1, Ordering::SeqCst);
            }
        });
    });
    thread::spawn(move || pump(server_again, client_again, || server_spoke_last.store(true, Ordering::SeqCst)));
}

fn pump(mut from: TcpStream, mut to: TcpStream, mut heard: impl FnMut()) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        heard();
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
