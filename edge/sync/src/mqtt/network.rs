//! Keeps a connection going, and tells what comes of it.

use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::v5::{Packet, PubAckReason, Publish, SubscribeReasonCode};
use rumqttc::v5::{Event, EventLoop};
use tokio::sync::mpsc;

use super::broker::meaning;
use super::settings::Address;
use crate::link::LinkState;

/// What comes of a connection.
#[derive(Debug)]
pub(super) enum Heard {
    /// The broker has let the kiosk in.
    Connected {
        /// The largest packet that it takes, in bytes; `None` if it does not say.
        largest: Option<u32>,
    },
    /// The next publication was written, as the packet with this number.
    Written(u16),
    /// The broker has answered to a packet.
    Answered {
        /// Its number.
        packet: u16,
        /// Whether the broker has taken it.
        reason: PubAckReason,
    },
    /// The broker does not let the kiosk subscribe.
    NotSubscribed,
    /// A message from others.
    Message(Box<Publish>),
    /// The connection has ended, or there never was one.
    Ended(LinkState),
}

/// Connects, and keeps the connection going until it ends or nobody listens any more.
///
/// It is polled by a task of its own: a poll that is cancelled while it writes would lose what it
/// writes, and pings go out while the catalogue is busy.
pub(super) async fn keep(mut network: EventLoop, address: Address, heard: mpsc::Sender<Heard>) {
    loop {
        match network.poll().await {
            Ok(event) => {
                if let Some(news) = translate(event)
                    && heard.send(news).await.is_err()
                {
                    return;
                }
            }
            Err(error) => {
                tracing::debug!(%error, "the connection to the broker has ended");
                let end = meaning(&error, &address);
                // What was read in one piece with the end: acknowledgements spare a second sending.
                let before: Vec<Event> = network.state.events.drain(..).collect();
                let news = before.into_iter().filter_map(translate);
                for news in news.chain([Heard::Ended(end)]) {
                    if heard.send(news).await.is_err() {
                        return;
                    }
                }
                return;
            }
        }
    }
}

fn translate(event: Event) -> Option<Heard> {
    match event {
        Event::Outgoing(Outgoing::Publish(packet)) => Some(Heard::Written(packet)),
        Event::Incoming(Packet::ConnAck(greeting)) => {
            let largest = greeting.properties.and_then(|said| said.max_packet_size);
            Some(Heard::Connected { largest })
        }
        Event::Incoming(Packet::PubAck(answer)) => Some(Heard::Answered {
            packet: answer.pkid,
            reason: answer.reason,
        }),
        Event::Incoming(Packet::Publish(message)) => Some(Heard::Message(Box::new(message))),
        Event::Incoming(Packet::SubAck(answer)) => {
            let is_taken =
                |code: &SubscribeReasonCode| matches!(code, SubscribeReasonCode::Success(_));
            let all = answer.return_codes.iter().all(is_taken);
            (!all).then_some(Heard::NotSubscribed)
        }
        _ => None,
    }
}
