//! What the vault writes, what it costs, and what it does when a server fails.

use crate::common::*;
use crate::support::counting_proxy::CountingProxy;
use crate::support::redis_server::{free_port, wait_until, RedisCluster, RedisServer};
use aws_masker::config::store::{Credentials, RedisSettings, Tls, TlsSettings, Topology};
use aws_masker::error::Code;
use aws_masker::vault::{Scope, Vault, Wanted};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

// What it writes

#[test]
fn keys_are_those_of_existing_installations() {
    let server = RedisServer::start(&[]);
    let wanted = [
        ec2("i-0abc12345678def90"),
        Wanted { prefix: "AWS_AMI", counter: "ec2", original: "ami-0a1b2c3d" },
        Wanted { prefix: "AWS_S3_BUCKET", counter: "s3", original: "billing?>>~" },
    ];
    let tokens = vault(server.port()).tokens(&Scope::Global, &wanted).unwrap();
    assert_eq!(tokens, ["AWS_EC2_001", "AWS_AMI_002", "AWS_S3_BUCKET_001"].map(Arc::from));

    let mut keys: Vec<String> = server.command("KEYS *");
    keys.sort();
    assert_eq!(
        keys,
        [
            "aws_masker:cnt:ec2",
            "aws_masker:cnt:s3",
            "aws_masker:map:AWS_AMI_002",
            "aws_masker:map:AWS_EC2_001",
            "aws_masker:map:AWS_S3_BUCKET_001",
            "aws_masker:rev:YW1pLTBhMWIyYzNk",
            "aws_masker:rev:YmlsbGluZz8+Pn4=",
            "aws_masker:rev:aS0wYWJjMTIzNDU2NzhkZWY5MA==",
        ]
    );
    let value = |key: &str| server.command::<String>(&format!("GET {key}"));
    assert_eq!(value("aws_masker:cnt:ec2"), "2");
    assert_eq!(value("aws_masker:map:AWS_EC2_001"), "i-0abc12345678def90");
    assert_eq!(value("aws_masker:rev:aS0wYWJjMTIzNDU2NzhkZWY5MA=="), "AWS_EC2_001");
    for key in &keys {
        let left: i64 = server.command(&format!("TTL {key}"));
        match key.contains(":cnt:") {
            true => assert_eq!(left, -1, "{key}"),
            false => assert!((604_795..=604_800).contains(&left), "{key}: {left}"),
        }
    }
}

#[test]
fn a_mapping_of_the_lua_plugin_is_honoured() {
    let server = RedisServer::start(&[]);
    server.command::<()>("SET aws_masker:map:AWS_EC2_1041 i-lua EX 604800");
    server.command::<()>(&format!("SET {} AWS_EC2_1041 EX 604800", rev("i-lua")));
    server.command::<()>("SET aws_masker:cnt:ec2 1041");
    let vault = vault(server.port());
    assert_eq!(tokens(&vault, &["i-lua", "i-new"]).unwrap(), ["AWS_EC2_1041", "AWS_EC2_1042"]);
    assert_eq!(server.command::<i64>("INCR aws_masker:cnt:ec2"), 1043);
}

#[test]
fn use_renews_both_keys_at_most_once_a_quarter() {
    let server = RedisServer::start(&[]);
    let vault = vault(server.port());
    one(&vault, "i-1");
    let (map, rev) = ("aws_masker:map:AWS_EC2_001", rev("i-1"));
    let ttl = |key: &str| server.command::<i64>(&format!("TTL {key}"));
    let age_to = |seconds: i64| {
        for key in [map, &rev] {
            server.command::<()>(&format!("EXPIRE {key} {seconds}"));
        }
    };
    let quarter = 604_800 / 4;

    age_to(3 * quarter + 100);
    let before = vault.store().round_trips();
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
    assert_eq!(vault.store().round_trips() - before, 1);
    assert!(ttl(map) <= 3 * quarter + 100 && ttl(&rev) <= 3 * quarter + 100);

    age_to(3 * quarter - 100);
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
    assert!(ttl(map) > 604_790 && ttl(&rev) > 604_790);
}

