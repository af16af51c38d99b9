#include "common/status.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "common/text.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/error_info.pb.h"

namespace toolcatalog {
namespace {

constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";
constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";

// gRPC refuses trailers beyond 8 KiB, and the message travels in them too, percent-encoded.
constexpr size_t kMaxDetailBytes = 2048;
constexpr size_t kMaxMessageBytes = 1024;
constexpr size_t kMaxTextBytes = 256;

// `text` cut to `max` bytes at a character boundary.
std::string Cut(absl::string_view text, size_t max) {
  if (text.size() <= max) return std::string(text);
  size_t end = max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "...");
}

google::rpc::ErrorInfo ErrorInfoOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  if (auto payload = status.GetPayload(kErrorInfoUrl)) info.ParseFromString(std::string(*payload));
  return info;
}

// In the same bytes each time: a map has no order of its own.
absl::Cord BytesOf(const google::rpc::ErrorInfo& info) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    info.SerializeToCodedStream(&output);
  }
  return absl::Cord(bytes);
}

void SetErrorInfo(google::rpc::ErrorInfo info, const ErrorDetails& metadata, absl::Status* status) {
  info.set_domain("toolcatalog");
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  status->SetPayload(kErrorInfoUrl, BytesOf(info));
}

// Characters that are kept of a value.
constexpr size_t kMaxValueBytes = 60;

}  // namespace

Violation BrokenRule(absl::string_view path, absl::string_view rule) {
  return Violation{std::string(path), std::string(rule), std::string(rule)};
}

Violation BrokenByNumber(absl::string_view path, absl::string_view rule, absl::string_view number) {
  return Violation{std::string(path), absl::StrCat(rule, ", got ", number), std::string(rule), std::string(number)};
}

Violation BrokenByText(absl::string_view path, absl::string_view rule, absl::string_view text,
                       absl::string_view suggestion) {
  std::string message = absl::StrCat(rule, ", got ", Quoted(text));
  if (!suggestion.empty()) absl::StrAppend(&message, "; did you mean ", Quoted(suggestion), "?");
  return Violation{std::string(path), std::move(message), std::string(rule), Cut(text, kMaxValueBytes),
                   std::string(suggestion)};
}

absl::Status MakeError(Reason reason, absl::string_view message, const ErrorDetails& metadata) {
  const ReasonEntry& entry = EntryOf(reason);
  google::rpc::ErrorInfo info;
  info.set_reason(entry.name);
  absl::Status status(entry.code, message);
  SetErrorInfo(std::move(info), metadata, &status);
  return status;
}

absl::Status MakeError(Reason reason, const std::vector<Violation>& violations, const ErrorDetails& metadata) {
  google::rpc::BadRequest details;
  size_t bytes = 0;
  std::string message;
  for (const Violation& violation : violations) {
    std::string path = Cut(violation.path, kMaxTextBytes), text = Cut(violation.message, kMaxTextBytes);
    bytes += path.size() + text.size() + 8;
    if (bytes > kMaxDetailBytes) break;
    auto* field = details.add_field_violations();
    field->set_field(path);
    field->set_description(text);
    if (message.size() < kMaxMessageBytes - 2 * kMaxTextBytes) {
      absl::StrAppend(&message, message.empty() ? "" : "; ", path, path.empty() ? "" : ": ", text);
    }
  }
  const int left_out = static_cast<int>(violations.size()) - details.field_violations_size();
  if (left_out > 0) {
    details.add_field_violations()->set_description(absl::StrCat("and ", left_out, " more"));
    absl::StrAppend(&message, "; and ", left_out, " more");
  }
  absl::Status status = MakeError(reason, message, metadata);
  status.SetPayload(kBadRequestUrl, absl::Cord(details.SerializeAsString()));
  return status;
}

absl::Status InvalidArgumentError(const std::vector<Violation>& violations) {
  return MakeError(Reason::kInvalidField, violations);
}

absl::Status InvalidArgumentError(absl::string_view path, absl::string_view message) {
  return InvalidArgumentError({{std::string(path), std::string(message)}});
}

absl::Status WithMetadata(absl::Status status, const ErrorDetails& metadata) {
  google::rpc::ErrorInfo info = ErrorInfoOf(status);
  if (info.reason().empty()) info.set_reason(EntryOf(DefaultReason(status.code())).name);
  SetErrorInfo(std::move(info), metadata, &status);
  return status;
}

std::string ErrorReason(const absl::Status& status) { return ErrorInfoOf(status).reason(); }

bool HasReason(const absl::Status& status, Reason reason) { return ErrorReason(status) == EntryOf(reason).name; }

std::string ErrorMetadata(const absl::Status& status, absl::string_view key) {
  const google::rpc::ErrorInfo info = ErrorInfoOf(status);
  auto found = info.metadata().find(std::string(key));
  return found == info.metadata().end() ? "" : found->second;
}

std::vector<std::string> ViolatedFields(const absl::Status& status) {
  google::rpc::BadRequest details;
  if (auto payload = status.GetPayload(kBadRequestUrl)) details.ParseFromString(std::string(*payload));
  std::vector<std::string> fields;
  for (const auto& violation : details.field_violations()) {
    if (!violation.field().empty()) fields.push_back(violation.field());
  }
  return fields;
}

namespace {

absl::Status WithOutcome(absl::Status status, const char* outcome) {
  if (!ErrorMetadata(status, kOutcomeKey).empty()) return status;
  return WithMetadata(std::move(status), {{kOutcomeKey, outcome}});
}

}  // namespace

absl::Status NotExecuted(absl::Status status) { return WithOutcome(std::move(status), kNotExecuted); }

absl::Status OutcomeUnknown(absl::Status status) { return WithOutcome(std::move(status), kOutcomeUnknown); }

}  // namespace toolcatalog
