#ifndef TESTS_SUPPORT_CHILD_PROCESS_H_
#define TESTS_SUPPORT_CHILD_PROCESS_H_

#include <sys/types.h>

#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace toolcatalog {

// A real program under test, with what it prints kept: whole in a file, the newest lines in memory. Thread-safe.
// The program dies with this object and with the test's process; when the current test has failed, its last lines are
// printed.
class ChildProcess {
 public:
  struct Options {
    // Stem of the log file's name.
    std::string name;
    // The program's path, then its arguments.
    std::vector<std::string> args;
    // Added to the environment.
    std::map<std::string, std::string> env;
    // User to become when running as root; empty = stay.
    std::string user;
  };

  // NOT_FOUND if the program or user does not exist.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(Options options);
  // Kills and reaps the program.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool running() const;

  // FAILED_PRECONDITION if it has ended already.
  absl::Status Signal(int signal);
  // The exit code, or 128 + the signal that ended it. DEADLINE_EXCEEDED if it still runs.
  absl::StatusOr<int> Wait(absl::Duration timeout);

  // The first kept line that contains `text`. DEADLINE_EXCEEDED or, when the program ended without it, UNAVAILABLE;
  // both with the last lines.
  absl::StatusOr<std::string> AwaitLine(absl::string_view text, absl::Duration timeout);
  // The newest `count` lines, joined.
  std::string LastLines(size_t count) const;
  // Lines written so far.
  size_t line_count() const;

 private:
  struct Launch;

  explicit ChildProcess(std::string name);
  void Run(Launch* launch);
  void ReadUntilExit(int output);
  // False when nothing more can be read now.
  bool ReadSome(int output, std::string* rest);
  void AddLine(std::string line);
  std::string LastLinesLocked(size_t count) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const std::string name_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::ofstream log_;

  mutable absl::Mutex mutex_;
  std::deque<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  // Number of the first line in `lines_`.
  size_t first_line_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  int exit_code_ ABSL_GUARDED_BY(mutex_) = 0;

  std::thread thread_;
};

// The folder for files of this test run that are worth keeping.
std::string OutputFolder();

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_CHILD_PROCESS_H_
