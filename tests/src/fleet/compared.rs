//! Compares what staff confirmed with what the hub has, and measures how late it came.

use std::collections::BTreeSet;
use std::path::Path;

use catalogue::VisitId;
use tempfile::TempDir;

use super::chain::Chain;
use super::heard::Heard;
use super::simulated::Simulated;
use super::whole::{Whole, database};
use crate::faults::Findings;

/// Decisions that the hub has more than once, or under more than one id.
const DOUBLE: &str = "\
SELECT count(*) FROM (SELECT FROM breed_kiosk.event WHERE kind = 'decision'
                      GROUP BY kiosk, subject, revision HAVING count(*) > 1) AS twice";

/// Compares all of it. What is lost or double is a problem.
pub(super) fn compare(
    kiosks: &[Simulated],
    folder: &TempDir,
    whole: &[Whole],
    heard: &Heard,
    chain: &Chain,
    findings: &mut Findings,
) {
    let simulated = kiosks
        .iter()
        .flat_map(|kiosk| kiosk.confirmed(folder.path()));
    let of_whole = whole.iter().flat_map(Whole::confirmed);
    let (simulated, of_whole): (Vec<_>, Vec<_>) = (simulated.collect(), of_whole.collect());
    let figures = &mut findings.figures;
    figures.add("fleet: simulated kiosks", "", kiosks.len() as f64);
    figures.add("fleet: their check-ins", "", simulated.len() as f64);
    figures.add("fleet: whole kiosks", "", whole.len() as f64);
    figures.add("fleet: their check-ins", "", of_whole.len() as f64);

    let lost = lost(&[simulated, of_whole].concat(), chain);
    let double = number(&chain.query(DOUBLE));
    let refused = number(&chain.query("SELECT count(*) FROM breed_kiosk.refused"));
    let events = events_of(whole, chain);
    let unheard = heard.missing(&events).len();
    for (name, count) in [
        ("check-ins lost", lost as f64),
        ("check-ins double", double),
        ("events refused by the hub", refused),
        ("events lost on the way to the broker", unheard as f64),
    ] {
        findings.figures.add(&format!("fleet: {name}"), "", count);
        if count > 0.0 {
            findings.problem(format!("{count} {name}"));
        }
    }
    let heard = events.len() - unheard;
    let name = "fleet: events heard at the broker";
    findings.figures.add(name, "", heard as f64);
    lag(chain, findings);
}

/// How many of these visits the hub does not have with their decision.
pub(super) fn lost(confirmed: &[String], chain: &Chain) -> usize {
    let decided = "SELECT event.subject FROM breed_kiosk.event
                   JOIN breed_kiosk.visit ON visit.id = event.subject
                   WHERE event.kind = 'decision' AND visit.confirmed_at IS NOT NULL";
    let decided: BTreeSet<String> = lines(&chain.query(decided)).collect();
    let lost = confirmed.iter().filter(|visit| !decided.contains(*visit));
    lost.count()
}

/// How late the hub has events that happened while all was well.
fn lag(chain: &Chain, findings: &mut Findings) {
    let quantile = |share: f64| {
        let lag = format!("percentile_cont({share}) WITHIN GROUP (ORDER BY received - at)");
        format!("coalesce(extract(epoch FROM {lag}), 'NaN')")
    };
    let lags = chain.query(&format!(
        "SELECT {}, {}, count(*) FROM breed_kiosk.event WHERE {}",
        quantile(0.5),
        quantile(0.99),
        chain.all_is_well()
    ));
    let names = [("median", "s"), ("p99", "s"), ("measured events", "")];
    for ((name, unit), value) in names.into_iter().zip(lags.split('|')) {
        let name = format!("fleet: lag when all is well, {name}");
        findings.figures.add(&name, unit, number(value));
    }
}

/// The ids of the events that the hub has of whole kiosks.
pub(super) fn events_of(whole: &[Whole], chain: &Chain) -> Vec<String> {
    let events = |kiosk: String| {
        let events = format!("SELECT id FROM breed_kiosk.event WHERE kiosk = '{kiosk}'");
        lines(&chain.query(&events)).collect::<Vec<_>>()
    };
    whole.iter().map(Whole::id).flat_map(events).collect()
}

/// The ids by which a chain knows these visits of a catalogue. One that the catalogue does not have
/// has its number there, which the hub does not know.
pub(super) fn uids(folder: &Path, visits: &[VisitId]) -> Vec<String> {
    let database = database(folder).expect("the catalogue");
    let mut select = database
        .prepare("SELECT uid FROM visit WHERE id = ?1")
        .expect("a table of visits");
    visits
        .iter()
        .map(|visit| {
            let uid = select.query_row([visit.0], |row| row.get(0));
            uid.unwrap_or_else(|_| format!("visit {visit}"))
        })
        .collect()
}

/// The lines of what a query has printed.
fn lines(printed: &str) -> impl Iterator<Item = String> {
    printed.lines().map(str::to_owned)
}

/// The number that a query has printed.
fn number(printed: &str) -> f64 {
    printed.trim().parse().expect("a number")
}
