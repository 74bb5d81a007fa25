//! Automatic backups: written, verified, and rotated.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use catalogue::{Catalogue, CatalogueError};
use jiff::{Timestamp, ToSpan};

use super::damage::damage_page;
use super::{Daycare, all_of, backed_up, close, contents, files, pug, time};

/// A folder for backups, beside others' files.
fn folder(daycare: &Daycare) -> PathBuf {
    let folder = daycare.elsewhere.path().join("backups");
    fs::create_dir(&folder).unwrap();
    folder
}

/// Backs up at `now` and returns the name of the new file.
fn backs_up(daycare: &Daycare, folder: &Path, now: Timestamp) -> String {
    let before = files(folder);
    daycare.catalogue.back_up_into(folder, now).unwrap();
    let new: Vec<_> = files(folder).difference(&before).cloned().collect();
    assert_eq!(new.len(), 1, "{new:?}");
    new[0].clone()
}

#[test]
fn an_automatic_backup_can_be_restored() {
    let daycare = backed_up();
    let folder = folder(&daycare);
    assert!(
        daycare
            .catalogue
            .automatic_backups(&folder)
            .unwrap()
            .is_empty()
    );
    let now = time("2026-05-01T10:15:03Z");
    let name = backs_up(&daycare, &folder, now);
    assert!(
        name.starts_with("breed-kiosk-") && name.ends_with("-20260501T101503Z.tar"),
        "{name}"
    );
    assert_eq!(daycare.catalogue.automatic_backups(&folder).unwrap(), [now]);
    // Nothing else is left of the check.
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);

    let fresh = Daycare::new();
    fresh.catalogue.restore(&folder.join(name)).unwrap();
    assert_eq!(all_of(&fresh.catalogue), all_of(&daycare.catalogue));
    // The restored catalogue is another one, with backups of its own.
    assert!(
        fresh
            .catalogue
            .automatic_backups(&folder)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn the_newest_of_seven_days_and_four_weeks_stay_and_so_do_files_of_others() {
    let daycare = Daycare::new();
    daycare.adds(&pug("Rex"));
    let folder = folder(&daycare);
    let first = time("2026-04-01T08:00:00Z");
    let name = backs_up(&daycare, &folder, first);
    let named = |at: &str| name.replace("20260401T080000Z", at);
    for day in 2..=60 {
        let at = first + (24 * (day - 1)).hours();
        let at = at.strftime("%Y%m%dT%H%M%SZ").to_string();
        fs::copy(folder.join(&name), folder.join(named(&at))).unwrap();
    }
    let others = [
        named("20260530T070000Z"),
        // Of a clock that was wrong.
        named("20360101T080000Z"),
        "breed-kiosk-0000000000000000-20260401T080000Z.tar".to_owned(),
        "backup.tar".to_owned(),
        "notes.txt".to_owned(),
        format!("copy of {name}"),
    ];
    for other in &others {
        fs::copy(folder.join(&name), folder.join(other)).unwrap();
    }

    // A Sunday.
    let now = time("2026-05-31T08:00:00Z");
    let made = daycare.catalogue.back_up_into(&folder, now).unwrap().kept;
    let kept = [
        "20260510", "20260517", "20260524", "20260525", "20260526", "20260527", "20260528",
        "20260529", "20260530", "20260531",
    ];
    let mut expected: BTreeSet<String> =
        (kept.iter().map(|day| named(&format!("{day}T080000Z")))).collect();
    // Not the first one of its day.
    expected.extend(others[1..].iter().cloned());
    assert_eq!(files(&folder), expected);
    assert_eq!(made.len(), 11, "with the one of the future");
}

#[test]
fn while_the_clock_is_in_doubt_no_backup_is_removed() {
    let daycare = Daycare::new();
    let folder = folder(&daycare);
    let start = time("2026-05-01T08:00:00Z");
    daycare.catalogue.tidy(start).unwrap();
    backs_up(&daycare, &folder, start);
    backs_up(&daycare, &folder, start + 1.hour());
    assert_eq!(files(&folder).len(), 1, "one a day");

    let later = start + (24 * 300).hours();
    backs_up(&daycare, &folder, later);
    backs_up(&daycare, &folder, later + 1.hour());
    assert_eq!(files(&folder).len(), 3);
    daycare
        .catalogue
        .confirm_clock(later + 1.hour(), "owner")
        .unwrap();
    backs_up(&daycare, &folder, later + 2.hours());
    assert_eq!(files(&folder).len(), 2, "one for each of two days");
}

#[test]
fn a_damaged_catalogue_leaves_the_backups_as_they_are() {
    let daycare = backed_up();
    let folder = folder(&daycare);
    let now = time("2026-05-01T10:15:03Z");
    backs_up(&daycare, &folder, now);
    daycare.catalogue.check().unwrap();
    let before = contents(&folder);
    let (data, _elsewhere) = close(daycare);
    damage_page(&data.path().join("catalogue.sqlite"), "change");

    let damaged = Catalogue::open(data.path()).unwrap();
    for error in [
        damaged.check().unwrap_err(),
        damaged.back_up_into(&folder, now + 24.hours()).unwrap_err(),
    ] {
        assert!(matches!(error, CatalogueError::Corrupt { .. }), "{error}");
    }
    assert_eq!(contents(&folder), before);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn what_a_power_cut_left_of_a_backup_is_removed_with_the_next_one() {
    let daycare = backed_up();
    let folder = folder(&daycare);
    let now = time("2026-05-01T10:15:03Z");
    let name = backs_up(&daycare, &folder, now);
    let identity = name.split('-').nth(2).unwrap();
    let (ours, foreign) = (format!(".backup-{identity}-x7f"), ".backup-x7f".to_owned());
    for left in [&ours, &foreign] {
        fs::create_dir(folder.join(left)).unwrap();
        fs::write(folder.join(left).join("catalogue.sqlite"), "half").unwrap();
    }
    daycare
        .catalogue
        .back_up_into(&folder, now + 24.hours())
        .unwrap();
    assert!(!folder.join(ours).exists());
    assert!(folder.join(foreign).exists());
}

#[test]
fn a_folder_that_cannot_be_used_is_refused() {
    let daycare = backed_up();
    let now = time("2026-05-01T10:15:03Z");
    let own = daycare.at("photographs");
    let error = daycare.catalogue.back_up_into(&own, now).unwrap_err();
    assert!(
        matches!(error, CatalogueError::InOwnFolder { .. }),
        "{error}"
    );
    let missing = daycare.elsewhere.path().join("missing");
    let error = daycare.catalogue.back_up_into(&missing, now).unwrap_err();
    assert!(error.to_string().contains("missing"), "{error}");
    assert!(!missing.exists());
}

#[test]
fn a_backup_that_lacks_a_photograph_counts_and_says_so() {
    let daycare = backed_up();
    let folder = folder(&daycare);
    let now = time("2026-05-01T10:15:03Z");
    backs_up(&daycare, &folder, now);
    let lost = daycare.photographs().pop_first().unwrap();
    fs::remove_file(daycare.at("photographs").join(&lost)).unwrap();
    let later = now + 24.hours();
    let backup = daycare.catalogue.back_up_into(&folder, later).unwrap();
    assert_eq!(backup.kept, [now, later]);
    assert_eq!(backup.left_out.len(), 1);
    assert_eq!(backup.left_out[0].photograph, lost);
    // The file itself says so, whenever it is asked.
    let said = |made| daycare.catalogue.left_out_of(&folder, made).unwrap();
    assert_eq!(said(later), backup.left_out);
    assert!(said(now).is_empty());
}
