//! `trainer sign` writes signatures that others can check, with the key and no other one.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

use minisign::{KeyPair, SignatureBox};
use tempfile::TempDir;

use crate::bundle::Draft;

fn sign(folder: &Path, bundle: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trainer"))
        .current_dir(folder)
        .args(["sign", bundle, "--key", "kiosk.key"])
        .output()
        .unwrap()
}

#[test]
fn the_name_of_a_file_neither_controls_the_terminal_nor_breaks_the_line() {
    let folder = TempDir::new().unwrap();
    let refused = sign(folder.path(), "rex\u{1b}[31m\nred.onnx");
    assert_eq!(refused.status.code(), Some(1));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains(r"rex\u{1b}[31m\nred.onnx: "), "{why}");
    assert_eq!(why.lines().count(), 1, "{why}");
}

#[test]
fn a_bundle_is_signed_and_what_is_none_is_not() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let pair = KeyPair::generate_unencrypted_keypair().unwrap();
    fs::write(at("kiosk.key"), pair.sk.to_box(None).unwrap().to_bytes()).unwrap();
    fs::write(at("breeds.onnx"), Draft::default().bytes()).unwrap();
    fs::write(at("text.onnx"), "Dear sir or madam").unwrap();

    let signed = sign(folder.path(), "breeds.onnx");
    assert!(signed.status.success(), "{signed:?}");
    let printed = String::from_utf8(signed.stdout).unwrap();
    assert!(printed.contains(&pair.pk.to_base64()), "{printed}");
    let signature = SignatureBox::from_file(at("breeds.onnx.minisig")).unwrap();
    let comment = signature.trusted_comment().unwrap();
    assert!(
        comment.ends_with("\tfile:breeds.onnx\ttrained:2024-05-01"),
        "{comment}"
    );
    let verify = |pair: &KeyPair, name: &str| {
        let file = File::open(at(name)).unwrap();
        minisign::verify(&pair.pk, &signature, file, true, false, false)
    };
    assert!(verify(&pair, "breeds.onnx").is_ok());
    assert!(verify(&pair, "text.onnx").is_err());
    let other = KeyPair::generate_unencrypted_keypair().unwrap();
    assert!(verify(&other, "breeds.onnx").is_err());

    let refused = sign(folder.path(), "text.onnx");
    assert_eq!(refused.status.code(), Some(1));
    assert!(!at("text.onnx.minisig").exists());
    fs::write(at("kiosk.key"), "no key\n").unwrap();
    let refused = sign(folder.path(), "breeds.onnx");
    assert_eq!(refused.status.code(), Some(1));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.starts_with("trainer: kiosk.key: "), "{why}");
}
