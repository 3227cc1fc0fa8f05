//! Every way to reach a store: TLS of all kinds, ACL users, rotated passwords, sentinels, a cluster with TLS and ACL.

use crate::common::*;
use crate::support::redis_server::{free_port, wait_until, Certificates, RedisCluster, RedisServer, Sentinels};
use aws_masker::config::store::{Credentials, RedisSettings, SentinelSettings, Tls, TlsSettings, Topology};
use aws_masker::config::Secret;
use aws_masker::error::Code;
use aws_masker::redis::Store;
use aws_masker::vault::Vault;
use std::path::Path;
use std::time::Duration;

/// The rights that docs/redis.md asks for. Every test of this file that names a user runs with exactly these.
fn documented_rights() -> String {
    let docs = include_str!("../../docs/redis.md");
    let line = docs.lines().find_map(|line| line.trim().strip_prefix("ACL SETUSER aws-masker on >PASSWORD "));
    line.expect("docs/redis.md has the ACL line").to_string()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a PEM file")
}

fn trusting(ca: &Path) -> TlsSettings {
    TlsSettings { verify: true, ca_cert: Some(ca.to_str().unwrap().into()), server_name: None, client: None }
}

fn over_tls(server: &RedisServer, tls: TlsSettings) -> RedisSettings {
    RedisSettings { host: "localhost".into(), tls: Tls::On(tls), ..settings(server.tls_port()) }
}

#[test]
fn a_private_authority_is_trusted_as_text_and_as_a_file() {
    let server = RedisServer::with_tls(&["--bind", "127.0.0.1", "127.0.0.2"]);
    let file = trusting(&server.ca());
    let pem = TlsSettings { ca_cert: Some(text(&server.ca())), ..file.clone() };
    for tls in [file.clone(), pem] {
        assert_eq!(one(&vault_with(over_tls(&server, tls)), "i-1"), "AWS_EC2_001");
    }
    let elsewhere = RedisSettings { host: "127.0.0.2".into(), ..over_tls(&server, file.clone()) };
    assert!(refusal(&vault_with(elsewhere.clone())).0.details().contains("is for another host name"));
    let tls = Tls::On(TlsSettings { server_name: Some("localhost".into()), ..file });
    assert_eq!(one(&vault_with(RedisSettings { tls, ..elsewhere }), "i-1"), "AWS_EC2_001");
}

#[test]
fn both_versions_of_tls_are_spoken() {
    for version in ["TLSv1.2", "TLSv1.3"] {
        let server = RedisServer::with_tls(&["--tls-protocols", version]);
        assert_eq!(one(&vault_with(over_tls(&server, trusting(&server.ca()))), "i-1"), "AWS_EC2_001", "{version}");
    }
}

#[test]
fn a_server_that_wants_a_certificate_gets_ours() {
    let server = RedisServer::with_tls(&["--tls-auth-clients", "yes"]);
    let without = trusting(&server.ca());
    let (error, _) = refusal(&vault_with(over_tls(&server, without.clone())));
    assert_eq!(error.code(), Code::StoreUnavailable);
    let (certificate, key) = (server.certificate("server.crt"), server.certificate("server.key"));
    let as_files = (certificate.to_str().unwrap().to_string(), Secret::from(key.to_str().unwrap().to_string()));
    let as_text = (text(&certificate), Secret::from(text(&key)));
    for client in [as_files, as_text] {
        let tls = TlsSettings { client: Some(client), ..without.clone() };
        assert_eq!(one(&vault_with(over_tls(&server, tls)), "i-1"), "AWS_EC2_001");
    }
}

#[test]
fn files_that_are_no_certificates_are_configuration_errors() {
    let certificates = Certificates::new();
    let other = Certificates::new();
    let path = |file: &str| certificates.path(file).to_str().unwrap().to_string();
    let right = trusting(&certificates.path("ca.crt"));
    let client = |certificate: String, key: String| TlsSettings {
        client: Some((certificate, Secret::from(key))),
        ..right.clone()
    };
    for (tls, field) in [
        (TlsSettings { ca_cert: Some("/no/such/file".into()), ..right.clone() }, "redis_ssl_ca_cert"),
        (TlsSettings { ca_cert: Some(path("server.key")), ..right.clone() }, "redis_ssl_ca_cert"),
        (TlsSettings { server_name: Some("not a name".into()), ..right.clone() }, "redis_ssl_server_name"),
        (client(path("server.key"), path("server.key")), "redis_ssl_client_cert"),
        (client(path("server.crt"), path("server.crt")), "redis_ssl_client_key"),
        (client(path("server.crt"), text(&other.path("server.key"))), "redis_ssl_client_key"),
    ] {
        let error = Store::new(RedisSettings { tls: Tls::On(tls), ..settings(1) }).map(drop).unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
        assert!(error.details().contains(field), "{error}");
        assert!(!error.details().contains("BEGIN") && !error.details().contains("/no/such"), "{error}");
    }
}

