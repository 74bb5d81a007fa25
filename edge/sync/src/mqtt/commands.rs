//! Commands from others. A message is obeyed only if it was sent just now: the broker delivers a
//! retained one again at each connection, and it would confirm the guest who stands at the desk then.

use rumqttc::v5::mqttbytes::v5::Publish;

use super::topics::Topics;

/// The most bytes of a command.
const BYTES: usize = 256;

/// Carries out commands. The calls must not block: they are made by the thread of the connection.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use rumqttc::v5::mqttbytes::QoS;
/// use rumqttc::v5::mqttbytes::v5::Publish;
/// use sync::mqtt::{Commands, Topics, obey};
///
/// /// Counts how often something was confirmed.
/// #[derive(Default)]
/// struct Kiosk(AtomicU32);
///
/// impl Commands for Kiosk {
///     fn confirm(&self) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
///     fn next(&self) {}
///     fn language(&self, _: &str) {}
/// }
///
/// let (kiosk, topics) = (Kiosk::default(), Topics::new("breed-kiosk", "desk"));
/// let topic = "breed-kiosk/desk/set/confirm";
/// let message = Publish::new(topic, QoS::AtMostOnce, b"PRESS".to_vec(), None);
/// obey(&kiosk, &topics, &[], &message);
/// assert_eq!(kiosk.0.into_inner(), 1);
/// ```
pub trait Commands: Send + Sync {
    /// Confirms what the screen shows, as the button of the kiosk does.
    fn confirm(&self);
    /// Shows the next suggestion, as the button of the kiosk does.
    fn next(&self);
    /// Changes the language of the screen to the one with this BCP 47 tag.
    fn language(&self, id: &str);
}

/// Carries out the command in a message. `languages` are those that the screen has. Whatever is no
/// command, is retained or is too large is ignored, and the log says so.
pub fn obey(commands: &dyn Commands, topics: &Topics, languages: &[String], message: &Publish) {
    let topic = String::from_utf8_lossy(&message.topic);
    let payload = str::from_utf8(&message.payload).unwrap_or_default().trim();
    if message.retain {
        tracing::warn!(%topic, "a retained command is ignored; send commands without retain");
    } else if message.payload.len() > BYTES {
        let bytes = message.payload.len();
        tracing::warn!(%topic, bytes, "a command that is too large is ignored");
    } else if topic == topics.confirm {
        commands.confirm();
    } else if topic == topics.next {
        commands.next();
    } else if topic == topics.language && languages.iter().any(|known| known == payload) {
        commands.language(payload);
    } else {
        tracing::warn!(%topic, "a message that is no command is ignored");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use rumqttc::v5::mqttbytes::QoS;

    use super::*;

    #[derive(Default)]
    struct Obeyed(Mutex<Vec<String>>);

    impl Commands for Obeyed {
        fn confirm(&self) {
            self.0.lock().unwrap().push("confirm".to_owned());
        }
        fn next(&self) {
            self.0.lock().unwrap().push("next".to_owned());
        }
        fn language(&self, id: &str) {
            self.0.lock().unwrap().push(id.to_owned());
        }
    }

    /// What is done on a message.
    fn done(topic: &str, payload: Vec<u8>, retain: bool) -> Vec<String> {
        let obeyed = Obeyed::default();
        let topics = Topics::new("breed-kiosk", "k");
        let mut message = Publish::new(topic, QoS::AtMostOnce, payload, None);
        message.retain = retain;
        let languages = ["en".to_owned(), "fr".to_owned()];
        obey(&obeyed, &topics, &languages, &message);
        obeyed.0.into_inner().unwrap()
    }

    #[test]
    fn commands_are_obeyed() {
        let cases = [
            ("breed-kiosk/k/set/confirm", "PRESS", "confirm"),
            ("breed-kiosk/k/set/next", "", "next"),
            ("breed-kiosk/k/set/language", "fr\n", "fr"),
        ];
        for (topic, payload, expected) in cases {
            assert_eq!(done(topic, payload.into(), false), [expected], "{topic}");
        }
    }

    #[test]
    fn whatever_is_retained_too_large_or_no_command_is_ignored() {
        let cases: [(&str, Vec<u8>, bool); 6] = [
            ("breed-kiosk/k/set/confirm", b"PRESS".to_vec(), true),
            ("breed-kiosk/k/set/confirm", vec![b' '; 257], false),
            ("breed-kiosk/k/set/language", b"de".to_vec(), false),
            ("breed-kiosk/k/set/language", vec![0xFF, 0xFE], false),
            ("breed-kiosk/another/set/confirm", b"PRESS".to_vec(), false),
            ("breed-kiosk/k/set/erase", b"PRESS".to_vec(), false),
        ];
        for (topic, payload, retain) in cases {
            assert!(done(topic, payload, retain).is_empty(), "{topic}");
        }
    }
}
