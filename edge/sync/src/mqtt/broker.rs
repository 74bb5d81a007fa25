//! Prepares the connection to the broker, and says what its errors mean for people.

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, DisconnectReasonCode, LastWill};
use rumqttc::v5::{ConnectionError, MqttOptions, StateError};
use rumqttc::{NetworkOptions, Transport};
use screens::locale::Message;

use super::settings::{Address, Settings};
use super::topics::{OFFLINE, Topics, identity};
use crate::link::LinkState;
use crate::tls;

/// How many publications may wait for the broker's acknowledgement at a time.
pub(super) const IN_FLIGHT: u16 = 64;

/// The largest packet that the kiosk takes. The broker is told, and keeps larger ones to itself.
const INCOMING_BYTES: u32 = 64 * 1024;

/// How many seconds a connection may take, with TLS and the login.
const CONNECT_SECONDS: u64 = 10;

/// How to connect: MQTT 5, because its acknowledgements say whether the broker has taken a
/// publication. One of MQTT 3.1.1 also acknowledges what it throws away.
pub(super) fn options(
    settings: &Settings,
    topics: &Topics,
    kiosk: &str,
) -> Result<MqttOptions, Message> {
    settings.check().map_err(|error| error.message())?;
    let address = settings.address().map_err(|error| error.message())?;
    let mut options = MqttOptions::new(identity(kiosk), address.host, address.port);
    if address.tls {
        let config = tls::client_config(settings.tls()).map_err(|error| error.message())?;
        options.set_transport(Transport::tls_with_config(config.into()));
    }
    let login = settings.login().map_err(|error| error.message())?;
    if let Some((user, password)) = login {
        options.set_credentials(user, password);
    }
    let will = LastWill::new(topics.status.clone(), OFFLINE, QoS::AtLeastOnce, true, None);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options
        .set_last_will(will)
        .set_keep_alive(settings.patience())
        .set_connection_timeout(CONNECT_SECONDS)
        .set_max_packet_size(Some(INCOMING_BYTES))
        .set_outgoing_inflight_upper_limit(IN_FLIGHT)
        .set_network_options(network);
    Ok(options)
}

/// What the end of a connection means: something that passes, or something that a person has to
/// change.
pub(super) fn meaning(error: &ConnectionError, address: &Address) -> LinkState {
    let host = &address.host;
    // rumqttc does not count this one among an error's sources.
    let certificate = match error {
        ConnectionError::MqttState(StateError::Deserialization(inner)) => {
            tls::message_of(inner, host)
        }
        _ => tls::message_of(error, host),
    };
    if let Some(message) = certificate {
        return LinkState::Refused(message);
    }
    match error {
        ConnectionError::ConnectionRefused(code) => refusal(*code, host),
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) => {
            farewell(*reason_code, host)
        }
        ConnectionError::MqttState(StateError::AwaitPingResp | StateError::CollisionTimeout) => {
            silent(host)
        }
        ConnectionError::MqttState(StateError::ConnectionAborted) => {
            LinkState::Failing(about("link-mqtt-closed", host))
        }
        ConnectionError::Timeout(_) => {
            LinkState::Failing(about("link-mqtt-no-answer", host).with("seconds", CONNECT_SECONDS))
        }
        ConnectionError::Io(reason) => {
            let message = about("link-mqtt-unreachable", host).with("port", address.port);
            LinkState::Failing(message.with("reason", reason))
        }
        _ => LinkState::Failing(about("link-mqtt-lost", host).with("reason", error)),
    }
}

/// The broker does not acknowledge what it is sent.
pub(super) fn silent(host: &str) -> LinkState {
    LinkState::Failing(about("link-mqtt-silent", host))
}

