//! Somebody who listens at the broker, as Home Assistant does, and remembers every event.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rumqttc::{Client, Event, MqttOptions, Outgoing, Packet, QoS};
use serde_json::Value;

/// The events of all kiosks.
const EVENTS: &str = "breed-kiosk/+/event";

/// The largest message, in bytes.
const LARGEST: usize = 1 << 20;

/// The pause before the next try to connect.
const PAUSE: Duration = Duration::from_millis(50);

/// The ids of the events that have arrived.
pub(super) struct Heard {
    ids: Arc<Mutex<BTreeSet<String>>>,
    /// Ends its connection, and with it its thread.
    client: Client,
}

impl Heard {
    /// Listens at a broker on this port of 127.0.0.1, whatever happens to it.
    pub(super) fn listen(port: u16) -> Self {
        let mut options = MqttOptions::new("fleet", "127.0.0.1", port);
        options.set_keep_alive(Duration::from_secs(5));
        options.set_max_packet_size(LARGEST, LARGEST);
        // The broker keeps for it what comes while the connection is down.
        options.set_clean_session(false);
        let (client, mut connection) = Client::new(options, 10);
        let (ids, subscriber) = (Arc::<Mutex<BTreeSet<String>>>::default(), client.clone());
        let known = Arc::clone(&ids);
        thread::spawn(move || {
            for event in connection.iter() {
                match event {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        // Not when the client has just been dropped.
                        let _ = subscriber.try_subscribe(EVENTS, QoS::AtLeastOnce);
                    }
                    Ok(Event::Incoming(Packet::Publish(publish))) => {
                        let event: Value =
                            serde_json::from_slice(&publish.payload).unwrap_or_default();
                        if let Some(id) = event["event"].as_str() {
                            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                            known.insert(id.to_owned());
                        }
                    }
                    Ok(Event::Outgoing(Outgoing::Disconnect)) => return,
                    Ok(_) => {}
                    Err(_) => thread::sleep(PAUSE),
                }
            }
        });
        Self { ids, client }
    }

    /// Which of these events have not arrived.
    pub(super) fn missing(&self, events: &[String]) -> Vec<String> {
        let known = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = events.iter().filter(|id| !known.contains(*id));
        missing.cloned().collect()
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        // Without a connection the thread goes on trying until the program ends.
        let _ = self.client.try_disconnect();
    }
}
