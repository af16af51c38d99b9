#ifndef TESTS_SUPPORT_POSTGRES_CLUSTER_H_
#define TESTS_SUPPORT_POSTGRES_CLUSTER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace toolcatalog {

// A throwaway PostgreSQL 15 cluster that listens on a Unix socket only. It runs as the user postgres if the test runs
// as root. The destructor ends it and removes its files, and so does the death of the test's process. Only `Query` and
// `conninfo` are thread-safe.
class PostgresCluster {
 public:
  enum class Durability {
    // No fsync. Fast, and safe enough unless the machine loses its power.
    kFast,
    // As in production.
    kFull,
  };
  enum class StopMode {
    // Rolls back open transactions and writes a checkpoint.
    kFast,
    // Aborts at once; the next start recovers from the log.
    kImmediate,
  };

  // Starts a new cluster. UNAVAILABLE, with its last log lines, if it does not start.
  static absl::StatusOr<std::unique_ptr<PostgresCluster>> Create(Durability durability);
  ~PostgresCluster();
  // These return when the server has started or ended. UNAVAILABLE or DEADLINE_EXCEEDED, with its last log lines, if it
  // does not.
  absl::Status Start();
  absl::Status Stop(StopMode mode);
  absl::Status Restart(StopMode mode);

  // Folder of the socket ".s.PGSQL.5432", for `host=`.
  const std::string& socket_folder() const { return folder_->path(); }
  std::string conninfo(const std::string& database = "postgres") const;

  // Creates an empty database and returns its conninfo. ALREADY_EXISTS if the name is taken.
  absl::StatusOr<std::string> CreateDatabase(const std::string& name);
  // Runs statements and returns the rows of the last one as text. A null becomes "".
  absl::StatusOr<std::vector<std::vector<std::string>>> Query(const std::string& database,
                                                              const std::string& sql) const;

 private:
  PostgresCluster(Durability durability, std::unique_ptr<TemporaryFolder> folder);
  absl::Status InitDb();
  std::string DataFolder() const;

  const Durability durability_;
  const std::unique_ptr<TemporaryFolder> folder_;
  std::unique_ptr<ChildProcess> server_;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_POSTGRES_CLUSTER_H_