#[test]
fn the_database_is_the_configured_one() {
    let server = RedisServer::start(&[]);
    one(&vault_with(RedisSettings { database: 3, ..settings(server.port()) }), "i-1");
    assert_eq!(server.command::<Vec<String>>("KEYS *"), Vec::<String>::new());
    assert!(server.command::<String>("INFO keyspace").contains("db3:keys=3"));
    let (error, _) = refusal(&vault_with(RedisSettings { database: 99, ..settings(server.port()) }));
    assert_eq!(error.code(), Code::StoreCommand);
}

// What it costs

#[test]
fn round_trips_seen_from_outside() {
    let server = RedisServer::start(&[]);
    let proxy = CountingProxy::start(server.port());
    let vault = vault(proxy.port());
    let originals: Vec<String> = (0..40).map(|i| format!("i-{i:017x}")).collect();
    let originals: Vec<&str> = originals.iter().map(String::as_str).collect();

    assert!(tokens(&vault, &[]).unwrap().is_empty());
    assert_eq!((proxy.connections(), proxy.round_trips()), (0, 0));
    one(&vault, "i-first");
    assert_eq!((proxy.connections(), proxy.round_trips()), (1, 4), "three, and the greeting of a new connection");
    tokens(&vault, &originals).unwrap();
    assert_eq!(proxy.round_trips(), 3, "40 new ones");
    tokens(&vault, &originals).unwrap();
    assert_eq!(proxy.round_trips(), 1, "40 known ones");
    tokens(&vault, &[originals[0], "i-new", originals[1], "i-newer"]).unwrap();
    assert_eq!(proxy.round_trips(), 3, "known and new ones");
    vault.health().unwrap();
    assert_eq!(proxy.round_trips(), 1, "health");
    assert_eq!(proxy.connections(), 0);
    assert_eq!(vault.store().round_trips(), 3 + 3 + 1 + 3 + 1);
    assert_eq!(vault.store().connections_opened(), 1);
}

#[test]
fn ten_thousand_identifiers_cost_as_many_round_trips_as_one() {
    let server = RedisServer::start(&[]);
    let vault = vault(server.port());
    let originals: Vec<String> = (0..10_000).map(|i| format!("i-{i:017x}")).collect();
    let originals: Vec<&str> = originals.iter().map(String::as_str).collect();
    let new = tokens(&vault, &originals).unwrap();
    assert_eq!(vault.store().round_trips(), 3);
    assert_eq!(new.iter().collect::<BTreeSet<_>>().len(), 10_000);
    assert_eq!(tokens(&vault, &originals).unwrap(), new);
    assert_eq!(vault.store().round_trips(), 4);
}

// One token per original, no token twice

/// Lets `threads` threads, each with a vault of its own, name overlapping originals; the first of them does something
/// else before each of its 30 requests. Gives what each thread was told.
fn race(settings: &RedisSettings, threads: usize, meanwhile: impl Fn() + Sync) -> Vec<(String, String)> {
    let meanwhile = &meanwhile;
    thread::scope(|scope| {
        let thread = |number: usize| {
            scope.spawn(move || {
                let vault = vault_with(settings.clone());
                let mut told = Vec::new();
                for round in 0..30 {
                    if number == 0 {
                        meanwhile();
                    }
                    let originals: Vec<String> =
                        (0..12).map(|i| format!("i-{:04x}", (round * 5 + (i * (number + 1)) % 17) % 90)).collect();
                    let wanted: Vec<_> = originals.iter().map(|original| ec2(original)).collect();
                    let tokens = vault.tokens(&Scope::Global, &wanted).expect("the store works");
                    told.extend(originals.iter().cloned().zip(tokens.iter().map(ToString::to_string)));
                }
                told
            })
        };
        let running: Vec<_> = (0..threads).map(thread).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("no thread fails")).collect()
    })
}

/// Checks what was told, and gives each original's token.
fn assert_one_to_one(told: &[(String, String)]) -> BTreeMap<String, String> {
    let mut token_of = BTreeMap::new();
    let mut original_of = HashMap::new();
    for (original, token) in told {
        assert_eq!(token_of.entry(original.clone()).or_insert(token.clone()), token, "{original} has two tokens");
        assert_eq!(*original_of.entry(token).or_insert(original), original, "{token} means two things");
    }
    token_of
}

