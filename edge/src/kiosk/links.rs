//! Runs the links to the rest of the daycare and of its chain, on a thread of its own: MQTT, the hub,
//! and the model bundles that the hub has for this kiosk. Nobody at the desk waits for them.

use std::cell::RefCell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use catalogue::{Catalogue, CatalogueError};
use desk::kiosk::{Inbox, LinkView, Links, Live, Notice, Part};
use jiff::{SignedDuration, Timestamp};
use screens::locale::Message;
use sync::{Link, LinkState, hub, mqtt};
use tokio::runtime;
use tokio::sync::watch;
use tokio::task::{self, JoinHandle, LocalSet};
use tokio::time;

use super::fleet;
use super::observer::Observer;
use super::remote::Remote;

pub use super::fleet::Bundles;

/// The pause between two readings of the links' state, and between two updates of what home automation
/// is told.
const SECOND: Duration = Duration::from_secs(1);

/// Between two rounds of the outbox, and before a link that ended by a defect begins again.
const MINUTE: Duration = Duration::from_secs(60);

/// The rounds of the outbox between two in which it is trimmed.
const TRIMMED_EACH: u32 = 60;

/// A link may fail for so long before the desk is told.
const SHORT_CUT: SignedDuration = SignedDuration::from_mins(1);

/// How long the links may take to end, and then what they have begun in the catalogue. The kiosk
/// waits a little longer than for both.
const ENDING: Duration = Duration::from_secs(4);

/// The name of the hub's sender, and of MQTT's, in the outbox.
const HUB: &str = "hub";
const MQTT: &str = "mqtt";

/// Which links there are to be.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The hub of the chain.
    pub hub: Option<hub::Settings>,
    /// The MQTT broker.
    pub mqtt: Option<mqtt::Settings>,
    /// Where model bundles of the hub go; `None` if none are to be installed.
    pub bundles: Option<Bundles>,
}

/// What the kiosk's thread and the page are told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linked {
    /// How the links are.
    pub links: Links,
    /// What is wrong with them.
    pub notices: Vec<Notice>,
}

/// Runs the links, until nobody receives any more how they are. Without settings none runs.
pub(super) fn start(
    catalogue: &Arc<Catalogue>,
    settings: Option<Settings>,
    inbox: &Arc<Inbox>,
    live: &Weak<watch::Sender<Arc<Live>>>,
) -> watch::Receiver<Linked> {
    let (told, linked) = watch::channel(Linked::default());
    let Some(settings) = settings else {
        return linked;
    };
    let catalogue = Arc::clone(catalogue);
    let (inbox, live) = (Arc::clone(inbox), Weak::clone(live));
    thread::spawn(move || {
        let outbox = Outbox::new(Arc::clone(&catalogue), &settings);
        outbox.round(true);
        if settings.hub.is_none() && settings.mqtt.is_none() {
            return;
        }
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(4)
            .build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(%error, "neither MQTT nor the hub can be reached until the next start");
                return;
            }
        };
        let work = || {
            let (catalogue, outbox) = (Arc::clone(&catalogue), outbox.clone());
            let (inbox, live) = (Arc::clone(&inbox), Weak::clone(&live));
            let work = run(
                catalogue,
                settings.clone(),
                outbox,
                inbox,
                live,
                told.clone(),
            );
            LocalSet::new().block_on(&runtime, work);
        };
        // Each link begins again by itself after a defect. This is for what is around them.
        while catch_unwind(AssertUnwindSafe(work)).is_err() && !told.is_closed() {
            tracing::error!("a defect has interrupted the links; they begin again");
            thread::sleep(MINUTE);
        }
        drop((catalogue, outbox));
        runtime.shutdown_timeout(ENDING);
    });
    linked
}

