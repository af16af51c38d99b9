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

// A throwaway PostgreSQL 15 cluster on a Unix socket, run as user postgres when the test is root. Not thread-safe, but
// for `Query` and `conninfo`. The cluster and its files go with this object, and when the test's process dies.
class PostgresCluster {
 public:
  enum class Durability {
    // No fsync: fast, and enough as long as nobody cuts the power.
    kFast,
    // As in production.
    kFull,
  };
  enum class StopMode {
    // Rolls back what is open, writes a checkpoint.
    kFast,
    // Aborts at once; the next start recovers from the log.
    kImmediate,
  };

  // A running cluster; UNAVAILABLE with its last log lines if it does not start.
  static absl::StatusOr<std::unique_ptr<PostgresCluster>> Create(Durability durability);
  ~PostgresCluster();
  // Both answer when it is done; UNAVAILABLE or DEADLINE_EXCEEDED with the last log lines if it does not work.
  absl::Status Start();
  absl::Status Stop(StopMode mode);
  absl::Status Restart(StopMode mode);

  // Folder of the socket ".s.PGSQL.5432", for `host=`.
  const std::string& socket_folder() const { return folder_->path(); }
  std::string conninfo(const std::string& database = "postgres") const;

  // An empty database; answers its conninfo. ALREADY_EXISTS if the name is taken.
  absl::StatusOr<std::string> CreateDatabase(const std::string& name);
  // Runs statements and answers the rows of the last one as text; null reads as "".
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
