//! The machine: its clock, memory, temperature and power.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::Finding;
use crate::kiosk::synchronised;

/// No kiosk ran before this time, in seconds since 1970: 2026 began.
const FIRST: Duration = Duration::from_secs(1_767_225_600);

/// With less memory left than this, in KiB, the system soon kills something.
const LEAST_MEMORY: u64 = 64 << 10;

/// At this temperature, in thousandths of a degree Celsius, a Raspberry Pi slows down.
const HOT: i64 = 80_000;

/// Voltage too low, now or since the start. (Raspberry Pi documentation, `vcgencmd get_throttled`.)
const WEAK: u32 = 0x1_0001;

/// The processor was slowed down, now or since the start.
const SLOWED: u32 = 0xE_000E;

/// Those of them that hold now.
const NOW: u32 = 0xFFFF;

/// Examines the machine whose files are below `root`.
pub(super) fn examine(root: &Path) -> Vec<Finding> {
    vec![
        clock(root, SystemTime::now()),
        zone(),
        memory(root),
        limits(root),
        temperature(root),
        power(root),
    ]
}

fn clock(root: &Path, now: SystemTime) -> Finding {
    let advice = "`timedatectl` must say that the clock is synchronised: connect the network, or fit \
                  a clock module or its battery, and set the time with `sudo timedatectl set-time`";
    if now < SystemTime::UNIX_EPOCH + FIRST {
        return Finding::wrong("clock", "it is years late", advice);
    }
    if synchronised::is_right(now) {
        return Finding::right("clock", "synchronised with a time server");
    }
    if synchronised::has_clock_module(root, now) {
        return Finding::right(
            "clock",
            "no time server has confirmed it lately, but a clock module",
        );
    }
    if root.join("run/systemd/timesync").is_dir() {
        return Finding::wrong("clock", "no time server has confirmed it lately", advice);
    }
    Finding::unknown("clock", "systemd-timesyncd does not run here")
}

/// The time zone of the machine. The daycare may have chosen another one when it set the kiosk up.
fn zone() -> Finding {
    match ::catalogue::zone().iana_name() {
        Some(name) => Finding::right("zone", name),
        None => Finding::unknown("zone", "this machine has no time zone with a name").advise(
            "the set-up asks for one; for the machine, `sudo timedatectl set-timezone Europe/Paris`",
        ),
    }
}

fn memory(root: &Path) -> Finding {
    let meminfo = fs::read_to_string(root.join("proc/meminfo")).unwrap_or_default();
    let kilobytes = |name: &str| -> Option<u64> {
        let mut lines = meminfo.lines();
        let rest = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        rest.split_whitespace().next()?.parse().ok()
    };
    let (Some(free), Some(size)) = (kilobytes("MemAvailable"), kilobytes("MemTotal")) else {
        return Finding::unknown("memory", "this machine does not say");
    };
    let found = format!("{} MiB of {} MiB are available", free >> 10, size >> 10);
    if free >= LEAST_MEMORY {
        return Finding::right("memory", found);
    }
    Finding::wrong(
        "memory",
        found,
        "stop other programs, or use a machine with more memory",
    )
}

/// Whether the kernel counts the memory of services, without which their limits hold nothing. (Linux,
/// `Documentation/admin-guide/cgroup-v2.rst`.)
fn limits(root: &Path) -> Finding {
    let controllers = fs::read_to_string(root.join("sys/fs/cgroup/cgroup.controllers"));
    match controllers {
        Ok(names) if names.split_whitespace().any(|name| name == "memory") => {
            Finding::right("limits", "the service's limits of memory take effect")
        }
        Ok(_) => Finding::wrong(
            "limits",
            "the kernel does not count the memory of services, so their limits have no effect",
            "add cgroup_enable=memory cgroup_memory=1 to the line in /boot/firmware/cmdline.txt, and restart the machine",
        ),
        Err(_) => Finding::unknown("limits", "this machine does not say"),
    }
}

fn temperature(root: &Path) -> Finding {
    let zones = fs::read_dir(root.join("sys/class/thermal"));
    let hottest = zones
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|zone| fs::read_to_string(zone.path().join("temp")).ok())
        .filter_map(|text| text.trim().parse::<i64>().ok())
        .max();
    let Some(hottest) = hottest else {
        return Finding::unknown("temperature", "this machine does not say");
    };
    let found = format!("{} °C", hottest / 1000);
    if hottest < HOT {
        return Finding::right("temperature", found);
    }
    Finding::wrong(
        "temperature",
        found,
        "give the machine air, or a heat sink with a fan",
    )
}