/// Runs the links until nobody wants to be told any more.
async fn run(
    catalogue: Arc<Catalogue>,
    settings: Settings,
    outbox: Outbox,
    inbox: Arc<Inbox>,
    live: Weak<watch::Sender<Arc<Live>>>,
    told: watch::Sender<Linked>,
) {
    let (stop, stopped) = watch::channel(false);
    let now = Timestamp::now();
    let [(to_hub, of_hub), (to_mqtt, of_mqtt)] = [(); 2].map(|()| watch::channel(Link::new(now)));
    let mut running = Vec::new();
    if let Some(hub) = &settings.hub {
        let (catalogue, hub) = (Arc::clone(&catalogue), hub.clone());
        running.push(begin_hub(catalogue, hub, to_hub, stopped.clone()));
    }
    let (state, seen) = watch::channel(mqtt::State::default());
    if let Some(mqtt) = &settings.mqtt {
        let commands = Arc::new(Remote::new(&catalogue, &inbox, &live));
        let (catalogue, mqtt) = (Arc::clone(&catalogue), mqtt.clone());
        running.push(begin_mqtt(
            catalogue, mqtt, seen, commands, to_mqtt, stopped,
        ));
    }
    let observer = (settings.mqtt.as_ref())
        .map(|mqtt| Observer::new(Arc::clone(&catalogue), live, mqtt.pictures));
    let of_fleet = RefCell::new(None);
    let watched = Watched {
        hub: settings.hub.as_ref().map(|hub| (hub.host_names(), of_hub)),
        mqtt: settings
            .mqtt
            .as_ref()
            .map(|mqtt| (host(&mqtt.url), of_mqtt)),
        fleet: &of_fleet,
    };
    tokio::select! {
        () = told.closed() => {}
        () = keep(outbox) => {}
        () = observe(observer, state) => {}
        () = follow_fleet(&settings, &of_fleet) => {}
        () = show(watched, &told) => {}
    }
    stop.send_replace(true);
    // Both end at the same time.
    let due = time::Instant::now() + ENDING;
    for link in running {
        if time::timeout_at(due, link).await.is_err() {
            tracing::warn!("a link did not end in time");
        }
    }
}

fn begin_hub(
    catalogue: Arc<Catalogue>,
    hub: hub::Settings,
    link: watch::Sender<Link>,
    stopped: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let (told, stopped_too) = (link.clone(), stopped.clone());
    supervise(HUB, link, stopped, MINUTE, move || {
        let (catalogue, hub) = (Arc::clone(&catalogue), hub.clone());
        hub::run(catalogue, hub, told.clone(), stopped_too.clone())
    })
}

fn begin_mqtt(
    catalogue: Arc<Catalogue>,
    mqtt: mqtt::Settings,
    seen: watch::Receiver<mqtt::State>,
    commands: Arc<dyn mqtt::Commands>,
    link: watch::Sender<Link>,
    stopped: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let (told, stopped_too) = (link.clone(), stopped.clone());
    supervise(MQTT, link, stopped, MINUTE, move || {
        let (catalogue, mqtt, mut seen) = (Arc::clone(&catalogue), mqtt.clone(), seen.clone());
        let (commands, link) = (Arc::clone(&commands), told.clone());
        let stopped = stopped_too.clone();
        async move {
            // Before the kiosk was first observed there is nothing to tell.
            let _ = seen.wait_for(|state| !state.language.is_empty()).await;
            mqtt::run(catalogue, mqtt, seen, commands, link, stopped).await;
        }
    })
}

/// Runs a link until it ends because it was told to. If a defect ends it before, it begins again after the
/// pause.
fn supervise<F: Future<Output = ()> + 'static>(
    name: &'static str,
    link: watch::Sender<Link>,
    mut stopped: watch::Receiver<bool>,
    pause: Duration,
    mut begin: impl FnMut() -> F + 'static,
) -> JoinHandle<()> {
    task::spawn_local(async move {
        while let Err(error) = task::spawn_local(begin()).await {
            tracing::error!(link = name, %error, "a link ended by a defect; it begins again");
            link.send_modify(|link| {
                link.state = LinkState::Failing(Message::new("notice-link-defect"));
                link.since = Timestamp::now();
            });
            tokio::select! {
                _ = stopped.wait_for(|is_stopped| *is_stopped) => return,
                () = time::sleep(pause) => {}
            }
        }
    })
}

