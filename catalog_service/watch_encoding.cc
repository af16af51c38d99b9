#include "catalog_service/watch_encoding.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "toolcatalog/v1/catalog_service.pb.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxMessageBytes = 1 << 20;

v1::WatchToolsResponse At(const Position& position) {
  v1::WatchToolsResponse message;
  message.set_revision(position.revision);
  message.set_state_hash(absl::BytesToHexString(position.state_hash));
  return message;
}

}  // namespace

std::vector<std::string> EncodeWrite(const LoggedWrite& write) {
  v1::WatchToolsResponse head = At(write.position);
  std::vector<std::string> messages;
  std::string body;
  for (const std::string& change : write.changes) {
    if (!body.empty() && body.size() + change.size() > kMaxMessageBytes) {
      head.set_more(true);
      messages.push_back(head.SerializeAsString() + body);
      body.clear();
    }
    AppendField(v1::WatchToolsResponse::kChangesFieldNumber, change, body);
  }
  head.set_more(false);
  messages.push_back(head.SerializeAsString() + body);
  return messages;
}

std::vector<std::string> EncodeSnapshot(const Position& position, const std::vector<SnapshotTool>& tools, bool last) {
  std::vector<std::string> messages;
  std::string part;
  auto finish_part = [&](bool is_last) {
    v1::WatchToolsResponse head = At(position);
    head.set_more(!is_last);
    if (is_last) {
      v1::Snapshot flags;
      flags.set_last(true);
      part += flags.SerializeAsString();
    }
    std::string message = head.SerializeAsString();
    AppendField(v1::WatchToolsResponse::kSnapshotFieldNumber, part, message);
    messages.push_back(std::move(message));
    part.clear();
  };
  for (const SnapshotTool& tool : tools) {
    if (!part.empty() && part.size() + tool.encoded.size() > kMaxMessageBytes) finish_part(false);
    AppendField(v1::Snapshot::kToolsFieldNumber, tool.encoded, part);
    AppendField(v1::Snapshot::kContentHashesFieldNumber, tool.content_hash, part);
  }
  if (!part.empty() || last) finish_part(last);
  return messages;
}

std::string EncodeBookmark(const Position& position) {
  v1::WatchToolsResponse message = At(position);
  message.set_bookmark(true);
  return message.SerializeAsString();
}

}  // namespace toolcatalog
