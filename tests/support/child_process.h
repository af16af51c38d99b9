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

// A program that a test starts. Keeps what the program prints: all of it in a file, the newest 10,000 lines in memory.
// The destructor kills the program, and so does the death of the test's process. If the current test has failed, the
// destructor prints the last lines. Thread-safe.
class ChildProcess {
 public:
  struct Options {
    // The log file is called <name>.<pid>.log, in `OutputFolder()`.
    std::string name;
    // The program's path, then its arguments.
    std::vector<std::string> args;
    // Added to the environment.
    std::map<std::string, std::string> env;
    // The user that the program runs as, if the test runs as root; empty = the test's user.
    std::string user;
  };

  // NOT_FOUND if the program or the user does not exist.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(Options options);
  // Kills and reaps the program.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool running() const;

  // Sends a signal. FAILED_PRECONDITION if the program has ended.
  absl::Status Signal(int signal);
  // Waits for the program's end and returns its exit code, or 128 + the signal that ended it. DEADLINE_EXCEEDED if it
  // still runs after `timeout`.
  absl::StatusOr<int> Wait(absl::Duration timeout);

  // Waits for a line that contains `text`, and returns the oldest one that is kept. DEADLINE_EXCEEDED after `timeout`,
  // UNAVAILABLE if the program ends without such a line; both with the last lines.
  absl::StatusOr<std::string> AwaitLine(absl::string_view text, absl::Duration timeout);
  // The newest `count` lines, joined.
  std::string LastLines(size_t count) const;
  // The number of lines that the program has written.
  size_t line_count() const;

 private:
  struct Launch;

  explicit ChildProcess(std::string name);
  void Run(Launch* launch);
  void ReadUntilExit(int output);
  // Reads once. False if there is nothing to read now.
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

// The folder for files that are worth keeping: Bazel's folder of undeclared outputs, else the test's temporary folder,
// else /tmp.
std::string OutputFolder();

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_CHILD_PROCESS_H_
