//! Real Redis servers for tests: each on a port of its own on loopback, in a directory of its own, gone when dropped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a server may take to start, stop or form a cluster.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `redis-server` that keeps nothing on disk unless told to.
pub struct RedisServer {
    child: Option<Child>,
    directory: TempDir,
    port: u16,
    tls_port: Option<u16>,
    arguments: Vec<String>,
    password: Option<String>,
}

impl RedisServer {
    /// A server with further `redis-server` arguments, for example `&["--requirepass", "s3cret"]`.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, false)
    }

    /// A server that also speaks TLS, on [`RedisServer::tls_port`], with a certificate for localhost and 127.0.0.1 from
    /// the private authority [`RedisServer::ca`].
    pub fn with_tls(arguments: &[&str]) -> Self {
        Self::start_with(arguments, true)
    }

    fn start_with(arguments: &[&str], tls: bool) -> Self {
        let directory = TempDir::new().expect("a directory for the server");
        if tls {
            make_certificates(directory.path());
        }
        let mut server = RedisServer {
            child: None,
            directory,
            port: 0,
            tls_port: None,
            arguments: arguments.iter().map(|a| a.to_string()).collect(),
            password: arguments.windows(2).find(|pair| pair[0] == "--requirepass").map(|pair| pair[1].to_string()),
        };
        // Somebody else may take a port between our finding it free and the server's taking it.
        for _ in 0..5 {
            server.port = free_port();
            server.tls_port = tls.then(free_port);
            if server.try_start() {
                return server;
            }
        }
        panic!("redis-server does not start:\n{}", server.log());
    }

    /// The plain port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The TLS port of a server started with TLS.
    pub fn tls_port(&self) -> u16 {
        self.tls_port.expect("the server was started with TLS")
    }

    /// The certificate of the authority that has signed the server's.
    pub fn ca(&self) -> PathBuf {
        self.directory.path().join("ca.crt")
    }

    /// A connection of the test's own, as the default user, to database 0.
    pub fn admin(&self) -> redis::Connection {
        self.try_admin().expect("the server takes connections")
    }

    fn try_admin(&self) -> redis::RedisResult<redis::Connection> {
        let login = self.password.as_ref().map(|password| format!(":{password}@")).unwrap_or_default();
        let client = redis::Client::open(format!("redis://{login}127.0.0.1:{}/", self.port))?;
        let connection = client.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        Ok(connection)
    }

    /// Runs one command as the default user, words separated by spaces.
    pub fn command<T: redis::FromRedisValue>(&self, words: &str) -> T {
        let mut words = words.split(' ');
        let mut command = redis::cmd(words.next().expect("a command"));
        for word in words {
            command.arg(word);
        }
        command.query(&mut self.admin()).expect("the command succeeds")
    }

    /// Ends the server as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it again on the same port, after [`RedisServer::kill`] if it still runs.
    pub fn restart(&mut self) {
        self.kill();
        let end = Instant::now() + PATIENCE;
        while !self.try_start() {
            assert!(Instant::now() < end, "redis-server does not start again:\n{}", self.log());
        }
    }

    /// Freezes the process: connections stay open and nothing answers.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Ends a freeze.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.child.as_ref().expect("the server runs").id();
        let status = Command::new("sh").arg("-c").arg(format!("kill -{name} {id}")).status().expect("sh runs");
        assert!(status.success(), "no signal {name} to {id}");
    }

    fn try_start(&mut self) -> bool {
        let directory = self.directory.path();
        let log = fs::File::create(directory.join("log")).expect("a log file");
        let mut command = Command::new("redis-server");
        command
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log file twice"))
            .stderr(log);
        if let Some(port) = self.tls_port {
            command
                .args(["--tls-port", &port.to_string(), "--tls-auth-clients", "no"])
                .arg("--tls-ca-cert-file")
                .arg(directory.join("ca.crt"))
                .arg("--tls-cert-file")
                .arg(directory.join("server.crt"))
                .arg("--tls-key-file")
                .arg(directory.join("server.key"));
        }
        let child = command.args(&self.arguments).spawn().unwrap_or_else(|e| panic!("install redis-server ({e})"));
        self.child = Some(child);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let exited = self.child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
            if exited {
                break;
            }
            let pong = self.try_admin().and_then(|mut admin| redis::cmd("PING").query::<String>(&mut admin));
            if pong.is_ok() {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.kill();
        false
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A Redis Cluster of primaries only.
pub struct RedisCluster {
    pub nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// A cluster of `size` (at least three) nodes that serves all slots.
    pub fn start(size: usize) -> Self {
        let node = |_| {
            let port = free_port().to_string();
            let timeout = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", &port];
            RedisServer::start(&timeout)
        };
        let cluster = RedisCluster { nodes: (0..size).map(node).collect() };
        let addresses = cluster.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port()));
        run(Command::new("redis-cli").args(["--cluster", "create"]).args(addresses).args([
            "--cluster-replicas",
            "0",
            "--cluster-yes",
        ]));
        wait_until("the cluster is whole", || cluster.is_whole());
        cluster
    }

    /// Whether every node believes that all slots are served.
    pub fn is_whole(&self) -> bool {
        self.commands::<String>("CLUSTER INFO").iter().all(|info| info.contains("cluster_state:ok"))
    }

    /// Runs one command on every node and gives the results.
    pub fn commands<T: redis::FromRedisValue>(&self, words: &str) -> Vec<T> {
        self.nodes.iter().map(|node| node.command(words)).collect()
    }
}

/// Polls a condition.
pub fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A port of 127.0.0.1 that nobody uses at the moment.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("the port").port()
}

/// A private authority (`ca.crt`) and a server certificate (`server.crt`, `server.key`) in `directory`.
fn make_certificates(directory: &Path) {
    fs::write(directory.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").expect("a file of names");
    let openssl = |arguments: &str| {
        run(Command::new("openssl").args(arguments.split(' ')).current_dir(directory).stdin(Stdio::null()));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -keyout ca.key -out ca.crt -days 2 -subj /CN=aws-masker-test-ca"));
    openssl(&format!("req {key} -keyout server.key -out server.csr -subj /CN=localhost"));
    openssl("x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 -extfile names");
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}:\n{}{}", said(&output.stdout), said(&output.stderr));
}
