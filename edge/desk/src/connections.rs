//! Bounds the connections at a time, and decides which one goes when another one comes.
//!
//! Who is at the other end is known only after the head of a request. So every new connection gets
//! a place, if need be that of another stranger: one that has said nothing for a second, or else one of the
//! address that has most. Those of somebody who is logged in are kept, up to a limit for each
//! session; what a session has beyond it counts as a stranger's.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::limits::{
    CONNECTIONS, CONNECTIONS_KEPT, CONNECTIONS_OF_ADDRESS, CONNECTIONS_OF_SESSION,
    CONNECTIONS_OF_STRANGERS, SILENCE,
};
use crate::quota::SessionKey;

/// The open connections.
#[derive(Default)]
pub(crate) struct Connections(Mutex<Table>);

/// An open connection, which every request on it carries. Clones are handles of the same one.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Handle>);

struct Handle {
    connections: Arc<Connections>,
    number: u64,
}

#[derive(Default)]
struct Table {
    /// The number of the next connection.
    next: u64,
    /// By number: the oldest is first.
    open: BTreeMap<u64, Entry>,
}

struct Entry {
    address: IpAddr,
    since: Instant,
    standing: Standing,
    /// Dropped with the entry, by which the connection learns that it has to close.
    _open: oneshot::Sender<()>,
}

/// What is known about the other end of a connection.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing: it has not sent the head of a request.
    Silent,
    /// Its last request was of nobody who is logged in.
    Stranger,
    /// Its last request was of somebody who is logged in.
    Kept(SessionKey),
}

impl Connections {
    /// Gives a new connection a place. It has to close once the receiver ends.
    pub(crate) fn admit(
        self: &Arc<Self>,
        from: IpAddr,
        now: Instant,
    ) -> (Connection, oneshot::Receiver<()>) {
        let (open, closing) = oneshot::channel();
        let mut table = self.table();
        let number = table.admit(network(from), now, open);
        let connections = Arc::clone(self);
        let handle = Handle {
            connections,
            number,
        };
        (Connection(Arc::new(handle)), closing)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Notes who sent the head of a request; `None` for somebody who is not logged in.
    pub(crate) fn is_of(&self, sender: Option<SessionKey>) {
        let mut table = self.0.connections.table();
        table.note(self.0.number, sender);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.connections.table().open.remove(&self.number);
    }
}

impl Table {
    fn admit(&mut self, address: IpAddr, now: Instant, open: oneshot::Sender<()>) -> u64 {
        let own = self
            .strangers()
            .filter(|(_, other)| other.address == address);
        if own.count() >= CONNECTIONS_OF_ADDRESS {
            self.close_one(Some(address), now);
        }
        let is_full =
            self.open.len() >= CONNECTIONS || self.strangers().count() >= CONNECTIONS_OF_STRANGERS;
        if is_full {
            self.close_one(None, now);
        }
        let number = self.next;
        self.next += 1;
        let entry = Entry {
            address,
            since: now,
            standing: Standing::Silent,
            _open: open,
        };
        self.open.insert(number, entry);
        number
    }

    /// Closes the stranger's connection that is missed least, of this address or of all.
    fn close_one(&mut self, address: Option<IpAddr>, now: Instant) {
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        for (_, stranger) in self.strangers() {
            *counts.entry(stranger.address).or_default() += 1;
        }
        let candidates = self
            .strangers()
            .filter(|(_, stranger)| address.is_none_or(|address| address == stranger.address));
        let least = candidates.max_by_key(|(number, stranger)| {
            let is_silent = stranger.standing == Standing::Silent
                && now.saturating_duration_since(stranger.since) >= SILENCE;
            // Of one address, somebody who is logged in gets to say so before it makes room for others.
            let has_spoken = address.is_some() && stranger.standing == Standing::Stranger;
            let of_address = counts[&stranger.address];
            (is_silent, of_address, has_spoken, Reverse(*number))
        });
        if let Some(number) = least.map(|(number, _)| number) {
            self.open.remove(&number);
        }
    }

