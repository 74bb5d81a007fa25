//! Writes log lines to stderr, for the terminal or for systemd's journal.

use std::env;
use std::fmt;
use std::io::{self, IsTerminal};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// The environment variable that sets the least level: `error`, `warn`, `info` (the default),
/// `debug`, `trace` or `off`.
const LEVEL: &str = "KIOSK_LOG";

/// Sends the program's log to stderr from now on.
pub(super) fn start() {
    let asked = env::var(LEVEL).ok();
    let level = asked.as_deref().and_then(|level| level.parse().ok());
    tracing_subscriber::fmt()
        .with_max_level(level.unwrap_or(LevelFilter::INFO))
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .fmt_fields(DefaultFields::new())
        .event_format(Line {
            // systemd sets it for a service whose stderr is the journal.
            is_journal: env::var_os("JOURNAL_STREAM").is_some(),
        })
        .init();
    if let (Some(asked), None) = (asked, level) {
        tracing::warn!("{LEVEL}={asked}: not a level; use error, warn, info, debug, trace or off");
    }
}

/// A log line: `kiosk: error: the camera fails error=... device=...`.
struct Line {
    is_journal: bool,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = *event.metadata().level();
        if self.is_journal {
            // The priority of the line: `sd-daemon(3)`. The journal adds program and time.
            write!(writer, "<{}>", priority(level))?;
        } else {
            write!(writer, "kiosk: ")?;
        }
        match level {
            Level::ERROR => write!(writer, "error: ")?,
            Level::WARN => write!(writer, "warning: ")?,
            Level::INFO => {}
            Level::DEBUG | Level::TRACE => write!(writer, "debug: ")?,
        }
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

/// The syslog priority of a level.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}
