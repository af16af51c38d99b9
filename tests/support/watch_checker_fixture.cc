#include "tests/support/watch_checker_fixture.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "tests/support/definitions.h"
#include "tests/support/watch_checker.h"

namespace toolcatalog {

std::string WatchCheckerFixture::HashOf(int number) { return absl::StrFormat("%032x", number); }

v1::Change WatchCheckerFixture::Created(int64_t revision, const std::string& name, const std::string& version) {
  v1::Change change;
  change.set_kind("created");
  change.set_tool_name(name);
  change.set_version(version);
  *change.mutable_tool() = SampleTool(name, version);
  change.mutable_tool()->set_is_latest(true);
  change.mutable_tool()->set_revision(revision);
  change.set_is_latest(true);
  change.set_content_hash(absl::StrFormat("%064x", revision));
  change.set_revision(revision);
  change.set_actor("api");
  change.mutable_time()->set_seconds(1000 + revision);
  return change;
}

v1::Change WatchCheckerFixture::Deleted(int64_t revision, const std::string& name, const std::string& version) {
  v1::Change change = Created(revision, name, version);
  change.set_kind("deleted");
  change.clear_tool();
  change.set_is_latest(false);
  change.clear_content_hash();
  return change;
}

v1::WatchToolsResponse WatchCheckerFixture::Position(int64_t revision) {
  v1::WatchToolsResponse message;
  message.set_revision(revision);
  message.set_state_hash(HashOf(revision));
  return message;
}

v1::WatchToolsResponse WatchCheckerFixture::Bookmark(int64_t revision) {
  v1::WatchToolsResponse message = Position(revision);
  message.mutable_bookmark();
  return message;
}

v1::WatchToolsResponse WatchCheckerFixture::Write(int64_t revision, std::vector<v1::Change> changes, bool more) {
  v1::WatchToolsResponse message = Position(revision);
  v1::Write* write = message.mutable_batch()->add_writes();
  write->set_revision(revision);
  write->set_state_hash(message.state_hash());
  for (v1::Change& change : changes) *write->add_changes() = std::move(change);
  write->set_more(more);
  return message;
}

v1::WatchToolsResponse WatchCheckerFixture::Batch(const std::vector<v1::WatchToolsResponse>& messages) {
  v1::WatchToolsResponse joined = Position(messages.back().revision());
  for (const v1::WatchToolsResponse& message : messages) joined.mutable_batch()->MergeFrom(message.batch());
  return joined;
}

v1::Write& WatchCheckerFixture::FirstWrite(v1::WatchToolsResponse& message) {
  return *message.mutable_batch()->mutable_writes(0);
}

void WatchCheckerFixture::SetHash(v1::WatchToolsResponse& message, const std::string& hash) {
  message.set_state_hash(hash);
  if (message.has_batch()) message.mutable_batch()->mutable_writes()->rbegin()->set_state_hash(hash);
}

v1::WatchToolsResponse WatchCheckerFixture::SnapshotPart(int64_t revision, const std::vector<std::string>& names,
                                                         bool last) {
  v1::WatchToolsResponse message = Position(revision);
  message.mutable_snapshot()->set_last(last);
  for (const std::string& name : names) {
    *message.mutable_snapshot()->add_tools() = SampleTool(name);
    message.mutable_snapshot()->mutable_tools()->rbegin()->set_is_latest(true);
    message.mutable_snapshot()->add_content_hashes(std::string(64, 'a'));
  }
  return message;
}

std::vector<v1::WatchToolsResponse> WatchCheckerFixture::GoodMessages() {
  return {Bookmark(0),
          Write(1, {Created(1, "one")}),
          Bookmark(1),
          Write(2, {Created(2, "two")}),
          Write(3, {Created(3, "three")}, true),
          Write(3, {Created(3, "four")}),
          Bookmark(3)};
}

WatchConnection WatchCheckerFixture::From(int64_t revision, std::vector<v1::WatchToolsResponse> messages) {
  WatchConnection connection;
  connection.request.set_from_revision(revision);
  if (revision > 0) connection.request.set_state_hash(HashOf(revision));
  connection.messages = std::move(messages);
  return connection;
}

WatchConnection WatchCheckerFixture::FromSnapshot(std::vector<v1::WatchToolsResponse> messages) {
  WatchConnection connection;
  connection.request.set_snapshot(true);
  connection.messages = std::move(messages);
  return connection;
}

std::vector<std::string> WatchCheckerFixture::Violations(std::vector<WatchConnection> connections) {
  return WatchChecker(WatchRecording{std::move(connections)}).violations();
}
std::vector<std::string> WatchCheckerFixture::Violations(std::vector<v1::WatchToolsResponse> messages) {
  return Violations(std::vector<WatchConnection>{From(0, std::move(messages))});
}

}  // namespace toolcatalog
