//! TLS handshakes without pause: some strangers say half of their greeting and no more, some say nothing once the
//! kiosk has answered it, and others finish theirs and go away.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::beside::{Beside, Done};
use super::crowd;
use crate::program::Program;

/// After this long, those who have stopped begin again.
const HELD: Duration = Duration::from_secs(1);

/// This many strangers at a time begin handshakes. `authority` is the certificate of the kiosk's authority,
/// in DER. Counts the handshakes that are finished.
pub(super) fn begin(kiosk: &Program, authority: &[u8], strangers: usize, done: Done) -> Beside {
    let address: SocketAddr = kiosk.address().parse().expect("an address");
    let config = Arc::new(trusting(authority));
    let greeting = greeting(&config, address);
    Beside::start(async move {
        let mut shaking = JoinSet::new();
        for index in 0..strangers {
            let stranger = Stranger {
                index,
                kiosk: address,
                says: match index % 3 {
                    0 => Some(greeting[..greeting.len() / 2].to_vec()),
                    1 => Some(greeting.clone()),
                    _ => None,
                },
                config: Arc::clone(&config),
                done: done.clone(),
            };
            shaking.spawn(stranger.shake_for_ever());
        }
        shaking.join_all().await;
    })
}

/// Trusts one authority, and makes each handshake a whole one.
fn trusting(authority: &[u8]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let added = roots.add(CertificateDer::from(authority.to_vec()));
    added.expect("the certificate of the kiosk's authority");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions of TLS");
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.resumption = Resumption::disabled();
    config
}

/// What a client says first.
fn greeting(config: &Arc<ClientConfig>, kiosk: SocketAddr) -> Vec<u8> {
    let client = ClientConnection::new(Arc::clone(config), kiosk.ip().into());
    let mut client = client.expect("a client of TLS");
    let mut greeting = Vec::new();
    let written = client.write_tls(&mut greeting);
    written.expect("a greeting");
    greeting
}

struct Stranger {
    index: usize,
    kiosk: SocketAddr,
    /// What it says before it stops; `None` if it finishes its handshake.
    says: Option<Vec<u8>>,
    config: Arc<ClientConfig>,
    done: Done,
}

impl Stranger {
    async fn shake_for_ever(self) {
        loop {
            // It is broken off where the kiosk makes room.
            let _ = self.shake().await;
            // Without a free port nothing else would be waited for.
            yield_now().await;
        }
    }

    async fn shake(&self) -> io::Result<()> {
        let mut stream = crowd::connect(self.kiosk, self.index).await?;
        if let Some(says) = &self.says {
            stream.write_all(says).await?;
            // The kiosk may end it before.
            let _ = timeout(HELD, stream.read_to_end(&mut Vec::new())).await;
            return Ok(());
        }
        let connector = TlsConnector::from(Arc::clone(&self.config));
        connector.connect(self.kiosk.ip().into(), stream).await?;
        self.done.note();
        Ok(())
    }
}