/// Whether a Raspberry Pi has too weak a power supply, or had to slow down.
fn power(root: &Path) -> Finding {
    let Some(bits) = throttled(root) else {
        return Finding::unknown("power", "this machine does not say");
    };
    let when = |mask: u32| {
        if bits & mask & NOW != 0 {
            "now"
        } else {
            "since the machine started"
        }
    };
    if bits & WEAK != 0 {
        let found = format!("the voltage was too low {} ({bits:#x})", when(WEAK));
        return Finding::wrong(
            "power",
            found,
            "use the power supply of the Raspberry Pi's maker, and a short cable",
        );
    }
    if bits & SLOWED != 0 {
        let found = format!("the processor was slowed down {} ({bits:#x})", when(SLOWED));
        return Finding::wrong("power", found, "give the machine air, or a heat sink");
    }
    Finding::right(
        "power",
        "the voltage was never too low, the processor never slowed down",
    )
}

/// What the firmware of a Raspberry Pi says about its power, as `vcgencmd get_throttled` prints it.
fn throttled(root: &Path) -> Option<u32> {
    let platform = fs::read_dir(root.join("sys/devices/platform")).ok()?;
    let chips = platform
        .flatten()
        .filter(|chip| chip.file_name().to_string_lossy().starts_with("soc"));
    let parts = chips.filter_map(|chip| fs::read_dir(chip.path()).ok());
    let texts = parts
        .flatten()
        .flatten()
        .filter_map(|part| fs::read_to_string(part.path().join("get_throttled")).ok());
    let mut bits = texts.filter_map(|text| {
        let digits = text.trim();
        u32::from_str_radix(digits.trim_start_matches("0x"), 16).ok()
    });
    bits.next()
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::State;
    use super::*;

    /// A machine with these files.
    fn machine(files: &[(&str, &str)]) -> TempDir {
        let root = TempDir::new().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn a_raspberry_pi_says_what_its_power_was_like() {
        for (bits, state, found) in [
            ("0\n", State::Right, "never"),
            ("1\n", State::Wrong, "voltage was too low now"),
            ("50005\n", State::Wrong, "voltage was too low now (0x50005)"),
            ("0x10000\n", State::Wrong, "since the machine started"),
            ("40000\n", State::Wrong, "slowed down since the machine"),
            ("8\n", State::Wrong, "slowed down now"),
            ("nonsense\n", State::Unknown, "does not say"),
        ] {
            let file = "sys/devices/platform/soc/soc:firmware/get_throttled";
            let root = machine(&[(file, bits)]);
            let finding = power(root.path());
            assert_eq!(finding.state, state, "{bits}: {finding:?}");
            assert!(finding.found.contains(found), "{bits}: {finding:?}");
        }
        let none = machine(&[]);
        assert_eq!(power(none.path()).state, State::Unknown);
    }

    #[test]
    fn limits_of_memory_hold_where_the_kernel_counts_it() {
        for (controllers, state) in [
            ("cpuset cpu io memory pids\n", State::Right),
            ("cpuset cpu io pids\n", State::Wrong),
        ] {
            let root = machine(&[("sys/fs/cgroup/cgroup.controllers", controllers)]);
            let finding = limits(root.path());
            assert_eq!(finding.state, state, "{finding:?}");
        }
        assert_eq!(limits(machine(&[]).path()).state, State::Unknown);
    }

    #[test]
    fn the_hottest_part_counts() {
        for (temperatures, state) in [
            (&["45000", "51234"][..], State::Right),
            (&["45000", "80000"], State::Wrong),
            (&["", "x"], State::Unknown),
            (&[], State::Unknown),
        ] {
            let root = machine(&[]);
            for (zone, text) in temperatures.iter().enumerate() {
                let folder = root.path().join(format!("sys/class/thermal/zone{zone}"));
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join("temp"), text).unwrap();
            }
            assert_eq!(temperature(root.path()).state, state, "{temperatures:?}");
        }
    }

    #[test]
    fn memory_that_is_left_and_a_clock_without_a_battery() {
        let meminfo = |kilobytes: u32| {
            let text = format!("MemTotal:  1000000 kB\nMemAvailable:  {kilobytes} kB\n");
            let root = machine(&[("proc/meminfo", &text)]);
            memory(root.path()).state
        };
        assert_eq!(
            [meminfo(500_000), meminfo(65_535)],
            [State::Right, State::Wrong]
        );
        let root = machine(&[]);
        assert_eq!(memory(root.path()).state, State::Unknown);
        let start = SystemTime::UNIX_EPOCH;
        assert_eq!(clock(root.path(), start).state, State::Wrong);
    }
}
