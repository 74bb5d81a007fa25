//! What is known of the links to the rest of the daycare and of the chain.

use jiff::Timestamp;
use screens::locale::Message;

/// What is known of the links; `None` for one that is not configured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Links {
    /// The link to the hub of the chain.
    pub hub: Option<LinkView>,
    /// The link to the MQTT broker.
    pub mqtt: Option<LinkView>,
}

/// How a link is.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkView {
    /// The host of the other side.
    pub name: String,
    /// Whether it is connected.
    pub is_connected: bool,
    /// What is wrong and what to do; `None` when all is well. A link may be connected and have
    /// something to say, such as that the clocks of both sides differ.
    pub message: Option<Message>,
    /// Since when it is as it is now.
    pub since: Timestamp,
    /// How many events wait to be sent.
    pub waiting: u64,
    /// When the oldest of them happened; `None` if none waits.
    pub oldest: Option<Timestamp>,
    /// How many events the other side got since the kiosk started.
    pub sent: u64,
    /// How many events the other side refused since the kiosk started.
    pub refused: u64,
    /// How many events were dropped, because they had waited longer than the settings allow.
    pub dropped: u64,
    /// How many animals are known from other sites alone; 0 for MQTT.
    pub guests: u64,
}