/// Who sends from the outbox, and how much it may hold.
#[derive(Clone)]
struct Outbox {
    catalogue: Arc<Catalogue>,
    senders: [(&'static str, bool); 2],
    keep: Option<SignedDuration>,
}

impl Outbox {
    fn new(catalogue: Arc<Catalogue>, settings: &Settings) -> Self {
        let days = [
            settings.hub.as_ref().map(|hub| hub.keep_days),
            settings.mqtt.as_ref().map(|mqtt| mqtt.keep_days),
        ];
        // An event that one of them still wants is there for both.
        let days = days.into_iter().flatten().max();
        Self {
            catalogue,
            senders: [
                (HUB, settings.hub.is_some()),
                (MQTT, settings.mqtt.is_some()),
            ],
            keep: days.map(|days| SignedDuration::from_hours(24 * i64::from(days))),
        }
    }

    /// Registers the senders that are configured, and no other. The catalogue may have become that of a
    /// backup meanwhile, which knows of others. What fails is tried again in the next round.
    fn round(&self, trim: bool) {
        if let Err(error) = self.try_round(trim) {
            tracing::warn!(%error, "the outbox cannot be kept up to date");
        }
    }

    fn try_round(&self, trim: bool) -> Result<(), CatalogueError> {
        for (sender, is_wanted) in self.senders {
            if is_wanted {
                self.catalogue.follow(sender)?;
            } else {
                self.catalogue.unfollow(sender)?;
            }
        }
        if let Some(keep) = self.keep.filter(|_| trim) {
            self.catalogue.trim_outbox(keep)?;
        }
        Ok(())
    }
}

/// Sees to the outbox now and then.
async fn keep(outbox: Outbox) {
    for round in 1_u32.. {
        time::sleep(MINUTE).await;
        let outbox = outbox.clone();
        let trim = round.is_multiple_of(TRIMMED_EACH);
        if let Err(error) = task::spawn_blocking(move || outbox.round(trim)).await {
            tracing::error!(%error, "a round of the outbox ended by a defect");
        }
    }
}

/// Tells home automation what the kiosk is doing, whenever that has changed.
async fn observe(observer: Option<Observer>, told: watch::Sender<mqtt::State>) {
    let Some(mut observer) = observer else {
        return pending().await;
    };
    loop {
        let observed = task::spawn_blocking(move || {
            let state = observer.observe();
            (observer, state)
        });
        match observed.await {
            Ok((back, state)) => {
                observer = back;
                if let Some(state) = state {
                    tell_news(&told, state);
                }
            }
            Err(error) => {
                tracing::error!(%error, "home automation is told nothing new, because of a defect");
                return pending().await;
            }
        }
        time::sleep(SECOND).await;
    }
}

/// Takes in the model bundles of the hub, where it is to. Puts what is wrong with the newest into
/// `notice`.
async fn follow_fleet(settings: &Settings, notice: &RefCell<Option<Message>>) {
    if let (Some(hub), Some(bundles)) = (&settings.hub, &settings.bundles) {
        fleet::follow(hub, bundles, |message| {
            notice.replace(message);
        })
        .await;
    }
    pending().await
}

/// What is known of the links.
struct Watched<'a> {
    hub: Option<(String, watch::Receiver<Link>)>,
    mqtt: Option<(String, watch::Receiver<Link>)>,
    fleet: &'a RefCell<Option<Message>>,
}

/// Tells how the links are, whenever that has changed.
async fn show(watched: Watched<'_>, told: &watch::Sender<Linked>) {
    loop {
        let now = Timestamp::now();
        let mut linked = Linked::default();
        linked
            .notices
            .extend((watched.fleet.borrow().clone()).map(|message| Notice {
                part: Part::Model,
                message,
            }));
        if let Some((name, link)) = &watched.hub {
            let link = link.borrow();
            linked.notices.extend(notice(Part::Hub, &link, now));
            linked.links.hub = Some(view(name, &link));
        }
        if let Some((name, link)) = &watched.mqtt {
            let link = link.borrow();
            linked.notices.extend(notice(Part::Mqtt, &link, now));
            linked.links.mqtt = Some(view(name, &link));
        }
        tell_news(told, linked);
        time::sleep(SECOND).await;
    }
}

/// Tells something, unless it has been told before.
fn tell_news<T: PartialEq>(told: &watch::Sender<T>, news: T) {
    told.send_if_modified(|known| {
        let is_new = *known != news;
        *known = news;
        is_new
    });
}

/// What the desk is told of a link: nothing of a short cut, since the link heals by itself.
#[must_use]
pub fn notice(part: Part, link: &Link, now: Timestamp) -> Option<Notice> {
    let message = match &link.state {
        LinkState::Connecting | LinkState::Connected => return None,
        LinkState::Refused(message) => message,
        // A clock that was set meanwhile shows a notice too early rather than never.
        LinkState::Failing(message) => {
            let is_lasting = now.duration_since(link.since).abs() >= SHORT_CUT;
            Some(message).filter(|_| is_lasting)?
        }
    };
    Some(Notice {
        part,
        message: message.clone(),
    })
}

fn view(name: &str, link: &Link) -> LinkView {
    let message = match &link.state {
        LinkState::Failing(message) | LinkState::Refused(message) => Some(message),
        LinkState::Connecting | LinkState::Connected => link.note.as_ref(),
    };
    LinkView {
        name: name.to_owned(),
        is_connected: link.is_connected(),
        message: message.cloned(),
        since: link.since,
        waiting: link.waiting,
        oldest: link.oldest,
        sent: link.sent,
        refused: link.refused,
        dropped: link.dropped,
        guests: link.guests,
    }
}

/// The host of an address, or all of them, with their ports; empty if it names none. A password that
/// was not escaped may have `/`, `?` or `@` in it: no part of it shows, since the host comes after the last
/// `@`.
pub(crate) fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    host.to_owned()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use recognise::metadata::Species;
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_host_is_named_without_its_password() {
        for (url, expected) in [
            (
                "postgresql://u:p@hub.example:6000/d?a=b",
                "hub.example:6000",
            ),
            ("postgresql://u@one,two:6000/d", "one,two:6000"),
            ("postgresql://u:p%40@[::1]/d", "[::1]"),
            ("postgresql://u:se/cr?et@hub.example/d", "hub.example"),
            ("postgresql://u:se@cr/et@hub.example/d", "hub.example"),
            ("host=hub.example password=secret", ""),
            ("mqtts://broker", "broker"),
            ("mqtt://broker:1884/", "broker:1884"),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn a_link_that_panics_is_said_and_begins_again() {
        let runtime = runtime::Builder::new_current_thread().enable_time().build();
        let (link, seen) = watch::channel(Link::new(Timestamp::now()));
        let (_stop, stopped) = watch::channel(false);
        let begun = Rc::new(Cell::new(0));
        let count = Rc::clone(&begun);
        let begin = move || {
            count.set(count.get() + 1);
            let is_first = count.get() == 1;
            async move { assert!(!is_first, "a defect, for a test") }
        };
        let ended = LocalSet::new().block_on(&runtime.unwrap(), async {
            let running = supervise("test", link, stopped, Duration::ZERO, begin);
            running.await
        });
        ended.unwrap();
        assert_eq!(begun.get(), 2);
        let defect = LinkState::Failing(Message::new("notice-link-defect"));
        assert_eq!(seen.borrow().state, defect);
    }

    #[test]
    fn senders_are_those_that_are_configured() {
        let folder = TempDir::new().unwrap();
        let catalogue = Arc::new(Catalogue::open(folder.path()).unwrap());
        let hub: hub::Settings =
            toml::from_str("url = 'postgresql://u@h/d'\nsite = 'North'").unwrap();
        let mqtt: mqtt::Settings = toml::from_str("url = 'mqtt://broker'\nkeep_days = 90").unwrap();
        let settings = Settings {
            hub: Some(hub),
            mqtt: Some(mqtt),
            bundles: None,
        };
        let outbox = Outbox::new(Arc::clone(&catalogue), &settings);
        assert_eq!(outbox.keep, Some(SignedDuration::from_hours(90 * 24)));
        outbox.round(true);
        let fields = ::catalogue::AnimalFields::new("Rex", Species::Dog, "beagle");
        catalogue.add_animal(&fields, "ana").unwrap();
        let waiting = |sender| catalogue.backlog(sender).unwrap().waiting;
        assert_eq!((waiting(HUB), waiting(MQTT)), (1, 1));

        // What is no longer configured is no longer waited for.
        let only_mqtt = Settings {
            hub: None,
            ..settings
        };
        Outbox::new(Arc::clone(&catalogue), &only_mqtt).round(false);
        assert_eq!((waiting(HUB), waiting(MQTT)), (0, 1));
    }
}
