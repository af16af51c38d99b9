#include "catalog_service/replicas/reload_hook_store.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "catalog_service/replicas/report_fixture.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/hook.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

using ReloadHookStoreTest = ReportFixture;

TEST_F(ReloadHookStoreTest, HooksAreAnsweredToEveryReport) {
  ReloadHookStore hooks(pool_.get());
  v1::Hook hook;
  hook.set_name("b");
  hook.set_url("http://localhost/b");
  hook.add_triggers("manual");
  hook.set_secret("first");
  EXPECT_THAT(hooks.Add(hook, true), IsOk());
  EXPECT_THAT(hooks.Remove("b", true), HasCode(absl::StatusCode::kNotFound)) << "it was only checked";
  ASSERT_THAT(hooks.Add(hook, false), IsOk());
  EXPECT_THAT(hooks.Add(hook, true), HasCode(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(hooks.Remove("b", true), IsOk());
  EXPECT_THAT(hooks.Add(hook, false), HasCode(absl::StatusCode::kAlreadyExists)) << "it is still there";
  hook.set_name("a");
  ASSERT_THAT(hooks.Add(hook, false), IsOk());
  const internal::v1::ReportReloadEventsResponse answer = Report("a", 1);
  ASSERT_THAT(answer.hooks(), SizeIs(2));
  EXPECT_EQ(answer.hooks(0).name(), "a");
  EXPECT_EQ(answer.hooks(1).secret(), "first");
  EXPECT_THAT(answer.hooks(1).triggers(), ElementsAre("manual"));
  ASSERT_THAT(hooks.Remove("a", false), IsOk());
  EXPECT_THAT(hooks.Remove("a", false), HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(Report("a", 1).hooks(), SizeIs(1));
}

TEST_F(ReloadHookStoreTest, NamesOfHooksAreUniqueInAnyCase) {
  ReloadHookStore hooks(pool_.get());
  v1::Hook hook;
  hook.set_name("Build");
  hook.set_url("http://build/");
  ASSERT_THAT(hooks.Add(hook, false), IsOk());
  hook.set_name("bUILD");
  EXPECT_TRUE(absl::IsAlreadyExists(hooks.Add(hook, false)));
  EXPECT_THAT(hooks.Remove("BUILD", false), IsOk());
  EXPECT_THAT(hooks.Add(hook, false), IsOk());
}

TEST_F(ReloadHookStoreTest, AHundredHooksAreTheMostHoweverManyAreAddedAtOnce) {
  ReloadHookStore hooks(pool_.get());
  std::atomic<int> added = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 30; ++i) {
        v1::Hook hook;
        hook.set_name(absl::StrCat("hook-", thread, "-", i));
        hook.set_url("http://localhost");
        const absl::Status status = hooks.Add(hook, false);
        if (status.ok()) ++added;
        if (absl::IsResourceExhausted(status)) ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(added, 100);
  EXPECT_EQ(refused, 20);
}

}  // namespace
}  // namespace toolcatalog
