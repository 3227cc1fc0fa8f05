//! The operator's tool, run as a process.

mod support;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

const BODY: &str = r#"{"role":"user","content":"why is i-0abc1234def567890 in vpc-0a1b2c3d4e5f67890?"}"#;

fn ctl(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_aws-maskerctl"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A run that refuses its arguments does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn what_is_masked_is_unmasked_whole_and_in_chunks() {
    let dir = tempfile::tempdir().unwrap();
    let mapping = dir.path().join("mapping.json");
    let mapping = mapping.to_str().unwrap();
    let masked = ctl(&["mask", "--mapping-out", mapping], BODY);
    assert_eq!(masked.status.code(), Some(0), "{}", stderr(&masked));
    assert_eq!(stdout(&masked), r#"{"role":"user","content":"why is AWS_EC2_001 in AWS_VPC_001?"}"#);
    assert_eq!(std::fs::metadata(mapping).unwrap().permissions().mode() & 0o777, 0o600);
    for args in [vec!["unmask", "--mapping", mapping], vec!["unmask", "--mapping", mapping, "--chunk", "1"]] {
        assert_eq!(stdout(&ctl(&args, &stdout(&masked))), BODY);
    }
}

#[test]
fn lines_share_one_store_and_one_mapping() {
    let dir = tempfile::tempdir().unwrap();
    let mapping = dir.path().join("mapping.json");
    let mapping = mapping.to_str().unwrap();
    let lines = "i-0abc1234def567890 one\n\n{\"id\":\"i-0abc1234def567890\"}\r\nlast sg-903004f8";
    let masked = ctl(&["mask", "--lines", "--mapping-out", mapping], lines);
    assert_eq!(stdout(&masked), "AWS_EC2_001 one\n\n{\"id\":\"AWS_EC2_001\"}\r\nlast AWS_SECURITY_GROUP_001");
    assert_eq!(stdout(&ctl(&["unmask", "--lines", "--mapping", mapping], &stdout(&masked))), lines);
}

#[test]
fn detect_lists_and_tells_by_its_exit_code() {
    let found = ctl(&["detect", "--json"], BODY);
    assert_eq!(found.status.code(), Some(1));
    let first: serde_json::Value = serde_json::from_str(stdout(&found).lines().next().unwrap()).unwrap();
    assert_eq!(first["kind"], "AWS_EC2");
    let (start, end) = (first["start"].as_u64().unwrap() as usize, first["end"].as_u64().unwrap() as usize);
    assert_eq!(&BODY[start..end], first["text"]);
    assert!(stdout(&ctl(&["detect"], BODY)).contains("AWS_VPC"));
    let lines = ctl(&["detect", "--lines", "--json"], "nothing\nsg-903004f8\n");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&stdout(&lines)).unwrap()["line"], 2);
    let none = ctl(&["detect"], "nothing here");
    assert_eq!((none.status.code(), stdout(&none).as_str()), (Some(0), ""));
}

#[test]
fn wrong_usage_exits_with_2() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.json");
    std::fs::write(&config, r#"{"redis_type":"magic"}"#).unwrap();
    for args in [
        vec![],
        vec!["shred"],
        vec!["unmask"],
        vec!["unmask", "--mapping", "/nonexistent"],
        vec!["mask", "--config", "/nonexistent"],
        vec!["mask", "--config", config.to_str().unwrap()],
        vec!["mask", "--mapping-out", "/nonexistent/mapping"],
        vec!["unmask", "--mapping", "x", "--chunk", "0"],
    ] {
        let output = ctl(&args, BODY);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(!stderr(&output).is_empty() && output.stdout.is_empty());
    }
}

#[test]
fn a_mapping_that_is_none_is_refused_with_3() {
    let dir = tempfile::tempdir().unwrap();
    let mapping = dir.path().join("mapping.json");
    std::fs::write(&mapping, "i-0abc1234def567890").unwrap();
    let output = ctl(&["unmask", "--mapping", mapping.to_str().unwrap()], "AWS_EC2_001");
    assert_eq!(output.status.code(), Some(3));
    assert!(!stderr(&output).contains("i-0abc"));
}

#[test]
fn a_store_that_is_down_exits_with_4_and_leaves_no_mapping_behind() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.json");
    std::fs::write(&config, r#"{"redis_host":"127.0.0.1","redis_port":1}"#).unwrap();
    let mapping = dir.path().join("mapping.json");
    let args = ["mask", "--config", config.to_str().unwrap(), "--mapping-out", mapping.to_str().unwrap()];
    let output = ctl(&args, BODY);
    assert_eq!(output.status.code(), Some(4));
    assert!(output.stdout.is_empty() && !stderr(&output).contains("i-0abc"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&mapping).unwrap(), "{}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "a draft is left");
}

#[test]
fn two_runs_with_one_redis_agree_on_tokens() {
    let server = support::redis_server::RedisServer::start(&[]);
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.json");
    std::fs::write(&config, format!(r#"{{"redis_host":"127.0.0.1","redis_port":{}}}"#, server.port())).unwrap();
    let args = ["mask", "--config", config.to_str().unwrap()];
    let first = stdout(&ctl(&args, "i-0abc1234def567890 i-0abc1234def567891"));
    let second = stdout(&ctl(&args, "i-0abc1234def567891 i-0abc1234def567890"));
    assert_eq!(first, "AWS_EC2_001 AWS_EC2_002");
    assert_eq!(second, "AWS_EC2_002 AWS_EC2_001");
}
