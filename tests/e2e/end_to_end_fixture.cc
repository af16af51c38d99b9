#include "tests/e2e/end_to_end_fixture.h"

#include <gmock/gmock.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

// Tools whose latest version does not exist, and versions without a tool that would name one as latest.
constexpr char kFindWrongLatest[] =
    "select t.name_key from tools t left join versions v "
    "on v.name_key = t.name_key and v.version_key = t.latest_version_key where v.name_key is null "
    "union all select v.name_key from versions v left join tools t on t.name_key = v.name_key where t.name_key is null";

}  // namespace

PostgresCluster* EndToEndFixture::cluster_ = nullptr;

void EndToEndFixture::SetUpTestSuite() {
  auto cluster = PostgresCluster::Create(PostgresCluster::Durability::kFull);
  ASSERT_THAT(cluster, IsOk());
  cluster_ = cluster->release();
}

void EndToEndFixture::TearDownTestSuite() { delete std::exchange(cluster_, nullptr); }

void EndToEndFixture::SetUp() {
  ASSERT_NE(cluster_, nullptr);
  database_ = absl::AsciiStrToLower(testing::UnitTest::GetInstance()->current_test_info()->name());
  auto conninfo = cluster_->CreateDatabase(database_);
  ASSERT_THAT(conninfo, IsOk());
  conninfo_ = *conninfo;
}

void EndToEndFixture::Start(int catalogs, std::vector<int> reloads) {
  Start(std::vector<std::string>(catalogs, conninfo_), std::move(reloads));
}

void EndToEndFixture::Start(std::vector<std::string> conninfos, std::vector<int> reloads,
                            const std::string& catalog_config) {
  auto services = ServiceFixture::Start({std::move(conninfos), std::move(reloads), catalog_config, ""});
  ASSERT_THAT(services, IsOk());
  services_ = *std::move(services);
}

std::unique_ptr<WatchRecorder> EndToEndFixture::Record(std::vector<int> catalogs) {
  v1::WatchToolsRequest request;
  request.set_from_revision(0);
  auto stub_of = [this, catalogs](int connection) { return &catalog(catalogs[connection % catalogs.size()]); };
  auto recorder = std::make_unique<WatchRecorder>(stub_of, request, WatchRecorder::OnEnd::kResume);
  EXPECT_TRUE(recorder->AwaitStart(kPatience));
  return recorder;
}

void EndToEndFixture::ExpectGuarantees(WatchRecorder& recorder) {
  ExpectGuarantees(std::vector<WatchRecorder*>{&recorder});
}

void EndToEndFixture::ExpectGuarantees(const std::vector<WatchRecorder*>& recorders) {
  const absl::StatusOr<int64_t> revision = Revision(catalog());
  ASSERT_THAT(revision, IsOk());
  std::vector<WatchChecker> checkers;
  for (WatchRecorder* recorder : recorders) {
    EXPECT_TRUE(recorder->AwaitRevision(*revision, kPatience)) << "a stream did not reach revision " << *revision;
    recorder->Stop();
    checkers.emplace_back(recorder->recording());
    EXPECT_THAT(checkers.back().violations(), testing::IsEmpty());
    EXPECT_EQ(CheckAgreement(checkers.front(), checkers.back()), "");
  }
  const auto tools = LatestTools(catalog());
  ASSERT_THAT(tools, IsOk());
  for (const auto& [name, tool] : *tools) {
    const WatchState::Entry* latest = checkers.front().state().Latest(name);
    ASSERT_NE(latest, nullptr) << name;
    EXPECT_EQ(Deterministic(latest->tool), Deterministic(tool)) << name;
  }
}

void EndToEndFixture::ExpectOneLatestInDatabase() {
  const auto wrong = cluster().Query(database(), kFindWrongLatest);
  ASSERT_THAT(wrong, IsOk());
  EXPECT_THAT(*wrong, testing::IsEmpty());
  const auto tools = LatestTools(catalog());
  ASSERT_THAT(tools, IsOk());
  for (const auto& [name, tool] : *tools) {
    const auto versions = ListVersions(catalog(), name);
    ASSERT_THAT(versions, IsOk());
    int latest = 0;
    for (const v1::Tool& version : versions->versions()) latest += version.is_latest() ? 1 : 0;
    EXPECT_EQ(latest, 1) << name;
  }
}

void EndToEndFixture::CreateTools(const std::vector<std::string>& names) {
  for (const std::string& name : names) ASSERT_THAT(Create(catalog(), SampleTool(name)), IsOk());
}

std::vector<std::string> ToolNames(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(absl::StrCat("tool-", i));
  return names;
}

}  // namespace toolcatalog
