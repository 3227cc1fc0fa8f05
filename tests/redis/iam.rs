//! Logging in with IAM: tokens are those that botocore signs, with credentials from the places where AWS puts them.
//!
//! The credential chain reads the environment of its process, so each test runs itself again in a process of its own.

use crate::common::*;
use crate::support::aws::{FakeAws, Issued, Signer};
use crate::support::redis_server::{free_port, RedisCluster, RedisServer};
use aws_masker::config::store::{Credentials, IamSettings, RedisSettings, Topology};
use aws_masker::error::Code;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{mpsc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const CACHE: &str = "my-cache";
const USER: &str = "aws-masker";

/// Runs `test` again in a process with this environment and nothing else of AWS. True in that process; there, the
/// endpoints are to be started at the given port.
fn in_a_process_of_its_own(test: &str, environment: impl Fn(u16) -> Vec<(&'static str, String)>) -> Option<u16> {
    const PORT: &str = "AWS_MASKER_TEST_ENDPOINT_PORT";
    if let Ok(port) = std::env::var(PORT) {
        return Some(port.parse().expect("a port"));
    }
    let port = free_port();
    let nowhere = tempfile::TempDir::new().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env(PORT, port.to_string());
    child.env("HOME", nowhere.path()).env("AWS_EC2_METADATA_DISABLED", "true").envs(environment(port));
    assert!(child.status().unwrap().success());
    None
}

fn container(port: u16) -> Vec<(&'static str, String)> {
    vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://127.0.0.1:{port}/container"))]
}

fn with_iam(port: u16, assume_role: Option<&str>, serverless: bool) -> RedisSettings {
    let role = |arn: &str| (arn.to_string(), "my-session".to_string());
    RedisSettings {
        user: Some(USER.into()),
        credentials: Credentials::Iam(IamSettings {
            cache_name: CACHE.into(),
            region: "eu-west-1".into(),
            serverless,
            assume_role: assume_role.map(role),
        }),
        ..settings(port)
    }
}

/// A server that tells what it is given to log in with: the words of each AUTH. Every connection ends after it.
fn listener() -> (u16, mpsc::Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut heard = vec![0; 1 << 16];
            let length = client.read(&mut heard).unwrap_or(0);
            let text = String::from_utf8_lossy(&heard[..length]).into_owned();
            let words = text.split("\r\n").filter(|word| !word.starts_with(['*', '$'])).map(str::to_string);
            let _ = tell.send(words.take(3).collect());
            let _ = client.write_all(b"-LOADING\r\n");
        }
    });
    (port, told)
}

fn parts(token: &str) -> BTreeMap<&str, &str> {
    let (host, query) = token.split_once("/?").expect("a host and a query");
    let pairs = query.split('&').map(|pair| pair.split_once('=').expect("a name and a value"));
    pairs.chain([("host", host)]).collect()
}

