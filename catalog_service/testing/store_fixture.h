#ifndef CATALOG_SERVICE_TESTING_STORE_FIXTURE_H_
#define CATALOG_SERVICE_TESTING_STORE_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog_service/changes/change_log.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "catalog_service/read/tool_reader.h"
#include "catalog_service/write/write_queue.h"
#include "common/definition/validation/definition_validator.h"
#include "common/hold_bytes.h"
#include "common/wake.h"
#include "tests/support/postgres_cluster.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// A migrated database in a cluster that all tests of the binary share, with two write queues as two processes have
// them.
class StoreFixture : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void SetUp() override;

  // Writes through one of the two queues and waits for the result.
  absl::StatusOr<MutationResult> Write(Mutation::Action action, int queue = 0);
  absl::StatusOr<MutationResult> Create(const std::string& name, const std::string& version = "1.0", int queue = 0);

  // The rows of one statement, as text.
  std::vector<std::vector<std::string>> Sql(const std::string& statement);
  PgConnection::Options Options(const std::string& application) const { return {conninfo_, application}; }
  // Set to interrupt the connections of the queues.
  Wake interrupt_;
  // Two processes' queues.
  WriteQueue& queue(int index) { return *queues_[index]; }

  // Fails the test unless the stored state is whole: one latest version a tool, the counter's hash that of the
  // versions, revisions without a gap.
  void ExpectConsistent();

  static PostgresCluster* cluster_;
  std::string database_;
  std::string conninfo_;
  const DefinitionValidator validator_{DefaultVocabulary()};
  // What readers are told to hold; a test may refuse.
  HoldBytes hold_ = [](size_t) { return absl::OkStatus(); };
  std::unique_ptr<PgPool> pool_;
  std::unique_ptr<ToolReader> reader_;
  std::unique_ptr<ChangeLog> log_;

 private:
  std::vector<std::unique_ptr<WriteQueue>> queues_;
};

// A response as a client receives it. The server's own may hold entries that are encoded already.
template <typename Response>
absl::StatusOr<Response> AsReceived(const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response;
  Response received;
  received.ParseFromString(response->SerializeAsString());
  return received;
}

// A valid definition in normal form.
v1::Tool NormalTool(const std::string& name, const std::string& version = "1.0");
// The same with so many more bytes, in one text of its metadata.
v1::Tool NormalToolOf(size_t bytes, const std::string& name, const std::string& version = "1.0");

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_TESTING_STORE_FIXTURE_H_
