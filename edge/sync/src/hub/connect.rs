//! Connects to the host of the hub that takes writes.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{MakeTlsConnect, NoTls};
use tokio_postgres::{Client, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::fault::Fault;
use super::settings::{Target, targets};
use crate::tls::{TlsFiles, client_config};

/// How long a host may take from the call to the end of the log-in.
const ATTEMPT: Duration = Duration::from_secs(10);

/// How long it may work on a statement before it gives up by itself.
const STATEMENT: &str = "SET statement_timeout = '30s'";

/// How long an answer may take. More than the above, so that the hub says why it is late.
const ANSWER: Duration = Duration::from_secs(40);

/// A connection to the hub. Dropping it closes it.
pub(crate) struct Connection {
    /// For requests.
    pub(crate) client: Client,
    /// The name of the host, for people.
    pub(crate) host: String,
}

/// Waits for a host's answer, for as long as that makes sense.
pub(crate) async fn answer<T>(
    host: &str,
    request: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Fault> {
    within(ANSWER, host, request).await
}

/// Connects to the first host of the URL that takes writes. Where none does, the error is that of
/// the host that says most of why.
pub(crate) async fn connect(url: &str, files: TlsFiles<'_>) -> Result<Connection, Fault> {
    let targets = targets(url)?;
    let is_clear = |target: &Target| target.config.get_ssl_mode() == SslMode::Disable;
    let tls = if targets.iter().all(is_clear) {
        None
    } else {
        Some(MakeRustlsConnect::new(client_config(files)?))
    };
    let mut told: Option<Fault> = None;
    for target in &targets {
        let connected = match &tls {
            Some(tls) if !is_clear(target) => open(target, tls.clone()).await,
            _ => open(target, NoTls).await,
        };
        match connected {
            Ok(connection) => return Ok(connection),
            Err(fault) => {
                tracing::debug!(host = target.name, reason = fault.reason(), "no hub there");
                if told
                    .as_ref()
                    .is_none_or(|told| fault.weight() > told.weight())
                {
                    told = Some(fault);
                }
            }
        }
    }
    Err(told.unwrap_or(Fault::Silent {
        host: String::new(),
    }))
}

async fn open<T>(target: &Target, tls: T) -> Result<Connection, Fault>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let host = target.name.clone();
    let (client, connection) = within(ATTEMPT, &host, target.config.connect(tls)).await?;
    // It ends when the client is dropped. A caller that waits for an answer learns of a failure too.
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection to the hub ended");
        }
    });
    answer(&host, client.batch_execute(STATEMENT)).await?;
    Ok(Connection { client, host })
}

async fn within<T>(
    time: Duration,
    host: &str,
    request: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Fault> {
    let host = || host.to_owned();
    match timeout(time, request).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Fault::Database {
            host: host(),
            error,
        }),
        Err(_) => Err(Fault::Silent { host: host() }),
    }
}
