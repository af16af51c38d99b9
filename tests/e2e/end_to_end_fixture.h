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

// How long a test waits for something that must happen.
inline constexpr absl::Duration kPatience = absl::Seconds(30);

// Real services as processes. Each test has a database of its own, in a PostgreSQL cluster that all tests of a suite
// share. The services end with the test.
class EndToEndFixture : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void SetUp() override;

  static PostgresCluster& cluster() { return *cluster_; }
  // The test's own database, empty at first, and its conninfo.
  const std::string& database() const { return database_; }
  const std::string& conninfo() const { return conninfo_; }

  // Starts so many catalogs on the test's database, and one reload service for each element of `reloads`: the index of
  // the catalog that it follows. Fails the test if a service does not start.
  void Start(int catalogs, std::vector<int> reloads);
  // The same, with one catalog on each of these databases.
  void Start(std::vector<std::string> conninfos, std::vector<int> reloads, const std::string& catalog_config = "");
  ServiceFixture& services() { return *services_; }
  v1::CatalogService::Stub& catalog(int index = 0) { return services_->catalog(index); }
  internal::v1::ReplicaService::Stub& replica_service(int index = 0) { return services_->replica_service(index); }
  v1::ReloadService::Stub& reload(int index = 0) { return services_->reload(index); }

  // A recorder of everything from the first write on. When a stream ends, it resumes at the next of these catalogs.
  std::unique_ptr<WatchRecorder> Record(std::vector<int> catalogs);
  // Fails the test unless the recorder gets every write of the catalog, and the recording keeps every guarantee.
  void ExpectGuarantees(WatchRecorder& recorder);
  // The same for several recorders. Their recordings must also agree with each other.
  void ExpectGuarantees(const std::vector<WatchRecorder*>& recorders);
  // Fails the test unless the database has exactly one latest version for each tool.
  void ExpectOneLatestInDatabase();

  // Creates tools with these names in the first catalog.
  void CreateTools(const std::vector<std::string>& names);

 private:
  static PostgresCluster* cluster_;
  std::string database_;
  std::string conninfo_;
  std::unique_ptr<ServiceFixture> services_;
};

// "tool-0", "tool-1" and so on.
std::vector<std::string> ToolNames(int count);

}  // namespace toolcatalog

#endif  // TESTS_E2E_END_TO_END_FIXTURE_H_
