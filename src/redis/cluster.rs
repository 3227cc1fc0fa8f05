//! Which server of a Redis Cluster serves which key.
//!
//! The redis crate's cluster client is not used: its pipelines wait one timeout per command at a stalled node, its
//! retries sleep without an upper limit, and it repeats redirected commands one by one.

use super::endpoint::Endpoint;
use redis::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Slots of a cluster.
const SLOTS: usize = 16384;
/// Marks a slot that nobody serves.
const NOBODY: u16 = u16::MAX;

/// Which node serves which slot, as one node told it.
#[derive(Debug)]
pub(crate) struct SlotMap {
    told_by: Endpoint,
    nodes: Vec<Endpoint>,
    slots: Vec<u16>,
}

/// What is known of a cluster. Shared by all connections of a store, so that one of them learns for all.
#[derive(Debug)]
pub(crate) struct Topology {
    seed: Endpoint,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    map: Option<Arc<SlotMap>>,
    stale: bool,
    /// Whom to ask for a map, in this order. A node can be wrong about its cluster, and for long: one that was cut off,
    /// has just come back, or has lost its peers. So whoever gave reason to doubt its word goes to the end, and the
    /// others are asked before its turn comes again.
    askable: Vec<Endpoint>,
}

/// Where a cluster node sends a command on to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Redirection {
    /// The node that serves the key.
    pub to: Endpoint,
    /// The slot is being moved: ask there once, with `ASKING`, and do not remember it.
    pub asking: bool,
}

impl Topology {
    /// A cluster of which only one node is known yet.
    pub fn new(seed: Endpoint) -> Topology {
        let known = Known { map: None, stale: false, askable: vec![seed.clone()] };
        Topology { seed, known: Mutex::new(known) }
    }

    /// The slot map, unless there is none or it is known to be out of date.
    pub fn current(&self) -> Option<Arc<SlotMap>> {
        self.lock().current()
    }

    /// The nodes to ask for a new map, the next one first, without those that were `asked`.
    pub fn askable(&self, asked: &[Endpoint]) -> Vec<Endpoint> {
        self.lock().askable.iter().filter(|node| !asked.contains(node)).cloned().collect()
    }

    /// Takes over a map that a node has just told, and gives the one to go by: if another call has found a whole one
    /// meanwhile, an incomplete one does not replace it.
    pub fn learn(&self, map: SlotMap) -> Arc<SlotMap> {
        let mut known = self.lock();
        if let Some(other) = known.current().filter(|other| other.is_whole() && !map.is_whole()) {
            return other;
        }
        if map.is_whole() {
            known.askable.retain(|node| *node == self.seed || map.nodes.contains(node));
        }
        known.meet(&map.nodes);
        let map = Arc::new(map);
        (known.map, known.stale) = (Some(map.clone()), false);
        map
    }

    /// Nodes that a node has told of can be asked too.
    pub fn meet(&self, nodes: &[Endpoint]) {
        self.lock().meet(nodes);
    }

    /// The map led to the wrong place or to a dead node: the next call asks for a new one.
    pub fn doubt(&self) {
        self.lock().stale = true;
    }

    /// The map led to the wrong place: the next call asks for a new one, and others before the node that told this one.
    pub fn misled_by(&self, map: &SlotMap) {
        self.doubt();
        self.suspect(&map.told_by);
    }

    /// The map led to a node that is dead or cut off from its cluster: as [`Topology::misled_by`], and that node would
    /// not tell better.
    pub fn misled_to(&self, node: &Endpoint, map: &SlotMap) {
        self.misled_by(map);
        self.suspect(node);
    }

    /// The node does not answer, or does not know its cluster: it is asked after the others.
    pub fn suspect(&self, node: &Endpoint) {
        let mut known = self.lock();
        if let Some(at) = known.askable.iter().position(|other| other == node) {
            known.askable[at..].rotate_left(1);
        }
    }

    /// A panic elsewhere cannot leave this half written, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn current(&self) -> Option<Arc<SlotMap>> {
        self.map.clone().filter(|_| !self.stale)
    }

    /// Behind the first, whose word was good, and before those that have been suspected.
    fn meet(&mut self, nodes: &[Endpoint]) {
        let new: Vec<Endpoint> = nodes.iter().filter(|node| !self.askable.contains(node)).cloned().collect();
        let behind_first = self.askable.len().min(1);
        self.askable.splice(behind_first..behind_first, new);
    }
}

