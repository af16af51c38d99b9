#include "tests/support/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {
// glibc 2.36 declares these without C linkage.
#include <sys/pidfd.h>
}

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"

extern char** environ;

namespace toolcatalog {
namespace {

constexpr size_t kMaxLines = 10000;
constexpr size_t kMaxLineBytes = 16 << 10;
constexpr size_t kShownLines = 40;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (added.count(text.substr(0, text.find('='))) == 0) result.push_back(text);
  }
  for (const auto& [name, value] : added) result.push_back(absl::StrCat(name, "=", value));
  return result;
}

int ExitCode(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace

// All that the new process needs, prepared before fork: afterwards only async-signal-safe calls are allowed.
struct ChildProcess::Launch {
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::vector<char*> argv;
  std::vector<char*> envp;
  bool change_user = false;
  uid_t uid = 0;
  gid_t gid = 0;
  int nothing = -1;
  int output[2] = {-1, -1};
  // Carries errno when the program could not be started; closed by a successful exec.
  int failure[2] = {-1, -1};
  pid_t parent = 0;
  int error = 0;
  absl::Notification started;

  absl::Status Prepare(Options options);
  [[noreturn]] void Exec();
};

absl::Status ChildProcess::Launch::Prepare(Options options) {
  args = std::move(options.args);
  env = Environment(options.env);
  argv = Pointers(args);
  envp = Pointers(env);
  if (!options.user.empty() && geteuid() == 0) {
    const passwd* user = getpwnam(options.user.c_str());
    if (user == nullptr) return absl::NotFoundError(absl::StrCat("user \"", options.user, "\" does not exist"));
    change_user = true;
    uid = user->pw_uid;
    gid = user->pw_gid;
  }
  nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (pipe2(output, O_CLOEXEC) != 0 || pipe2(failure, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  parent = getpid();
  return absl::OkStatus();
}

void ChildProcess::Launch::Exec() {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  dup2(nothing, STDIN_FILENO);
  dup2(output[1], STDOUT_FILENO);
  dup2(output[1], STDERR_FILENO);
  // Another user may not be allowed to be where we are.
  if (!change_user || (setgroups(0, nullptr) == 0 && setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0 &&
                       chdir("/") == 0)) {
    // After the change of user, which would clear it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent) execve(argv[0], argv.data(), envp.data());
  }
  const int error = errno;
  (void)!write(failure[1], &error, sizeof(error));
  _exit(127);
}

ChildProcess::ChildProcess(std::string name) : name_(std::move(name)) {}

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(Options options) {
  auto process = std::unique_ptr<ChildProcess>(new ChildProcess(options.name));
  const std::string program = options.args.at(0);
  Launch launch;
  absl::Status prepared = launch.Prepare(std::move(options));
  if (!prepared.ok()) return prepared;
  // The thread that forks lives as long as the child: the kernel's parent-death signal follows the thread.
  process->thread_ = std::thread([&launch, self = process.get()] { self->Run(&launch); });
  launch.started.WaitForNotification();
  if (launch.error != 0) {
    return absl::NotFoundError(absl::StrCat("cannot run \"", program, "\": ", strerror(launch.error)));
  }
  return process;
}

ChildProcess::~ChildProcess() {
  Signal(SIGKILL).IgnoreError();
  if (thread_.joinable()) thread_.join();
  if (pidfd_ >= 0) close(pidfd_);
  if (pid_ > 0 && testing::Test::HasFailure()) {
    std::cerr << "---- last lines of " << name_ << " (pid " << pid_ << ") ----\n" << LastLines(kShownLines);
  }
}

void ChildProcess::Run(Launch* launch) {
  pid_ = fork();
  if (pid_ == 0) launch->Exec();
  launch->error = pid_ < 0 ? errno : 0;
  close(launch->nothing);
  close(launch->output[1]);
  close(launch->failure[1]);
  const int output = launch->output[0];
  fcntl(output, F_SETFL, O_NONBLOCK);
  int error = 0;
  if (read(launch->failure[0], &error, sizeof(error)) == sizeof(error)) launch->error = error;
  close(launch->failure[0]);
  if (pid_ > 0) {
    pidfd_ = pidfd_open(pid_, 0);
    log_.open(absl::StrCat(OutputFolder(), "/", name_, ".", pid_, ".log"));
  }
  const bool forked = pid_ > 0;
  launch->started.Notify();  // `launch` is gone from here on.
  if (forked) ReadUntilExit(output);
  close(output);
}

void ChildProcess::ReadUntilExit(int output) {
  std::string rest;
  bool open = true;
  while (true) {
    pollfd waiting[2] = {{pidfd_, POLLIN, 0}, {open ? output : -1, POLLIN, 0}};
    if (poll(waiting, 2, -1) < 0) continue;
    while (open && ReadSome(output, &rest)) {
    }
    if ((waiting[1].revents & (POLLHUP | POLLERR)) != 0) open = false;
    if (waiting[0].revents != 0) break;
  }
  while (ReadSome(output, &rest)) {
  }
  if (!rest.empty()) AddLine(std::move(rest));
  int wait_status = 0;
  while (waitpid(pid_, &wait_status, 0) < 0 && errno == EINTR) {
  }
  absl::MutexLock lock(&mutex_);
  exit_code_ = ExitCode(wait_status);
  ended_ = true;
}

bool ChildProcess::ReadSome(int output, std::string* rest) {
  char buffer[8192];
  const ssize_t count = read(output, buffer, sizeof(buffer));
  if (count <= 0) return false;
  log_.write(buffer, count);
  log_.flush();
  rest->append(buffer, count);
  size_t start = 0;
  for (size_t end; (end = rest->find('\n', start)) != std::string::npos; start = end + 1) {
    AddLine(rest->substr(start, std::min(end - start, kMaxLineBytes)));
  }
  rest->erase(0, start);
  if (rest->size() > kMaxLineBytes) rest->resize(kMaxLineBytes);
  return true;
}

void ChildProcess::AddLine(std::string line) {
  absl::MutexLock lock(&mutex_);
  lines_.push_back(std::move(line));
  if (lines_.size() > kMaxLines) {
    lines_.pop_front();
    ++first_line_;
  }
}

bool ChildProcess::running() const {
  absl::MutexLock lock(&mutex_);
  return !ended_;
}

absl::Status ChildProcess::Signal(int signal) {
  // A pidfd never means another process that has taken the same pid.
  if (pidfd_ < 0 || pidfd_send_signal(pidfd_, signal, nullptr, 0) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(name_, " does not run any more"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> ChildProcess::Wait(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(&ended_), timeout)) {
    return absl::DeadlineExceededError(
        absl::StrCat(name_, " still runs; its last lines:\n", LastLinesLocked(kShownLines)));
  }
  return exit_code_;
}

absl::StatusOr<std::string> ChildProcess::AwaitLine(absl::string_view text, absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  size_t next = 0;
  std::string found;
  auto seen = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    for (next = std::max(next, first_line_); next < first_line_ + lines_.size(); ++next) {
      const std::string& line = lines_[next - first_line_];
      if (!absl::string_view(line).empty() && line.find(text.data(), 0, text.size()) != std::string::npos) {
        found = line;
        return true;
      }
    }
    return ended_;
  };
  const bool done = mutex_.AwaitWithTimeout(absl::Condition(&seen), timeout);
  if (!found.empty()) return found;
  const std::string message = absl::StrCat(name_, done ? " ended" : " still runs", " without writing a line with '",
                                           text, "'; its last lines:\n", LastLinesLocked(kShownLines));
  return done ? absl::UnavailableError(message) : absl::DeadlineExceededError(message);
}

std::string ChildProcess::LastLines(size_t count) const {
  absl::MutexLock lock(&mutex_);
  return LastLinesLocked(count);
}

std::string ChildProcess::LastLinesLocked(size_t count) const {
  std::string result;
  for (size_t i = lines_.size() - std::min(count, lines_.size()); i < lines_.size(); ++i) {
    absl::StrAppend(&result, lines_[i], "\n");
  }
  return result;
}

size_t ChildProcess::line_count() const {
  absl::MutexLock lock(&mutex_);
  return first_line_ + lines_.size();
}

std::string OutputFolder() {
  for (const char* name : {"TEST_UNDECLARED_OUTPUTS_DIR", "TEST_TMPDIR"}) {
    if (const char* folder = getenv(name)) return folder;
  }
  return "/tmp";
}

}  // namespace toolcatalog
