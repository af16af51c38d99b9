#include "catalog_service/testing/store_fixture.h"

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/postgres/migrations.h"
#include "common/definition/definition.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {

PostgresCluster* StoreFixture::cluster_ = nullptr;

void StoreFixture::SetUpTestSuite() {
  auto cluster = PostgresCluster::Create(PostgresCluster::Durability::kFast);
  ASSERT_THAT(cluster, IsOk());
  cluster_ = cluster->release();
}

void StoreFixture::TearDownTestSuite() {
  delete cluster_;
  cluster_ = nullptr;
}

void StoreFixture::SetUp() {
  ASSERT_NE(cluster_, nullptr);
  static int number = 0;
  database_ = absl::StrCat("reader_", ++number);
  auto conninfo = cluster_->CreateDatabase(database_);
  ASSERT_THAT(conninfo, IsOk());
  conninfo_ = *conninfo;
  ASSERT_THAT(Migrate(Options("test")), IsOk());
  pool_ = std::make_unique<PgPool>(Options("test"), 4);
  reader_ = std::make_unique<ToolReader>(pool_.get());
  log_ = std::make_unique<ChangeLog>(pool_.get());
  PgConnection::Options writers = Options("");
  writers.interrupt_fd = interrupt_.fd();
  for (int i = 0; i < 2; ++i) {
    queues_.push_back(std::make_unique<WriteQueue>(std::make_unique<CatalogWriter>(writers, &validator_)));
  }
}

absl::StatusOr<MutationResult> StoreFixture::Write(Mutation::Action action, int queue) {
  Mutation mutation;
  mutation.action = std::move(action);
  mutation.actor = "test";
  return queues_[queue]->Apply(std::move(mutation), absl::Now() + absl::Seconds(30), nullptr);
}

absl::StatusOr<MutationResult> StoreFixture::Create(const std::string& name, const std::string& version, int queue) {
  return Write(CreateMutation{NormalTool(name, version)}, queue);
}

std::vector<std::vector<std::string>> StoreFixture::Sql(const std::string& statement) {
  auto rows = cluster_->Query(database_, statement);
  EXPECT_THAT(rows, IsOk()) << statement;
  return rows.ok() ? *std::move(rows) : std::vector<std::vector<std::string>>();
}

void StoreFixture::ExpectConsistent() {
  StateHash hash;
  for (const auto& row : Sql("select v.name_key, v.version_key, (v.version_key = t.latest_version_key)::text, "
                             "encode(d.content_hash, 'hex') "
                             "from versions v left join tools t using (name_key) join definitions d using (name_key, "
                             "version_key, revision)")) {
    ASSERT_NE(row[2], "") << row[0] << " has no latest version";
    hash.Add(row[0], row[1], row[2] == "true", absl::HexStringToBytes(row[3]));
  }
  const auto counter = Sql("select revision, encode(state_hash, 'hex') from counter");
  EXPECT_EQ(counter[0][1], absl::BytesToHexString(hash.bytes()));
  const auto log = Sql("select count(*), max(revision) from revisions");
  EXPECT_EQ(log[0][0], absl::StrCat(std::stoll(log[0][1]) + 1)) << "revisions have a gap";
  EXPECT_EQ(log[0][1], counter[0][0]);
  EXPECT_EQ(Sql("select count(*) from versions")[0][0],
            Sql("select count(*) from versions join definitions using (name_key, version_key, revision)")[0][0]);
}

v1::Tool NormalTool(const std::string& name, const std::string& version) {
  v1::Tool tool = SampleTool(name, version);
  NormalizeDefinition(tool);
  return tool;
}

v1::Tool NormalToolOf(size_t bytes, const std::string& name, const std::string& version) {
  v1::Tool tool = NormalTool(name, version);
  (*tool.mutable_metadata()->mutable_fields())["text"].set_string_value(std::string(bytes, 'x'));
  return tool;
}

}  // namespace toolcatalog