    fn note(&mut self, number: u64, sender: Option<SessionKey>) {
        let standing = match sender {
            Some(key) if self.can_keep(number, &key) => Standing::Kept(key),
            _ => Standing::Stranger,
        };
        if let Some(entry) = self.open.get_mut(&number) {
            entry.standing = standing;
        }
    }

    /// Whether a connection may be kept, beside those that are.
    fn can_keep(&self, number: u64, key: &SessionKey) -> bool {
        let (mut all, mut own) = (0, 0);
        for (other, entry) in &self.open {
            if let Standing::Kept(of) = &entry.standing
                && *other != number
            {
                all += 1;
                own += usize::from(of == key);
            }
        }
        all < CONNECTIONS_KEPT && own < CONNECTIONS_OF_SESSION
    }

    /// The connections that are not kept.
    fn strangers(&self) -> impl Iterator<Item = (u64, &Entry)> {
        let open = self.open.iter().map(|(number, entry)| (*number, entry));
        open.filter(|(_, entry)| !matches!(entry.standing, Standing::Kept(_)))
    }
}

/// What counts as one address: of IPv6 the first 64 bits, within which a machine chooses freely.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(network).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A connection of a test, and whether it has to close.
    struct Opened {
        connection: Connection,
        closing: oneshot::Receiver<()>,
    }

    impl Opened {
        fn new(connections: &Arc<Connections>, from: [u8; 4], now: Instant) -> Self {
            let (connection, closing) = connections.admit(from.into(), now);
            Self {
                connection,
                closing,
            }
        }

        fn logs_in(&self, name: &str) {
            let key = SessionKey::Program(name.to_owned());
            self.connection.is_of(Some(key));
        }

        fn is_open(&mut self) -> bool {
            self.closing.try_recv() == Err(oneshot::error::TryRecvError::Empty)
        }
    }

    fn open(opened: &mut [Opened]) -> usize {
        opened
            .iter_mut()
            .filter_map(|one| one.is_open().then_some(()))
            .count()
    }

    #[test]
    fn an_address_takes_places_of_its_own_alone() {
        let connections = Arc::default();
        let start = Instant::now();
        let mut other = Opened::new(&connections, [10, 0, 0, 2], start);
        let later = start + SILENCE;
        let mut crowd: Vec<Opened> = (0..1000)
            .map(|_| Opened::new(&connections, [10, 0, 0, 1], later))
            .collect();
        assert!(other.is_open(), "older, and silent for longer");
        assert_eq!(open(&mut crowd), CONNECTIONS_OF_ADDRESS);
        assert!(crowd[1000 - CONNECTIONS_OF_ADDRESS].is_open(), "the newest");
    }

    #[test]
    fn a_new_connection_may_speak_before_it_makes_room_for_others_of_its_address() {
        let connections = Arc::default();
        let start = Instant::now();
        let new = || Opened::new(&connections, [10, 0, 0, 1], start);
        let mut crowd: Vec<Opened> = (0..CONNECTIONS_OF_ADDRESS / 2).map(|_| new()).collect();
        let mut visitor = new();
        crowd.extend((crowd.len()..CONNECTIONS_OF_ADDRESS).map(|_| new()));
        crowd.iter().for_each(|one| one.connection.is_of(None));
        let mut next: Vec<Opened> = (0..CONNECTIONS_OF_ADDRESS / 2).map(|_| new()).collect();
        assert!(visitor.is_open(), "it has said nothing yet");
        assert_eq!(open(&mut next), next.len());

        visitor.connection.is_of(None);
        crowd.extend((0..CONNECTIONS_OF_ADDRESS).map(|_| new()));
        assert!(!visitor.is_open(), "a stranger like any other");
    }

