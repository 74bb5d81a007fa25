//! Carries out what home automation asks for by MQTT: presses of buttons, and another language.

use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Weak};

use catalogue::Catalogue;
use desk::kiosk::{Command, Inbox, Live, Order, Shown};
use recognise::Language;
use screens::Button;
use sync::mqtt;
use tokio::sync::watch;

use super::presses::Presser;
use super::rounds;

/// What the history calls the author of a setting that was changed by MQTT.
const AUTHOR: &str = "mqtt";

/// Carries out what home automation asks for.
pub(super) struct Remote {
    presser: Presser,
    languages: SyncSender<Language>,
}

impl Remote {
    /// The disk may be slow, and the links go on meanwhile: a thread of its own changes the language, for
    /// as long as this is there.
    pub(super) fn new(
        catalogue: &Arc<Catalogue>,
        inbox: &Arc<Inbox>,
        live: &Weak<watch::Sender<Arc<Live>>>,
    ) -> Self {
        let (languages, asked) = mpsc::sync_channel(1);
        let presser = Presser::new(inbox, live);
        let (catalogue, inbox) = (Arc::downgrade(catalogue), Arc::clone(inbox));
        rounds::serve("change of language by MQTT", asked, move |language| {
            set_language(&catalogue, &inbox, language);
            Some(())
        });
        Self { presser, languages }
    }
}

/// Changes the language of the kiosk, unless it is the one already.
fn set_language(catalogue: &Weak<Catalogue>, inbox: &Inbox, language: Language) {
    let Some(catalogue) = catalogue.upgrade() else {
        return;
    };
    let changed = catalogue.settings().and_then(|settings| {
        if settings.language == language {
            return Ok(false);
        }
        let settings = catalogue::Settings {
            language,
            ..settings
        };
        catalogue.set_settings(&settings, AUTHOR).map(|_| true)
    });
    drop(catalogue);
    match changed {
        // A kiosk that has stopped reads the settings when it starts.
        Ok(true) => {
            let _ = inbox.give(Order::new(Command::Settings, Shown::default()));
        }
        Ok(false) => {}
        Err(error) => tracing::warn!(%error, "the language cannot be changed"),
    }
}

impl mqtt::Commands for Remote {
    fn confirm(&self) {
        self.presser.give(Command::Press(Button::Confirm));
    }

    fn next(&self) {
        self.presser.give(Command::Press(Button::Next));
    }

    fn language(&self, id: &str) {
        let Some(language) = Language::of_tag(id) else {
            tracing::warn!("a language that the kiosk does not know was asked for by MQTT");
            return;
        };
        if let Err(error) = self.languages.try_send(language) {
            tracing::info!(%error, "a change of language by MQTT is passed over");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use desk::kiosk::Arrival;
    use sync::mqtt::Commands;
    use tempfile::TempDir;

    use super::*;

    /// What may be asked for by MQTT, and the kiosk that is asked.
    struct House {
        _folder: TempDir,
        catalogue: Arc<Catalogue>,
        inbox: Arc<Inbox>,
        live: Arc<watch::Sender<Arc<Live>>>,
    }

    impl House {
        fn new() -> Self {
            let folder = TempDir::new().unwrap();
            let arrival = Arrival {
                id: 7,
                ..Arrival::default()
            };
            let live = Live {
                arrival,
                ..Live::default()
            };
            Self {
                catalogue: Arc::new(Catalogue::open(folder.path()).unwrap()),
                inbox: Arc::default(),
                live: Arc::new(watch::channel(Arc::new(live)).0),
                _folder: folder,
            }
        }

        fn remote(&self) -> Remote {
            Remote::new(&self.catalogue, &self.inbox, &Arc::downgrade(&self.live))
        }
    }

    #[test]
    fn home_automation_presses_buttons_for_what_is_shown() {
        let house = House::new();
        let remote = house.remote();
        remote.confirm();
        remote.next();
        let orders = house.inbox.wait(Duration::ZERO);
        let buttons: Vec<_> = orders.iter().map(|order| &order.command).collect();
        assert!(
            matches!(
                buttons[..],
                [
                    Command::Press(Button::Confirm),
                    Command::Press(Button::Next)
                ]
            ),
            "{buttons:?}"
        );
        assert!(orders.iter().all(|order| order.shown.arrival == 7));
    }

    #[test]
    fn home_automation_changes_the_language_and_nothing_else() {
        let house = House::new();
        let settings = catalogue::Settings {
            name: "North".to_owned(),
            ..catalogue::Settings::default()
        };
        house.catalogue.set_settings(&settings, "owner").unwrap();
        let remote = house.remote();
        remote.language("tlh");
        assert!(house.inbox.wait(Duration::ZERO).is_empty());
        remote.language("fr");
        let orders = house.inbox.wait(Duration::from_secs(20));
        assert!(matches!(orders[0].command, Command::Settings), "{orders:?}");
        let expected = catalogue::Settings {
            language: Language::French,
            ..settings
        };
        assert_eq!(house.catalogue.settings().unwrap(), expected);

        // What is set already makes nobody draw the screen again.
        let catalogue = Arc::downgrade(&house.catalogue);
        set_language(&catalogue, &house.inbox, Language::French);
        assert!(house.inbox.wait(Duration::ZERO).is_empty());
    }
}