/// The broker's answer to the login.
fn refusal(code: ConnectReturnCode, host: &str) -> LinkState {
    use ConnectReturnCode as Code;
    match code {
        Code::BadUserNamePassword
        | Code::NotAuthorized
        | Code::Banned
        | Code::BadAuthenticationMethod => LinkState::Refused(about("link-mqtt-login", host)),
        Code::UnsupportedProtocolVersion | Code::RefusedProtocolVersion => {
            LinkState::Refused(about("link-mqtt-version", host))
        }
        Code::ServerUnavailable
        | Code::ServiceUnavailable
        | Code::ServerBusy
        | Code::ConnectionRateExceeded => LinkState::Failing(about("link-mqtt-busy", host)),
        _ => {
            LinkState::Refused(about("link-mqtt-refused", host).with("reason", format!("{code:?}")))
        }
    }
}

/// The broker's reason to end a connection.
fn farewell(code: DisconnectReasonCode, host: &str) -> LinkState {
    use DisconnectReasonCode as Code;
    match code {
        Code::NotAuthorized => LinkState::Refused(about("link-mqtt-login", host)),
        Code::SessionTakenOver => LinkState::Refused(about("link-mqtt-taken-over", host)),
        Code::ServerShuttingDown | Code::ServerBusy => {
            LinkState::Failing(about("link-mqtt-closed", host))
        }
        _ => LinkState::Failing(about("link-mqtt-lost", host).with("reason", format!("{code:?}"))),
    }
}

fn about(key: &'static str, host: &str) -> Message {
    Message::new(key).with("host", host)
}

#[cfg(test)]
mod tests {
    use std::io;

    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_says_whether_a_person_has_to_do_something() {
        let address = Address {
            host: "broker".to_owned(),
            port: 1883,
            tls: false,
        };
        let expired = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired);
        let unread = rumqttc::v5::mqttbytes::Error::Io(io::Error::other(alert));
        let taken_over = StateError::ServerDisconnect {
            reason_code: DisconnectReasonCode::SessionTakenOver,
            reason_string: None,
        };
        let cases = [
            (
                ConnectionError::ConnectionRefused(ConnectReturnCode::BadUserNamePassword),
                "link-mqtt-login",
                true,
            ),
            (
                ConnectionError::ConnectionRefused(ConnectReturnCode::ServerBusy),
                "link-mqtt-busy",
                false,
            ),
            (
                ConnectionError::MqttState(taken_over),
                "link-mqtt-taken-over",
                true,
            ),
            (
                ConnectionError::Tls(rumqttc::v5::TlsError::Io(io::Error::other(expired))),
                "link-tls-expired",
                true,
            ),
            (
                ConnectionError::MqttState(StateError::Deserialization(unread)),
                "link-tls-refused",
                true,
            ),
            (
                ConnectionError::Io(io::ErrorKind::ConnectionRefused.into()),
                "link-mqtt-unreachable",
                false,
            ),
            (
                ConnectionError::MqttState(StateError::ConnectionAborted),
                "link-mqtt-closed",
                false,
            ),
        ];
        for (error, key, needs_a_person) in cases {
            let (message, refused) = match meaning(&error, &address) {
                LinkState::Refused(message) => (message, true),
                LinkState::Failing(message) => (message, false),
                other => panic!("{error}: {other:?}"),
            };
            assert_eq!((message.key, refused), (key, needs_a_person), "{error}");
        }
    }

    #[test]
    fn the_last_will_says_that_the_kiosk_is_gone() {
        let settings: Settings = serde_json::from_value(json!({
            "url": "mqtt://broker", "user": "kiosk", "password": "sesame",
        }))
        .unwrap();
        let topics = Topics::new(&settings.topic, "k");
        let options = options(&settings, &topics, "k").unwrap();

        let will = options.last_will().unwrap();
        assert_eq!(will.topic, "breed-kiosk/k/status");
        assert_eq!(will.message, "offline");
        assert!(will.retain);
        assert_eq!(options.broker_address(), ("broker".to_owned(), 1883));
        assert_eq!(options.client_id(), identity("k"));
        assert_eq!(options.credentials().unwrap().password, "sesame");
    }
}
