// Preloaded into a JVM: while the file that PIECLOUDDB_REFUSE_THREADS names exists, the connector's native library gets no thread,
// as where the system has none left. Rust's tokio answers that by a panic, which no option and no input of a release provokes.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    Dl_info caller;
    const char *file = getenv("PIECLOUDDB_REFUSE_THREADS");
    if (file && access(file, F_OK) == 0 && dladdr(__builtin_return_address(0), &caller) && caller.dli_fname &&
        strstr(caller.dli_fname, "libpieclouddb_flink.so"))
        return EPERM; // EAGAIN would be tried again later
    return ((create *)dlsym(RTLD_NEXT, "pthread_create"))(thread, attributes, start, argument);
}
