//! The kiosk about itself.

use jiff::Timestamp;
use recognise::{BreedId, Language};
use screens::Locale;
use serde::Serialize;
use utoipa::ToSchema;

use super::animals::Species;
use super::live::{Counts, Notice};
use crate::kiosk::{self, Live};

/// How well the kiosk works.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Whether it works and a visit can be recorded.
    works: bool,
    /// What is wrong or missing while it goes on.
    notices: Vec<Notice>,
    /// What happened since it started.
    counts: Counts,
    /// How much the catalogue holds; `null` if it does not answer.
    totals: Option<Totals>,
    /// The automatic backups; `null` where there are to be none.
    backups: Option<Backups>,
    /// The links to the rest of the daycare and of the chain.
    links: Links,
    /// The machine that it runs on.
    machine: Machine,
    /// The version of the program.
    version: &'static str,
    /// The version of the network: when it was trained.
    model: String,
}

impl Health {
    pub(crate) fn new(
        works: bool,
        live: &Live,
        totals: Option<catalogue::Totals>,
        model: &str,
    ) -> Self {
        Self {
            works,
            notices: live.notices.iter().map(Notice::from).collect(),
            counts: (&live.counts).into(),
            totals: totals.map(Totals::from),
            backups: live.backups.as_ref().map(Backups::from),
            links: (&live.links).into(),
            machine: (&live.machine).into(),
            version: env!("CARGO_PKG_VERSION"),
            model: model.to_owned(),
        }
    }
}

/// The machine that the kiosk runs on.
#[derive(Serialize, ToSchema)]
pub(crate) struct Machine {
    /// Where the page is opened; `null` while there is no network.
    address: Option<String>,
    /// The time zone in which days begin, by its IANA name; `null` if it has none.
    time_zone: Option<String>,
    /// Where the time comes from: `network` (a time server), `hardware` (a clock that goes on while the
    /// machine is off) or `neither`.
    clock: &'static str,
    /// Bytes that the kiosk wrote to disks since its start; `null` if the system does not say.
    written_bytes: Option<u64>,
    /// The same of today.
    written_bytes_today: Option<u64>,
    /// The same within a day on average; `null` before it has run for a day.
    written_bytes_daily: Option<u64>,
}

impl From<&kiosk::Machine> for Machine {
    fn from(machine: &kiosk::Machine) -> Self {
        let written = machine.written;
        Self {
            address: machine.address.clone(),
            time_zone: catalogue::zone().iana_name().map(str::to_owned),
            clock: machine.clock.as_str(),
            written_bytes: written.map(|written| written.total),
            written_bytes_today: written.map(|written| written.today),
            written_bytes_daily: written.and_then(|written| written.daily),
        }
    }
}

/// How much the catalogue holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct Totals {
    /// Animals.
    animals: u64,
    /// Visits.
    visits: u64,
    /// How many of the visits nobody confirmed.
    unconfirmed: u64,
    /// Bytes of the stored photographs.
    photograph_bytes: u64,
}

impl From<catalogue::Totals> for Totals {
    fn from(totals: catalogue::Totals) -> Self {
        Self {
            animals: totals.animals,
            visits: totals.visits,
            unconfirmed: totals.unconfirmed,
            photograph_bytes: totals.photograph_bytes,
        }
    }
}

/// The automatic backups.
#[derive(Serialize, ToSchema)]
pub(crate) struct Backups {
    /// When the newest one was made; `null` if there is none, or if their folder has not been there
    /// since the start.
    newest: Option<Timestamp>,
    /// How many there are.
    count: usize,
    /// Whether new ones are encrypted with a passphrase.
    encrypted: bool,
    /// Why there is none of today, in one line of English; `null` if there is one.
    failure: Option<String>,
    /// The names of the photographs that the newest one lacks, since they are missing or cannot be read.
    left_out: Vec<String>,
}

impl From<&kiosk::Backups> for Backups {
    fn from(backups: &kiosk::Backups) -> Self {
        let english = Locale::of(Language::English);
        Self {
            newest: backups.newest,
            count: backups.count,
            encrypted: backups.is_encrypted,
            failure: (backups.failure.as_ref()).map(|reason| english.message(reason)),
            left_out: (backups.left_out.iter())
                .map(|lacking| lacking.photograph.clone())
                .collect(),
        }
    }
}

/// The links to the rest of the daycare and of the chain.
#[derive(Serialize, ToSchema)]
pub(crate) struct Links {
    /// The link to the hub of the chain; `null` where there is to be none.
    hub: Option<Link>,
    /// The link to the MQTT broker; `null` where there is to be none.
    mqtt: Option<Link>,
}

impl From<&kiosk::Links> for Links {
    fn from(links: &kiosk::Links) -> Self {
        Self {
            hub: links.hub.as_ref().map(Link::from),
            mqtt: links.mqtt.as_ref().map(Link::from),
        }
    }
}

/// A link by which others get the events of this kiosk.
#[derive(Serialize, ToSchema)]
pub(crate) struct Link {
    /// The host of the other side.
    host: String,
    /// Whether it is connected.
    connected: bool,
    /// What is wrong and what to do, in one line of English; `null` when all is well.
    message: Option<String>,
    /// Since when it is as it is now.
    since: Timestamp,
    /// How many events wait to be sent.
    waiting: u64,
    /// When the oldest of them happened; `null` if none waits.
    oldest: Option<Timestamp>,
    /// How many events the other side got since the kiosk started.
    sent: u64,
    /// How many events the other side refused since the kiosk started.
    refused: u64,
    /// How many events were dropped, because they had waited longer than the settings allow.
    dropped: u64,
    /// How many animals are known from other sites alone; 0 for MQTT.
    guests: u64,
}

impl From<&kiosk::LinkView> for Link {
    fn from(link: &kiosk::LinkView) -> Self {
        let english = Locale::of(Language::English);
        Self {
            host: link.name.clone(),
            connected: link.is_connected,
            message: (link.message.as_ref()).map(|message| english.message(message)),
            since: link.since,
            waiting: link.waiting,
            oldest: link.oldest,
            sent: link.sent,
            refused: link.refused,
            dropped: link.dropped,
            guests: link.guests,
        }
    }
}

/// A breed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Breed {
    /// Its id, which never changes.
    id: String,
    /// Its species; `null` for `other`.
    species: Option<Species>,
    /// Its name in the language of the request.
    name: String,
    /// What else it is called, in any language. All of these stand for its id in requests.
    aliases: Vec<String>,
}

impl Breed {
    /// `names` are all that it has; id and name may be among them.
    pub(crate) fn new(
        id: BreedId,
        species: Option<recognise::metadata::Species>,
        name: String,
        names: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut aliases: Vec<String> = Vec::new();
        for other in names {
            if id != *other && name != other && !aliases.contains(&other) {
                aliases.push(other);
            }
        }
        Self {
            aliases,
            id: id.into(),
            species: species.map(Species::from),
            name,
        }
    }
}
