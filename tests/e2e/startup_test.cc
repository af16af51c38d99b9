// How the programs start, and how they say that they cannot.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/version.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/child_process.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr char kCatalog[] = "catalog_service/catalog_service";
constexpr char kReload[] = "reload_service/reload_service";

struct Ended {
  int code;
  std::string output;
};

class StartupTest : public EndToEndFixture {
 protected:
  // Runs a program that should end by itself.
  static Ended Run(std::vector<std::string> args) {
    auto process = ChildProcess::Start({"program", std::move(args), {}, ""});
    EXPECT_THAT(process, IsOk());
    const absl::StatusOr<int> code = (*process)->Wait(kPatience);
    EXPECT_THAT(code, IsOk());
    return {code.value_or(-1), (*process)->LastLines(10)};
  }

  static std::string ConfigFile(const std::string& text) {
    const std::string path = absl::StrCat(OutputFolder(), "/startup.yaml");
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(StartupTest, SeveralCatalogsMigrateAnEmptyDatabaseAtOnce) {
  std::vector<std::unique_ptr<ServiceFixture>> fixtures(4);
  std::vector<std::thread> threads;
  for (auto& fixture : fixtures) {
    threads.emplace_back([this, &fixture] {
      auto started = ServiceFixture::Start({{conninfo()}, {}, "", ""});
      EXPECT_THAT(started, IsOk());
      if (started.ok()) fixture = *std::move(started);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (auto& fixture : fixtures) ASSERT_NE(fixture, nullptr);
  ASSERT_THAT(Create(fixtures[0]->catalog(), SampleTool("grep")), IsOk());
  for (auto& fixture : fixtures) EXPECT_THAT(Get(fixture->catalog(), "grep"), IsOk());
}

TEST_F(StartupTest, RefusesADatabaseThatWasNotMigrated) {
  const Ended ended =
      Run({kCatalog, "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0", "--database", conninfo()});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("migrate"));
}

TEST_F(StartupTest, MigratesByCommand) {
  EXPECT_EQ(Run({kCatalog, "migrate", "--database", conninfo()}).code, 0);
  EXPECT_EQ(Run({kCatalog, "migrate", "--database", conninfo()}).code, 0);
  EXPECT_FALSE(cluster().Query(database(), "select revision from counter").value().empty());
}

TEST_F(StartupTest, SaysThatTheDatabaseIsAway) {
  const Ended ended = Run({kCatalog, "--listen", "127.0.0.1:0", "--database", "host=/nowhere dbname=none"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("database"));
}

TEST_F(StartupTest, SaysThatTheAddressIsTaken) {
  Start(1, {0});
  const std::string taken = services().catalog_process().address();
  const Ended catalog =
      Run({kCatalog, "--migrate", "--listen", taken, "--internal-listen", "127.0.0.1:0", "--database", conninfo()});
  EXPECT_EQ(catalog.code, 1);
  EXPECT_THAT(catalog.output, HasSubstr(taken));
  const Ended internal =
      Run({kCatalog, "--listen", "127.0.0.1:0", "--internal-listen", taken, "--database", conninfo()});
  EXPECT_EQ(internal.code, 1);
  EXPECT_THAT(internal.output, HasSubstr(taken));
  const Ended reload = Run({kReload, "--listen", taken, "--catalog", taken});
  EXPECT_EQ(reload.code, 1);
  EXPECT_THAT(reload.output, HasSubstr(taken));
}

TEST_F(StartupTest, RaisesItsDescriptorLimit) {
  auto process = ChildProcess::Start({"limited",
                                      {"/bin/sh", "-c", "ulimit -S -n 512; exec \"$@\"", "sh", kReload, "--listen",
                                       "127.0.0.1:0", "--catalog", "127.0.0.1:1"},
                                      {},
                                      ""});
  ASSERT_THAT(process, IsOk());
  const auto line = (*process)->AwaitLine("\"msg\":\"serving\"", kPatience);
  ASSERT_THAT(line, IsOk());
  rlimit hard = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &hard), 0);
  EXPECT_THAT(*line, HasSubstr(absl::StrCat("\"max_descriptors\":", hard.rlim_max)));
}

TEST_F(StartupTest, NamesWhatIsWrongInAConfigurationFile) {
  for (const char* program : {kCatalog, kReload}) {
    const Ended unknown = Run({program, "--config", ConfigFile("listen: 127.0.0.1:0\ncolour: red\n")});
    EXPECT_EQ(unknown.code, 1) << program;
    EXPECT_THAT(unknown.output, HasSubstr("colour")) << program;
    const Ended wrong = Run({program, "--config", ConfigFile("listen: [1, 2]\n")});
    EXPECT_EQ(wrong.code, 1) << program;
    EXPECT_THAT(wrong.output, HasSubstr("listen")) << program;
    const Ended absent = Run({program, "--config", "/no/such/file"});
    EXPECT_EQ(absent.code, 1) << program;
    EXPECT_THAT(absent.output, HasSubstr("/no/such/file")) << program;
  }
}

TEST_F(StartupTest, AnswersItsNameVersionAndCommit) {
  for (const auto& [program, name] : {std::pair(kCatalog, "catalog_service"), std::pair(kReload, "reload_service")}) {
    const Ended ended = Run({program, "--version"});
    EXPECT_EQ(ended.code, 0) << program;
    EXPECT_THAT(ended.output, MatchesRegex(absl::StrCat(name, " ", kVersion, " [(][0-9a-z]+[)]\n?")));
  }
}

TEST_F(StartupTest, TheHelpOfEachCommandShowsHowToReachTheDatabase) {
  for (const char* command : {"migrate", "compact"}) {
    const Ended help = Run({kCatalog, command, "--help"});
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_THAT(help.output, AllOf(HasSubstr("--config"), HasSubstr("--database"))) << command;
  }
}

}  // namespace
}  // namespace toolcatalog