/// When a token was signed, in seconds since 1970.
fn signed_at(token: &str) -> u64 {
    let date = parts(token)["X-Amz-Date"].to_string();
    let number = |range: std::ops::Range<usize>| date[range].parse::<u64>().unwrap();
    let output = Command::new("date")
        .args(["-u", "+%s", "-d"])
        .arg(format!(
            "{}-{}-{} {}:{}:{}",
            &date[..4],
            &date[4..6],
            &date[6..8],
            number(9..11),
            number(11..13),
            number(13..15)
        ))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn tokens_are_those_that_botocore_signs() {
    let Some(port) = in_a_process_of_its_own("iam::tokens_are_those_that_botocore_signs", container) else { return };
    let (aws, mut signer) = (FakeAws::start(port), Signer::start());
    let issued = Issued::named("container");
    aws.issue("/container", issued.clone());
    for serverless in [false, true] {
        let (port, told) = listener();
        let vault = vault_with(with_iam(port, None, serverless));
        for _ in 0..3 {
            assert_eq!(refusal(&vault).0.code(), Code::StoreCommand);
            let auth = told.recv().unwrap();
            assert_eq!((auth[0].as_str(), auth[1].as_str()), ("AUTH", USER));
            let reference = signer.token(&issued, CACHE, USER, serverless, signed_at(&auth[2]));
            assert_eq!(parts(&auth[2]), parts(&reference));
            assert!(now() - signed_at(&auth[2]) < 60, "a token for this connection");
        }
    }
    assert_eq!(aws.asked().len(), 2, "once per store, however many connections");
}

#[test]
fn a_pods_identity_and_an_assumed_role() {
    let identity = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(identity.path(), "the-pods-identity").unwrap();
    let environment = |port: u16| {
        vec![
            ("AWS_WEB_IDENTITY_TOKEN_FILE", identity.path().to_str().unwrap().to_string()),
            ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/pod".to_string()),
            ("AWS_ENDPOINT_URL_STS", format!("http://127.0.0.1:{port}")),
        ]
    };
    let Some(port) = in_a_process_of_its_own("iam::a_pods_identity_and_an_assumed_role", environment) else { return };
    let (aws, mut signer) = (FakeAws::start(port), Signer::start());
    let (pod, other) = (Issued::named("pod"), Issued::named("other"));
    aws.issue("AssumeRoleWithWebIdentity", pod.clone());
    aws.issue("AssumeRole", other.clone());
    for (role, issued) in [(None, &pod), (Some("arn:aws:iam::210987654321:role/other"), &other)] {
        let (port, told) = listener();
        assert_eq!(refusal(&vault_with(with_iam(port, role, false))).0.code(), Code::StoreCommand);
        let auth = told.recv().unwrap();
        let reference = signer.token(issued, CACHE, USER, false, signed_at(&auth[2]));
        assert_eq!(parts(&auth[2]), parts(&reference));
    }
    let asked = aws.asked();
    assert!(asked[0].contains("the-pods-identity"), "{asked:?}");
    let role = asked.last().unwrap();
    assert!(role.contains("RoleSessionName=my-session") && role.contains("ASIAPOD"), "{role}");
}

#[test]
fn without_credentials_nothing_is_sent() {
    let Some(port) = in_a_process_of_its_own("iam::without_credentials_nothing_is_sent", container) else { return };
    let (redis, told) = listener();
    let (error, _) = refusal(&vault_with(with_iam(redis, None, false)));
    assert_eq!(error.code(), Code::StoreCredentials);
    assert!(error.details().contains("no credentials"), "{error}");
    FakeAws::start(port);
    assert_eq!(refusal(&vault_with(with_iam(redis, None, false))).0.code(), Code::StoreCredentials);
    assert!(told.try_recv().is_err(), "the server was not asked");
}

/// Lets servers accept the tokens of now, signed by botocore, and no others, as ElastiCache does: a window of seconds
/// around the present, renewed all the time.
fn keep_current(nodes: &[RedisServer], issued: &Mutex<Issued>, stop: &AtomicBool, ready: &mpsc::Sender<()>) {
    let mut signer = Signer::start();
    while !stop.load(Ordering::Relaxed) {
        let current = issued.lock().unwrap().clone();
        let window = now() - 6..now() + 12;
        let tokens: Vec<String> =
            window.map(|time| format!(">{}", signer.token(&current, CACHE, USER, false, time))).collect();
        for node in nodes {
            node.command::<()>(&format!("ACL SETUSER {USER} on resetpass {} ~* +@all", tokens.join(" ")));
        }
        let _ = ready.send(());
        thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn expired_tokens_are_refused_and_every_connection_has_a_live_one() {
    const NAME: &str = "iam::expired_tokens_are_refused_and_every_connection_has_a_live_one";
    let Some(port) = in_a_process_of_its_own(NAME, container) else { return };
    let aws = FakeAws::start(port);
    let first = Issued::named("first");
    aws.issue("/container", first.clone());
    let cluster = RedisCluster::start(3);
    let (current, stop, (tell, ready)) = (Mutex::new(first.clone()), AtomicBool::new(false), mpsc::channel());
    let keeper_has_turned = || (0..2).for_each(|_| ready.recv().expect("the keeper works"));
    thread::scope(|scope| {
        scope.spawn(|| keep_current(&cluster.nodes, &current, &stop, &tell));
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            keeper_has_turned();
            let reach = |nodes: &[RedisServer]| RedisSettings {
                topology: Topology::Cluster,
                ..with_iam(nodes[0].port(), None, false)
            };
            let vault = vault_with(reach(&cluster.nodes));
            let originals: Vec<String> = (0..40).map(|i| format!("i-{i:017x}")).collect();
            let originals: Vec<&str> = originals.iter().map(String::as_str).collect();
            let named = tokens(&vault, &originals).unwrap();

            let old = Signer::start().token(&first, CACHE, USER, false, now() - 1000);
            let mut stranger = cluster.nodes[0].admin();
            let login: redis::RedisResult<()> = redis::cmd("AUTH").arg(USER).arg(&old).query(&mut stranger);
            assert!(login.is_err(), "an old token is refused");

            // Later connections, to every node, log in with tokens of their own time.
            for node in &cluster.nodes {
                node.command::<()>(&format!("CLIENT KILL USER {USER}"));
            }
            assert_eq!(tokens(&vault, &originals).unwrap(), named);
            assert_eq!(vault.store().connections_opened(), 6);
            assert_eq!(aws.asked().len(), 1, "the credentials are still good");

            // The credentials are replaced ahead of their time: what is kept is refused, fetched anew, and works.
            let second = Issued::named("second");
            aws.issue("/container", second.clone());
            *current.lock().unwrap() = second;
            while ready.try_recv().is_ok() {}
            keeper_has_turned();
            for node in &cluster.nodes {
                node.command::<()>(&format!("CLIENT KILL USER {USER}"));
            }
            assert_eq!(tokens(&vault, &originals).unwrap(), named);
            assert_eq!(aws.asked().len(), 2);
        }));
        stop.store(true, Ordering::Relaxed);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}
