//! A place of the pool: the connections one caller at a time speaks through, to the one server or to each node of a
//! cluster, and the round trips over them.

use super::cluster::{is_down, redirection, Redirection, SlotMap};
use super::connection::{Connection, Opener};
use super::endpoint::Endpoint;
use super::failure::{Cause, Failure};
use super::{cluster, sentinel::Sentinels};
use redis::{Arg, Cmd, Pipeline, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Instant;

/// How often one call may be sent on by cluster nodes. Moving a slot takes two; more is a cluster in disorder.
const MOST_REDIRECTIONS: usize = 5;

/// How many nodes one call asks when there is an incomplete slot map to go by. A cluster that is down is not helped by
/// more questions, and the next call begins with the others.
const MOST_ASKED_FOR_A_WHOLE_MAP: usize = 3;

type Result<T> = std::result::Result<T, Failure>;

/// What all places of a store share: where the store is, how to connect to it, what has been learnt of it.
pub(crate) struct Site {
    /// The server, the cluster's configuration endpoint, or the first sentinel.
    pub seed: Endpoint,
    /// How connections are opened.
    pub opener: Opener,
    /// Which servers there are.
    pub servers: Servers,
    /// Round trips made so far.
    pub round_trips: AtomicU64,
    /// Connections opened so far.
    pub connections: AtomicU64,
    /// Reasons so far to doubt what is remembered of the store.
    pub doubts: AtomicU64,
}

impl Site {
    /// Something happened after which the store may not hold what it held.
    pub fn doubt(&self) {
        self.doubts.fetch_add(1, Ordering::Relaxed);
    }
}

/// Which servers a store consists of.
pub(crate) enum Servers {
    /// The seed alone.
    One,
    /// The nodes of a cluster.
    Cluster(cluster::Topology),
    /// The primary that sentinels name.
    Sentinel(Box<Sentinels>),
}

impl Servers {
    /// What is known of them may be out of date: the next call asks anew.
    pub fn doubt(&self) {
        match self {
            Servers::One => {}
            Servers::Cluster(topology) => topology.doubt(),
            Servers::Sentinel(sentinels) => sentinels.doubt(),
        }
    }
}

/// The open connections of one place. Connections with replies outstanding are never in here: a connection is taken
/// out before a round trip and put back after its last reply, so that one that failed is closed by being forgotten.
#[derive(Default)]
pub(crate) struct Session {
    nodes: HashMap<Endpoint, Connection>,
}

/// What goes to one server in one round trip.
struct Parcel {
    to: Endpoint,
    bytes: Vec<u8>,
    replies: usize,
}

impl Parcel {
    fn one(to: &Endpoint, name: &str, argument: Option<&str>) -> Parcel {
        let mut command = redis::cmd(name);
        command.arg(argument);
        Parcel { to: to.clone(), bytes: command.get_packed_command(), replies: 1 }
    }
}

impl Session {
    /// Runs the commands of `pipeline` and gives their replies in order; error replies are values.
    ///
    /// With a cluster, the first argument of each command is its key. The commands then go to their nodes at the same
    /// time, so that their order is kept per key only.
    pub fn run(&mut self, site: &Site, pipeline: &Pipeline, deadline: Instant) -> Result<Vec<Value>> {
        let outcome = match &site.servers {
            Servers::One => self.run_on_one(site, site.seed.clone(), pipeline, deadline),
            Servers::Cluster(topology) => self.run_on_cluster(site, topology, pipeline, deadline),
            Servers::Sentinel(sentinels) => {
                sentinels.primary(deadline).and_then(|primary| self.run_on_one(site, primary, pipeline, deadline))
            }
        };
        if outcome.is_err() {
            site.servers.doubt();
        }
        outcome
    }

    /// Asks every server for a PONG.
    pub fn ping(&mut self, site: &Site, deadline: Instant) -> Result<()> {
        let parcels = match &site.servers {
            Servers::One => vec![Parcel::one(&site.seed, "PING", None)],
            Servers::Cluster(topology) => {
                let map = self.slot_map(site, topology, deadline)?;
                map.nodes().iter().map(|node| Parcel::one(node, "PING", None)).collect()
            }
            Servers::Sentinel(sentinels) => vec![Parcel::one(&sentinels.primary(deadline)?, "PING", None)],
        };
        let replies = self.exchange(site, &parcels, deadline).inspect_err(|_| site.servers.doubt())?;
        for (parcel, reply) in parcels.iter().zip(replies.into_iter().flatten()) {
            if let Value::ServerError(error) = reply {
                return Err(Failure { at: parcel.to.clone(), cause: Cause::of_reply(&error, false) });
            }
        }
        Ok(())
    }

    fn run_on_one(&mut self, site: &Site, to: Endpoint, pipeline: &Pipeline, deadline: Instant) -> Result<Vec<Value>> {
        let parcel = Parcel { to, bytes: pipeline.get_packed_pipeline(), replies: pipeline.len() };
        let mut replies = self.exchange(site, &[parcel], deadline)?;
        Ok(replies.pop().unwrap_or_default())
    }

    fn run_on_cluster(
        &mut self,
        site: &Site,
        topology: &cluster::Topology,
        pipeline: &Pipeline,
        deadline: Instant,
    ) -> Result<Vec<Value>> {
        let map = self.slot_map(site, topology, deadline)?;
        let commands: Vec<&Cmd> = pipeline.cmd_iter().collect();
        let mut replies = vec![Value::Nil; commands.len()];
        let mut open = Vec::with_capacity(commands.len());
        for (i, command) in commands.iter().enumerate() {
            let owner = key(command).and_then(|key| map.owner(key));
            let Some(owner) = owner else {
                return Err(Failure { at: site.seed.clone(), cause: Cause::Command("CLUSTERDOWN") });
            };
            open.push((i, Redirection { to: owner.clone(), asking: false }));
        }
        for _ in 0..=MOST_REDIRECTIONS {
            let (parcels, contents) = group(&commands, open);
            let answers = self.exchange(site, &parcels, deadline);
            let answers = answers.inspect_err(|failure| topology.misled_to(&failure.at, &map))?;
            open = Vec::new();
            for ((parcel, content), mut answer) in parcels.iter().zip(contents).zip(answers) {
                for (i, at) in content {
                    let reply = std::mem::replace(&mut answer[at], Value::Nil);
                    if is_down(&reply) {
                        topology.misled_to(&parcel.to, &map);
                    }
                    match redirection(&reply, &parcel.to) {
                        Some(further) => open.push((i, further)),
                        None => replies[i] = reply,
                    }
                }
            }
            if open.is_empty() {
                return Ok(replies);
            }
            if open.iter().any(|(_, further)| !further.asking) {
                topology.misled_by(&map);
            }
        }
        Err(Failure { at: site.seed.clone(), cause: Cause::Command("MOVED") })
    }

    /// The cluster's slot map: the known one, or a new one from the nodes that are known.
    ///
    /// A node may know only a part of its cluster. So an incomplete map is taken only if no other node asked has a whole
    /// one.
    fn slot_map(&mut self, site: &Site, topology: &cluster::Topology, deadline: Instant) -> Result<Arc<SlotMap>> {
        if let Some(map) = topology.current() {
            return Ok(map);
        }
        let (mut asked, mut incomplete) = (Vec::new(), Vec::new());
        let mut first_failure = None;
        while incomplete.is_empty() || asked.len() < MOST_ASKED_FOR_A_WHOLE_MAP {
            let askable = topology.askable(&asked);
            let Some(node) = askable.first() else { break };
            // A node that does not answer must leave time to ask the next, or to go by what another has told.
            let left = deadline.saturating_duration_since(Instant::now());
            let is_last_hope = askable.len() == 1 && incomplete.is_empty();
            let share = if is_last_hope { left } else { left / 2 };
            match self.ask_for_slots(site, node, Instant::now() + share) {
                Ok(map) if map.is_whole() => return Ok(topology.learn(map)),
                Ok(map) => {
                    topology.meet(map.nodes());
                    incomplete.push(map);
                }
                Err(failure) => first_failure = first_failure.or(Some(failure)),
            }
            topology.suspect(node);
            asked.push(node.clone());
        }
        match incomplete.into_iter().reduce(SlotMap::or) {
            Some(map) => Ok(topology.learn(map)),
            None => Err(first_failure.unwrap_or(Failure { at: site.seed.clone(), cause: Cause::Network })),
        }
    }

    fn ask_for_slots(&mut self, site: &Site, node: &Endpoint, deadline: Instant) -> Result<SlotMap> {
        let replies = self.exchange(site, &[Parcel::one(node, "CLUSTER", Some("SLOTS"))], deadline)?;
        let reply = replies.into_iter().flatten().next().unwrap_or(Value::Nil);
        let cause = match &reply {
            Value::ServerError(error) => match Cause::of_reply(error, false) {
                Cause::Command("ERR") => Cause::NotACluster,
                cause => cause,
            },
            _ => Cause::Protocol,
        };
        SlotMap::read(&reply, node).ok_or(Failure { at: node.clone(), cause })
    }

    /// One round trip: everything is sent before anything is awaited. Gives the replies per parcel.
    fn exchange(&mut self, site: &Site, parcels: &[Parcel], deadline: Instant) -> Result<Vec<Vec<Value>>> {
        site.round_trips.fetch_add(1, Ordering::Relaxed);
        let mut sent = Vec::with_capacity(parcels.len());
        for parcel in parcels {
            sent.push(self.dispatch(site, parcel, deadline).map_err(|cause| failed(parcel, cause))?);
        }
        let mut all = Vec::with_capacity(parcels.len());
        for (parcel, sent) in parcels.iter().zip(sent) {
            all.push(self.collect(site, parcel, sent, deadline).map_err(|cause| failed(parcel, cause))?);
        }
        Ok(all)
    }

    /// Sends a parcel, over the idle connection if there is one.
    fn dispatch(&mut self, site: &Site, parcel: &Parcel, deadline: Instant) -> std::result::Result<Sent, Cause> {
        let idle = self.nodes.remove(&parcel.to).filter(|idle| !site.opener.is_stale(idle));
        if let Some(mut connection) = idle {
            match site.opener.send(&mut connection, &parcel.bytes, deadline) {
                Ok(()) => return Ok(Sent { connection, was_idle: true }),
                Err(Cause::Closed) => site.doubt(),
                Err(cause) => return Err(cause),
            }
        }
        self.dispatch_anew(site, parcel, deadline)
    }

    fn dispatch_anew(&mut self, site: &Site, parcel: &Parcel, deadline: Instant) -> std::result::Result<Sent, Cause> {
        let mut connection = site.opener.open(&parcel.to, deadline)?;
        site.connections.fetch_add(1, Ordering::Relaxed);
        site.opener.send(&mut connection, &parcel.bytes, deadline)?;
        Ok(Sent { connection, was_idle: false })
    }

    /// Receives a parcel's replies and keeps the connection.
    ///
    /// If an idle connection turns out to be closed before its first reply, the parcel is sent once more over a new
    /// one: servers close idle connections and restart. The first attempt may have been executed, so this is right only
    /// because every pipeline given to a store may be executed twice (see [`super::Store::run`]). Nothing else is
    /// retried: a store that is slow or refuses is not helped by more work.
    fn collect(
        &mut self,
        site: &Site,
        parcel: &Parcel,
        mut sent: Sent,
        deadline: Instant,
    ) -> std::result::Result<Vec<Value>, Cause> {
        let mut by = site.opener.receive_by(deadline);
        let mut replies = Vec::with_capacity(parcel.replies);
        while replies.len() < parcel.replies {
            match sent.connection.receive(by) {
                Ok(reply) => replies.push(reply),
                Err(Cause::Closed) if sent.was_idle && replies.is_empty() => {
                    site.doubt();
                    site.round_trips.fetch_add(1, Ordering::Relaxed);
                    sent = self.dispatch_anew(site, parcel, deadline)?;
                    by = site.opener.receive_by(deadline);
                }
                Err(cause) => return Err(cause),
            }
        }
        // A connection that has lost its login is of no more use; a new one logs in with the credentials of now.
        let logged_out = |reply: &Value| matches!(reply, Value::ServerError(e) if e.code() == "NOAUTH");
        if !replies.iter().any(logged_out) {
            self.nodes.insert(parcel.to.clone(), sent.connection);
        }
        Ok(replies)
    }
}

/// A parcel under way.
struct Sent {
    connection: Connection,
    was_idle: bool,
}

fn failed(parcel: &Parcel, cause: Cause) -> Failure {
    Failure { at: parcel.to.clone(), cause }
}

/// The key of a command: its first argument.
fn key(command: &Cmd) -> Option<&[u8]> {
    match command.args_iter().nth(1)? {
        Arg::Simple(key) => Some(key),
        _ => None,
    }
}

/// For each parcel, which command's reply stands at which position.
type Contents = Vec<Vec<(usize, usize)>>;

/// One parcel per node with the commands that go there, in their order.
fn group(commands: &[&Cmd], open: Vec<(usize, Redirection)>) -> (Vec<Parcel>, Contents) {
    let mut by_node: BTreeMap<Endpoint, (Parcel, Vec<(usize, usize)>)> = BTreeMap::new();
    for (i, Redirection { to, asking }) in open {
        let (parcel, content) =
            by_node.entry(to.clone()).or_insert_with(|| (Parcel { to, bytes: Vec::new(), replies: 0 }, Vec::new()));
        if asking {
            redis::cmd("ASKING").write_packed_command(&mut parcel.bytes);
            parcel.replies += 1;
        }
        commands[i].write_packed_command(&mut parcel.bytes);
        content.push((i, parcel.replies));
        parcel.replies += 1;
    }
    by_node.into_values().unzip()
}
