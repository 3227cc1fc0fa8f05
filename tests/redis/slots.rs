//! Whose word on the slots counts when the nodes of a cluster contradict each other.
//!
//! The nodes here are scripted: no real cluster stays in such a state for as long as a test takes.

use crate::common::{assert_within, settings};
use aws_masker::config::store::{RedisSettings, Topology};
use aws_masker::error::Code;
use aws_masker::redis::Store;
use redis::{Parser, Pipeline, Value};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// What a node answers to `CLUSTER SLOTS`: who serves which range, by port.
type Slots = Vec<(u16, u16, u16)>;

/// Nodes that say what they are told to say.
struct Nodes {
    listeners: Vec<TcpListener>,
    /// How often any of them was asked for the slots.
    asked: Arc<AtomicUsize>,
}

impl Nodes {
    fn new(count: usize) -> Nodes {
        let listener = |_| TcpListener::bind("127.0.0.1:0").expect("a port for a node");
        Nodes { listeners: (0..count).map(listener).collect(), asked: Arc::default() }
    }

    fn port(&self, node: usize) -> u16 {
        self.listeners[node].local_addr().expect("its number").port()
    }

    /// From now on a node answers: the slots, and one reply to every GET.
    fn script(&self, node: usize, slots: Slots, get: &'static str) {
        let listener = self.listeners[node].try_clone().expect("a socket");
        let asked = self.asked.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (slots, asked) = (in_resp(&slots), asked.clone());
                thread::spawn(move || converse(client, &slots, get, &asked));
            }
        });
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

fn in_resp(slots: &Slots) -> String {
    let range = |(first, last, port): &(u16, u16, u16)| {
        format!("*3\r\n:{first}\r\n:{last}\r\n*2\r\n$9\r\n127.0.0.1\r\n:{port}\r\n")
    };
    format!("*{}\r\n{}", slots.len(), slots.iter().map(range).collect::<String>())
}

fn converse(mut client: TcpStream, slots: &str, get: &str, asked: &AtomicUsize) {
    let mut parser = Parser::new();
    while let Ok(Value::Array(words)) = parser.parse_value(&mut client) {
        let reply = match words.first() {
            Some(Value::BulkString(name)) if name == b"CLUSTER" => {
                asked.fetch_add(1, Ordering::SeqCst);
                slots
            }
            Some(Value::BulkString(name)) if name == b"GET" => get,
            _ => "+PONG\r\n",
        };
        if client.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

const SERVED: &str = "$1\r\n1\r\n";
const DOWN: &str = "-CLUSTERDOWN The cluster is down\r\n";

fn get(store: &Store) -> Result<Vec<Value>, Code> {
    let mut pipeline = Pipeline::new();
    pipeline.cmd("GET").arg("key");
    store.run(&pipeline, store.deadline()).map_err(|error| error.code())
}

fn store(seed: u16) -> Store {
    store_with(settings(seed))
}

fn store_with(settings: RedisSettings) -> Store {
    Store::new(RedisSettings { topology: Topology::Cluster, ..settings }).expect("a store needs no server")
}

/// The smaller part of a cluster that has come apart still believes in the old primary, which knows that it is alone.
#[test]
fn nobody_who_led_to_a_node_that_is_cut_off_is_believed_again() {
    let nodes = Nodes::new(4);
    let [old, new, other] = [1, 2, 3].map(|node| nodes.port(node));
    let before = vec![(0, 16000, old), (16001, 16383, other)];
    let after = vec![(0, 16000, new), (16001, 16383, other)];
    nodes.script(0, before.clone(), DOWN);
    nodes.script(1, before, DOWN);
    nodes.script(2, after.clone(), SERVED);
    nodes.script(3, after, SERVED);
    let store = store(nodes.port(0));
    assert_eq!(get(&store), Err(Code::StoreCommand));
    assert_eq!(nodes.asked(), 1);
    assert!(get(&store).is_ok(), "another node was asked");
    assert!(get(&store).is_ok());
    assert_eq!(nodes.asked(), 1);
}

#[test]
fn a_cluster_without_all_slots_is_not_asked_without_end() {
    let nodes = Nodes::new(6);
    // The key's slot is the one that nobody serves.
    let slots: Slots = (0..6).map(|node| (2000 * node, 2000 * node + 1999, nodes.port(usize::from(node)))).collect();
    (0..6).for_each(|node| nodes.script(node, slots.clone(), DOWN));
    let store = store(nodes.port(0));
    for _ in 0..4 {
        assert_eq!(get(&store), Err(Code::StoreCommand));
        assert!((1..=3).contains(&nodes.asked()));
    }
}

#[test]
fn the_next_call_asks_those_that_were_not_asked() {
    let nodes = Nodes::new(6);
    let whole: Slots =
        (0..6).map(|node| (2731 * node, (2731 * node + 2730).min(16383), nodes.port(node.into()))).collect();
    // The key's slot is the fifth node's, of which only the last one knows.
    let incomplete: Slots = whole.iter().filter(|(.., port)| *port != nodes.port(4)).copied().collect();
    (0..5).for_each(|node| nodes.script(node, incomplete.clone(), SERVED));
    nodes.script(5, whole, SERVED);
    let store = store(nodes.port(0));
    assert_eq!(get(&store), Err(Code::StoreCommand));
    assert_eq!(nodes.asked(), 3);
    assert!(get(&store).is_ok());
    assert_eq!(nodes.asked(), 2);
}

#[test]
fn an_incomplete_map_serves_whom_it_can() {
    let nodes = Nodes::new(1);
    nodes.script(0, vec![(1, 16383, nodes.port(0))], SERVED);
    let store = store(nodes.port(0));
    for _ in 0..3 {
        assert!(get(&store).is_ok());
    }
    assert_eq!(nodes.asked(), 1, "a map that serves is kept");
}

#[test]
fn a_node_that_hangs_leaves_time_to_go_by_an_incomplete_map() {
    let nodes = Nodes::new(2);
    // The second takes connections and says nothing.
    nodes.script(0, vec![(0, 1, nodes.port(1)), (3, 16383, nodes.port(0))], SERVED);
    let timeout = Duration::from_millis(300);
    let store = store_with(RedisSettings { connect_timeout: timeout, ..settings(nodes.port(0)) });
    for limit in [timeout, Duration::ZERO] {
        let start = Instant::now();
        assert!(get(&store).is_ok());
        assert_within(limit, start.elapsed(), &"the second call asks nobody");
    }
}
