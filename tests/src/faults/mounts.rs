//! Disks with an ext4 file system, as an SD card has it, in images: in a file, or in a [`Device`] by FUSE.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustix::mount::{UnmountFlags, unmount};
use rustix::process::geteuid;
use tempfile::TempDir;

use super::device::Device;
use super::fuse;

/// The size of a disk in bytes.
const SIZE: u64 = 64 << 20;

/// The options of mkfs.ext4 for a card. On a disk as small as this one blocks would have 1 KiB otherwise.
const FORMAT: [&str; 4] = ["-q", "-b", "4096", "-d"];

/// The options of mount for an image: with those of ext4 that it has by default. The loop device goes as soon as
/// the file system is not mounted any more.
const LOOP: [&str; 4] = ["-t", "ext4", "-o", "loop"];

/// Runs a program for which the file system of the first argument, an image, is mounted in the second one.
const ON_DISK: &str = r#"mount -t ext4 -o loop "$1" "$2" && shift 2 && exec "$@""#;

/// A folder in which something is mounted. Dropping it unmounts that.
pub(super) struct Mounted(TempDir);

impl Mounted {
    /// A folder with the disk as its file [`fuse::FILE`].
    ///
    /// # Errors
    /// If it cannot be mounted.
    pub(super) fn with(disk: Arc<Device>) -> io::Result<Self> {
        let mounted = Self(TempDir::new()?);
        fuse::serve(disk, mounted.path())?;
        Ok(mounted)
    }

    /// The file system of an image.
    ///
    /// # Errors
    /// If it cannot be mounted.
    pub(super) fn image(image: &Path) -> io::Result<Self> {
        let mounted = Self(TempDir::new()?);
        let mut mount = Command::new("mount");
        mount.args(LOOP).arg(image).arg(mounted.path());
        succeeds(&mut mount)?;
        Ok(mounted)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // A process that still uses it, such as a program that has copied all mounts, keeps it until it ends.
        // It fails if nothing is mounted.
        let _ = unmount(self.path(), UnmountFlags::DETACH);
    }
}

/// What a machine's kernel, or its provider, may not allow.
pub const LACKS: [&str; 4] = [
    "there is no FUSE (/dev/fuse)",
    "there are no loop devices (/dev/loop-control)",
    "no disk can be mounted here",
    "no loop device can be mounted here",
];

/// What this machine lacks for disks of this kind, if anything.
pub(super) fn lack() -> Option<&'static str> {
    let [no_fuse, no_loop_devices, no_mount, no_image] = LACKS;
    let opens = |device: &str| File::options().read(true).write(true).open(device).is_ok();
    let needs = [
        (geteuid().is_root(), "only root may mount disks"),
        (opens("/dev/fuse"), no_fuse),
        (opens("/dev/loop-control"), no_loop_devices),
        (
            runs("mkfs.ext4", &["-V"]),
            "there is no mkfs.ext4 (Debian: e2fsprogs)",
        ),
        (runs("unshare", &["--mount", "true"]), no_mount),
    ];
    let missing = needs.into_iter().find(|(is_there, _)| !is_there);
    let untried = || mounts_image().is_err().then_some(no_image);
    missing.map(|(_, lack)| lack).or_else(untried)
}

/// Mounts an empty disk, to see whether that can be done.
fn mounts_image() -> io::Result<()> {
    let folder = TempDir::new()?;
    let image = folder.path().join("image");
    let empty = TempDir::new()?;
    write_image(&image, &ext4(empty.path())?)?;
    Mounted::image(&image).map(drop)
}

/// The image of a disk with a file system, and in that the files of a folder.
///
/// # Errors
/// If it cannot be made.
pub(super) fn ext4(files: &Path) -> io::Result<Vec<u8>> {
    let folder = TempDir::new()?;
    let image = folder.path().join("image");
    File::create(&image)?.set_len(SIZE)?;
    succeeds(
        Command::new("mkfs.ext4")
            .args(FORMAT)
            .arg(files)
            .arg(&image),
    )?;
    fs::read(&image)
}

/// What runs a program for which the file system of an image is mounted in a folder. Nobody else sees it there;
/// it is unmounted when the program ends, however that is.
pub(super) fn on_disk(image: &Path, folder: &Path) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c", ON_DISK, "sh"])
        .arg(image)
        .arg(folder);
    command
}

/// Runs a command; its error says what it has written.
fn succeeds(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(said.trim().to_owned()))
}

/// Whether a program runs with these arguments.
fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Writes an image to a file. Where it has zeros the file has holes, or each flush would write them all.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write_image(image: &Path, content: &[u8]) -> io::Result<()> {
    let file = File::create(image)?;
    file.set_len(content.len() as u64)?;
    for (number, block) in content.chunks(4096).enumerate() {
        if block.iter().any(|&byte| byte != 0) {
            file.write_all_at(block, number as u64 * 4096)?;
        }
    }
    Ok(())
}
