#include "catalog_service/changes/watch_encoding.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "catalog_service/model/stored_tool.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {
namespace {

template <typename Message>
Message At(const Position& position) {
  Message message;
  message.set_revision(position.revision);
  message.set_state_hash(absl::BytesToHexString(position.state_hash));
  return message;
}

}  // namespace

EncodedWrite EncodeWrite(const Position& position, absl::Span<const absl::string_view> changes) {
  EncodedWrite write;
  write.position = position;
  write.places.reserve(changes.size());
  const std::string start = At<v1::Write>(position).SerializeAsString();
  v1::Write flags;
  flags.set_more(true);
  const std::string more = flags.SerializeAsString();
  std::string body;
  size_t first = 0;
  const auto finish_piece = [&](absl::string_view end) {
    std::string piece;
    AppendFieldHead(v1::WriteBatch::kWritesFieldNumber, start.size() + body.size() + end.size(), piece);
    piece += start;
    for (; first < write.places.size(); ++first) write.places[first].offset += piece.size();
    piece.reserve(piece.size() + body.size() + end.size());
    piece += body;
    piece.append(end.data(), end.size());
    write.pieces.push_back(std::move(piece));
    body.clear();
  };
  for (const absl::string_view change : changes) {
    if (!body.empty() && body.size() + change.size() > kMaxBatchBytes) finish_piece(more);
    AppendField(v1::Write::kChangesFieldNumber, change, body);
    write.places.push_back({write.pieces.size(), body.size() - change.size(), change.size()});
  }
  finish_piece("");
  return write;
}

std::string EncodeBatchHead(const Position& position, size_t bytes) {
  std::string head = At<v1::WatchToolsResponse>(position).SerializeAsString();
  AppendFieldHead(v1::WatchToolsResponse::kBatchFieldNumber, bytes, head);
  return head;
}

std::vector<std::string> EncodeSnapshot(const Position& position, const std::vector<SnapshotTool>& tools, bool last) {
  std::vector<std::string> messages;
  const std::string head = At<v1::WatchToolsResponse>(position).SerializeAsString();
  std::string part;
  auto finish_part = [&](bool is_last) {
    if (is_last) {
      v1::Snapshot flags;
      flags.set_last(true);
      part += flags.SerializeAsString();
    }
    std::string message = head;
    AppendField(v1::WatchToolsResponse::kSnapshotFieldNumber, part, message);
    messages.push_back(std::move(message));
    part.clear();
  };
  for (const SnapshotTool& tool : tools) {
    if (!part.empty() && part.size() + tool.encoded.size() > kMaxBatchBytes) finish_part(false);
    AppendField(v1::Snapshot::kToolsFieldNumber, tool.encoded, part);
    AppendField(v1::Snapshot::kContentHashesFieldNumber, tool.content_hash, part);
  }
  if (!part.empty() || last) finish_part(last);
  return messages;
}

std::string EncodeBookmark(const Position& position) {
  auto message = At<v1::WatchToolsResponse>(position);
  message.mutable_bookmark();
  return message.SerializeAsString();
}

}  // namespace toolcatalog
