#include "catalog_service/model/request_memory.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/definition/definition.h"
#include "common/definition/state_hash.h"
#include "common/status.h"
#include "common/text.h"
#include "toolcatalog/storage/write_answer.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

// RFC 9562, section 4: 8-4-4-4-12 hex digits.
bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_hyphen_place ? text[i] != '-' : !absl::ascii_isxdigit(text[i])) return false;
  }
  return true;
}

// The id may be spelled in another way; it stands in the request or in its options.
std::string HashWithoutId(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> copy(request.New());
  copy->CopyFrom(request);
  google::protobuf::Message* holder = copy.get();
  const auto* options = holder->GetDescriptor()->FindFieldByName("options");
  if (options != nullptr) holder = holder->GetReflection()->MutableMessage(holder, options);
  holder->GetReflection()->ClearField(holder, holder->GetDescriptor()->FindFieldByName("request_id"));
  return ContentHash(SerializeDeterministically(*copy));
}

}  // namespace

std::string EncodeAnswer(const MutationResult& result) {
  storage::WriteAnswer answer;
  answer.set_revision(result.revision);
  if (result.tool.ByteSizeLong() > 0) *answer.mutable_tool() = result.tool;
  answer.set_deleted_versions(result.deleted_versions);
  for (const ImportItemResult& item : result.items) {
    storage::WriteAnswer::Item& kept = *answer.add_items();
    kept.set_skipped(item.skipped);
    kept.set_code(static_cast<int>(item.status.code()));
    kept.set_message(std::string(item.status.message()));
  }
  answer.set_items_hash(result.items_hash);
  return SerializeDeterministically(answer);
}

absl::StatusOr<MutationResult> DecodeAnswer(const std::string& bytes) {
  storage::WriteAnswer answer;
  if (!answer.ParseFromString(bytes)) return MakeError(Reason::kDataLoss, "the remembered answer cannot be read");
  MutationResult result;
  result.revision = answer.revision();
  result.tool = std::move(*answer.mutable_tool());
  result.deleted_versions = answer.deleted_versions();
  result.items_hash = answer.items_hash();
  for (const storage::WriteAnswer::Item& item : answer.items()) {
    result.items.push_back({item.skipped(), absl::Status(static_cast<absl::StatusCode>(item.code()), item.message())});
  }
  return result;
}

std::string HashOf(const ImportMutation& import) {
  std::string hashes;
  for (const v1::Tool& tool : import.tools) hashes += ContentHash(SerializeDeterministically(tool));
  return ContentHash(hashes);
}

absl::StatusOr<RequestIdentity> IdentifyRequest(absl::string_view request_id,
                                                const google::protobuf::Message& request) {
  if (request_id.empty()) return RequestIdentity();
  if (!IsUuid(request_id)) {
    return InvalidArgumentError("request_id", absl::StrCat("must be a UUID, got ", Quoted(request_id)));
  }
  return RequestIdentity{absl::AsciiStrToLower(request_id), request.GetDescriptor()->name(), HashWithoutId(request)};
}

}  // namespace toolcatalog
