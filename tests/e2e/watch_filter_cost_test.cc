// Filtered watch streams that nobody reads cost the catalog little memory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/e2e/watch_filter_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/filtered_watch.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using testing::IsEmpty;

constexpr int kStreams = 20;
// What a stream may cost.
constexpr int64_t kBytesAStream = 3 << 20;

// Streams of one catalog that only the test reads, each over a connection of its own. The destructor ends them all.
class SilentStreams {
 public:
  explicit SilentStreams(std::string address) : address_(std::move(address)) {}
  ~SilentStreams() {
    for (Stream& stream : streams_) stream.context->TryCancel();
    v1::WatchToolsResponse message;
    for (Stream& stream : streams_) {
      while (stream.reader->Read(&message)) {
      }
      stream.reader->Finish();
    }
  }
  SilentStreams(const SilentStreams&) = delete;
  SilentStreams& operator=(const SilentStreams&) = delete;

  // Opens one more stream and returns its reader, which lives as long as this object.
  grpc::ClientReader<v1::WatchToolsResponse>& Open(const v1::WatchToolsRequest& request) {
    Stream& stream = streams_.emplace_back();
    stream.channel = NewChannel(address_);
    stream.context = std::make_unique<grpc::ClientContext>();
    stream.reader = v1::CatalogService::NewStub(stream.channel)->WatchTools(stream.context.get(), request);
    return *stream.reader;
  }

 private:
  struct Stream {
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientReader<v1::WatchToolsResponse>> reader;
  };

  const std::string address_;
  std::vector<Stream> streams_;
};

class WatchFilterCostTest : public WatchFilterFixture {
 protected:
  // What the first service has in memory.
  int64_t Memory() {
    std::ifstream file(absl::StrCat("/proc/", services().catalog_process(0).process().pid(), "/statm"));
    int64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * sysconf(_SC_PAGESIZE);
  }
};

TEST_F(WatchFilterCostTest, AClientThatDoesNotReadCostsLittleAndMissesNothing) {
  constexpr int kUpdates = 250;
  constexpr int64_t kBytes = 60 << 20;
  Start(1, {});
  CreateTools({"large", "other"});
  v1::WatchToolsRequest request = FromStart();
  request.set_bookmark_interval_ms(60000);
  request.add_tool_names("large");
  const int64_t before = Memory();
  SilentStreams silent(services().catalog_process(0).address());
  grpc::ClientReader<v1::WatchToolsResponse>& one = silent.Open(request);
  for (int i = 1; i < kStreams; ++i) silent.Open(request);
  // Together far more than the ring holds.
  for (int i = 0; i < kUpdates; ++i) {
    Changed("large", [&](v1::Tool& fields) {
      auto& metadata = *fields.mutable_metadata()->mutable_fields();
      for (int key = 0; key < 60; ++key) {
        metadata[absl::StrCat("key", key)].set_string_value(absl::StrCat(i, std::string(3300, 'x')));
      }
    });
    ASSERT_THAT(Describe(catalog(), "other", absl::StrCat("edit ", i)), IsOk());
  }
  EXPECT_LT(Memory() - before, kBytes + kStreams * kBytesAStream);
  const WatchRecording whole = Whole();
  WatchRecording slow{{{request, {}, {}}}};
  v1::WatchToolsResponse message;
  while ((slow.connections[0].messages.empty() || message.revision() < 2 * kUpdates + 1) && one.Read(&message)) {
    slow.connections[0].messages.push_back(message);
  }
  const FilteredWatch watch(slow, whole, Tools([](const v1::Tool& tool) { return tool.tool_name() == "large"; }));
  EXPECT_THAT(watch.violations(), IsEmpty());
  EXPECT_EQ(watch.writes(), kUpdates + 1);
}

TEST_F(WatchFilterCostTest, PreviousVersionsThatNobodyReadsCostLittle) {
  constexpr int kTools = 60;
  Start(1, {});
  v1::Tool tool = SampleTool("t");
  (*tool.mutable_metadata()->mutable_fields())["text"].set_string_value(std::string(200'000, 'x'));
  for (const std::string& name : ToolNames(kTools)) {
    tool.set_tool_name(name);
    ASSERT_THAT(Create(catalog(), tool), IsOk());
  }
  v1::WatchToolsRequest request = FromStart();
  request.set_from_revision(Revision(catalog()).value_or(0));
  request.set_with_previous(true);
  for (const std::string& name : ToolNames(kTools)) ASSERT_THAT(Delete(catalog(), name, ""), IsOk());
  const int64_t last = request.from_revision() + kTools, before = Memory();
  SilentStreams silent(services().catalog_process(0).address());
  grpc::ClientReader<v1::WatchToolsResponse>* last_opened = nullptr;
  v1::WatchToolsResponse message;
  for (int i = 0; i < kStreams; ++i) {
    last_opened = &silent.Open(request);
    // The bookmark at the start, and the first deletion: the log has been read.
    for (int read = 0; read < 2; ++read) ASSERT_TRUE(last_opened->Read(&message));
  }
  EXPECT_LT(Memory() - before, kStreams * kBytesAStream);
  std::vector<v1::WatchToolsResponse> messages = {message};
  while (message.revision() < last && last_opened->Read(&message)) messages.push_back(message);
  const std::vector<v1::Change> deletions = ChangesIn(messages);
  EXPECT_EQ(deletions.size(), size_t{kTools});
  for (const v1::Change& deletion : deletions) {
    EXPECT_EQ(deletion.previous().metadata().fields().count("text"), 1u);
  }
}

}  // namespace
}  // namespace toolcatalog
