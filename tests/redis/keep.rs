//! What is kept and how: scopes, encryption at rest, keyed tokens, what the process remembers.

use crate::common::*;
use crate::support::redis_server::RedisServer;
use aws_masker::config::Key;
use aws_masker::error::{Code, Error};
use aws_masker::redis::Store;
use aws_masker::vault::redis::RedisVault;
use aws_masker::vault::{Scope, Vault};
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

fn named(vault: &RedisVault, scope: &Scope, original: &str) -> Result<String, Error> {
    Ok(vault.tokens(scope, &[ec2(original)])?[0].to_string())
}

fn encrypted(server: &RedisServer, keys: &[u8]) -> RedisVault {
    vault(server.port()).encrypted(&keys.iter().map(|b| Key::new([*b; 32])).collect::<Vec<_>>())
}

/// Every key and value of a server, as bytes.
fn dump(server: &RedisServer) -> Vec<u8> {
    let mut all = Vec::new();
    for key in server.command::<Vec<String>>("KEYS *") {
        all.extend_from_slice(key.as_bytes());
        all.extend(server.command::<Vec<u8>>(&format!("GET {key}")));
    }
    all
}

fn shows(dump: &[u8], text: &str) -> bool {
    [text.to_string(), STANDARD.encode(text)]
        .iter()
        .any(|form| dump.windows(form.len()).any(|window| window == form.as_bytes()))
}

// Scopes

#[test]
fn consumers_share_neither_names_nor_counters() {
    let server = RedisServer::start(&[]);
    let vault = vault(server.port());
    let scopes = [Scope::Global, Scope::Anonymous, Scope::Consumer("a".into()), Scope::Consumer("a:map:b*".into())];
    for (i, scope) in scopes.iter().enumerate() {
        // Were a counter shared, the second number would not be 002 everywhere.
        assert_eq!(named(&vault, scope, &format!("i-{i}")).unwrap(), "AWS_EC2_001");
        assert_eq!(named(&vault, scope, "i-shared").unwrap(), "AWS_EC2_002");
    }
    assert_eq!(server.command::<Vec<String>>("KEYS *map:AWS_EC2_002").len(), scopes.len());
    assert_eq!(server.command::<String>("GET aws_masker:consumer:YQ:map:AWS_EC2_001"), "i-2");
    assert_eq!(server.command::<String>("GET aws_masker:anonymous:map:AWS_EC2_001"), "i-1");
    assert_eq!(server.command::<Vec<String>>("KEYS aws_masker:*").len(), server.command::<usize>("DBSIZE"));
}

// Encryption

#[test]
fn a_dump_shows_no_identifier() {
    let server = RedisServer::start(&[]);
    let vault = encrypted(&server, &[1]);
    let token = named(&vault, &Scope::Global, ORIGINAL).unwrap();
    assert_eq!(token, "AWS_EC2_001");
    assert_eq!(named(&vault, &Scope::Consumer("c".into()), ORIGINAL).unwrap(), "AWS_EC2_001");
    let before = vault.store().round_trips();
    assert_eq!(named(&encrypted(&server, &[1]), &Scope::Global, ORIGINAL).unwrap(), token);
    assert_eq!(named(&vault, &Scope::Global, ORIGINAL).unwrap(), token);
    assert_eq!(vault.store().round_trips() - before, 1, "a known one");
    assert!(!shows(&dump(&server), ORIGINAL));
}

#[test]
fn mappings_of_before_still_resolve_and_are_encrypted_when_used() {
    let server = RedisServer::start(&[]);
    let open = vault(server.port());
    assert_eq!(one(&open, "i-other"), "AWS_EC2_001");
    assert_eq!(one(&open, ORIGINAL), "AWS_EC2_002");
    assert!(shows(&dump(&server), ORIGINAL));
    let vault = encrypted(&server, &[1]);
    for _ in 0..2 {
        assert_eq!(one(&vault, ORIGINAL), "AWS_EC2_002");
        assert!(!shows(&dump(&server), ORIGINAL));
    }
    assert_eq!(one(&vault, "i-new"), "AWS_EC2_003");
    assert_eq!(server.command::<String>("GET aws_masker:map:AWS_EC2_001"), "i-other");
}

#[test]
fn keys_rotate() {
    let server = RedisServer::start(&[]);
    let token = one(&encrypted(&server, &[1]), ORIGINAL);
    // The way docs/redis.md tells: everybody learns the new key, then everybody uses it, then the old one goes.
    let (old_first, new_first) = (encrypted(&server, &[1, 2]), encrypted(&server, &[2, 1]));
    for _ in 0..3 {
        assert_eq!(one(&old_first, ORIGINAL), token);
        assert_eq!(one(&new_first, ORIGINAL), token);
    }
    let fresh = one(&new_first, "i-new");
    assert_eq!(one(&old_first, "i-new"), fresh);
    one(&new_first, ORIGINAL);
    let new_only = encrypted(&server, &[2]);
    assert_eq!(one(&new_only, ORIGINAL), token);
    assert_eq!(one(&new_only, "i-new"), fresh);
}

#[test]
fn a_wrong_key_is_an_error() {
    let server = RedisServer::start(&[]);
    one(&encrypted(&server, &[1]), ORIGINAL);
    let wrong = encrypted(&server, &[9]);
    for original in [ORIGINAL, "i-never-seen"] {
        let error = named(&wrong, &Scope::Global, original).unwrap_err();
        assert_eq!(error.code(), Code::StoreCommand);
        assert!(error.details().contains("mapping_encryption_keys"), "{error}");
        assert_discreet(&error);
    }
    assert_eq!(one(&encrypted(&server, &[1]), ORIGINAL), "AWS_EC2_001");
}

