//! One connection to the broker, from its beginning to its end.

use std::future::pending;
use std::sync::Arc;

use catalogue::{Catalogue, CatalogueError};
use jiff::Timestamp;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, PubAckReason, Publish};
use rumqttc::v5::{AsyncClient, MqttOptions};
use screens::locale::Message;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::{self, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::broker::{self, IN_FLIGHT};
use super::commands::{Commands, obey};
use super::discovery::{Announcement, announcements, birth};
use super::network::{self, Heard};
use super::settings::{Address, Settings};
use super::state::State;
use super::topics::{ONLINE, Topics};
use super::window::{Publication, Window};
use super::{SENDER, event};
use crate::link::{self, Link, LinkState};

/// The most bytes of a payload. A broker may take less.
const PAYLOAD_BYTES: usize = 1024 * 1024;

/// What a packet has beside its payload, at most, the topic included.
const PACKET_OVERHEAD: usize = 512;

/// How many requests the client holds: what is in flight, and all that is retained.
const REQUESTS: usize = 2 * IN_FLIGHT as usize;

/// What all connections share.
pub(super) struct Kiosk {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) settings: Settings,
    pub(super) topics: Topics,
    /// Its UUID.
    pub(super) id: String,
    /// The name of the daycare.
    pub(super) site: String,
    pub(super) commands: Arc<dyn Commands>,
    pub(super) link: watch::Sender<Link>,
    /// Notified when there are new events.
    pub(super) outbox: Arc<Notify>,
}

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// The kiosk stops.
    Stopped,
    /// It failed.
    Failed {
        /// For this reason.
        state: LinkState,
        /// Whether the broker did its work before.
        has_worked: bool,
    },
}

/// Connects, and publishes until the connection fails or the kiosk stops. The connection is then just
/// dropped, so that the broker publishes the last will, whatever ended it.
pub(super) async fn run(
    kiosk: &Kiosk,
    options: MqttOptions,
    address: Address,
    state: &mut watch::Receiver<State>,
    stop: &mut watch::Receiver<bool>,
) -> End {
    let host = address.host.clone();
    let (client, network) = AsyncClient::new(options, REQUESTS);
    let (tell, mut heard) = mpsc::channel(REQUESTS);
    // Ends with this set.
    let mut tasks = JoinSet::new();
    tasks.spawn(network::keep(network, address, tell));
    let mut session = Session::new(kiosk, client);
    let patience = kiosk.settings.patience();
    let mut is_told_of_state = true;
    loop {
        let due = session.window.due(patience);
        let done = tokio::select! {
            news = heard.recv() => session.hear(news, state).await,
            changed = state.changed(), if is_told_of_state => {
                is_told_of_state = changed.is_ok();
                session.has_news = true;
                Ok(())
            }
            () = kiosk.outbox.notified() => {
                session.has_events = true;
                session.count_waiting().await
            }
            () = until(due) => Err(broker::silent(&host)),
            () = stopped(stop) => return End::Stopped,
        };
        let done = match done {
            Ok(()) => session.publish(state).await,
            Err(state) => Err(state),
        };
        if let Err(state) = done {
            // What was acknowledged need not be sent again. Where this fails, that is logged, and receivers
            // tell doubles by their ids.
            let _ = session.note_finished().await;
            let has_worked = session.has_worked;
            return End::Failed { state, has_worked };
        }
    }
}

/// Waits until the kiosk stops.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // It has stopped, too, if nobody is left who could say so.
    let _ = stop.wait_for(|is_stopped| *is_stopped).await;
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}

/// Asks the catalogue, on a thread that may wait for the disk.
pub(super) async fn ask<T: Send + 'static>(
    catalogue: &Arc<Catalogue>,
    question: impl FnOnce(&Catalogue) -> Result<T, CatalogueError> + Send + 'static,
) -> Result<T, LinkState> {
    let catalogue = Arc::clone(catalogue);
    let reason = match task::spawn_blocking(move || question(&catalogue)).await {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::warn!(%reason, "the events for MQTT cannot be read");
    Err(LinkState::Failing(Message::new("link-mqtt-catalogue")))
}

/// Notes how many events wait.
pub(super) async fn count_waiting(
    catalogue: &Arc<Catalogue>,
    link: &watch::Sender<Link>,
) -> Result<(), LinkState> {
    let backlog = ask(catalogue, |catalogue| catalogue.backlog(SENDER)).await?;
    link::update(link, |link| {
        link.waiting = backlog.waiting;
        link.oldest = backlog.oldest;
        link.dropped = backlog.dropped;
    });
    Ok(())
}

/// A connection, and what was published by it.
struct Session<'a> {
    kiosk: &'a Kiosk,
    client: AsyncClient,
    window: Window,
    /// Whether the broker has let the kiosk in.
    is_connected: bool,
    /// Whether it has done its work.
    has_worked: bool,
    /// The most bytes of a payload that it takes.
    payload_bytes: usize,
    /// Whether there may be events that were not read from the outbox.
    has_events: bool,
    /// Whether something retained may have to be published.
    has_news: bool,
    /// What was published last.
    state: Option<String>,
    picture: Option<Option<Arc<Vec<u8>>>>,
    announced: Vec<Announcement>,
}

