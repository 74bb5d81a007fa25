//! Shows a [`Device`] as a file, by FUSE, so that a loop device can make a disk of it.
//!
//! The disk's log has the order that counts. The file is opened past the page cache, so a write of the loop
//! device is done when it is in the log, not before. A flush of the loop device is an fsync of the file: what
//! was done before it was asked for comes before it in the log. One thread takes the requests, one by one.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use fuser::{
    Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo,
    LockOwner, OpenFlags, ReplyAttr, ReplyData, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyWrite,
    Request, Session, WriteFlags,
};

use super::device::Device;

/// The file's name.
pub(super) const FILE: &str = "disk";

/// The file's number; its folder has [`INodeNo::ROOT`].
const DISK: INodeNo = INodeNo(2);

/// How long Linux may go without asking for attributes, which never change.
const LASTING: Duration = Duration::from_secs(3600);

/// A file system with one file.
struct OneFile {
    disk: Arc<Device>,
}

/// Mounts a file system with the disk as its file [`FILE`].
///
/// It is served until nobody uses it any more, mounted or not, and nobody waits for that. The threads that
/// serve it are the only ones that have the connection: if one dies, the connection closes, and a process
/// that uses the disk gets errors instead of waiting without end. For the same reason nothing in this process
/// may use what is on the disk: a thread that waits for the disk would keep the connection open when the
/// process is killed.
///
/// # Errors
/// If it cannot be mounted.
pub(super) fn serve(disk: Arc<Device>, folder: &Path) -> io::Result<()> {
    let session = Session::new(OneFile { disk }, folder, &Config::default())?;
    thread::Builder::new().spawn(move || session.run())?;
    Ok(())
}

impl Filesystem for OneFile {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        if parent == INodeNo::ROOT && name == FILE {
            reply.entry(&LASTING, &self.file(), Generation(0));
        } else {
            reply.error(Errno::ENOENT);
        }
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match number {
            INodeNo::ROOT => reply.attr(&LASTING, &attributes(number, FileType::Directory, 0)),
            DISK => reply.attr(&LASTING, &self.file()),
            _ => reply.error(Errno::ENOENT),
        }
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        reply.data(&self.disk.read(offset, size));
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match (self.disk.write(offset, data), u32::try_from(data.len())) {
            (true, Ok(size)) => reply.written(size),
            _ => reply.error(Errno::EIO),
        }
    }

    fn fsync(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.disk.flush();
        reply.ok();
    }

    /// The file is closed, which flushes nothing.
    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }
}

impl OneFile {
    fn file(&self) -> FileAttr {
        attributes(DISK, FileType::RegularFile, self.disk.size())
    }
}

/// The attributes of what root alone may use.
fn attributes(number: INodeNo, kind: FileType, size: u64) -> FileAttr {
    FileAttr {
        ino: number,
        size,
        blocks: size / 512,
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind,
        perm: 0o700,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: 4096,
        flags: 0,
    }
}