    #[test]
    fn strangers_take_no_place_of_somebody_who_is_logged_in() {
        let connections = Arc::default();
        let start = Instant::now();
        let mut kept: Vec<Opened> = (0..CONNECTIONS_OF_SESSION)
            .map(|_| Opened::new(&connections, [10, 0, 0, 2], start))
            .collect();
        kept.iter()
            .for_each(|connection| connection.logs_in("till"));
        let mut crowd: Vec<Opened> = (0..2000_u16)
            .map(|n| {
                let [high, low] = n.to_be_bytes();
                Opened::new(&connections, [10, 1, high, low], start)
            })
            .collect();
        assert_eq!(open(&mut kept), kept.len());
        assert_eq!(open(&mut crowd), CONNECTIONS_OF_STRANGERS);

        // A new connection has a place at once, and keeps it when it turns out who it is.
        let mut new = Opened::new(&connections, [10, 0, 0, 2], start);
        new.logs_in("tablet");
        crowd.extend((0..500).map(|_| Opened::new(&connections, [10, 2, 0, 1], start)));
        assert!(new.is_open());

        // Logged out, it is a stranger like any other.
        new.connection.is_of(None);
        crowd.extend((0..2000_u16).map(|n| {
            let [high, low] = n.to_be_bytes();
            Opened::new(&connections, [10, 3, high, low], start)
        }));
        assert!(!new.is_open());
    }

    #[test]
    fn silent_connections_are_the_first_to_go() {
        let connections = Arc::default();
        let start = Instant::now();
        let mut reader: Vec<Opened> = (0..6)
            .map(|_| Opened::new(&connections, [10, 0, 0, 2], start))
            .collect();
        reader.iter().for_each(|one| one.connection.is_of(None));
        let mut silent: Vec<Opened> = (0..150)
            .map(|n| Opened::new(&connections, [10, 1, 0, n], start))
            .collect();
        let mut new: Vec<Opened> = (0..100)
            .map(|n| Opened::new(&connections, [10, 2, 0, n], start + SILENCE))
            .collect();
        let opened = (open(&mut reader), open(&mut silent), open(&mut new));
        assert_eq!(opened, (6, CONNECTIONS_OF_STRANGERS - 106, 100));
    }

    #[test]
    fn a_session_keeps_no_more_than_its_share_and_all_together_leave_room_to_log_in() {
        let connections = Arc::default();
        let now = Instant::now();
        let mut opened = Vec::new();
        for session in 0..20 {
            for n in 0..40 {
                let one = Opened::new(&connections, [10, 0, session, n], now);
                one.logs_in(&session.to_string());
                opened.push(one);
            }
        }
        let table = connections.table();
        let strangers = table.strangers().count();
        assert_eq!(table.open.len(), CONNECTIONS);
        assert_eq!(strangers, CONNECTIONS - CONNECTIONS_KEPT);
        let key = SessionKey::Program("0".to_owned());
        let kept = table.open.values();
        let kept = kept.filter(|one| one.standing == Standing::Kept(key.clone()));
        assert_eq!(kept.count(), CONNECTIONS_OF_SESSION);
        drop(table);
        drop(opened);
        assert!(connections.table().open.is_empty());
    }

    #[test]
    fn a_machine_with_many_addresses_of_version_6_has_one() {
        for (one, other, same) in [
            ("192.168.1.7", "192.168.1.8", false),
            ("192.168.1.7", "::ffff:192.168.1.7", true),
            ("fe80::1", "fe80::ffff:0:0:1", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            let network = |address: &str| network(address.parse().unwrap());
            assert_eq!(network(one) == network(other), same, "{one} {other}");
        }
    }

    #[test]
    fn a_connection_that_has_ended_leaves_its_place() {
        let connections = Arc::default();
        let now = Instant::now();
        for n in 0..10_000_u64 {
            let later = now + Duration::from_millis(n);
            let mut one = Opened::new(&connections, [10, 0, 0, 1], later);
            assert!(one.is_open());
        }
        assert!(connections.table().open.is_empty());
    }
}
