//! `trainer::dataset::fetch` with networks, servers and archives that fail in every way.

mod server;

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use indicatif::ProgressBar;
use md5::{Digest, Md5};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use server::{Answer, Request, Server};
use sha2::Sha256;
use tar::{EntryType, Header};
use tempfile::TempDir;
use trainer::dataset::boxes::Boxes;
use trainer::dataset::fetch::{Archive, Boxed, FetchError, Known, Outcome, Settings, Sum, fetch};
use trainer::dataset::{Dataset, Note};

const SETTINGS: Settings = Settings {
    retries: 3,
    back_off: Duration::from_millis(1),
    max_bytes: 1 << 20,
    max_entries: 10,
};

/// A `tar.gz` of these entries.
fn tar_gz(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&tar_of(entries)).unwrap();
    encoder.finish().unwrap()
}

/// A `tar` of these entries. The names are written into the headers unchecked.
fn tar_of(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

/// An archive like the dataset's, too large for one read.
fn good() -> Vec<u8> {
    let mut photograph = vec![0; 300_000];
    ChaCha8Rng::seed_from_u64(1).fill_bytes(&mut photograph);
    tar_gz(&[
        ("./images/", EntryType::Directory, b""),
        ("./images/pug_1.jpg", EntryType::Regular, &photograph),
        ("./images/deep/er/pug_2.jpg", EntryType::Regular, b"two"),
        ("./._images", EntryType::Regular, b"of another system"),
    ])
}

fn archive(urls: &[String], content: &[u8]) -> Archive {
    Archive {
        file: "images.tar.gz".to_owned(),
        folder: "images".to_owned(),
        urls: urls.to_vec(),
        sum: Sum::Md5(hex(&Md5::digest(content))),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fetch_into(out: &Path, archive: &Archive) -> Result<Outcome, FetchError> {
    fetch(archive, out, &SETTINGS, &ProgressBar::hidden())
}

/// The names in a folder, sorted.
fn contents(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn assert_complete(out: &Path) {
    assert_eq!(contents(out), ["images"]);
    assert_eq!(
        fs::metadata(out.join("images/pug_1.jpg")).unwrap().len(),
        300_000
    );
    assert_eq!(
        fs::read(out.join("images/deep/er/pug_2.jpg")).unwrap(),
        b"two"
    );
}

#[test]
fn every_archive_has_an_address_and_a_checksum_and_without_tls_one_that_cannot_be_forged() {
    for known in [Known::OxfordIiitPet, Known::StanfordDogs] {
        for archive in known.archives() {
            let file = format!("/{}", archive.file);
            assert!(!archive.urls.is_empty());
            assert!(archive.urls.iter().all(|url| url.ends_with(&file)));
            let is_safe = archive.urls.iter().all(|url| url.starts_with("https://"));
            let (digits, least) = match &archive.sum {
                Sum::Md5(digits) => (digits, 32),
                Sum::Sha256(digits) => (digits, 64),
            };
            assert!(digits.len() == least && (is_safe || least == 64));
        }
    }
}

/// An archive of the Stanford Dogs dataset with these files, all in one folder.
fn stanford(known: &Archive, server: &Server, tar: &[u8]) -> Archive {
    Archive {
        urls: vec![server.url(&format!("/{}", known.file))],
        sum: Sum::Sha256(hex(&Sha256::digest(tar))),
        ..known.clone()
    }
}

#[test]
fn the_stanford_dogs_dataset_becomes_breeds_with_the_names_that_the_kiosk_knows() {
    let annotation = "<annotation><size><width>200</width><height>100</height></size><object><name>Chihuahua</name>\
                      <bndbox><xmin>50</xmin><ymin>10</ymin><xmax>150</xmax><ymax>90</ymax></bndbox></object>\
                      </annotation>";
    let tars = [
        tar_of(&[
            (
                "Annotation/n02085620-Chihuahua/n02085620_1",
                EntryType::Regular,
                annotation.as_bytes(),
            ),
            (
                "Annotation/n02088238-basset/n02088238_2",
                EntryType::Regular,
                b"<annotation>",
            ),
        ]),
        tar_of(&[
            (
                "Images/n02085620-Chihuahua/n02085620_1.jpg",
                EntryType::Regular,
                b"one",
            ),
            (
                "Images/n02088238-basset/n02088238_2.jpg",
                EntryType::Regular,
                b"two",
            ),
            (
                "Images/n02115913-dhole/n02115913_3.jpg",
                EntryType::Regular,
                b"three",
            ),
        ]),
    ];
    let served = tars.clone();
    let server = Server::new(move |request, _| {
        let tar = usize::from(request.path == "/images.tar");
        Answer::right(&served[tar], request)
    });
    let out = TempDir::new().unwrap();
    let known = Known::StanfordDogs;
    for (archive, tar) in known.archives().iter().zip(&tars) {
        fetch_into(out.path(), &stanford(archive, &server, tar)).unwrap();
    }
    let boxed = Boxed {
        photographs: 1,
        left_out: 1,
    };
    assert_eq!(known.finish(out.path()).unwrap(), Some(boxed));

    let dataset = Dataset::open(out.path()).unwrap();
    let ids: Vec<&str> = dataset
        .breeds
        .iter()
        .map(|breed| breed.id.as_str())
        .collect();
    assert_eq!(ids, ["basset_hound", "chihuahua", "dhole"]);
    assert_eq!(dataset.trainval.len() + dataset.test.len(), 3);
    let unused = dataset
        .notes
        .iter()
        .filter(|note| matches!(note, Note::UnusedBreeds { .. }));
    assert_eq!(
        unused.count(),
        1,
        "breeds.toml knows more breeds: {:?}",
        dataset.notes
    );

    let table = out.path().join("boxes.csv");
    let boxes = Boxes::open(&table).unwrap();
    let [photo] = &boxes.photos[..] else {
        panic!("one photograph: {boxes:?}");
    };
    assert!(
        photo
            .path
            .ends_with("Images/n02085620-Chihuahua/n02085620_1.jpg")
    );
    assert_eq!(photo.boxes[0].region.corners(), [0.25, 0.1, 0.75, 0.9]);

    // What its owner changes stays as it is.
    fs::write(&table, "mine").unwrap();
    assert_eq!(known.finish(out.path()).unwrap(), None);
    assert_eq!(fs::read(&table).unwrap(), b"mine");

    // An annotation that cannot be read is not one that is left out.
    fs::remove_file(&table).unwrap();
    fs::create_dir(out.path().join("Annotation/n02088238-basset/a folder")).unwrap();
    let error = known.finish(out.path()).unwrap_err();
    assert!(matches!(error, FetchError::Read { .. }), "{error}");
    assert!(!table.exists());
}

#[test]
fn an_archive_with_another_sha_256_is_refused() {
    let tar = tar_of(&[(
        "Images/n02085620-Chihuahua/1.jpg",
        EntryType::Regular,
        b"one",
    )]);
    let served = tar.clone();
    let server = Server::new(move |request, _| Answer::right(&served, request));
    let out = TempDir::new().unwrap();
    let [_, images] = Known::StanfordDogs.archives();
    let other = stanford(&images, &server, b"another file");
    let message = fetch_into(out.path(), &other).unwrap_err().to_string();
    let found = hex(&Sha256::digest(&tar));
    assert!(
        message.contains(&format!("it has the SHA-256 {found} instead of")),
        "{message}"
    );
    assert!(contents(out.path()).is_empty());
}

#[test]
fn an_archive_is_downloaded_unpacked_and_deleted_and_not_fetched_again() {
    let file = good();
    let server = Server::new({
        let file = file.clone();
        move |request, _| Answer::right(&file, request)
    });
    let root = TempDir::new().unwrap();
    let out = root.path().join("new/folder");
    let archive = archive(&[server.url("/images.tar.gz")], &file);
    assert_eq!(
        fetch_into(&out, &archive).unwrap(),
        Outcome::Unpacked { files: 2 }
    );
    assert_complete(&out);
    assert_eq!(fetch_into(&out, &archive).unwrap(), Outcome::AlreadyThere);
    assert_eq!(server.asked(), [None]);
}

/// Checks that the archive arrives from a server that answers in some way, with the requests expected.
fn check_arrives(
    kept: Option<&[u8]>,
    answer: impl Fn(&[u8], &Request, usize) -> Answer + Send + 'static,
    expect: &[Option<usize>],
) {
    let file = good();
    let served = file.clone();
    let server = Server::new(move |request, before| answer(&served, request, before));
    let out = TempDir::new().unwrap();
    if let Some(kept) = kept {
        fs::write(out.path().join("images.tar.gz.part"), kept).unwrap();
    }
    let archive = archive(&[server.url("/images.tar.gz")], &file);
    fetch_into(out.path(), &archive).unwrap();
    assert_complete(out.path());
    assert_eq!(server.asked(), expect);
}

#[test]
fn a_download_that_breaks_off_is_continued() {
    check_arrives(
        None,
        |file, request, before| match before {
            0 => Answer::ok(file).cut_to(100_000),
            1 => Answer::error("503 Service Unavailable"),
            2 => Answer::right(file, request).cut_to(50_000),
            _ => Answer::right(file, request),
        },
        &[None, Some(100_000), Some(100_000), Some(150_000)],
    );
}

#[test]
fn a_partial_download_of_an_earlier_run_is_continued() {
    let file = good();
    let half = file.len() / 2;
    check_arrives(
        Some(&file[..half]),
        |file, request, _| Answer::right(file, request),
        &[Some(half)],
    );
    check_arrives(
        Some(&file),
        |file, request, _| Answer::right(file, request),
        &[Some(file.len())],
    );
}

#[test]
fn a_partial_download_longer_than_the_file_is_started_over() {
    let longer = [good(), vec![0; 10]].concat();
    check_arrives(
        Some(&longer),
        |file, request, _| Answer::right(file, request),
        &[Some(longer.len()), None],
    );
}

#[test]
fn a_server_without_ranges_sends_the_whole_file_again() {
    check_arrives(
        None,
        |file, _, before| match before {
            0 => Answer::ok(file).cut_to(100_000),
            _ => Answer::ok(file),
        },
        &[None, Some(100_000)],
    );
}

#[test]
fn a_server_may_announce_more_bytes_than_it_has() {
    let length = good().len();
    check_arrives(
        None,
        |file, request, _| {
            let mut answer = Answer::right(file, request);
            if request.from.is_none() {
                answer.length += 1000;
            }
            answer
        },
        &[None, Some(length)],
    );
}

#[test]
fn the_second_address_is_used_if_the_first_fails() {
    let file = good();
    let server = Server::new({
        let file = file.clone();
        move |request, _| match request.path.as_str() {
            "/new/images.tar.gz" => Answer::error("404 Not Found"),
            _ => Answer::right(&file, request),
        }
    });
    let out = TempDir::new().unwrap();
    let urls = [
        server.url("/new/images.tar.gz"),
        server.url("/old/images.tar.gz"),
    ];
    fetch_into(out.path(), &archive(&urls, &file)).unwrap();
    assert_complete(out.path());
    assert_eq!(server.asked(), [None, None]);
}

#[test]
fn a_wrong_file_is_deleted_and_both_sums_are_named() {
    let check = |answer: fn(&[u8]) -> Answer| {
        let file = good();
        let served = file.clone();
        let server = Server::new(move |_, _| answer(&served));
        let out = TempDir::new().unwrap();
        let archive = archive(&[server.url("/images.tar.gz")], &file);
        let error = fetch_into(out.path(), &archive).unwrap_err();
        let FetchError::WrongSum {
            expected, found, ..
        } = &error
        else {
            panic!("{error}");
        };
        assert_eq!(*expected, archive.sum);
        let message = error.to_string();
        assert!(
            message.contains(expected.digits()) && message.contains(found.digits()),
            "{message}"
        );
        assert!(message.contains("run the command again"), "{message}");
        assert!(contents(out.path()).is_empty());
        assert_eq!(server.asked(), [None]);
    };
    check(|_| Answer::ok(b"please log in to the network"));
    // If fewer bytes are announced than sent, only those are read.
    check(|file| Answer {
        length: file.len() - 1000,
        ..Answer::ok(file)
    });
}

#[test]
fn a_download_without_progress_is_given_up_and_the_part_is_kept() {
    let file = good();
    let server = Server::new({
        let file = file.clone();
        move |request, _| match request.from {
            None => Answer::ok(&file).cut_to(1000),
            Some(from) => Answer::part(&file, from).cut_to(0),
        }
    });
    let out = TempDir::new().unwrap();
    let archive = archive(&[server.url("/images.tar.gz")], &file);
    let error = fetch_into(out.path(), &archive).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error}");
    // The first try made progress, the retries did not.
    assert_eq!(server.asked().len(), 1 + SETTINGS.retries as usize + 1);
    assert_eq!(contents(out.path()), ["images.tar.gz.part"]);
}

#[test]
fn if_no_address_answers_the_message_says_what_to_do_by_hand() {
    // Bound to find a free port and closed again, so that nothing listens there.
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let server = Server::new(|_, _| Answer::error("404 Not Found"));
    let urls = [
        format!("http://{closed}/images.tar.gz"),
        server.url("/images.tar.gz"),
    ];
    let out = TempDir::new().unwrap();
    let archive = archive(&urls, b"");
    let message = fetch_into(out.path(), &archive).unwrap_err().to_string();
    let folder = out.path().display().to_string();
    for part in [&urls[0], &urls[1], "HTTP 404", "by hand", &folder] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(message.lines().count(), 1);
    assert_eq!(server.asked(), [None]);
}

#[test]
fn an_archive_put_there_by_hand_is_checked_and_unpacked() {
    let out = TempDir::new().unwrap();
    let file = out.path().join("images.tar.gz");
    fs::write(&file, b"another file").unwrap();
    let archive = archive(&[], &good());
    let error = fetch_into(out.path(), &archive).unwrap_err();
    assert!(matches!(error, FetchError::WrongSum { .. }), "{error}");
    // The file belongs to the user and is kept.
    assert_eq!(fs::read(&file).unwrap(), b"another file");

    fs::write(&file, good()).unwrap();
    fetch_into(out.path(), &archive).unwrap();
    assert_complete(out.path());
}

#[test]
fn the_program_refuses_an_archive_of_another_version_in_one_line_and_keeps_it() {
    let out = TempDir::new().unwrap();
    let file = out.path().join("annotation.tar");
    fs::write(&file, b"of another version").unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_trainer"))
        .args(["fetch", "--dataset", "stanford-dogs", "--out"])
        .arg(out.path())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let errors = String::from_utf8(run.stderr).unwrap();
    let lines: Vec<&str> = errors.lines().collect();
    let [terms, refusal] = &lines[..] else {
        panic!("the terms and one line: {errors}");
    };
    assert!(terms.contains("non-commercial research"), "{terms}");
    let found = hex(&Sha256::digest(b"of another version"));
    let expected = format!(
        "trainer: {} is not the right file: it has the SHA-256 {found} instead of",
        file.display()
    );
    assert!(refusal.starts_with(&expected), "{refusal}");
    assert_eq!(contents(out.path()), ["annotation.tar"]);
    assert_eq!(fs::read(&file).unwrap(), b"of another version");
}

#[test]
fn a_folder_that_is_in_the_way_is_kept() {
    let out = TempDir::new().unwrap();
    fs::create_dir(out.path().join("images")).unwrap();
    fs::write(out.path().join("images/mine.jpg"), b"mine").unwrap();
    fs::write(out.path().join("images.tar.gz"), good()).unwrap();
    let error = fetch_into(out.path(), &archive(&[], &good())).unwrap_err();
    assert!(matches!(error, FetchError::Occupied { .. }), "{error}");
    assert_eq!(contents(&out.path().join("images")), ["mine.jpg"]);
    assert_eq!(contents(out.path()), ["images", "images.tar.gz"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let out = TempDir::new().unwrap();
    let file = out.path().join("file");
    fs::write(&file, b"not a folder").unwrap();
    let error = fetch_into(&file, &archive(&[], &good())).unwrap_err();
    assert!(matches!(error, FetchError::Write { .. }), "{error}");
    assert!(error.to_string().contains(&file.display().to_string()));
    assert_eq!(fs::read(&file).unwrap(), b"not a folder");
}

#[test]
fn a_half_unpacked_folder_of_a_killed_run_is_removed() {
    let out = TempDir::new().unwrap();
    let left = out.path().join(".images.unpacking/images");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("half.jpg"), b"half").unwrap();
    fs::write(out.path().join("images.tar.gz"), good()).unwrap();
    fetch_into(out.path(), &archive(&[], &good())).unwrap();
    assert_complete(out.path());
    assert!(!out.path().join("images/half.jpg").exists());
}

#[test]
fn a_dangerous_archive_is_not_unpacked() {
    let check = |file: &[u8], expect: &str| {
        let root = TempDir::new().unwrap();
        let out = root.path().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("images.tar.gz"), file).unwrap();
        let message = fetch_into(&out, &archive(&[], file))
            .unwrap_err()
            .to_string();
        assert!(message.contains(expect), "{expect}: {message}");
        assert_eq!(contents(root.path()), ["out"], "{expect}");
        assert_eq!(contents(&out), ["images.tar.gz"], "{expect}");
    };
    let after_a_photograph = |name: &str, kind: EntryType, content: &[u8]| {
        tar_gz(&[
            ("images/pug_1.jpg", EntryType::Regular, b"one"),
            (name, kind, content),
        ])
    };
    let evil = |name: &str, kind: EntryType| after_a_photograph(name, kind, b"");
    let outside = "would lead out of the folder";
    check(&evil("../x", EntryType::Regular), outside);
    check(&evil("images/../../x", EntryType::Regular), outside);
    check(&evil("images/../..", EntryType::Directory), outside);
    check(&evil("/tmp/x", EntryType::Regular), outside);
    let other = "neither a file nor a folder";
    check(&evil("images/x", EntryType::Symlink), other);
    check(&evil("images/x", EntryType::Link), other);
    check(&evil("images/x", EntryType::Char), other);
    check(&evil("images/x", EntryType::Block), other);
    check(&evil("images/x", EntryType::Fifo), other);

    let zeros = vec![0; SETTINGS.max_bytes as usize];
    let bomb = after_a_photograph("images/x", EntryType::Regular, &zeros);
    assert!(bomb.len() < 10_000);
    check(&bomb, "more than 10 entries or 1048576 bytes");
    check(
        &after_a_photograph("x", EntryType::Regular, &zeros),
        "more than 10 entries",
    );
    let names: Vec<String> = (0..11).map(|index| format!("images/{index}")).collect();
    let many: Vec<(&str, EntryType, &[u8])> = (names.iter())
        .map(|name| (name.as_str(), EntryType::Regular, &b""[..]))
        .collect();
    check(&tar_gz(&many), "more than 10 entries");

    check(
        &tar_gz(&[("other/x", EntryType::Regular, b"x")]),
        "holds no folder images/",
    );
    check(b"not an archive", "cannot read");
    let whole = good();
    check(&whole[..whole.len() / 2], "cannot read");
}

#[test]
fn an_entry_that_declares_more_bytes_than_it_has_is_refused() {
    let check = |declared: u64, expect: &str| {
        let mut header = Header::new_gnu();
        header.set_path("images/x").unwrap();
        header.set_size(declared);
        header.set_entry_type(EntryType::Regular);
        header.set_cksum();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(header.as_bytes()).unwrap();
        encoder.write_all(b"little").unwrap();
        let file = encoder.finish().unwrap();
        let out = TempDir::new().unwrap();
        fs::write(out.path().join("images.tar.gz"), &file).unwrap();
        let message = fetch_into(out.path(), &archive(&[], &file))
            .unwrap_err()
            .to_string();
        assert!(message.contains(expect), "{declared}: {message}");
        assert_eq!(contents(out.path()), ["images.tar.gz"]);
    };
    check(1000, "cannot read");
    check(
        SETTINGS.max_bytes + 1,
        "more than 10 entries or 1048576 bytes",
    );
    check(u64::MAX / 2, "more than 10 entries or 1048576 bytes");
}
