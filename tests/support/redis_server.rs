//! Real Redis servers for tests: each on a port of its own on loopback, in a directory of its own, gone when dropped.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a server may take to start, stop or form a cluster.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is started: `redis-server`, or what `REDIS_SERVER` names, `valkey-server` for example.
fn program() -> String {
    std::env::var("REDIS_SERVER").unwrap_or_else(|_| "redis-server".into())
}

/// A running server that keeps nothing on disk unless told to.
pub struct RedisServer {
    child: Option<Child>,
    directory: TempDir,
    port: u16,
    tls_port: Option<u16>,
    certificates: Option<Arc<Certificates>>,
    arguments: Vec<String>,
    password: Option<String>,
}

/// A private authority and a certificate for localhost and 127.0.0.1 that it has signed.
pub struct Certificates {
    directory: TempDir,
}

impl Certificates {
    pub fn new() -> Arc<Self> {
        let certificates = Certificates { directory: TempDir::new().expect("a directory for certificates") };
        make_certificates(certificates.directory.path());
        Arc::new(certificates)
    }

    /// `ca.crt`, `server.crt`, `server.key`; `expired.crt` is the server's with a validity that is over.
    pub fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }
}

impl RedisServer {
    /// A server with further `redis-server` arguments, for example `&["--requirepass", "s3cret"]`.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, None)
    }

    /// A server that also speaks TLS, on [`RedisServer::tls_port`], with a certificate for localhost and 127.0.0.1 from
    /// the private authority [`RedisServer::ca`].
    pub fn with_tls(arguments: &[&str]) -> Self {
        Self::start_with(arguments, Some(Certificates::new()))
    }

    /// A server that also speaks TLS if there are certificates for it.
    pub fn start_with(arguments: &[&str], certificates: Option<Arc<Certificates>>) -> Self {
        let directory = TempDir::new().expect("a directory for the server");
        let mut server = RedisServer {
            child: None,
            directory,
            port: 0,
            tls_port: None,
            certificates,
            arguments: arguments.iter().map(|a| a.to_string()).collect(),
            password: arguments.windows(2).find(|pair| pair[0] == "--requirepass").map(|pair| pair[1].to_string()),
        };
        // Somebody else may take a port between our finding it free and the server's taking it.
        for _ in 0..5 {
            server.port = free_port();
            server.tls_port = server.certificates.is_some().then(free_port);
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
        self.certificate("ca.crt")
    }

    /// A file of its certificates.
    pub fn certificate(&self, file: &str) -> PathBuf {
        self.certificates.as_ref().expect("the server was started with TLS").path(file)
    }

    /// Further arguments for the next start.
    pub fn add_arguments(&mut self, arguments: &[&str]) {
        self.arguments.extend(arguments.iter().map(|a| a.to_string()));
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
        self.try_command(words).expect("the command succeeds")
    }

    /// The same for a server that may just be closing its connections.
    pub fn try_command<T: redis::FromRedisValue>(&self, words: &str) -> redis::RedisResult<T> {
        let mut words = words.split(' ');
        let mut command = redis::cmd(words.next().expect("a command"));
        for word in words {
            command.arg(word);
        }
        command.query(&mut self.try_admin()?)
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
        let mut command = Command::new(program());
        command
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log file twice"))
            .stderr(log);
        if let (Some(port), Some(certificates)) = (self.tls_port, &self.certificates) {
            command
                .args(["--tls-port", &port.to_string(), "--tls-auth-clients", "no"])
                .arg("--tls-ca-cert-file")
                .arg(certificates.path("ca.crt"))
                .arg("--tls-cert-file")
                .arg(certificates.path("server.crt"))
                .arg("--tls-key-file")
                .arg(certificates.path("server.key"));
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

/// Sentinels that watch one primary under the name `masker`. Their own password is `sentinel-pw`.
pub struct Sentinels {
    running: Vec<Child>,
    pub ports: Vec<u16>,
    _directory: TempDir,
}

impl Sentinels {
    /// Three of them, which agree by two.
    pub fn watch(primary: &RedisServer) -> Self {
        let directory = TempDir::new().expect("a directory for the sentinels");
        let ports: Vec<u16> = (0..3).map(|_| free_port()).collect();
        let start = |port: &u16| {
            let file = directory.path().join(format!("{port}.conf"));
            let primary = primary.port();
            let text = format!(
                "port {port}\nbind 127.0.0.1\nrequirepass sentinel-pw\nsentinel sentinel-pass sentinel-pw\n\
                 sentinel monitor masker 127.0.0.1 {primary} 2\nsentinel down-after-milliseconds masker 1000\n\
                 sentinel failover-timeout masker 5000\n"
            );
            fs::write(&file, text).expect("a configuration for the sentinel");
            let mut command = Command::new(program());
            command.arg(&file).arg("--sentinel").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.current_dir(directory.path()).spawn().unwrap_or_else(|e| panic!("install redis-server ({e})"))
        };
        let running = ports.iter().map(start).collect();
        let sentinels = Sentinels { running, ports, _directory: directory };
        wait_until("every sentinel knows the replica and the others", || {
            (0..sentinels.ports.len()).all(|i| {
                let knows = |what: &str| sentinels.ask(i, what).is_some_and(|list| !list.is_empty());
                knows("replicas") && sentinels.ask(i, "sentinels").is_some_and(|list| list.len() == 2)
            })
        });
        sentinels
    }

    fn ask(&self, i: usize, what: &str) -> Option<Vec<redis::Value>> {
        let client = redis::Client::open(format!("redis://:sentinel-pw@127.0.0.1:{}/", self.ports[i])).ok()?;
        let mut connection = client.get_connection_with_timeout(PATIENCE).ok()?;
        redis::cmd("SENTINEL").arg(what).arg("masker").query(&mut connection).ok()
    }
}

impl Drop for Sentinels {
    fn drop(&mut self) {
        for child in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A Redis Cluster.
pub struct RedisCluster {
    pub nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// A cluster of `size` (at least three) primaries that serves all slots.
    pub fn start(size: usize) -> Self {
        Self::start_with(size, 0, None)
    }

    /// A cluster of `size` nodes, of which each primary has so many `replicas`; with certificates, its nodes find each
    /// other through TLS and also serve TLS.
    pub fn start_with(size: usize, replicas: usize, certificates: Option<Arc<Certificates>>) -> Self {
        let node = |_| {
            let mut arguments = vec!["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
            if certificates.is_some() {
                arguments.extend(["--tls-cluster", "yes", "--tls-replication", "yes"]);
            }
            RedisServer::start_with(&arguments, certificates.clone())
        };
        let cluster = RedisCluster { nodes: (0..size).map(node).collect() };
        let port = |node: &RedisServer| node.tls_port.unwrap_or(node.port);
        let mut create = Command::new("redis-cli");
        if let Some(certificates) = &certificates {
            create.arg("--tls").arg("--cacert").arg(certificates.path("ca.crt"));
        }
        create.args(["--cluster", "create"]);
        create.args(cluster.nodes.iter().map(|node| format!("127.0.0.1:{}", port(node))));
        run(create.args(["--cluster-replicas", &replicas.to_string(), "--cluster-yes"]));
        cluster.wait_until_whole("after it was formed");
        wait_until("every replica has its primary", || {
            let roles: Vec<String> = cluster.commands("INFO replication");
            let linked = roles.iter().filter(|role| role.contains("master_link_status:up")).count();
            linked * (replicas + 1) == size * replicas
        });
        cluster
    }

    /// The nodes that were not killed.
    pub fn running(&self) -> impl Iterator<Item = &RedisServer> {
        self.nodes.iter().filter(|node| node.child.is_some())
    }

    /// Whether every running node believes that all slots are served.
    pub fn is_whole(&self) -> bool {
        self.running().map(|node| node.command::<String>("CLUSTER INFO")).all(|info| info.contains("cluster_state:ok"))
    }

    /// Waits for [`RedisCluster::is_whole`]. In vain, it shows what each node believes: they need not agree.
    pub fn wait_until_whole(&self, when: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.is_whole() {
            assert!(Instant::now() < end, "waited in vain until the cluster is whole {when}\n{}", self.views());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until all nodes say the same of who serves which slots. A replica that takes over earlier serves what it knew of its
    /// primary's, and nobody the rest.
    pub fn wait_until_agreed(&self, when: &str) {
        let end = Instant::now() + PATIENCE;
        let slots = |nodes: &String| -> BTreeSet<String> {
            let fields = nodes.lines().map(|line| line.split(' ').collect::<Vec<_>>());
            fields.filter(|fields| fields.len() > 8).map(|fields| format!("{} {:?}", fields[0], &fields[8..])).collect()
        };
        let agree = || self.commands("CLUSTER NODES").iter().map(slots).collect::<BTreeSet<_>>().len() == 1;
        while !agree() {
            assert!(Instant::now() < end, "the nodes do not agree {when}\n{}", self.views());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What every running node says of the cluster, for the message of a test that fails: those that see it broken first,
    /// since long messages lose their middle.
    pub fn views(&self) -> String {
        let ask = |node: &RedisServer, words| node.try_command(words).unwrap_or_else(|error| format!("{error}"));
        let view = |node: &RedisServer| {
            let (info, nodes) = (ask(node, "CLUSTER INFO"), ask(node, "CLUSTER NODES"));
            let is_whole = info.contains("cluster_state:ok");
            let counts: Vec<&str> = info.lines().take_while(|line| !line.contains("_messages_")).collect();
            let log = if is_whole { String::new() } else { node.log() };
            (is_whole, format!("{}: {}\n{nodes}{log}", node.port, counts.join(" ")))
        };
        let mut views: Vec<(bool, String)> = self.running().map(view).collect();
        views.sort_by_key(|(is_whole, _)| *is_whole);
        views.into_iter().map(|(_, view)| view + "\n").collect()
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
///
/// Not one of those that the system hands out: others ask for them all the time, and a server that was killed would find
/// its port taken when it comes back. The ports 10000 above these are where the nodes of a cluster speak to each other;
/// no server is given one.
pub fn free_port() -> u16 {
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| rand::random_range(10_000..20_000)).take(10_000).find(is_free).expect("a free port")
}

/// A private authority (`ca.crt`), a server certificate (`server.crt`, `server.key`) and an expired one (`expired.crt`).
fn make_certificates(directory: &Path) {
    fs::write(directory.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").expect("a file of names");
    let openssl = |arguments: &str| {
        run(Command::new("openssl").args(arguments.split(' ')).current_dir(directory).stdin(Stdio::null()));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -keyout ca.key -out ca.crt -days 2 -subj /CN=aws-masker-test-ca"));
    openssl(&format!("req {key} -keyout server.key -out server.csr -subj /CN=localhost"));
    let sign = "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile names";
    openssl(&format!("{sign} -out server.crt -days 2"));
    // Only the `ca` command takes a validity in the past; it wants files for its book-keeping.
    let settings = "[ca]\ndefault_ca=it\n[it]\ndatabase=issued\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\n\
                    policy=any\n[any]\ncommonName=supplied\n";
    fs::write(directory.join("ca.conf"), settings).expect("a file of settings");
    fs::write(directory.join("issued"), "").expect("an empty file");
    let past = "-startdate 20200101000000Z -enddate 20200102000000Z";
    let files = "-in server.csr -cert ca.crt -keyfile ca.key -extfile names -out expired.crt";
    openssl(&format!("ca -batch -notext -config ca.conf {past} {files}"));
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}:\n{}{}", said(&output.stdout), said(&output.stderr));
}
