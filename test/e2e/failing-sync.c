/*
 * Preloaded into the service: while the file named by FAIL_SYNC exists, the disk accepts writes and refuses to sync; while
 * the one named by SLOW_SYNC exists, every sync takes five seconds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int failing(void) {
  const char *file = getenv("FAIL_SYNC");
  if (file == NULL || access(file, F_OK) != 0) return 0;
  errno = EIO;
  return 1;
}

static void dawdle(void) {
  const char *file = getenv("SLOW_SYNC");
  if (file != NULL && access(file, F_OK) == 0) sleep(5);
}

int fdatasync(int fd) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  dawdle();
  return failing() ? -1 : next(fd);
}

int fsync(int fd) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  dawdle();
  return failing() ? -1 : next(fd);
}
