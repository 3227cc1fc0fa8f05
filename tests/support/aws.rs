//! As much of AWS as credentials need, over HTTP on loopback: the container credentials endpoint and STS; and botocore,
//! which signs what our tokens are compared with.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Temporary credentials as the endpoints hand them out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    pub access_key: String,
    pub secret_key: String,
    pub session_token: String,
    pub life: Duration,
}

impl Issued {
    /// Credentials whose parts tell whose they are; valid for an hour.
    pub fn named(name: &str) -> Issued {
        Issued {
            access_key: format!("ASIA{}", name.to_uppercase()),
            secret_key: format!("secret/+of {name}"),
            session_token: format!("session/+=of/{name}"),
            life: Duration::from_secs(3600),
        }
    }
}

/// The endpoints, at one port. What they issue can be changed while they run.
pub struct FakeAws {
    issued: Arc<Mutex<HashMap<&'static str, Issued>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeAws {
    /// Answers at `port`. `/container` issues to a container; `AssumeRoleWithWebIdentity` and `AssumeRole` are STS.
    pub fn start(port: u16) -> FakeAws {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
        let fake = FakeAws { issued: Arc::default(), asked: Arc::default() };
        let (issued, asked) = (fake.issued.clone(), fake.asked.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let _ = answer(client, &issued, &asked);
            }
        });
        fake
    }

    /// What a way of asking yields from now on; a way that yields nothing is refused.
    pub fn issue(&self, way: &'static str, credentials: Issued) {
        self.issued.lock().unwrap().insert(way, credentials);
    }

    /// What was asked so far, as the text of each request.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(
    client: TcpStream,
    issued: &Mutex<HashMap<&'static str, Issued>>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(client);
    let mut text = String::new();
    while reader.read_line(&mut text)? > 2 {}
    let length =
        text.to_lowercase().split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    text.push_str(&String::from_utf8_lossy(&body));
    // The longer action's name contains the shorter one.
    let way = ["/container", "AssumeRoleWithWebIdentity", "AssumeRole"].into_iter().find(|way| text.contains(way));
    asked.lock().unwrap().push(text);
    let found = way.and_then(|way| Some((way, issued.lock().unwrap().get(way)?.clone())));
    let (status, answer) = match found {
        None => ("400 Bad Request", String::new()),
        Some(("/container", credentials)) => ("200 OK", container_answer(&credentials)),
        Some((action, credentials)) => ("200 OK", sts_answer(action, &credentials)),
    };
    let mut client = reader.into_inner();
    write!(client, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}", answer.len())
}

fn container_answer(issued: &Issued) -> String {
    let Issued { access_key, secret_key, session_token, life } = issued;
    let end = iso(SystemTime::now() + *life);
    format!(
        r#"{{"AccessKeyId":"{access_key}","SecretAccessKey":"{secret_key}","Token":"{session_token}","Expiration":"{end}"}}"#
    )
}

fn sts_answer(action: &str, issued: &Issued) -> String {
    let Issued { access_key, secret_key, session_token, life } = issued;
    let end = iso(SystemTime::now() + *life);
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>\
         <AccessKeyId>{access_key}</AccessKeyId><SecretAccessKey>{secret_key}</SecretAccessKey>\
         <SessionToken>{session_token}</SessionToken><Expiration>{end}</Expiration></Credentials>\
         <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn><AssumedRoleId>AROA:s</AssumedRoleId>\
         </AssumedRoleUser></{action}Result></{action}Response>"
    )
}

fn iso(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let output = Command::new("date").args(["-u", "-d", &format!("@{seconds}"), "+%Y-%m-%dT%H:%M:%SZ"]).output();
    String::from_utf8(output.expect("date runs").stdout).expect("text").trim().to_string()
}

/// botocore in a process of its own.
pub struct Signer {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Signer {
    pub fn start() -> Signer {
        let root = env!("CARGO_MANIFEST_DIR");
        let mut child = Command::new("python3")
            .arg(format!("{root}/tests/redis/signer.py"))
            .env("PYTHONPATH", format!("{root}/target/python"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("scripts/install-tools installs python3");
        let questions = child.stdin.take().expect("a pipe");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Signer { child, questions, answers }
    }

    /// The token of `user` for `cache`, signed at `time` (seconds since 1970).
    pub fn token(&mut self, issued: &Issued, cache: &str, user: &str, serverless: bool, time: u64) -> String {
        let question = serde_json::json!({
            "access_key": issued.access_key, "secret_key": issued.secret_key, "session_token": issued.session_token,
            "region": "eu-west-1", "cache": cache, "user": user, "serverless": serverless, "time": time,
        });
        writeln!(self.questions, "{question}").expect("the signer listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the signer answers");
        assert!(!answer.is_empty(), "scripts/install-tools installs botocore");
        answer.trim_end().to_string()
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
