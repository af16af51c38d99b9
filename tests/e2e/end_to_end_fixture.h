#ifndef TESTS_E2E_END_TO_END_FIXTURE_H_
#define TESTS_E2E_END_TO_END_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/service_fixture.h"
#include "tests/support/watch_checker.h"
#include "tests/support/watch_recorder.h"

namespace toolcatalog {

// How long a test waits for what must come.
inline constexpr absl::Duration kPatience = absl::Seconds(30);

// Real services on a database of their own in a cluster that the tests of one program share.
class EndToEndFixture : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void SetUp() override;

  static PostgresCluster& cluster() { return *cluster_; }
  // The test's own database, empty at first, and its conninfo.
  const std::string& database() const { return database_; }
  const std::string& conninfo() const { return conninfo_; }

  // Starts services; fails the test if that does not work. `reloads` names the catalog each reload service follows.
  void Start(int catalogs, std::vector<int> reloads);
  void Start(std::vector<std::string> conninfos, std::vector<int> reloads);
  ServiceFixture& services() { return *services_; }
  v1::CatalogService::Stub& catalog(int index = 0) { return services_->catalog(index); }
  internal::v1::ReplicaService::Stub& replica_service(int index = 0) { return services_->replica_service(index); }
  v1::ReloadService::Stub& reload(int index = 0) { return services_->reload(index); }

  // A recorder from the first write on, which resumes at the catalogs in turn.
  std::unique_ptr<WatchRecorder> Record(std::vector<int> catalogs);
  // Fails the test unless the recorder gets all that the catalog has written and its recording keeps every guarantee.
  void ExpectGuarantees(WatchRecorder& recorder);
  // The same for several, which must also agree with each other.
  void ExpectGuarantees(const std::vector<WatchRecorder*>& recorders);
  // Fails the test unless the database has exactly one latest version for each tool.
  void ExpectOneLatestInDatabase();

  // Creates tools with these names.
  void CreateTools(const std::vector<std::string>& names);

 private:
  static PostgresCluster* cluster_;
  std::string database_;
  std::string conninfo_;
  std::unique_ptr<ServiceFixture> services_;
};

// "tool-0" and so on.
std::vector<std::string> ToolNames(int count);

}  // namespace toolcatalog

#endif  // TESTS_E2E_END_TO_END_FIXTURE_H_
