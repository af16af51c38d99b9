#include "tests/support/temporary_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/status/status.h"

namespace toolcatalog {
namespace {

// Processes that die with ours may still be writing to the folder, hence the second attempt.
constexpr char kScript[] = "read -r never; rm -rf \"$0\" || { sleep 1; rm -rf \"$0\"; }";

// Starts the cleaner in a session of its own, so that a signal to the test's process group does not reach it.
int SpawnCleaner(const char* folder, int input, pid_t* pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  const char* args[] = {"sh", "-c", kScript, folder, nullptr};
  const int error = posix_spawn(pid, "/bin/sh", &files, &attributes, const_cast<char**>(args), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TemporaryFolder>> TemporaryFolder::Create() {
  char path[] = "/tmp/toolcatalog.XXXXXX";
  if (mkdtemp(path) == nullptr) return absl::ErrnoToStatus(errno, "cannot make a folder under /tmp");
  int ends[2];
  pid_t cleaner = -1;
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  const int error = SpawnCleaner(path, ends[0], &cleaner);
  close(ends[0]);
  if (error != 0) return absl::ErrnoToStatus(error, "cannot run /bin/sh");
  return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(path, cleaner, ends[1]));
}

TemporaryFolder::~TemporaryFolder() {
  close(alive_);
  while (waitpid(cleaner_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace toolcatalog
