#ifndef TESTS_SUPPORT_TEMPORARY_FOLDER_H_
#define TESTS_SUPPORT_TEMPORARY_FOLDER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace toolcatalog {

// A new folder in /tmp, with a path short enough for Unix sockets. The destructor removes it. A test's process that
// dies without a destructor leaves no folder either. Thread-safe.
class TemporaryFolder {
 public:
  static absl::StatusOr<std::unique_ptr<TemporaryFolder>> Create();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  TemporaryFolder(std::string path, pid_t cleaner, int alive)
      : path_(std::move(path)), cleaner_(cleaner), alive_(alive) {}

  const std::string path_;
  // A process that removes the folder when it reads the end of `alive_`, a pipe. The kernel closes the pipe however
  // this process ends.
  const pid_t cleaner_;
  const int alive_;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_TEMPORARY_FOLDER_H_
