#include "clients/cpp/testing/watch_messages.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/definition/state_hash.h"

namespace toolcatalog {
namespace {

v1::WatchToolsResponse MessageAt(int64_t revision) {
  v1::WatchToolsResponse message;
  message.set_revision(revision);
  message.set_state_hash(TestStateHash(revision));
  return message;
}

}  // namespace

v1::Tool TestTool(const std::string& name, const std::string& version, int64_t revision) {
  v1::Tool tool;
  tool.set_tool_name(name);
  tool.set_version(version);
  tool.set_description(absl::StrCat(name, " as of ", revision));
  tool.set_platform("linux");
  tool.set_category("system");
  tool.set_status("active");
  tool.set_enabled(true);
  tool.set_revision(revision);
  tool.set_is_latest(true);
  return tool;
}

std::string TestContentHash(const v1::Tool& tool) {
  return absl::BytesToHexString(ContentHash(tool.SerializeAsString()));
}

std::string TestStateHash(int64_t revision) { return absl::StrCat("hash of ", revision); }

v1::WatchToolsResponse SnapshotMessage(int64_t revision, const std::vector<v1::Tool>& tools, bool last) {
  v1::WatchToolsResponse message = MessageAt(revision);
  message.mutable_snapshot()->set_last(last);
  for (const v1::Tool& tool : tools) {
    *message.mutable_snapshot()->add_tools() = tool;
    message.mutable_snapshot()->add_content_hashes(TestContentHash(tool));
  }
  return message;
}

v1::WatchToolsResponse BookmarkMessage(int64_t revision) {
  v1::WatchToolsResponse message = MessageAt(revision);
  message.mutable_bookmark();
  return message;
}

v1::WatchToolsResponse ChangesMessage(int64_t revision, const std::vector<v1::Change>& changes, bool more) {
  v1::WatchToolsResponse message = MessageAt(revision);
  v1::Write* write = message.mutable_batch()->add_writes();
  write->set_revision(revision);
  write->set_state_hash(message.state_hash());
  write->set_more(more);
  for (const v1::Change& change : changes) *write->add_changes() = change;
  return message;
}

v1::WatchToolsResponse BatchMessage(const std::vector<v1::WatchToolsResponse>& messages) {
  v1::WatchToolsResponse joined = MessageAt(messages.back().revision());
  for (const v1::WatchToolsResponse& message : messages) joined.mutable_batch()->MergeFrom(message.batch());
  return joined;
}

v1::Change StoredChange(const v1::Tool& tool) {
  v1::Change change;
  change.set_kind("updated");
  change.set_tool_name(tool.tool_name());
  change.set_version(tool.version());
  *change.mutable_tool() = tool;
  change.set_is_latest(tool.is_latest());
  change.set_content_hash(TestContentHash(tool));
  change.set_revision(tool.revision());
  change.set_actor("tester");
  return change;
}

v1::Change DeletedChange(const std::string& name, const std::string& version, int64_t revision) {
  v1::Change change;
  change.set_kind("deleted");
  change.set_tool_name(name);
  change.set_version(version);
  change.set_revision(revision);
  change.set_actor("tester");
  return change;
}

}  // namespace toolcatalog