#[test]
fn causes_are_told_apart() {
    let server = RedisServer::with_tls(&["--requirepass", "s3cret"]);
    let mut expired = RedisServer::with_tls(&[]);
    let certificate = expired.certificate("expired.crt");
    expired.add_arguments(&["--tls-cert-file", certificate.to_str().unwrap()]);
    expired.restart();
    let right = RedisSettings { credentials: secret("s3cret"), ..over_tls(&server, trusting(&server.ca())) };
    let untrusted = Certificates::new();
    let strangers = over_tls(&server, trusting(&untrusted.path("ca.crt"))).tls;
    let cases = [
        (RedisSettings { host: "no-such-host.invalid".into(), ..right.clone() }, Code::StoreUnavailable, "no address"),
        (RedisSettings { port: free_port(), ..right.clone() }, Code::StoreUnavailable, "refuses connections"),
        (RedisSettings { tls: strangers, ..right.clone() }, Code::StoreUnavailable, "trusted authority"),
        (over_tls(&expired, trusting(&expired.ca())), Code::StoreUnavailable, "has expired"),
        (RedisSettings { credentials: secret("wr0ng"), ..right.clone() }, Code::StoreCredentials, "WRONGPASS"),
        (RedisSettings { credentials: Credentials::None, ..right.clone() }, Code::StoreCredentials, "NOAUTH"),
        (RedisSettings { topology: Topology::Cluster, ..right.clone() }, Code::StoreCommand, "is not a cluster"),
    ];
    one(&vault_with(right), "i-1");
    for (settings, code, words) in cases {
        let store = Store::new(settings.clone()).unwrap();
        let health = store.ping(Duration::from_secs(10)).unwrap_err();
        for error in [refusal(&vault_with(settings)).0, health] {
            assert_eq!(error.code(), code, "{error}");
            assert!(error.details().contains(words), "{error}");
            assert_discreet(&error);
        }
    }
}

// Users and passwords

fn as_user(server: &RedisServer, credentials: Credentials) -> RedisSettings {
    RedisSettings { user: Some("aws-masker".into()), credentials, ..settings(server.port()) }
}

/// Runs everything but what clusters and sentinels need, which has tests of its own.
fn use_every_right(server: &RedisServer) -> Result<(), aws_masker::Error> {
    server.command::<()>("FLUSHALL");
    server.command::<()>(&format!("SET {} garbage", rev("i-1")));
    let vault = vault_with(as_user(server, secret("s3cret")));
    tokens(&vault, &["i-1", "i-2"])?;
    vault.store().ping(Duration::from_secs(5))
}

#[test]
fn the_documented_rights_are_enough_and_no_more_than_needed() {
    let server = RedisServer::start(&[]);
    let rights = documented_rights();
    let grant = |rights: &str| server.command::<()>(&format!("ACL SETUSER aws-masker reset on >s3cret {rights}"));
    grant(&rights);
    use_every_right(&server).expect("they are enough");
    let elsewhere = ["+cluster|slots", "+asking", "+role"];
    for right in rights.split(' ').filter(|right| right.starts_with('+') && !elsewhere.contains(right)) {
        grant(&rights.split(' ').filter(|other| other != &right).collect::<Vec<_>>().join(" "));
        let error = use_every_right(&server).expect_err(right);
        assert_eq!(error.code(), Code::StoreCommand, "{right}: {error}");
        assert!(error.details().contains("NOPERM"), "{right}: {error}");
    }
    grant(&rights);
    let key = aws_masker::config::Key::new([1; 32]);
    tokens(&vault_with(as_user(&server, secret("s3cret"))).encrypted(&[key]), &["i-1", "i-3"]).unwrap();
}

#[test]
fn a_rotated_password_is_picked_up_without_a_restart() {
    let server = RedisServer::start(&[]);
    let rights = documented_rights();
    let set = |password: &str| {
        server.command::<()>(&format!("ACL SETUSER aws-masker resetpass on >{password} {rights}"));
        server.command::<()>("CLIENT KILL USER aws-masker");
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "first-s3cret\n").unwrap();
    set("first-s3cret");
    let vault = vault_with(as_user(&server, Credentials::File(file.path().into())));
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");

    // The server is ahead of the file: refused, told, and used again once the file follows.
    set("second-s3cret");
    for _ in 0..3 {
        let (error, _) = refusal(&vault);
        assert_eq!(error.code(), Code::StoreCredentials);
    }
    std::fs::write(file.path(), "second-s3cret").unwrap();
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");

    // The file is ahead of the server, and a connection is open: nobody notices.
    std::fs::write(file.path(), "third-s3cret").unwrap();
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
    set("third-s3cret");
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
    std::fs::remove_file(file.path()).unwrap();
    server.command::<()>("CLIENT KILL USER aws-masker");
    let (error, _) = refusal(&vault);
    assert_eq!(error.code(), Code::StoreCredentials);
    assert!(error.details().contains("the file cannot be read"), "{error}");
}

