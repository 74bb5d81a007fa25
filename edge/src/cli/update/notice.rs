//! Tells the page of an update that did not work.

use std::path::Path;
use std::time::{Duration, SystemTime};

use desk::kiosk::{Notice, Part};
use screens::locale::Message;

use super::kept::{Kept, State, Step};

/// How long people are told that a version was taken back.
const TOLD: Duration = Duration::from_hours(30 * 24);

/// What people are told of the last update, which left this folder. `None` where there was none or it
/// works, while it is under way, and where this user cannot read what became of it: `kiosk doctor` says
/// that.
pub(in crate::cli) fn notice(folder: &Path, now: SystemTime) -> Option<Notice> {
    let kept = Kept::at(folder);
    let State {
        step, former, new, ..
    } = kept.state().ok()??;
    let since = kept.noted().ok();
    let age = since.and_then(|since| now.duration_since(since).ok());
    let key = match step {
        Step::WentBack if age.is_none_or(|age| age < TOLD) => "notice-update-went-back",
        Step::Stuck => "notice-update-stuck",
        _ => return None,
    };
    Some(Notice {
        part: Part::Update,
        message: Message::new(key).with("new", new).with("former", former),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn state(step: Step) -> State {
        State {
            step,
            former: "1.0".to_owned(),
            new: "1.1".to_owned(),
            listen: "127.0.0.1:8080".parse().unwrap(),
            data: "/var/lib/breed-kiosk".into(),
            seconds: 300,
            starts: 1,
            had_rescue: false,
            unready: None,
            has_way_back: true,
            why: None,
            needs_backup: false,
            catalogue: None,
        }
    }

    #[test]
    fn an_update_that_did_not_work_is_said_for_a_while() {
        let folder = TempDir::new().unwrap();
        let told = |days: u64| {
            let now = SystemTime::now() + Duration::from_hours(24 * days);
            notice(folder.path(), now).map(|notice| notice.message)
        };
        assert_eq!(told(0), None, "there was none");
        let kept = Kept::at(folder.path());
        for (step, days, expected) in [
            (Step::Watching, 0, None),
            (Step::Done, 0, None),
            (Step::WentBack, 29, Some("notice-update-went-back")),
            (Step::WentBack, 31, None),
            (Step::Stuck, 31, Some("notice-update-stuck")),
        ] {
            kept.note(&state(step)).unwrap();
            let expected =
                expected.map(|key| Message::new(key).with("new", "1.1").with("former", "1.0"));
            assert_eq!(told(days), expected, "{step:?} after {days} days");
        }
        fs::write(folder.path().join("update.toml"), "step = ").unwrap();
        assert_eq!(told(0), None);
    }
}
