//! Tests `kiosk password`, the real program.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use desk::access::{Access, Role};

const OWNER: &str = "what only the owner knows";

#[test]
fn a_script_sets_a_password_with_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let set = |role: &str, line: &[u8]| {
        let mut kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"))
            .args(["password", role, "--data"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        kiosk.stdin.take().unwrap().write_all(line).unwrap();
        let output = kiosk.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), said)
    };
    let (code, said) = set("owner", b"what only the owner knows\r\nnot this line\n");
    assert_eq!((code, &*said), (0, "the owner has a new password\n"));
    let (code, said) = set("staff", b"short\n");
    assert_eq!(code, 1);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("5 characters"), "{said}");
    let (code, said) = set("staff", b"Password2026\n");
    assert_eq!(code, 1);
    assert!(said.contains("easy to guess"), "{said}");
    let (code, said) = set("guest", b"");
    assert_eq!(code, 1);
    assert!(said.contains("no account of that name"), "{said}");
    let access = Access::open(folder.path()).unwrap();
    assert_eq!(access.verify(OWNER).unwrap(), Some(Role::Owner));
    let record = fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    assert_eq!(record.lines().count(), 1, "{record}");
    assert!(record.contains("terminal") && !record.contains(OWNER));
}
