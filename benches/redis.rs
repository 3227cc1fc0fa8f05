//! The Redis vault against the bare redis crate sending the same commands to the same server, in turns.
//!
//! `cargo bench --bench redis`. Each line: what, ours, the peer, and the ratio of the medians (above 1 is faster).

mod support;
#[path = "../tests/support/mod.rs"]
mod test_support;

use aws_masker::config::store::{RedisSettings, Tls, TlsSettings};
use aws_masker::redis::Store;
use aws_masker::vault::redis::RedisVault;
use aws_masker::vault::{Scope, Vault, Wanted};
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use redis::Pipeline;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::resident;
use test_support::redis_server::RedisServer;
use test_support::settings::settings;

const TTL: u64 = 604_800;

fn over_tls(port: u16, tls: &Tls) -> RedisSettings {
    RedisSettings { tls: tls.clone(), ..settings(port) }
}

fn vault(settings: RedisSettings) -> RedisVault {
    RedisVault::new(Store::new(settings).expect("a store"), Duration::from_secs(TTL))
}

fn wanted(originals: &[String]) -> Vec<Wanted<'_>> {
    originals.iter().map(|original| Wanted { prefix: "AWS_EC2", counter: "ec2", original }).collect()
}

fn names(what: &str, count: usize) -> Vec<String> {
    (0..count).map(|i| format!("i-{what}{i:012x}")).collect()
}

/// Median and 99th percentile, in microseconds.
fn quantiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    (at(0.5), at(0.99))
}

/// Runs both `rounds` times in turns and prints what they took for so many identifiers each.
fn compare(what: &str, rounds: usize, identifiers: usize, mut ours: impl FnMut(usize), mut peer: impl FnMut(usize)) {
    let (mut own, mut others) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for round in 0..rounds {
        let start = Instant::now();
        ours(round);
        own.push(start.elapsed());
        let start = Instant::now();
        peer(round);
        others.push(start.elapsed());
    }
    let ((p50, p99), (peer50, peer99)) = (quantiles(own), quantiles(others));
    let per_second = identifiers as f64 * 1e6 / p50;
    println!(
        "{what:34} {p50:8.0} {p99:8.0} µs   peer {peer50:8.0} {peer99:8.0} µs   ratio {:.2}   {per_second:9.0} identifiers/s",
        peer50 / p50
    );
}

fn map(token: &str) -> String {
    format!("aws_masker:map:{token}")
}

fn rev(original: &str) -> String {
    format!("aws_masker:rev:{}", STANDARD.encode(original))
}

/// What looking up sends.
fn look(originals: &[String]) -> Pipeline {
    let mut pipeline = redis::pipe();
    for original in originals {
        pipeline.cmd("GET").arg(rev(original)).cmd("PTTL").arg(rev(original));
    }
    pipeline.cmd("GET").arg("aws_masker:cnt:ec2");
    pipeline
}

/// What naming new identifiers sends, with the numbers taken as they come.
fn name(connection: &mut redis::Connection, originals: &[String]) {
    let _: Vec<redis::Value> = look(originals).query(connection).expect("look");
    let mut claim = redis::pipe();
    claim.cmd("INCRBY").arg("aws_masker:cnt:peer").arg(originals.len());
    for original in originals {
        let key = map(original);
        claim.cmd("EXPIRE").arg(&key).arg(TTL);
        claim.cmd("SET").arg(&key).arg(original).arg("NX").arg("EX").arg(TTL).cmd("GET").arg(&key);
    }
    let _: Vec<redis::Value> = claim.query(connection).expect("claim");
    let mut publish = redis::pipe();
    for original in originals {
        publish.cmd("SET").arg(rev(original)).arg("AWS_EC2_001").arg("NX").arg("EX").arg(TTL);
        publish.cmd("GET").arg(rev(original));
    }
    let _: Vec<redis::Value> = publish.query(connection).expect("publish");
}

fn known(what: &str, server: &RedisServer, vault: &RedisVault, count: usize, rounds: usize) {
    let originals = names("0known", count);
    let wanted = wanted(&originals);
    vault.tokens(&Scope::Global, &wanted).expect("the store works");
    let mut connection = server.admin();
    compare(
        what,
        rounds,
        count,
        |_| drop(black_box(vault.tokens(&Scope::Global, &wanted).expect("the store works"))),
        |_| drop(black_box(look(&originals).query::<Vec<redis::Value>>(&mut connection).expect("look"))),
    );
}

/// A connection as rustls alone makes it: TCP, handshake, one PING.
fn raw_tls(config: &Arc<ClientConfig>, port: u16) {
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let mut tls = ClientConnection::new(config.clone(), name).expect("a client");
    let mut tcp = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    tcp.set_nodelay(true).expect("no delay");
    let mut stream = Stream::new(&mut tls, &mut tcp);
    stream.write_all(b"*1\r\n$4\r\nPING\r\n").expect("it is sent");
    let mut pong = [0; 7];
    stream.read_exact(&mut pong).expect("it is answered");
    assert_eq!(&pong, b"+PONG\r\n");
}

fn main() {
    let server = RedisServer::with_tls(&[]);
    let ca = server.ca();
    let tls = Tls::On(TlsSettings {
        verify: true,
        ca_cert: Some(ca.to_str().expect("a path").into()),
        server_name: None,
        client: None,
    });
    println!("{:34} {:>8} {:>8}", "", "p50", "p99");

    let plain = vault(settings(server.port()));
    known("1 known, plain", &server, &plain, 1, 5000);
    known("50 known, plain", &server, &plain, 50, 2000);
    let before = resident();
    let secure = vault(over_tls(server.tls_port(), &tls));
    known("1 known, TLS; peer plain", &server, &secure, 1, 5000);
    println!("resident for TLS, one connection: {} KiB", resident().saturating_sub(before) / 1024);
    known("50 known, TLS; peer plain", &server, &secure, 50, 2000);

    let mut connection = server.admin();
    compare(
        "50 new, plain",
        500,
        50,
        |round| {
            let originals = names(&format!("1{round:04x}"), 50);
            plain.tokens(&Scope::Global, &wanted(&originals)).expect("the store works");
        },
        |round| name(&mut connection, &names(&format!("2{round:04x}"), 50)),
    );

    let remembering = vault(settings(server.port())).remembering(10_000);
    known("50 remembered; peer asks", &server, &remembering, 50, 2000);

    let ping = redis::cmd("PING");
    compare(
        "checkout and PING",
        5000,
        0,
        |_| plain.store().ping(Duration::from_secs(5)).expect("a pong"),
        |_| ping.query::<()>(&mut connection).expect("a pong"),
    );

    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&ca).expect("a file") {
        roots.add(certificate.expect("a certificate")).expect("an authority");
    }
    let raw = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let raw = Arc::new(raw);
    let anew = RedisSettings { keep_alive: Duration::ZERO, ..over_tls(server.tls_port(), &tls) };
    let anew = Store::new(anew).expect("a store");
    compare(
        "TLS connect, PING; peer rustls",
        500,
        0,
        |_| anew.ping(Duration::from_secs(5)).expect("a pong"),
        |_| raw_tls(&raw, server.tls_port()),
    );
}