impl SlotMap {
    /// Reads the reply to `CLUSTER SLOTS` of the node `told_by`; `None` if it is not one. Replicas are left out: they
    /// lag behind, and what is read here decides who gets a new token.
    pub fn read(reply: &Value, told_by: &Endpoint) -> Option<SlotMap> {
        let Value::Array(ranges) = reply else { return None };
        let mut map = SlotMap { told_by: told_by.clone(), nodes: Vec::new(), slots: vec![NOBODY; SLOTS] };
        for range in ranges {
            let Value::Array(range) = range else { return None };
            let [Value::Int(first), Value::Int(last), Value::Array(primary), ..] = range.as_slice() else {
                return None;
            };
            let Some(node) = endpoint(primary, told_by) else { continue };
            let index = map.nodes.iter().position(|known| *known == node).unwrap_or_else(|| {
                map.nodes.push(node);
                map.nodes.len() - 1
            });
            let (first, last) = (usize::try_from(*first).ok()?, usize::try_from(*last).ok()?);
            map.slots.get_mut(first..=last)?.fill(u16::try_from(index).ok()?);
        }
        Some(map)
    }

    /// The node that serves `key`; `None` if nobody does.
    pub fn owner(&self, key: &[u8]) -> Option<&Endpoint> {
        self.nodes.get(usize::from(self.slots[usize::from(slot(key))]))
    }

    /// Whether every slot is served.
    pub fn is_whole(&self) -> bool {
        self.served() == SLOTS
    }

    /// The map that leaves fewer slots without a node; this one if they are equal.
    pub fn or(self, other: SlotMap) -> SlotMap {
        if other.served() > self.served() {
            other
        } else {
            self
        }
    }

    fn served(&self) -> usize {
        self.slots.iter().filter(|&&node| node != NOBODY).count()
    }

    /// Every node that serves slots.
    pub fn nodes(&self) -> &[Endpoint] {
        &self.nodes
    }
}

/// A node of a `CLUSTER SLOTS` reply. No host means the host that told it; `?` means that it does not know either.
fn endpoint(node: &[Value], told_by: &Endpoint) -> Option<Endpoint> {
    let [host, Value::Int(port), ..] = node else { return None };
    let port = u16::try_from(*port).ok()?;
    match host {
        Value::BulkString(host) if host.as_slice() == b"?" => None,
        Value::BulkString(host) if !host.is_empty() => Some(Endpoint::new(std::str::from_utf8(host).ok()?, port)),
        Value::BulkString(_) | Value::Nil => Some(Endpoint::new(told_by.host(), port)),
        _ => None,
    }
}

/// Whether the reply that `from` gave sends the command on to another node.
pub(crate) fn redirection(reply: &Value, from: &Endpoint) -> Option<Redirection> {
    let Value::ServerError(error) = reply else { return None };
    let asking = match error.code() {
        "MOVED" => false,
        "ASK" => true,
        _ => return None,
    };
    let to = Endpoint::parse(error.details()?.split_ascii_whitespace().nth(1)?, from)?;
    Some(Redirection { to, asking })
}

/// Whether the node that gave the reply does not serve its keys because it believes the cluster to be down.
pub(crate) fn is_down(reply: &Value) -> bool {
    matches!(reply, Value::ServerError(error) if error.code() == "CLUSTERDOWN")
}

