// A library for LD_PRELOAD: when one thread looks at a clock, that fails once. Rust's standard library panics then,
// as at a defect.
//
// FAULTS_CONTROL is a file of numbers of 64 bits: how many threads have looked at a clock, and two for each of them,
// its id and whether its next look fails (1), which whoever plays the faults writes and the thread takes back.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct thread {
    uint64_t id;
    uint64_t fails;
};

struct control {
    uint64_t taken;
    struct thread threads[];
};

static struct control *control;
static uint64_t places;
static _Thread_local struct thread *own;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("FAULTS_CONTROL");
    int opened = name == NULL ? -1 : open(name, O_RDWR | O_CLOEXEC);
    struct stat about;
    if (opened < 0) {
        return;
    }
    if (fstat(opened, &about) == 0) {
        void *mapped = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
        if (mapped != MAP_FAILED) {
            control = mapped;
            places = ((uint64_t)about.st_size - sizeof *control) / sizeof *control->threads;
        }
    }
    close(opened);
}

// What is noted of this thread; NULL if there are too many.
static struct thread *find_own(void) {
    if (own == NULL && control != NULL) {
        uint64_t place = __atomic_fetch_add(&control->taken, 1, __ATOMIC_SEQ_CST);
        if (place < places) {
            own = &control->threads[place];
            __atomic_store_n(&own->fails, 0, __ATOMIC_SEQ_CST);
            __atomic_store_n(&own->id, (uint64_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
        }
    }
    return own;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    struct thread *thread = find_own();
    if (thread != NULL && __atomic_exchange_n(&thread->fails, 0, __ATOMIC_SEQ_CST) != 0) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_clock_gettime, clock, time);
}
