//! A catalogue that is opened to be read.

use std::fs;

use catalogue::{Catalogue, CatalogueError, Replace};

use super::{Daycare, all_of, arrival, backed_up, contents, decision, pug};

#[test]
fn what_is_in_the_log_is_read_and_nothing_is_changed() {
    let daycare = backed_up();
    let late = daycare.arrives(&arrival("breed", "pug"));
    let log = daycare.at("catalogue.sqlite-wal");
    assert!(fs::metadata(log).unwrap().len() > 0, "it is in the log");

    let before = contents(&daycare.at("photographs"));
    let read = Catalogue::open_read_only(daycare.folder.path()).unwrap();
    assert_eq!(all_of(&read), all_of(&daycare.catalogue));
    assert_eq!(read.search("rex", 9, 0).unwrap().len(), 1);
    let backup = daycare.elsewhere.path().join("read.tar");
    let left_out = read.backup(&backup, Replace::Backup).unwrap();
    assert!(left_out.is_empty(), "{left_out:?}");
    let fresh = Daycare::new();
    fresh.catalogue.restore(&backup).unwrap();
    assert_eq!(all_of(&fresh.catalogue), all_of(&daycare.catalogue));
    assert_eq!(fresh.photographs(), daycare.photographs());

    for error in [
        read.record(&arrival("breed", "pug")).unwrap_err(),
        read.confirm(late, &decision("pug", None)).unwrap_err(),
        read.add_animal(&pug("Bo"), "ana").unwrap_err(),
    ] {
        let own = daycare.at("catalogue.sqlite");
        let is_refused = matches!(&error, CatalogueError::ReadOnly { file } if *file == own);
        assert!(is_refused, "{error}");
    }
    // What is recorded later is in neither the copy nor lost.
    daycare.arrives(&arrival("breed", "beagle"));
    assert_ne!(all_of(&read), all_of(&daycare.catalogue));
    drop(read);
    assert_eq!(contents(&daycare.at("photographs")), before);
    daycare.catalogue.check().unwrap();
}

#[test]
fn files_that_somebody_copied_without_the_logs_index_are_whole() {
    let daycare = backed_up();
    let copy = tempfile::tempdir().unwrap();
    for name in ["catalogue.sqlite", "catalogue.sqlite-wal"] {
        fs::copy(daycare.at(name), copy.path().join(name)).unwrap();
    }
    let read = Catalogue::open_read_only(copy.path()).unwrap();
    assert_eq!(all_of(&read), all_of(&daycare.catalogue));
}

#[test]
fn a_folder_without_a_catalogue_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    Catalogue::open_read_only(folder.path()).unwrap_err();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
