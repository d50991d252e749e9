/* Errors of storage on demand: loaded before libc (LD_PRELOAD), it counts the operations on files
 * below a directory and lets the k-th one fail, or that one and all after it, or ends the process
 * there: within a write, and before any other operation.
 *
 * A program arms it with faults_arm and reads the count with faults_count. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char root[PATH_MAX];
static atomic_long count;
static long at;      /* number of the first operation that fails, from 1; 0: none */
static int number;   /* its errno, or minus the signal that ends the process */
static int stays;    /* whether all after it fail too */
static int frees;    /* whether operations that free space fail as well */
static int armed;
static char hit[PATH_MAX];  /* path of the first operation that failed */

void faults_arm(const char *directory, long first, int error, int staying, int freeing) {
    snprintf(root, sizeof root, "%s", directory);
    at = first;
    number = error;
    stays = staying;
    frees = freeing;
    atomic_store(&count, 0);
    armed = 1;
}

long faults_count(void) { return atomic_load(&count); }

const char *faults_hit(void) { return hit; }

/* Whether an operation on a path fails. */
static int hits(const char *path) {
    if (!armed || strncmp(path, root, strlen(root)) != 0) return 0;
    long mine = atomic_fetch_add(&count, 1) + 1;
    if (!at || mine < at || (mine > at && !stays)) return 0;
    if (mine == at) snprintf(hit, sizeof hit, "%s", path);
    return 1;
}

static int hits_at(int directory, const char *path) {
    if (!armed) return 0;
    char whole[2 * PATH_MAX], link[64], base[PATH_MAX];
    if (path[0] == '/') return hits(path);
    if (directory == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) return 0;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
        ssize_t size = readlink(link, base, sizeof base - 1);
        if (size < 0) return 0;
        base[size] = 0;
    }
    snprintf(whole, sizeof whole, "%s/%s", base, path);
    return hits(whole);
}

static int hits_fd(int descriptor) {
    if (!armed) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return hits(path);
}

/* Fail, or end the process. */
static int fail(void) {
    if (number < 0) {
        raise(-number);
        for (;;) pause();
    }
    errno = number;
    return -1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
#define WRITES (O_CREAT | O_WRONLY | O_RDWR | O_TRUNC)

int open(const char *path, int flags, ...) {
    MODE
    if ((flags & WRITES) && hits_at(AT_FDCWD, path)) return fail();
    return NEXT(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE
    if ((flags & WRITES) && hits_at(AT_FDCWD, path)) return fail();
    return NEXT(open64)(path, flags, mode);
}
int openat(int directory, const char *path, int flags, ...) {
    MODE
    if ((flags & WRITES) && hits_at(directory, path)) return fail();
    return NEXT(openat)(directory, path, flags, mode);
}
int openat64(int directory, const char *path, int flags, ...) {
    MODE
    if ((flags & WRITES) && hits_at(directory, path)) return fail();
    return NEXT(openat64)(directory, path, flags, mode);
}
ssize_t write(int descriptor, const void *data, size_t size) {
    if (hits_fd(descriptor)) {
        if (number < 0 && NEXT(write)(descriptor, data, size / 2) < 0) return -1;
        return fail();
    }
    return NEXT(write)(descriptor, data, size);
}
ssize_t pwrite64(int descriptor, const void *data, size_t size, off64_t place) {
    if (hits_fd(descriptor)) {
        if (number < 0 && NEXT(pwrite64)(descriptor, data, size / 2, place) < 0) return -1;
        return fail();
    }
    return NEXT(pwrite64)(descriptor, data, size, place);
}
ssize_t pwrite(int descriptor, const void *data, size_t size, off_t place) {
    if (hits_fd(descriptor)) {
        if (number < 0 && NEXT(pwrite)(descriptor, data, size / 2, place) < 0) return -1;
        return fail();
    }
    return NEXT(pwrite)(descriptor, data, size, place);
}
int fsync(int descriptor) { return hits_fd(descriptor) ? fail() : NEXT(fsync)(descriptor); }
int rename(const char *old, const char *new) {
    return hits_at(AT_FDCWD, new) ? fail() : NEXT(rename)(old, new);
}
int renameat(int from, const char *old, int to, const char *new) {
    return hits_at(to, new) ? fail() : NEXT(renameat)(from, old, to, new);
}
int mkdir(const char *path, mode_t mode) {
    return hits_at(AT_FDCWD, path) ? fail() : NEXT(mkdir)(path, mode);
}
int chmod(const char *path, mode_t mode) {
    return frees && hits_at(AT_FDCWD, path) ? fail() : NEXT(chmod)(path, mode);
}
int fchmod(int descriptor, mode_t mode) {
    return frees && hits_fd(descriptor) ? fail() : NEXT(fchmod)(descriptor, mode);
}
int ftruncate(int descriptor, off_t size) {
    return frees && hits_fd(descriptor) ? fail() : NEXT(ftruncate)(descriptor, size);
}
int ftruncate64(int descriptor, off64_t size) {
    return frees && hits_fd(descriptor) ? fail() : NEXT(ftruncate64)(descriptor, size);
}
int unlink(const char *path) {
    return frees && hits_at(AT_FDCWD, path) ? fail() : NEXT(unlink)(path);
}
int unlinkat(int directory, const char *path, int flags) {
    return frees && hits_at(directory, path) ? fail() : NEXT(unlinkat)(directory, path, flags);
}
int rmdir(const char *path) { return frees && hits_at(AT_FDCWD, path) ? fail() : NEXT(rmdir)(path); }
