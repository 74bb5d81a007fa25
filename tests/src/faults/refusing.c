// A library for LD_PRELOAD: calls that change files below one folder fail when they are told to.
//
// FAULTS_FOLDER is the folder, as /proc shows it. FAULTS_CONTROL is a file of five numbers of 64 bits, which whoever
// plays the faults reads and writes meanwhile: how many such calls there were, the first and the last one that fail
// (0 for none), the errno, and the inode of the file that the disk cannot read but for its first blocks (0 for none).
// Calls that a program makes without the C library are not seen.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct control {
    uint64_t calls;
    uint64_t first;
    uint64_t last;
    uint64_t error;
    uint64_t unreadable;
};

// How much of that file can be read, in bytes.
#define READABLE 8192

static struct control *control;
static const char *folder;

// The function of the C library that one of the functions below stands in front of.
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// Does the call, or fails.
#define CALL(refused, name, ...)                                                                                       \
    do {                                                                                                               \
        static __typeof__(&name) next;                                                                                 \
        if (next == NULL) {                                                                                            \
            next = NEXT(name);                                                                                         \
        }                                                                                                              \
        if (refused) {                                                                                                 \
            return -1;                                                                                                 \
        }                                                                                                              \
        return next(__VA_ARGS__);                                                                                      \
    } while (0)

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("FAULTS_CONTROL");
    folder = getenv("FAULTS_FOLDER");
    if (file == NULL || folder == NULL) {
        return;
    }
    int opened = NEXT(open)(file, O_RDWR | O_CLOEXEC);
    if (opened < 0) {
        return;
    }
    void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
    close(opened);
    if (mapped != MAP_FAILED) {
        control = mapped;
    }
}

// Counts a call, and says whether it fails.
static int refuses(void) {
    uint64_t call = __atomic_add_fetch(&control->calls, 1, __ATOMIC_SEQ_CST);
    uint64_t first = __atomic_load_n(&control->first, __ATOMIC_SEQ_CST);
    uint64_t last = __atomic_load_n(&control->last, __ATOMIC_SEQ_CST);
    if (first == 0 || call < first || call > last) {
        return 0;
    }
    errno = (int)__atomic_load_n(&control->error, __ATOMIC_SEQ_CST);
    return 1;
}

static int is_below(const char *path) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

// Writes the path of an open file or folder. Returns 0 if it has none.
static int path_of(int file, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    if (size < 0) {
        return 0;
    }
    path[size] = '\0';
    return 1;
}

// A call for an open file.
static int refuses_file(int file) {
    char path[PATH_MAX];
    int before = errno;
    if (control == NULL || !path_of(file, path) || !is_below(path)) {
        errno = before;
        return 0;
    }
    return refuses();
}

// A call for a name, which is relative to an open folder unless it begins with a slash.
static int refuses_at(int base, const char *name) {
    char path[PATH_MAX];
    int before = errno;
    if (control == NULL || name == NULL) {
        return 0;
    }
    int is_ours = name[0] == '/' ? is_below(name) : base != AT_FDCWD && path_of(base, path) && is_below(path);
    if (!is_ours) {
        errno = before;
        return 0;
    }
    return refuses();
}

static int refuses_name(const char *name) { return refuses_at(AT_FDCWD, name); }

