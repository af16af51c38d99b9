#include "catalog_service/changes/watch_encoding.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {
namespace {

// Leaves room for the head of a message, so that the whole stays below 1 MiB.
constexpr size_t kMaxMessageBytes = (1 << 20) - 1024;

v1::WatchToolsResponse At(const Position& position) {
  v1::WatchToolsResponse message;
  message.set_revision(position.revision);
  message.set_state_hash(absl::BytesToHexString(position.state_hash));
  return message;
}

}  // namespace

EncodedWrite EncodeWrite(const Position& position, absl::Span<const absl::string_view> changes) {
  v1::WatchToolsResponse head = At(position);
  EncodedWrite write;
  write.places.reserve(changes.size());
  std::string body;
  size_t first = 0;
  const auto finish_message = [&](bool more) {
    head.set_more(more);
    const std::string start = head.SerializeAsString();
    for (; first < write.places.size(); ++first) write.places[first].offset += start.size();
    write.messages.push_back(start + body);
    body.clear();
  };
  for (const absl::string_view change : changes) {
    if (!body.empty() && body.size() + change.size() > kMaxMessageBytes) finish_message(true);
    AppendField(v1::WatchToolsResponse::kChangesFieldNumber, change, body);
    write.places.push_back({write.messages.size(), body.size() - change.size(), change.size()});
  }
  finish_message(false);
  return write;
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
