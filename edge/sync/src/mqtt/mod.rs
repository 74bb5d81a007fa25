//! MQTT: publishes events and the kiosk's state to a broker, so that Home Assistant and others can show
//! them and act on them, and takes commands back where they are allowed.
//!
//! Each event of the outbox is published until the broker has acknowledged it. It may come twice, with
//! the same id. The kiosk's state is retained at the broker, and published again at each connection,
//! since the broker may have lost it.
//!
//! HOME_ASSISTANT.md describes topics, messages and settings.

mod broker;
mod commands;
mod discovery;
mod event;
mod network;
mod session;
mod settings;
mod state;
mod topics;
mod window;

use std::sync::Arc;
use std::time::Duration;

use catalogue::Catalogue;
use jiff::Timestamp;
use recognise::Language;
use retry::BackOff;
use screens::Locale;
use screens::locale::Message;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

pub use commands::{Commands, obey};
pub use settings::{Settings, SettingsError};
pub use state::State;
pub use topics::Topics;

use crate::jitter::jittered;
use crate::link::{self, Link, LinkState};
use session::{End, Kiosk, ask, count_waiting, stopped};

/// The name of this sender in the outbox.
const SENDER: &str = "mqtt";

/// The pauses between attempts to connect: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Publishes events and state, and obeys commands, until `stop` is true or its sender is gone.
///
/// It connects again whatever fails, and says in `link` how it goes. Events wait meanwhile in the
/// catalogue's outbox, where it registers as the sender `mqtt`.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use catalogue::Catalogue;
/// use jiff::Timestamp;
/// use sync::Link;
/// use sync::mqtt::{self, Commands, Settings, State};
/// use tokio::sync::watch;
///
/// # async fn example(
/// #     catalogue: Arc<Catalogue>,
/// #     settings: Settings,
/// #     commands: Arc<dyn Commands>,
/// # ) {
/// let (state, states) = watch::channel(State::default());
/// let (link, mut shown) = watch::channel(Link::new(Timestamp::now()));
/// let (stop, stopped) = watch::channel(false);
/// let kiosk = async {
///     state.send_modify(|state| state.in_house = 3);
///     let answers = shown.wait_for(Link::is_connected).await.is_ok();
///     stop.send_replace(true);
///     answers
/// };
/// let link = mqtt::run(catalogue, settings, states, commands, link, stopped);
/// let ((), answers) = tokio::join!(link, kiosk);
/// assert!(answers);
/// # }
/// ```
pub async fn run(
    catalogue: Arc<Catalogue>,
    settings: Settings,
    mut state: watch::Receiver<State>,
    commands: Arc<dyn Commands>,
    link: watch::Sender<Link>,
    mut stop: watch::Receiver<bool>,
) {
    let outbox = Arc::new(Notify::new());
    let woken = Arc::clone(&outbox);
    catalogue.on_outbox(move || woken.notify_one());
    let mut back_off = BackOff::new(PAUSES.0, PAUSES.1);
    loop {
        let begun = begin(&catalogue, &settings, &commands, &link, &outbox).await;
        let end = match begun {
            Err(state) => End::Failed {
                state,
                has_worked: false,
            },
            Ok(kiosk) => connect(&kiosk, &mut state, &mut stop).await,
        };
        let End::Failed { state, has_worked } = end else {
            return;
        };
        if has_worked {
            back_off.reset();
        }
        let pause = match state {
            LinkState::Refused(_) => jittered(PAUSES.1),
            _ => jittered(back_off.pause()),
        };
        say(&link, state);
        let due = Instant::now() + pause;
        tokio::select! {
            () = wait(due, &catalogue, &link, &outbox) => {}
            () = stopped(&mut stop) => return,
        }
    }
}

/// Prepares a connection: what it takes from the catalogue may have changed since the last one.
async fn begin(
    catalogue: &Arc<Catalogue>,
    settings: &Settings,
    commands: &Arc<dyn Commands>,
    link: &watch::Sender<Link>,
    outbox: &Arc<Notify>,
) -> Result<Kiosk, LinkState> {
    let (id, daycare) = ask(catalogue, |catalogue| {
        catalogue.follow(SENDER)?;
        Ok((catalogue.kiosk_id()?, catalogue.settings()?.name))
    })
    .await?;
    count_waiting(catalogue, link).await?;
    Ok(Kiosk {
        catalogue: Arc::clone(catalogue),
        topics: Topics::new(&settings.topic, &id),
        site: settings.site.clone().unwrap_or(daycare),
        id,
        settings: settings.clone(),
        commands: Arc::clone(commands),
        link: link.clone(),
        outbox: Arc::clone(outbox),
    })
}

/// Connects once.
async fn connect(
    kiosk: &Kiosk,
    state: &mut watch::Receiver<State>,
    stop: &mut watch::Receiver<bool>,
) -> End {
    let refused = |message| End::Failed {
        state: LinkState::Refused(message),
        has_worked: false,
    };
    let options = match broker::options(&kiosk.settings, &kiosk.topics, &kiosk.id) {
        Ok(options) => options,
        Err(message) => return refused(message),
    };
    let address = match kiosk.settings.address() {
        Ok(address) => address,
        Err(error) => return refused(error.message()),
    };
    session::run(kiosk, options, address, state, stop).await
}

/// Waits, and goes on counting the events that wait, too.
async fn wait(
    due: Instant,
    catalogue: &Arc<Catalogue>,
    link: &watch::Sender<Link>,
    outbox: &Notify,
) {
    loop {
        tokio::select! {
            () = sleep_until(due) => return,
            () = outbox.notified() => {
                // Where the catalogue cannot be read, that is logged, and shown at the next attempt.
                let _ = count_waiting(catalogue, link).await;
            }
        }
    }
}

/// Says why the link does not work, in the log only where it is news.
fn say(link: &watch::Sender<Link>, state: LinkState) {
    if link.borrow().state != state
        && let LinkState::Failing(message) | LinkState::Refused(message) = &state
    {
        log(message);
    }
    link::enter(link, state, Timestamp::now());
}

fn log(message: &Message) {
    let reason = Locale::of(Language::English).message(message);
    tracing::warn!(reason, "the MQTT broker cannot be used; it is tried again");
}
