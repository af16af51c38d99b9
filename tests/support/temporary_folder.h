#ifndef TESTS_SUPPORT_TEMPORARY_FOLDER_H_
#define TESTS_SUPPORT_TEMPORARY_FOLDER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace toolcatalog {

// A new folder under /tmp with a path short enough for sockets. It is removed with this object, and also when the
// test's process dies without destroying it. Thread-safe.
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
  // Removes the folder at the end of file of `alive_`, which the kernel brings about whatever becomes of this process.
  const pid_t cleaner_;
  const int alive_;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_TEMPORARY_FOLDER_H_
