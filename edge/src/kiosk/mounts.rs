//! Finds the folder of a stick or disk by its label, where the system has mounted it.

use std::fs;
use std::path::{Path, PathBuf};

use screens::locale::Message;

/// udev's links to devices, by their labels. (udev(7).)
const LABELS: &str = "/dev/disk/by-label";

/// What is mounted, and where. (proc_pid_mounts(5).)
const MOUNTS: &str = "/proc/self/mounts";

/// The folder at which the file system with this label is mounted, or why there is none.
pub(super) fn folder_of(label: &str) -> Result<PathBuf, Message> {
    let link = Path::new(LABELS).join(in_link(label));
    let device = fs::canonicalize(link)
        .map_err(|_| Message::new("notice-backup-no-stick").with("label", label))?;
    // Where it cannot be read, nothing is known to be mounted.
    let mounts = fs::read(MOUNTS).unwrap_or_default();
    mounted_at(&String::from_utf8_lossy(&mounts), &device).ok_or_else(|| {
        Message::new("notice-backup-not-mounted")
            .with("label", label)
            .with("device", device.display())
    })
}

/// A label as udev writes it in the name of a link.
fn in_link(label: &str) -> String {
    let mut name = String::new();
    for c in label.chars() {
        if c.is_ascii_alphanumeric() || !c.is_ascii() || "#+-.:=@_".contains(c) {
            name.push(c);
        } else {
            name.push_str(&format!("\\x{:02x}", u32::from(c)));
        }
    }
    name
}

/// Where a device is mounted.
fn mounted_at(mounts: &str, device: &Path) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').map(unescaped);
        let (source, folder) = (fields.next()?, fields.next()?);
        // The source may be a link, such as those of LVM.
        let is_device = Path::new(&source) == device
            || fs::canonicalize(&source).is_ok_and(|source| source == device);
        is_device.then(|| PathBuf::from(folder))
    })
}

/// A field of the table of mounts: a blank is `\040` in it.
fn unescaped(field: &str) -> String {
    let mut parts = field.split('\\');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part
            .get(..3)
            .and_then(|code| u8::from_str_radix(code, 8).ok());
        match code {
            Some(code) if code.is_ascii() => {
                text.push(char::from(code));
                text.push_str(&part[3..]);
            }
            _ => {
                text.push('\\');
                text.push_str(part);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stick_is_found_where_it_is_mounted() {
        let mounts = "sysfs /sys sysfs rw 0 0\n\
                      /dev/none7 /media/front\\040desk\\134 vfat rw,nosuid 0 0\n\
                      /dev/none8 /media/other ext4 rw 0 0\n";
        for (device, folder) in [
            ("/dev/none7", Some("/media/front desk\\")),
            ("/dev/none8", Some("/media/other")),
            ("/dev/none", None),
            ("/media/other", None),
        ] {
            let found = mounted_at(mounts, Path::new(device));
            assert_eq!(found.as_deref(), folder.map(Path::new), "{device}");
        }
    }

    #[test]
    fn a_label_is_written_as_udev_writes_it() {
        for (label, name) in [
            ("KIOSK", "KIOSK"),
            ("Kiosk_1.2", "Kiosk_1.2"),
            ("FRONT DESK", "FRONT\\x20DESK"),
            ("Médor", "Médor"),
            // No way out of the folder.
            ("../sda1", "..\\x2fsda1"),
        ] {
            assert_eq!(in_link(label), name);
        }
    }

    #[test]
    fn a_label_that_no_stick_has_is_said() {
        let missing = folder_of("no such stick").unwrap_err();
        assert_eq!(missing.key, "notice-backup-no-stick");
    }
}