impl<'a> Session<'a> {
    fn new(kiosk: &'a Kiosk, client: AsyncClient) -> Self {
        Self {
            kiosk,
            client,
            window: Window::default(),
            is_connected: false,
            has_worked: false,
            payload_bytes: PAYLOAD_BYTES,
            has_events: true,
            has_news: true,
            state: None,
            picture: None,
            announced: Vec::new(),
        }
    }

    /// Goes on with what the connection tells.
    async fn hear(
        &mut self,
        news: Option<Heard>,
        state: &watch::Receiver<State>,
    ) -> Result<(), LinkState> {
        match news {
            Some(Heard::Connected { largest }) => {
                self.connected(largest);
                Ok(())
            }
            Some(Heard::Written(packet)) => {
                self.window.written(packet);
                Ok(())
            }
            Some(Heard::Answered { packet, reason }) => {
                self.answered(packet, reason)?;
                if self.window.is_finished() {
                    self.note_finished().await?;
                }
                Ok(())
            }
            Some(Heard::NotSubscribed) => {
                self.note(Message::new("link-mqtt-not-subscribed"));
                Ok(())
            }
            Some(Heard::Message(message)) => {
                self.take(&message, state);
                Ok(())
            }
            Some(Heard::Ended(state)) => Err(state),
            // Only a defect of the client ends it without a word.
            None => Err(LinkState::Failing(Message::new("link-mqtt-defect"))),
        }
    }

    /// The broker has let the kiosk in.
    fn connected(&mut self, largest: Option<u32>) {
        let kiosk = self.kiosk;
        let (settings, topics) = (&kiosk.settings, &kiosk.topics);
        self.is_connected = true;
        link::update(&kiosk.link, |link| link.note = None);
        if let Some(largest) = largest.and_then(|bytes| usize::try_from(bytes).ok()) {
            let payload = largest.saturating_sub(PACKET_OVERHEAD);
            self.payload_bytes = payload.min(PAYLOAD_BYTES);
        }
        let mut filters = Vec::new();
        if settings.commands {
            for topic in [&topics.confirm, &topics.next, &topics.language] {
                // At most once: a command that comes twice would confirm the next arrival. A message
                // that was sent as retained keeps its mark, so that it is never obeyed.
                let mut filter = Filter::new(topic, QoS::AtMostOnce);
                filter.preserve_retain = true;
                filters.push(filter);
            }
        }
        if !settings.discovery.is_empty() {
            filters.push(Filter::new(birth(settings), QoS::AtMostOnce));
        }
        if !filters.is_empty() {
            // Fails only when the connection has ended, which is told next.
            let _ = self.client.try_subscribe_many(filters);
        }
        let (status, picture) = (topics.status.clone(), topics.picture.clone());
        self.give(Publication::Status, status, true, ONLINE.into());
        if !settings.pictures {
            // One of the time when pictures were allowed.
            self.give(Publication::Removal, picture, true, Vec::new());
        }
    }

    /// The broker has answered to a publication.
    fn answered(&mut self, packet: u16, reason: PubAckReason) -> Result<(), LinkState> {
        let Some(publication) = self.window.answered(packet, Instant::now()) else {
            return Ok(());
        };
        let is_taken = matches!(
            reason,
            PubAckReason::Success | PubAckReason::NoMatchingSubscribers
        );
        if !is_taken {
            return self.refused(publication, reason);
        }
        match publication {
            Publication::Event(seq) => self.window.done(seq),
            Publication::State | Publication::Picture | Publication::Discovery => {
                self.has_news = true;
            }
            Publication::Status | Publication::Removal => {}
        }
        // A broker that takes everything but the events that wait is of no use.
        let is_of_use = matches!(publication, Publication::Event(_)) || self.window.is_finished();
        if is_of_use && !self.has_worked {
            self.has_worked = true;
            link::enter(&self.kiosk.link, LinkState::Connected, Timestamp::now());
        }
        Ok(())
    }

    /// The broker does not take a publication. Without events the link is of no use; without the
    /// others it is of use, and its status says what is missing.
    fn refused(&mut self, publication: Publication, reason: PubAckReason) -> Result<(), LinkState> {
        let kiosk = self.kiosk;
        let topics = &kiosk.topics;
        let topic = match publication {
            // A kiosk that may not publish there has nothing to remove.
            Publication::Removal => return Ok(()),
            Publication::Event(_) => &topics.event,
            Publication::Status => &topics.status,
            Publication::State => &topics.state,
            Publication::Picture => &topics.picture,
            Publication::Discovery => &kiosk.settings.discovery,
        };
        let is_forbidden = matches!(
            reason,
            PubAckReason::NotAuthorized | PubAckReason::TopicNameInvalid
        );
        let message = if is_forbidden {
            Message::new("link-mqtt-forbidden").with("topic", topic)
        } else {
            let message = Message::new("link-mqtt-not-taken").with("topic", topic);
            message.with("reason", format!("{reason:?}"))
        };
        if !matches!(publication, Publication::Event(_)) {
            self.note(message);
            return Ok(());
        }
        self.has_worked = false;
        Err(if is_forbidden {
            LinkState::Refused(message)
        } else {
            LinkState::Failing(message)
        })
    }

