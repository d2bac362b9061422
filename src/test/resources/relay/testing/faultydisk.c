/*
 * Stands before the C library of a process (LD_PRELOAD): what it does with files of one directory is as slow or as broken as a test
 * wants. The test writes to a file of 16 bytes, which is mapped here, so that it takes effect at once:
 *   0: milliseconds that each read takes   4: errno of each write, 0: none   8: errno of each sync, 0: none   12: milliseconds of a sync
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static volatile const int *faults;
static const char *directory;

__attribute__((constructor)) static void map(void) {
    const char *file = getenv("FAULTY_DISK_FAULTS");
    directory = getenv("FAULTY_DISK_DIRECTORY");
    int fd = file && directory ? open(file, O_RDONLY) : -1;
    void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, 16, PROT_READ, MAP_SHARED, fd, 0);
    faults = mapped == MAP_FAILED ? NULL : mapped;
    if (fd >= 0) {
        close(fd);
    }
}

static int is_there(int fd) {
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, sizeof name - 1);
    name[length < 0 ? 0 : length] = 0;
    return strncmp(name, directory, strlen(directory)) == 0;
}

static int fault(int which, int fd) {
    int value = faults ? faults[which] : 0;
    return value && is_there(fd) ? value : 0;
}

static void wait_for(int millis) {
    struct timespec time = {millis / 1000, millis % 1000 * 1000000L};
    if (millis) {
        nanosleep(&time, NULL);
    }
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *) dlsym(RTLD_NEXT, #name)
#define FAIL_OR(which, call) int error = fault(which, fd); if (error) { errno = error; return -1; } return call

ssize_t read(int fd, void *to, size_t size) { REAL(read); wait_for(fault(0, fd)); return real(fd, to, size); }
ssize_t pread(int fd, void *to, size_t size, off_t at) { REAL(pread); wait_for(fault(0, fd)); return real(fd, to, size, at); }
ssize_t pread64(int fd, void *to, size_t size, off64_t at) { REAL(pread64); wait_for(fault(0, fd)); return real(fd, to, size, at); }
ssize_t readv(int fd, const struct iovec *to, int count) { REAL(readv); wait_for(fault(0, fd)); return real(fd, to, count); }
ssize_t write(int fd, const void *from, size_t size) { REAL(write); FAIL_OR(1, real(fd, from, size)); }
ssize_t writev(int fd, const struct iovec *from, int count) { REAL(writev); FAIL_OR(1, real(fd, from, count)); }
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) { REAL(pwrite); FAIL_OR(1, real(fd, from, size, at)); }
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) { REAL(pwrite64); FAIL_OR(1, real(fd, from, size, at)); }
int fsync(int fd) { REAL(fsync); wait_for(fault(3, fd)); FAIL_OR(2, real(fd)); }
int fdatasync(int fd) { REAL(fdatasync); wait_for(fault(3, fd)); FAIL_OR(2, real(fd)); }
