#include "common/rpc/request_rules.h"

#include <optional>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/definition/definition.h"
#include "common/definition/reload_triggers.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

// No request that keeps the rules comes near this.
constexpr size_t kMaxRequestBytes = 4096;
constexpr size_t kMaxTextLength = 100;

bool AllPrintable(absl::string_view text) {
  while (!text.empty()) {
    if (!IsPrintable(NextCodePoint(text))) return false;
  }
  return true;
}

}  // namespace

absl::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* request) {
  if (bytes.Length() > kMaxRequestBytes) {
    return MakeError(Reason::kMalformedRequest,
                     absl::StrCat("request must be at most ", kMaxRequestBytes, " bytes, got ", bytes.Length()));
  }
  grpc::Slice slice;
  const bool whole = bytes.TrySingleSlice(&slice).ok() || bytes.DumpToSingleSlice(&slice).ok();
  if (!whole || !request->ParseFromArray(slice.begin(), slice.size())) {
    return MakeError(Reason::kMalformedRequest, "request must be a well-formed message whose texts are valid UTF-8");
  }
  return absl::OkStatus();
}

absl::Status CheckToolName(absl::string_view name) {
  const std::optional<Violation> violation = CheckToolName("tool_name", name);
  return violation.has_value() ? InvalidArgumentError({*violation}) : absl::OkStatus();
}

absl::Status CheckOptionalToolName(absl::string_view name) {
  return name.empty() ? absl::OkStatus() : CheckToolName(name);
}

absl::Status CheckShortText(absl::string_view field, absl::string_view text) {
  const size_t length = CountCharacters(text);
  if (length > kMaxTextLength) {
    return InvalidArgumentError(field, absl::StrCat("must be at most ", kMaxTextLength, " characters, got ", length));
  }
  if (!AllPrintable(text)) return InvalidArgumentError(field, absl::StrCat("must be printable, got ", Quoted(text)));
  return absl::OkStatus();
}

absl::Status CheckMinRevision(int64_t revision) {
  if (revision >= 0) return absl::OkStatus();
  return InvalidArgumentError("min_revision", absl::StrCat("must be at least 0, got ", revision));
}

absl::Status CheckRevision(int64_t revision) {
  if (revision >= 1) return absl::OkStatus();
  return InvalidArgumentError("revision", absl::StrCat("must be at least 1, got ", revision));
}

absl::Status CheckProfileFilters(const v1::ListProfilesRequest& request) {
  absl::Status status = CheckShortText("capability", request.capability());
  status.Update(CheckShortText("platform", request.platform()));
  status.Update(CheckShortText("category", request.category()));
  status.Update(CheckShortText("tag", request.tag()));
  return status;
}

absl::Status CheckTrigger(absl::string_view trigger) {
  if (trigger.empty() || absl::c_linear_search(kTriggers, trigger)) return absl::OkStatus();
  return InvalidArgumentError(
      "trigger_type", absl::StrCat("unknown value ", Quoted(trigger), "; allowed: ", absl::StrJoin(kTriggers, ", ")));
}

}  // namespace toolcatalog