// Whether a file that is opened is made or emptied.
static int changes(int flags) { return (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

// The mode, where the flags say that there is one.
#define MODE(mode, flags)                                                                                              \
    mode_t mode = 0;                                                                                                   \
    if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) {                                              \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode = va_arg(rest, mode_t);                                                                                   \
        va_end(rest);                                                                                                  \
    }

int open(const char *name, int flags, ...) {
    MODE(mode, flags)
    CALL(changes(flags) && refuses_name(name), open, name, flags, mode);
}

int open64(const char *name, int flags, ...) {
    MODE(mode, flags)
    CALL(changes(flags) && refuses_name(name), open64, name, flags, mode);
}

int openat(int base, const char *name, int flags, ...) {
    MODE(mode, flags)
    CALL(changes(flags) && refuses_at(base, name), openat, base, name, flags, mode);
}

int openat64(int base, const char *name, int flags, ...) {
    MODE(mode, flags)
    CALL(changes(flags) && refuses_at(base, name), openat64, base, name, flags, mode);
}

// Whether a part of a file is where the disk cannot be read.
static int is_unreadable(int file, off64_t at) {
    struct stat about;
    int before = errno;
    uint64_t inode = control == NULL ? 0 : __atomic_load_n(&control->unreadable, __ATOMIC_SEQ_CST);
    if (inode == 0 || at < READABLE || fstat(file, &about) != 0 || about.st_ino != inode) {
        errno = before;
        return 0;
    }
    errno = EIO;
    return 1;
}

ssize_t pread(int file, void *bytes, size_t size, off_t at) {
    CALL(is_unreadable(file, at), pread, file, bytes, size, at);
}

ssize_t pread64(int file, void *bytes, size_t size, off64_t at) {
    CALL(is_unreadable(file, at), pread64, file, bytes, size, at);
}

ssize_t write(int file, const void *bytes, size_t size) { CALL(refuses_file(file), write, file, bytes, size); }

ssize_t writev(int file, const struct iovec *parts, int count) {
    CALL(refuses_file(file), writev, file, parts, count);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) {
    CALL(refuses_file(file), pwrite, file, bytes, size, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
    CALL(refuses_file(file), pwrite64, file, bytes, size, at);
}

ssize_t copy_file_range(int from, off64_t *start, int to, off64_t *at, size_t size, unsigned int flags) {
    CALL(refuses_file(to), copy_file_range, from, start, to, at, size, flags);
}

ssize_t sendfile(int to, int from, off_t *at, size_t size) { CALL(refuses_file(to), sendfile, to, from, at, size); }

ssize_t sendfile64(int to, int from, off64_t *at, size_t size) {
    CALL(refuses_file(to), sendfile64, to, from, at, size);
}

int fsync(int file) { CALL(refuses_file(file), fsync, file); }

int fdatasync(int file) { CALL(refuses_file(file), fdatasync, file); }

int ftruncate(int file, off_t size) { CALL(refuses_file(file), ftruncate, file, size); }

int ftruncate64(int file, off64_t size) { CALL(refuses_file(file), ftruncate64, file, size); }

int fallocate(int file, int mode, off_t at, off_t size) { CALL(refuses_file(file), fallocate, file, mode, at, size); }

int fallocate64(int file, int mode, off64_t at, off64_t size) {
    CALL(refuses_file(file), fallocate64, file, mode, at, size);
}

int mkdir(const char *name, mode_t mode) { CALL(refuses_name(name), mkdir, name, mode); }

int mkdirat(int base, const char *name, mode_t mode) { CALL(refuses_at(base, name), mkdirat, base, name, mode); }

int rmdir(const char *name) { CALL(refuses_name(name), rmdir, name); }

int unlink(const char *name) { CALL(refuses_name(name), unlink, name); }

int unlinkat(int base, const char *name, int flags) { CALL(refuses_at(base, name), unlinkat, base, name, flags); }

int rename(const char *from, const char *to) { CALL(refuses_name(to), rename, from, to); }

int renameat(int old, const char *from, int base, const char *to) {
    CALL(refuses_at(base, to), renameat, old, from, base, to);
}

int renameat2(int old, const char *from, int base, const char *to, unsigned int flags) {
    CALL(refuses_at(base, to), renameat2, old, from, base, to, flags);
}

int link(const char *from, const char *to) { CALL(refuses_name(to), link, from, to); }

int linkat(int old, const char *from, int base, const char *to, int flags) {
    CALL(refuses_at(base, to), linkat, old, from, base, to, flags);
}

int symlink(const char *from, const char *to) { CALL(refuses_name(to), symlink, from, to); }