/// Checks that the store says what was told.
fn assert_stored(token_of: &BTreeMap<String, String>, get: impl Fn(&str) -> Option<String>) {
    for (original, token) in token_of {
        assert_eq!(get(&rev(original)).as_ref(), Some(token));
        assert_eq!(get(&format!("aws_masker:map:{token}")).as_ref(), Some(original));
    }
}

#[test]
fn racing_gateways_agree() {
    let server = RedisServer::start(&[]);
    let told = race(&settings(server.port()), 8, || {});
    let token_of = assert_one_to_one(&told);
    assert_eq!(token_of.len(), server.command::<Vec<String>>("KEYS aws_masker:rev:*").len());
    assert_stored(&token_of, |key| server.command(&format!("GET {key}")));
}

#[test]
fn a_lost_counter_gives_no_token_a_second_meaning() {
    let server = RedisServer::start(&[]);
    let lost = AtomicUsize::new(0);
    let told = race(&settings(server.port()), 6, || {
        lost.fetch_add(server.command("DEL aws_masker:cnt:ec2"), Ordering::Relaxed);
    });
    assert!(lost.into_inner() > 0, "the counter was there to be lost");
    let token_of = assert_one_to_one(&told);
    assert_stored(&token_of, |key| server.command(&format!("GET {key}")));
}

// What it does when the store fails

#[test]
fn refused_credentials_are_told_apart() {
    let server = RedisServer::start(&["--requirepass", "s3cret"]);
    let with = |user: Option<&str>, password: Option<&str>| RedisSettings {
        user: user.map(str::to_string),
        credentials: password.map_or(Credentials::None, secret),
        ..settings(server.port())
    };
    assert_eq!(one(&vault_with(with(None, Some("s3cret"))), "i-1"), "AWS_EC2_001");
    server.command::<()>("ACL SETUSER masker on >s3cret2 ~aws_masker:* +get +set +pttl +incrby +expire +del +ping");
    assert_eq!(one(&vault_with(with(Some("masker"), Some("s3cret2"))), "i-1"), "AWS_EC2_001");
    for (user, password) in
        [(None, None), (None, Some("wr0ng")), (Some("masker"), Some("wr0ng")), (Some("nobody"), Some("wr0ng"))]
    {
        let vault = vault_with(with(user, password));
        let (error, _) = refusal(&vault);
        assert_eq!(error.code(), Code::StoreCredentials, "{user:?} {error}");
        assert_eq!(vault.health().unwrap_err().code(), Code::StoreCredentials);
    }
    let open = RedisServer::start(&[]);
    let (error, _) = refusal(&vault_with(RedisSettings { port: open.port(), ..with(None, Some("wr0ng")) }));
    assert_eq!(error.code(), Code::StoreCredentials);
}

#[test]
fn a_user_who_may_not_write_can_still_read() {
    let server = RedisServer::start(&[]);
    one(&vault(server.port()), "i-1");
    server.command::<()>("ACL SETUSER reader on >s3cret ~aws_masker:* +get +pttl");
    let reader = vault_with(RedisSettings {
        user: Some("reader".into()),
        credentials: secret("s3cret"),
        ..settings(server.port())
    });
    assert_eq!(one(&reader, "i-1"), "AWS_EC2_001");
    let (error, _) = refusal(&reader);
    assert_eq!(error.code(), Code::StoreCommand);
    assert!(error.details().contains("NOPERM"), "{error}");
}

#[test]
fn a_server_that_is_down_is_refused_at_once_and_used_again_when_it_is_back() {
    let mut server = RedisServer::start(&[]);
    let vault = vault(server.port());
    one(&vault, "i-1");
    server.kill();
    let (error, took) = refusal(&vault);
    assert_eq!(error.code(), Code::StoreUnavailable);
    assert!(error.details().contains(&format!("127.0.0.1:{}", server.port())), "{error}");
    assert_within(Duration::ZERO, took, &error);
    assert_eq!(vault.health().unwrap_err().code(), Code::StoreUnavailable);
    server.restart();
    one(&vault, "i-1");
    vault.health().unwrap();
}

#[test]
fn a_restart_between_two_requests_is_not_noticed() {
    let mut server = RedisServer::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let vault = vault(server.port());
    let before = one(&vault, "i-1");
    server.restart();
    assert_eq!(one(&vault, "i-1"), before);
    assert_eq!(vault.store().connections_opened(), 2);
}