#[test]
fn a_value_put_elsewhere_is_not_believed() {
    let server = RedisServer::start(&[]);
    let vault = encrypted(&server, &[1]);
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
    assert_eq!(one(&vault, "i-2"), "AWS_EC2_002");
    let sealed: String = server.command("GET aws_masker:map:AWS_EC2_001");
    server.command::<()>(&format!("SET aws_masker:map:AWS_EC2_002 {sealed} EX 1000"));
    for rev in server.command::<Vec<String>>("KEYS aws_masker:rev:*") {
        server.command::<()>(&format!("EXPIRE {rev} 1000"));
    }
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
    assert_eq!(one(&vault, "i-2"), "AWS_EC2_003");
}

// Keyed tokens

#[test]
fn keyed_tokens_are_the_same_everywhere_and_need_no_counter() {
    let (here, there) = (RedisServer::start(&[]), RedisServer::start(&[]));
    let keyed = |server: &RedisServer, key: u8| vault(server.port()).keyed(&Key::new([key; 32]));
    let originals = ["i-1", "i-2", "i-3"];
    let vault = keyed(&here, 1);
    let first = tokens(&vault, &originals).unwrap();
    assert_eq!(vault.store().round_trips(), 3);
    assert_eq!(tokens(&keyed(&there, 1), &originals).unwrap(), first);
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 3);
    assert!(first.iter().all(|token| token.len() == "AWS_EC2_".len() + 19), "{first:?}");
    assert!(here.command::<Vec<String>>("KEYS *cnt*").is_empty());
    let elsewhere = RedisServer::start(&[]);
    assert_ne!(tokens(&keyed(&elsewhere, 2), &originals).unwrap(), first);

    // Somebody has the token already: the next one is taken, here as everywhere.
    let taken = RedisServer::start(&[]);
    taken.command::<()>(&format!("SET aws_masker:map:{} i-somebody EX 1000", first[0]));
    let other = tokens(&keyed(&taken, 1), &originals).unwrap();
    assert_ne!(other[0], first[0]);
    assert_eq!(other[1..], first[1..]);
    assert_eq!(taken.command::<String>(&format!("GET aws_masker:map:{}", other[0])), "i-1");
    // What was numbered before keeps its number.
    let before = RedisServer::start(&[]);
    one(&crate::common::vault(before.port()), "i-1");
    assert_eq!(one(&keyed(&before, 1), "i-1"), "AWS_EC2_001");
}

// What the process remembers

#[test]
fn what_is_remembered_costs_no_round_trip() {
    let server = RedisServer::start(&[]);
    let vault = vault(server.port()).remembering(100);
    let originals = ["i-1", "i-2", "i-1"];
    let first = tokens(&vault, &originals).unwrap();
    let before = vault.store().round_trips();
    for _ in 0..5 {
        assert_eq!(tokens(&vault, &originals).unwrap(), first);
    }
    assert_eq!(vault.store().round_trips(), before);
    assert_eq!(tokens(&vault, &["i-2", "i-3", "i-1"]).unwrap(), ["AWS_EC2_002", "AWS_EC2_003", "AWS_EC2_001"]);
    assert_eq!(vault.store().round_trips() - before, 3);
    assert_ne!(named(&vault, &Scope::Anonymous, "i-9").unwrap(), "AWS_EC2_004", "scopes are remembered apart");
}

#[test]
fn what_is_remembered_ends_before_the_mapping() {
    let server = RedisServer::start(&[]);
    let store = || Store::new(settings(server.port())).unwrap();
    let vault = RedisVault::new(store(), Duration::from_secs(4)).remembering(100);
    let token = one(&vault, "i-1");
    let before = vault.store().round_trips();
    assert_eq!(one(&vault, "i-1"), token);
    // A quarter of the life has passed: its use is recorded again, so that it does not end while it is used.
    for _ in 0..8 {
        thread::sleep(Duration::from_millis(700));
        assert_eq!(one(&vault, "i-1"), token);
        let left: i64 = server.command(&format!("PTTL aws_masker:map:{token}"));
        assert!(left > 1500, "{left} ms");
    }
    assert!(vault.store().round_trips() > before);
}

#[test]
fn a_lost_connection_makes_the_process_forget() {
    let mut server = RedisServer::start(&[]);
    let vault = vault(server.port()).remembering(100);
    assert_eq!(tokens(&vault, &["i-1", "i-2"]).unwrap(), ["AWS_EC2_001", "AWS_EC2_002"]);
    server.restart();
    // Redis has forgotten everything; somebody else was first since.
    assert_eq!(one(&crate::common::vault(server.port()), "i-other"), "AWS_EC2_001");
    let named = tokens(&vault, &["i-1", "i-new"]).unwrap();
    assert_eq!(
        named.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(["AWS_EC2_002", "AWS_EC2_003"])
    );
    assert_eq!(one(&vault, "i-other"), "AWS_EC2_001");
}

#[test]
fn what_is_remembered_never_contradicts_what_redis_says() {
    let server = RedisServer::start(&[]);
    let vault = vault(server.port()).remembering(100);
    assert_eq!(one(&vault, "i-1"), "AWS_EC2_001");
    server.command::<()>("FLUSHALL");
    // The process believes that i-1 is 001, Redis gives 001 to i-2: one request may not have both.
    let named = tokens(&vault, &["i-1", "i-2"]).unwrap();
    assert_ne!(named[0], named[1]);
    for (original, token) in ["i-1", "i-2"].iter().zip(&named) {
        assert_eq!(server.command::<String>(&format!("GET aws_masker:map:{token}")), *original);
    }
}
