//! What is said about cameras at http addresses: each error has a text in both languages.

use std::collections::BTreeSet;

use devices::camera::CameraError;
use devices::camera::http::HttpError;
use screens::locale::Message;

use crate::messages::check_texts;

const TEXTS: [&str; 2] = [
    include_str!("../../../screens/locales/en/cameras-http.ftl"),
    include_str!("../../../screens/locales/fr/cameras-http.ftl"),
];

fn all() -> Vec<Message> {
    let errors = [
        HttpError::UnknownHost,
        HttpError::Unreachable,
        HttpError::Refused,
        HttpError::Forbidden,
        HttpError::Certificate("it is of yesterday".to_owned()),
        HttpError::NoLogin,
        HttpError::LoginRefused,
        HttpError::LoginKind,
        HttpError::LoginElsewhere("http://192.168.1.21/".to_owned()),
        HttpError::NotFound,
        HttpError::Status(503),
        HttpError::RedirectKind("file:///etc/passwd".to_owned()),
        HttpError::Redirects,
        HttpError::Content("text/html".to_owned()),
        HttpError::NotAPicture,
        HttpError::TooBig,
        HttpError::Silent,
        HttpError::Ended,
        HttpError::Failed("the wire is tired".to_owned()),
    ];
    let errors = errors.map(|error| CameraError::Http {
        camera: "http://192.168.1.20/stream".to_owned(),
        error,
    });
    errors.iter().map(Message::from).collect()
}

#[test]
fn every_error_has_a_text_in_both_languages_that_uses_all_arguments() {
    check_texts(all());
}

#[test]
fn every_text_is_that_of_an_error() {
    let expected: BTreeSet<&str> = all().iter().map(|message| message.key).collect();
    for texts in TEXTS {
        let lines = texts.lines().filter_map(|line| line.split_once(" = "));
        let found: BTreeSet<&str> = lines.map(|(key, _)| key).collect();
        assert_eq!(found, expected);
    }
}