#[test]
fn a_connection_idle_for_too_long_is_replaced() {
    let server = RedisServer::start(&[]);
    let vault = vault_with(RedisSettings { keep_alive: Duration::ZERO, ..settings(server.port()) });
    one(&vault, "i-1");
    let before = vault.store().connections_opened();
    one(&vault, "i-1");
    assert!(vault.store().connections_opened() > before);
}

#[test]
fn a_server_that_does_not_answer_costs_its_timeout_and_no_more() {
    let server = RedisServer::start(&[]);
    let limit = Duration::from_millis(1200);
    let slow =
        RedisSettings { connect_timeout: limit, send_timeout: limit, read_timeout: limit, ..settings(server.port()) };
    let originals: Vec<String> = (0..200).map(|i| format!("i-{i}")).collect();
    let originals: Vec<&str> = originals.iter().map(String::as_str).collect();
    let vault = vault_with(slow);
    tokens(&vault, &originals).unwrap();

    server.freeze();
    for what in ["an open connection", "a new connection"] {
        let start = Instant::now();
        let error = tokens(&vault, &originals).unwrap_err();
        assert_eq!(error.code(), Code::StoreUnavailable);
        let took = start.elapsed();
        assert!(took >= limit, "{what}: {took:?}, {error}");
        assert_within(limit, took, &what);
        assert!(error.details().ends_with("within 1200 ms."), "{what}: {error}");
    }
    let start = Instant::now();
    assert_eq!(vault.health().unwrap_err().code(), Code::StoreUnavailable);
    assert_within(Duration::ZERO, start.elapsed(), &"health has a limit of its own");
    server.thaw();
    tokens(&vault, &originals).unwrap();

    server.command::<()>("CLIENT PAUSE 2600 ALL");
    let (error, took) = refusal(&vault);
    assert_eq!(error.code(), Code::StoreUnavailable);
    assert_within(limit, took, &error);
    wait_until("the pause is over", || vault.health().is_ok());
    one(&vault, ORIGINAL);
}

