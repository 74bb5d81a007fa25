//! The servers of a chain: the hub with its standby, the broker, and the networks in front of them.

use std::mem;
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use sync::hub::Settings;

use crate::faults::Findings;
use crate::links;
use crate::services::{Mosquitto, Postgres, Proxy};

/// What the broker does beside listening: it keeps sessions and messages over a restart.
const BROKER: &str = "\
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
max_queued_messages 100000
";

/// How long a fault of the network or of the broker lasts.
const FAULT_LASTS: Duration = Duration::from_secs(2);

/// By how much a slow network delays everything, in each direction.
const SLOW: Duration = Duration::from_millis(300);

/// How long after a fault the kiosks may still be late.
const RECOVERY: SignedDuration = SignedDuration::from_secs(15);

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The hub's primary is killed. Its standby takes over, and gets a standby itself.
    Primary,
    /// The broker is killed, and started again.
    Broker,
    /// All connections end, and no new ones are possible for a while.
    Cut,
    /// All connections stay, and nothing arrives for a while.
    Held,
    /// All that is sent arrives late for a while.
    Slow,
}

/// The servers at work.
#[derive(Debug)]
pub(super) struct Chain {
    primary: Postgres,
    standby: Postgres,
    broker: Mosquitto,
    /// The networks of the two servers of the hub.
    hub: [Proxy; 2],
    /// The network of the broker.
    mqtt: Proxy,
    /// Which of the hub's networks the primary is behind.
    of_primary: usize,
    played: Vec<Played>,
}

/// A fault that is over.
#[derive(Debug)]
struct Played {
    fault: Fault,
    from: Timestamp,
    to: Timestamp,
}

impl Chain {
    /// Starts the servers. `None` if one is not installed.
    pub(super) fn start() -> Option<Self> {
        let (primary, broker) = (Postgres::start()?, Mosquitto::start(BROKER)?);
        let standby = primary.standby();
        Some(Self {
            hub: [Proxy::to(primary.port()), Proxy::to(standby.port())],
            mqtt: Proxy::to(broker.port()),
            primary,
            standby,
            broker,
            of_primary: 0,
            played: Vec::new(),
        })
    }

    /// Admits the kiosks of a site to the hub. Returns each with its settings.
    pub(super) fn admit(&self, site: &str, kiosks: &[String]) -> Vec<(String, Settings)> {
        let admitted = links::admit(&self.primary.superuser_url(), site, kiosks);
        let ports = [self.hub[0].port(), self.hub[1].port()];
        let settings = admitted.iter().map(|(role, password)| {
            links::settings(&Postgres::url_at(role, password, &ports), site)
        });
        kiosks.iter().cloned().zip(settings).collect()
    }

    /// The port of the broker itself.
    pub(super) fn broker_port(&self) -> u16 {
        self.broker.port()
    }

    /// The port of the broker's network.
    pub(super) fn mqtt_port(&self) -> u16 {
        self.mqtt.port()
    }

    /// Runs SQL on the hub.
    pub(super) fn query(&self, sql: &str) -> String {
        self.primary.psql(sql)
    }

    /// Plays faults, each at its share of the time from `start` on.
    pub(super) fn play(&mut self, faults: &[(f64, Fault)], start: Instant, lasts: Duration) {
        for &(share, fault) in faults {
            let due = start + lasts.mul_f64(share);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            println!("{fault:?}");
            let from = Timestamp::now();
            self.play_one(fault);
            let to = Timestamp::now();
            self.played.push(Played { fault, from, to });
        }
    }

    fn play_one(&mut self, fault: Fault) {
        match fault {
            Fault::Primary => self.kill_primary(),
            Fault::Broker => {
                self.broker.kill();
                thread::sleep(FAULT_LASTS);
                self.broker.restart();
            }
            Fault::Cut => self.disturb(Proxy::cut),
            Fault::Held => self.disturb(Proxy::hold),
            Fault::Slow => self.disturb(|network| network.slow(SLOW)),
        }
    }

    /// Kills the primary. The standby is promoted, and a new one takes the place of what was killed.
    fn kill_primary(&mut self) {
        self.primary.kill();
        self.standby.promote();
        let standby = self.standby.standby();
        self.hub[self.of_primary].forward_to(standby.port());
        self.of_primary = 1 - self.of_primary;
        self.primary = mem::replace(&mut self.standby, standby);
    }

    /// Does something to all networks, for a while.
    fn disturb(&self, change: impl Fn(&Proxy)) {
        let networks = [&self.hub[0], &self.hub[1], &self.mqtt];
        for network in networks {
            change(network);
        }
        thread::sleep(FAULT_LASTS);
        for network in networks {
            network.open();
        }
    }

    /// A condition of SQL for events at times when all was well.
    pub(super) fn all_is_well(&self) -> String {
        let windows = self.played.iter().map(|played| {
            let end = played.to + RECOVERY;
            // What is on its way when the fault begins is late too.
            let from = played.from - SignedDuration::from_secs(2);
            format!(" AND at NOT BETWEEN '{from}' AND '{end}'")
        });
        format!("true{}", windows.collect::<String>())
    }

    /// What has gone wrong, and how often connections were made.
    pub(super) fn report(&self, findings: &mut Findings) {
        let count = |fault: Fault| {
            let played = self.played.iter();
            played.filter(|played| played.fault == fault).count() as f64
        };
        let connections: usize = self.hub.iter().map(Proxy::connections).sum();
        for (name, value) in [
            ("primary killed, standby promoted", count(Fault::Primary)),
            ("broker killed", count(Fault::Broker)),
            ("network cut", count(Fault::Cut)),
            ("network held", count(Fault::Held)),
            ("network slowed", count(Fault::Slow)),
            ("connections to the hub", connections as f64),
        ] {
            findings.figures.add(&format!("fleet: {name}"), "", value);
        }
    }
}