/// The slot of a key: CRC16 (XMODEM) of the key, or of what stands between its first `{` and the next `}`.
pub(crate) fn slot(key: &[u8]) -> u16 {
    let tag = || {
        let open = key.iter().position(|&b| b == b'{')? + 1;
        let length = key[open..].iter().position(|&b| b == b'}')?;
        (length > 0).then(|| &key[open..open + length])
    };
    crc16(tag().unwrap_or(key)) % SLOTS as u16
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| match crc & 0x8000 {
            0 => crc << 1,
            _ => (crc << 1) ^ 0x1021,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(resp: &str) -> Value {
        redis::parse_redis_value(resp.as_bytes()).unwrap()
    }

    #[test]
    fn slots_are_those_of_the_cluster_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot(b"foo"), 12182);
        assert_eq!(slot(b"{user1000}.following"), slot(b"user1000"));
        assert_eq!(slot(b"foo{}{bar}"), crc16(b"foo{}{bar}") % 16384);
        assert_eq!(slot(b"foo{{bar}}zap"), slot(b"{bar"));
    }

    #[test]
    fn reads_a_slot_map() {
        let reply = parse(
            "*3\r\n*3\r\n:0\r\n:5460\r\n*3\r\n$9\r\n127.0.0.1\r\n:7000\r\n$1\r\na\r\n\
             *4\r\n:5461\r\n:12182\r\n*3\r\n$-1\r\n:7001\r\n$1\r\nb\r\n*3\r\n$9\r\n127.0.0.1\r\n:7003\r\n$1\r\nd\r\n\
             *3\r\n:12183\r\n:16000\r\n*2\r\n$0\r\n\r\n:7002\r\n",
        );
        let map = SlotMap::read(&reply, &Endpoint::new("10.0.0.9", 7000)).unwrap();
        assert_eq!(map.nodes().len(), 3);
        assert_eq!(map.owner(b"foo"), Some(&Endpoint::new("10.0.0.9", 7001)));
        assert_eq!(map.slots[0], 0);
        assert_eq!(map.slots[16000], 2);
        assert_eq!(map.slots[16383], NOBODY);
    }

    #[test]
    fn what_is_no_slot_map_is_refused() {
        for reply in ["+OK\r\n", "*1\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:99999\r\n*2\r\n$1\r\nh\r\n:1\r\n"] {
            assert!(SlotMap::read(&parse(reply), &Endpoint::new("h", 1)).is_none(), "{reply:?}");
        }
    }

    fn node(port: u16) -> Endpoint {
        Endpoint::new("10.0.0.1", port)
    }

    /// What the node at `by` tells: each of `ranges` is served by the node at a port.
    fn told(by: u16, ranges: &[(u16, u16, u16)]) -> SlotMap {
        let range = |(first, last, port): &(u16, u16, u16)| {
            format!("*3\r\n:{first}\r\n:{last}\r\n*3\r\n$8\r\n10.0.0.1\r\n:{port}\r\n$1\r\na\r\n")
        };
        let ranges: Vec<String> = ranges.iter().map(range).collect();
        SlotMap::read(&parse(&format!("*{}\r\n{}", ranges.len(), ranges.concat())), &node(by)).unwrap()
    }

    const WHOLE: [(u16, u16, u16); 3] = [(0, 5460, 1), (5461, 10922, 2), (10923, 16383, 3)];

    #[test]
    fn a_map_is_whole_when_every_slot_is_served() {
        assert!(told(1, &WHOLE).is_whole());
        assert!(!told(1, &WHOLE[..2]).is_whole());
        assert!(!told(1, &[(0, 16382, 1)]).is_whole());
        assert!(!told(1, &[]).is_whole());
    }

    #[test]
    fn the_map_that_serves_more_slots_is_taken() {
        assert_eq!(told(1, &WHOLE[..1]).or(told(2, &WHOLE[..2])).told_by, node(2));
        assert_eq!(told(1, &WHOLE).or(told(2, &WHOLE[..2])).told_by, node(1));
        assert_eq!(told(1, &WHOLE[..2]).or(told(2, &WHOLE[..2])).told_by, node(1));
    }

    #[test]
    fn whoever_misled_is_asked_after_the_others() {
        let topology = Topology::new(node(1));
        assert_eq!(topology.askable(&[]), [node(1)]);
        let map = topology.learn(told(1, &WHOLE));
        assert_eq!(topology.askable(&[]), [node(1), node(2), node(3)]);
        topology.misled_to(&node(2), &map);
        assert!(topology.current().is_none());
        assert_eq!(topology.askable(&[]), [node(3), node(1), node(2)]);
        assert_eq!(topology.askable(&[node(3)]), [node(1), node(2)]);
        let map = topology.learn(told(3, &[(0, 5460, 1), (5461, 10922, 4), (10923, 16383, 3)]));
        assert_eq!(topology.askable(&[]), [node(3), node(4), node(1)], "a node that left is not asked");
        topology.misled_by(&map);
        assert_eq!(topology.askable(&[]), [node(4), node(1), node(3)]);
    }

    #[test]
    fn an_incomplete_map_makes_nothing_forgotten() {
        let topology = Topology::new(node(1));
        topology.learn(told(2, &WHOLE));
        let nodes = topology.askable(&[]);
        topology.doubt();
        assert!(!topology.learn(told(1, &[])).is_whole(), "there is no better one");
        assert_eq!(topology.askable(&[]), nodes);
        topology.learn(told(3, &WHOLE));
        assert!(topology.learn(told(1, &WHOLE[..1])).is_whole(), "another call has found a better one");
        assert!(topology.current().unwrap().is_whole());
    }

    #[test]
    fn reads_redirections() {
        let here = Endpoint::new("10.0.0.1", 7000);
        let to = Endpoint::new("10.0.0.2", 7001);
        let moved = redirection(&parse("-MOVED 3999 10.0.0.2:7001\r\n"), &here);
        assert_eq!(moved, Some(Redirection { to: to.clone(), asking: false }));
        let ask = redirection(&parse("-ASK 3999 10.0.0.2:7001\r\n"), &here);
        assert_eq!(ask, Some(Redirection { to, asking: true }));
        assert_eq!(redirection(&parse("-ERR no\r\n"), &here), None);
        assert_eq!(redirection(&parse("+OK\r\n"), &here), None);
    }
}