/// Serves one connection after another with `serve`.
fn pretender(serve: impl Fn(std::net::TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    port
}

#[test]
fn a_server_that_drips_is_cut_off() {
    let port = pretender(|mut client| {
        let _ = client.read(&mut [0; 4096]);
        let _ = client.write_all(b"+PONG\r\n");
        while client.write_all(b"$").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let port_of_digits = pretender(|mut client| {
        let _ = client.read(&mut [0; 4096]);
        let _ = client.write_all(b"+PONG\r\n$1000000\r\n");
        while client.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    for port in [port, port_of_digits] {
        let limit = Duration::from_millis(300);
        let (error, took) = refusal(&vault_with(RedisSettings { read_timeout: limit, ..settings(port) }));
        assert_eq!(error.code(), Code::StoreUnavailable);
        assert_within(limit, took, &error);
    }
}

#[test]
fn what_a_server_says_is_not_repeated() {
    let echo = pretender(|mut client| {
        let mut heard = vec![0; 4096];
        while let Ok(n @ 1..) = client.read(&mut heard) {
            let said: String = String::from_utf8_lossy(&heard[..n]).chars().filter(|c| !c.is_control()).collect();
            let answer = match said.contains("PING") {
                true => "+PONG\r\n".to_string(),
                false => format!("-{said} {ORIGINAL}\r\n").repeat(3),
            };
            let _ = client.write_all(answer.as_bytes());
        }
    });
    assert_eq!(refusal(&vault(echo)).0.code(), Code::StoreCommand);
    let web = pretender(|mut client| {
        let _ = client.read(&mut [0; 4096]);
        let _ = client.write_all(format!("HTTP/1.1 400 {ORIGINAL}\r\n\r\n").as_bytes());
    });
    assert_eq!(refusal(&vault(web)).0.code(), Code::StoreUnavailable);
}

#[test]
fn a_server_that_refuses_writes_is_a_failed_command() {
    let server = RedisServer::start(&["--replica-serve-stale-data", "yes"]);
    let vault = vault(server.port());
    one(&vault, "i-1");
    let refused = |code: &str| {
        for _ in 0..7 {
            let (error, _) = refusal(&vault);
            assert_eq!(error.code(), Code::StoreCommand, "{error}");
            assert!(error.details().contains(code), "{error}");
        }
        assert_eq!(one(&vault, "i-1"), "AWS_EC2_001", "reading works, and the circuit stays closed");
    };
    server.command::<()>("CONFIG SET maxmemory 1");
    refused("OOM");
    server.command::<()>("CONFIG SET maxmemory 0");
    server.command::<()>(&format!("REPLICAOF 127.0.0.1 {}", free_port()));
    refused("READONLY");
    server.command::<()>("REPLICAOF NO ONE");
    server.command::<()>(&format!("LPUSH {} x", rev(ORIGINAL)));
    refused("WRONGTYPE");
}

#[test]
fn a_store_that_fails_repeatedly_is_left_alone() {
    let mut server = RedisServer::start(&[]);
    let vault = vault(server.port());
    server.kill();
    for _ in 0..5 {
        assert!(refusal(&vault).0.details().contains("refuses connections"));
    }
    let (error, _) = refusal(&vault);
    assert_eq!(error.code(), Code::StoreUnavailable);
    assert!(error.details().contains("tried again"), "{error}");
    assert!(vault.store().circuit_is_open());
    assert!(tokens(&vault, &[]).is_ok());

    server.restart();
    vault.health().expect("health asks the store itself");
    let back = Instant::now();
    wait_until("requests are served again", || tokens(&vault, &["i-1"]).is_ok());
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
}

#[test]
fn calls_share_as_many_connections_as_there_are_places() {
    let server = RedisServer::start(&[]);
    let vault = vault_with(RedisSettings { pool_size: 2, ..settings(server.port()) });
    one(&vault, "i-1");
    // The first two calls hold their places until the pause is over, the others wait for them.
    server.command::<()>("CLIENT PAUSE 300 ALL");
    thread::scope(|scope| {
        let calls: Vec<_> = (0..20).map(|_| scope.spawn(|| one(&vault, "i-1"))).collect();
        calls.into_iter().for_each(|call| assert_eq!(call.join().unwrap(), "AWS_EC2_001"));
    });
    assert_eq!(vault.store().connections_opened(), 2);
    let clients: String = server.command("CLIENT LIST TYPE normal");
    assert_eq!(clients.lines().count(), 2 + 1, "two, and the one that asks");
}

/// Two calls hold both places until the server has not answered for `held`; the others give up long before.
#[test]
fn calls_that_find_no_place_are_refused_in_time() {
    let server = RedisServer::start(&[]);
    let (patience, held) = (Duration::from_millis(500), Duration::from_secs(4));
    let vault = vault_with(RedisSettings {
        read_timeout: held,
        pool_size: 2,
        pool_timeout: patience,
        ..settings(server.port())
    });
    let connect = || {
        server.command::<()>("CLIENT PAUSE 300 ALL");
        thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(|| one(&vault, "i-1")))));
        vault.store().connections_opened() == 2
    };
    wait_until("both connections are open", connect);

    server.freeze();
    thread::scope(|scope| {
        let calls: Vec<_> = (0..20).map(|_| scope.spawn(|| refusal(&vault))).collect();
        let refused: Vec<_> = calls.into_iter().map(|call| call.join().unwrap()).collect();
        let (busy, waited): (Vec<_>, Vec<_>) =
            refused.iter().partition(|(error, _)| error.details().contains("All 2 connections to Redis"));
        assert!(refused.iter().all(|(error, _)| error.code() == Code::StoreUnavailable));
        assert!(waited.len() <= 2, "{waited:?}");
        busy.iter().for_each(|(error, took)| assert_within(patience, *took, error));
        waited.iter().for_each(|(error, took)| assert_within(held, *took, error));
    });
    server.thaw();
}

// TLS

fn unverified() -> Tls {
    Tls::On(TlsSettings { verify: false, ca_cert: None, server_name: None, client: None })
}

fn verified() -> Tls {
    Tls::On(TlsSettings { verify: true, ca_cert: None, server_name: None, client: None })
}

fn tls_settings(server: &RedisServer, tls: Tls) -> RedisSettings {
    RedisSettings { host: "localhost".into(), tls, ..settings(server.tls_port()) }
}

#[test]
fn tls_without_verification_takes_any_certificate() {
    let server = RedisServer::with_tls(&["--requirepass", "s3cret"]);
    let vault = vault_with(RedisSettings { credentials: secret("s3cret"), ..tls_settings(&server, unverified()) });
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
    assert_eq!(vault.store().connections_opened(), 1);
}

#[test]
fn tls_refuses_a_certificate_of_an_unknown_authority() {
    let server = RedisServer::with_tls(&[]);
    let (error, _) = refusal(&vault_with(tls_settings(&server, verified())));
    assert_eq!(error.code(), Code::StoreUnavailable);
    assert!(error.details().contains("not signed by a trusted authority"), "{error}");
    assert_eq!(server.command::<Vec<String>>("KEYS *"), Vec::<String>::new());
}

#[test]
fn tls_and_plain_are_never_mixed_up() {
    let server = RedisServer::with_tls(&[]);
    let soon = RedisSettings { connect_timeout: Duration::from_millis(300), ..settings(server.port()) };
    // Redis waits for the end of what it takes for a line, so this takes the whole timeout.
    let (error, took) = refusal(&vault_with(RedisSettings { tls: unverified(), ..soon.clone() }));
    assert_eq!(error.code(), Code::StoreUnavailable);
    assert_within(soon.connect_timeout, took, &error);
    let (error, took) = refusal(&vault_with(RedisSettings { port: server.tls_port(), ..soon }));
    assert_eq!(error.code(), Code::StoreUnavailable);
    assert!(error.details().contains("closed the connection"), "{error}");
    assert_within(Duration::ZERO, took, &error);
}

/// The trusted certificates of a process are those it started with, so this test runs itself again with others.
#[test]
fn tls_verifies_authority_and_host_name() {
    const CHILD: &str = "AWS_MASKER_TEST_TLS_PORT";
    if let Ok(port) = std::env::var(CHILD) {
        let port = port.parse().unwrap();
        let at = |host: &str| vault_with(RedisSettings { host: host.into(), tls: verified(), ..settings(port) });
        assert_eq!(one(&at("localhost"), "i-1"), "AWS_EC2_001");
        assert_eq!(one(&at("127.0.0.1"), "i-1"), "AWS_EC2_001");
        let (error, _) = refusal(&at("127.0.0.2"));
        assert!(error.details().contains("is for another host name"), "{error}");
        return;
    }
    let server = RedisServer::with_tls(&["--bind", "127.0.0.1", "127.0.0.2"]);
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "vault::tls_verifies_authority_and_host_name", "--nocapture"])
        .env(CHILD, server.tls_port().to_string())
        .env("SSL_CERT_FILE", server.ca())
        .env_remove("SSL_CERT_DIR")
        .status()
        .unwrap();
    assert!(status.success());
}

