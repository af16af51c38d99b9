#ifndef TESTS_E2E_WATCH_FILTER_FIXTURE_H_
#define TESTS_E2E_WATCH_FILTER_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/filtered_watch.h"
#include "tests/support/status_matchers.h"
#include "tests/support/watch_recorder.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Records filtered streams, and compares them with all that was written.
class WatchFilterFixture : public EndToEndFixture {
 protected:
  using Filter = FilteredWatch::Filter;

  // Passes tools by their definition, whatever happens to them.
  static Filter Tools(std::function<bool(const v1::Tool&)> passes) {
    return {std::move(passes), [](const std::string&) { return true; }};
  }

  // From the beginning of the log, with bookmarks often enough to see where the stream is.
  static v1::WatchToolsRequest FromStart() {
    v1::WatchToolsRequest request;
    request.set_from_revision(0);
    request.set_bookmark_interval_ms(100);
    return request;
  }

  static v1::WatchToolsRequest OfPlatform(const std::string& platform) {
    v1::WatchToolsRequest request = FromStart();
    request.set_platform(platform);
    return request;
  }

  // A recorder of `request` at a catalog.
  std::unique_ptr<WatchRecorder> Recorder(const v1::WatchToolsRequest& request, int index = 0) {
    return std::make_unique<WatchRecorder>([this, index](int) { return &catalog(index); }, request,
                                           WatchRecorder::OnEnd::kResume);
  }

  // A tool after an update of the fields that `change` sets.
  v1::Tool Changed(const std::string& name, std::function<void(v1::Tool&)> change) {
    v1::Tool fields;
    fields.set_tool_name(name);
    change(fields);
    const auto tool = Update(catalog(), fields);
    EXPECT_THAT(tool, IsOk());
    return tool.ok() ? *tool : v1::Tool();
  }
  v1::Tool MovedTo(const std::string& platform, const std::string& name) {
    return Changed(name, [&](v1::Tool& fields) { fields.set_platform(platform); });
  }

  // All that was written, from the first revision on.
  WatchRecording Whole() {
    auto recorder = Record({0});
    ExpectGuarantees(*recorder);
    return recorder->recording();
  }
  // Fails the test unless the recorder, once it has caught up, shows what passes and all of it.
  FilteredWatch ExpectFiltered(WatchRecorder& recorder, const WatchRecording& whole, const Filter& filter) {
    EXPECT_TRUE(recorder.AwaitRevision(Revision(catalog()).value_or(-1), kPatience)) << "the stream stays behind";
    FilteredWatch watch(recorder.recording(), whole, filter);
    EXPECT_THAT(watch.violations(), testing::IsEmpty());
    return watch;
  }
  // The changes that a stream has brought, once it is at the catalog's revision.
  std::vector<v1::Change> ChangesOf(WatchRecorder& recorder) {
    EXPECT_TRUE(recorder.AwaitRevision(Revision(catalog()).value_or(-1), kPatience));
    std::vector<v1::Change> changes;
    const WatchRecording recording = recorder.recording();
    for (const WatchConnection& connection : recording.connections) {
      const std::vector<v1::Change> more = ChangesIn(connection.messages);
      changes.insert(changes.end(), more.begin(), more.end());
    }
    return changes;
  }
};

}  // namespace toolcatalog

#endif  // TESTS_E2E_WATCH_FILTER_FIXTURE_H_