    /// A message from others.
    fn take(&mut self, message: &Publish, state: &watch::Receiver<State>) {
        let kiosk = self.kiosk;
        let settings = &kiosk.settings;
        if !settings.discovery.is_empty() && message.topic == birth(settings) {
            // Home Assistant has started, and may have lost what it knew.
            if !message.retain && message.payload == ONLINE {
                self.announced.clear();
                self.has_news = true;
            }
        } else if settings.commands {
            let languages = state.borrow().languages.clone();
            let commands = kiosk.commands.as_ref();
            obey(commands, &kiosk.topics, &languages, message);
        }
    }

    /// Publishes what is there to publish.
    async fn publish(&mut self, state: &mut watch::Receiver<State>) -> Result<(), LinkState> {
        if !self.is_connected {
            return Ok(());
        }
        if std::mem::take(&mut self.has_news) {
            let current = state.borrow_and_update().clone();
            self.publish_news(&current);
        }
        if self.has_events && !self.window.has_events() {
            self.publish_events().await?;
        }
        Ok(())
    }

    /// Publishes what is retained, where it differs from what was published last. There is never more
    /// than one of each on its way: what changes meanwhile is published after the acknowledgement.
    fn publish_news(&mut self, current: &State) {
        let kiosk = self.kiosk;
        let (settings, topics) = (&kiosk.settings, &kiosk.topics);
        if !self.window.holds(Publication::Discovery) {
            let all = announcements(settings, topics, &kiosk.id, current);
            if all != self.announced {
                for Announcement { topic, payload } in &all {
                    let payload = payload.clone().into_bytes();
                    self.give(Publication::Discovery, topic.clone(), true, payload);
                }
                self.announced = all;
            }
        }
        let json = current.json();
        let is_new = self.state.as_ref() != Some(&json);
        if is_new && !self.window.holds(Publication::State) {
            let payload = json.clone().into_bytes();
            self.give(Publication::State, topics.state.clone(), true, payload);
            self.state = Some(json);
        }
        let is_new = self.picture.as_ref() != Some(&current.picture);
        if settings.pictures && is_new && !self.window.holds(Publication::Picture) {
            // No picture is an empty message, which takes the last one off the broker.
            let bytes = current.picture.as_deref().cloned().unwrap_or_default();
            self.give(Publication::Picture, topics.picture.clone(), true, bytes);
            self.picture = Some(current.picture.clone());
        }
    }

    /// Publishes the next events of the outbox.
    async fn publish_events(&mut self) -> Result<(), LinkState> {
        let kiosk = self.kiosk;
        let limit = usize::from(IN_FLIGHT);
        let events = ask(&kiosk.catalogue, move |catalogue| {
            catalogue.waiting(SENDER, limit)
        });
        let events = events.await?;
        self.has_events = events.len() == limit;
        for event in events {
            let json = event::json(&event, &kiosk.id, &kiosk.site);
            let topic = kiosk.topics.event.clone();
            if json.len() > self.payload_bytes {
                self.too_large(&topic, json.len());
                self.window.pass_over(event.seq);
                continue;
            }
            self.give(
                Publication::Event(event.seq),
                topic,
                false,
                json.into_bytes(),
            );
        }
        if self.window.is_finished() {
            self.note_finished().await?;
        }
        Ok(())
    }

    /// Notes in the outbox which events the broker has.
    async fn note_finished(&mut self) -> Result<(), LinkState> {
        let Some(finished) = self.window.take_finished() else {
            return Ok(());
        };
        let catalogue = &self.kiosk.catalogue;
        ask(catalogue, move |catalogue| {
            catalogue.sent(SENDER, finished.last)
        })
        .await?;
        link::update(&self.kiosk.link, |link| {
            link.sent += finished.sent;
            link.refused += finished.refused;
        });
        self.count_waiting().await
    }

    async fn count_waiting(&self) -> Result<(), LinkState> {
        count_waiting(&self.kiosk.catalogue, &self.kiosk.link).await
    }

    /// Gives a publication to the client. One that the broker would end the connection for is left out.
    fn give(&mut self, publication: Publication, topic: String, retain: bool, payload: Vec<u8>) {
        if payload.len() > self.payload_bytes {
            self.too_large(&topic, payload.len());
            return;
        }
        self.window.give(publication, Instant::now());
        // Fails only when the connection has ended, which is told next.
        let _ = self
            .client
            .try_publish(topic, QoS::AtLeastOnce, retain, payload);
    }

    fn too_large(&self, topic: &str, bytes: usize) {
        tracing::warn!(topic, bytes, "a message is too large for the broker");
        let message = Message::new("link-mqtt-too-large").with("topic", topic);
        self.note(message.with("bytes", bytes));
    }

    /// What people should know although the link works.
    fn note(&self, message: Message) {
        link::update(&self.kiosk.link, |link| link.note = Some(message));
    }
}