// Cluster

#[test]
fn a_cluster_works_like_one_server() {
    let mut cluster = RedisCluster::start(3);
    let in_cluster = |port: u16| RedisSettings { topology: Topology::Cluster, ..settings(port) };
    let vault = vault_with(in_cluster(cluster.nodes[0].port()));
    let originals: Vec<String> = (0..60).map(|i| format!("i-{i:017x}")).collect();
    let originals: Vec<&str> = originals.iter().map(String::as_str).collect();

    let new = tokens(&vault, &originals).unwrap();
    assert_eq!(vault.store().round_trips(), 4, "asking for the slots, and three");
    let calls = |node: &RedisServer, command: &str| -> u64 {
        let stats: String = node.command("INFO commandstats");
        let line =
            stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls="))?.split(',').next());
        line.map_or(0, |calls| calls.parse().unwrap())
    };
    for node in &cluster.nodes {
        assert!(calls(node, "set") > 0, "every node holds a part");
    }
    let before = vault.store().round_trips();
    assert_eq!(tokens(&vault, &originals).unwrap(), new);
    assert_eq!(vault.store().round_trips() - before, 1, "known ones, on three nodes at the same time");
    let before = vault.store().round_trips();
    tokens(&vault, &["i-new", originals[3], "i-newer"]).unwrap();
    assert_eq!(vault.store().round_trips() - before, 3);
    assert_eq!(vault.store().connections_opened(), 3, "one per node");
    vault.health().unwrap();

    let told = race(&in_cluster(cluster.nodes[1].port()), 4, || {});
    let token_of = assert_one_to_one(&told);
    let client =
        redis::cluster::ClusterClient::new([format!("redis://127.0.0.1:{}/", cluster.nodes[2].port())]).unwrap();
    let connection = std::cell::RefCell::new(client.get_connection().unwrap());
    assert_stored(&token_of, |key| redis::cmd("GET").arg(key).query(&mut *connection.borrow_mut()).unwrap());

    let alone = RedisServer::start(&[]);
    let (error, _) = refusal(&vault_with(in_cluster(alone.port())));
    assert_eq!(error.code(), Code::StoreCommand);
    assert!(error.details().contains("redis_cluster_mode"), "{error}");
    let misled = vault_with(settings(cluster.nodes[0].port()));
    let error = tokens(&misled, &originals).unwrap_err();
    assert_eq!(error.code(), Code::StoreCommand);
    assert!(error.details().contains("MOVED") && error.details().contains("redis_cluster_mode"), "{error}");

    // A node other than the counter's, so that no number can be given out twice.
    let holders: Vec<Vec<String>> = cluster.commands("KEYS aws_masker:cnt:ec2");
    let victim = holders.iter().position(Vec::is_empty).unwrap();
    cluster.nodes[victim].kill();
    let start = Instant::now();
    let error = tokens(&vault, &originals).unwrap_err();
    assert_eq!(error.code(), Code::StoreUnavailable);
    assert_within(Duration::ZERO, start.elapsed(), &error);

    // What the node held is gone; the rest is as it was, and nothing means two things.
    cluster.nodes[victim].restart();
    cluster.wait_until_whole("after a node was killed and came back");
    let after = tokens(&vault, &originals).unwrap();
    assert_eq!(after.iter().collect::<BTreeSet<_>>().len(), originals.len());
    assert!(after.iter().zip(&new).any(|(after, before)| after == before));
    let old_meaning: HashMap<&String, &str> = new.iter().zip(originals.iter().copied()).collect();
    for (original, token) in originals.iter().zip(&after) {
        assert!(old_meaning.get(token).is_none_or(|before| before == original), "{token}");
    }
}