#[test]
fn a_connection_is_replaced_when_it_is_old() {
    let server = RedisServer::start(&[]);
    let vault = vault_with(RedisSettings { max_age: Duration::from_millis(50), ..settings(server.port()) });
    one(&vault, "i-1");
    std::thread::sleep(Duration::from_millis(60));
    one(&vault, "i-1");
    assert_eq!(vault.store().connections_opened(), 2);
}

// Sentinels

#[test]
fn sentinels_lead_to_the_primary_also_after_a_failover() {
    let mut primary = RedisServer::start(&[]);
    let replica = RedisServer::start(&["--replicaof", "127.0.0.1", &primary.port().to_string()]);
    let rights = documented_rights();
    for server in [&primary, &replica] {
        server.command::<()>(&format!("ACL SETUSER aws-masker on >s3cret {rights}"));
    }
    let sentinels = Sentinels::watch(&primary);
    let by_sentinels = |nodes: Vec<u16>, password: &str| {
        let topology = Topology::Sentinel(SentinelSettings {
            nodes: nodes.into_iter().map(|port| ("127.0.0.1".to_string(), port)).collect(),
            master: "masker".into(),
            user: None,
            password: Some(Secret::from(password.to_string())),
        });
        vault_with(RedisSettings { topology, ..as_user(&primary, secret("s3cret")) })
    };
    // The first is none, which is found out and passed over.
    let mut nodes = vec![free_port()];
    nodes.extend(&sentinels.ports);
    let vault = by_sentinels(nodes, "sentinel-pw");
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
    vault.health().unwrap();
    let (error, _) = refusal(&by_sentinels(sentinels.ports.clone(), "wr0ng"));
    assert_eq!(error.code(), Code::StoreCredentials);
    let (error, _) = refusal(&by_sentinels(vec![replica.port()], "s3cret2"));
    assert_ne!(error.code(), Code::StoreCommand, "a server with another password, or none, is no sentinel: {error}");
    wait_until("the replica has it", || {
        replica.command::<Option<String>>("GET aws_masker:map:AWS_EC2_001").as_deref() == Some("i-1")
    });

    primary.kill();
    let (error, _) = refusal(&vault);
    assert_eq!(error.code(), Code::StoreUnavailable);
    wait_until("the sentinels have promoted the replica", || {
        // It drops its connections when it is promoted.
        replica.try_command::<String>("INFO replication").is_ok_and(|info| info.contains("role:master"))
    });
    wait_until("requests are served again", || tokens(&vault, &["i-1"]).is_ok());
    assert_eq!(tokens(&vault, &["i-1", "i-2"]).unwrap(), ["AWS_EC2_001", "AWS_EC2_002"]);
}

// A cluster with TLS and ACL

#[test]
fn a_cluster_with_tls_and_users_survives_the_loss_of_a_primary() {
    let certificates = Certificates::new();
    let mut cluster = RedisCluster::start_with(6, 1, Some(certificates.clone()));
    cluster.commands::<()>(&format!("ACL SETUSER aws-masker on >s3cret {}", documented_rights()));
    let reach = RedisSettings {
        host: "127.0.0.1".into(),
        port: cluster.nodes[0].tls_port(),
        tls: Tls::On(trusting(&certificates.path("ca.crt"))),
        topology: Topology::Cluster,
        ..as_user(&cluster.nodes[0], secret("s3cret"))
    };
    let vault = vault_with(reach);
    let originals: Vec<String> = (0..60).map(|i| format!("i-{i:017x}")).collect();
    let originals: Vec<&str> = originals.iter().map(String::as_str).collect();
    let before = tokens(&vault, &originals).unwrap();
    assert_eq!(vault.store().connections_opened(), 3, "one per primary");
    vault.health().unwrap();

    let is_primary = |node: &RedisServer| node.command::<String>("INFO replication").contains("role:master");
    let replicas_are_level = |cluster: &RedisCluster| {
        let sizes: Vec<usize> = cluster.commands("DBSIZE");
        sizes.iter().sum::<usize>() == 2 * (before.len() * 2 + 1)
    };
    wait_until("the replicas have everything", || replicas_are_level(&cluster));
    let victim = cluster.nodes.iter().position(is_primary).expect("a cluster has primaries");
    cluster.nodes[victim].kill();
    wait_until("requests are served again", || tokens(&vault, &originals).is_ok());
    assert_eq!(tokens(&vault, &originals).unwrap(), before, "nothing is lost");
    let new = tokens(&vault, &["i-new"]).unwrap();
    assert!(!before.contains(&new[0]));
}
