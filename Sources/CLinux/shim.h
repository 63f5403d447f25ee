// The Linux interfaces that the Glibc module leaves out. Declarations only.
#ifndef LATCHKEY_CLINUX_H
#define LATCHKEY_CLINUX_H

#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

/// What `SO_PEERCRED` fills in (unix(7)); glibc hides its own behind `_GNU_SOURCE`.
struct latchkey_peer_credentials {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

/// accept4(2), whose declaration in the system's header takes a type that Swift cannot make without `_GNU_SOURCE` and cannot
/// pass with it.
int latchkey_accept4(int descriptor, void *address, unsigned int *length, int flags) __asm__("accept4");

// Functions that glibc shows only under `_GNU_SOURCE`, which would make this module's types differ from the Glibc module's.

/// pthread_setname_np(3).
int latchkey_set_thread_name(unsigned long thread, const char *name) __asm__("pthread_setname_np");

/// sched_setaffinity(2), its set as plain memory.
int latchkey_set_affinity(pid_t process, unsigned long bytes, const void *set) __asm__("sched_setaffinity");

/// What sched_setattr(2) takes; glibc has it since 2.41 only.
struct latchkey_scheduling {
    unsigned int size;
    unsigned int policy;
    unsigned long long flags;
    int nice;
    unsigned int priority;
    /// Of an ordinary thread: how long it wants to run at a time, in nanoseconds (since Linux 6.12).
    unsigned long long runtime;
    unsigned long long deadline;
    unsigned long long period;
};

/// syscall(2), for sched_setattr(2).
long latchkey_set_scheduling(
    long number, long thread, struct latchkey_scheduling *scheduling, long flags
) __asm__("syscall");

/// The commands and limits that are macros in the system's headers.
enum {
    latchkey_lock_exclusive = LOCK_EX,
    latchkey_lock_nonblocking = LOCK_NB,
    latchkey_number_of_set_scheduling = SYS_sched_setattr,
};

#endif