#[test]
fn moved_slots_are_followed() {
    let cluster = RedisCluster::start(3);
    let vault = vault_with(RedisSettings { topology: Topology::Cluster, ..settings(cluster.nodes[0].port()) });
    let originals: Vec<String> = (0..60).map(|i| format!("i-{i:017x}")).collect();
    let originals: Vec<&str> = originals.iter().map(String::as_str).collect();
    let before = tokens(&vault, &originals).unwrap();

    // Every slot of node 0 that holds a key goes to node 1, the way redis-cli moves them.
    let ids: Vec<String> = cluster.commands("CLUSTER MYID");
    let slots: BTreeSet<u16> = cluster.nodes[0]
        .command::<Vec<String>>("KEYS *")
        .iter()
        .map(|key| cluster.nodes[0].command(&format!("CLUSTER KEYSLOT {key}")))
        .collect();
    assert!(!slots.is_empty());
    let (from, to) = (&cluster.nodes[0], &cluster.nodes[1]);
    for (i, slot) in slots.iter().enumerate() {
        to.command::<()>(&format!("CLUSTER SETSLOT {slot} IMPORTING {}", ids[0]));
        from.command::<()>(&format!("CLUSTER SETSLOT {slot} MIGRATING {}", ids[1]));
        for key in from.command::<Vec<String>>(&format!("CLUSTER GETKEYSINSLOT {slot} 100")) {
            from.command::<()>(&format!("MIGRATE 127.0.0.1 {} {key} 0 5000", to.port()));
        }
        // Some stay half moved: their keys are asked for with ASK.
        if i % 3 != 0 {
            for node in [to, from, &cluster.nodes[2]] {
                node.command::<()>(&format!("CLUSTER SETSLOT {slot} NODE {}", ids[1]));
            }
        }
    }
    for _ in 0..3 {
        assert_eq!(tokens(&vault, &originals).unwrap(), before);
    }
    let new: Vec<String> = (0..200).map(|i| format!("i-new{i}")).collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let named = tokens(&vault, &new).unwrap();
    assert_eq!(tokens(&vault, &new).unwrap(), named);
    assert_eq!(named.iter().chain(&before).collect::<BTreeSet<_>>().len(), 260);
}
