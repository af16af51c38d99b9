#include "reload_service/profile_entry.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/time_util.h>
#include <google/protobuf/wire_format_lite.h>

#include "absl/strings/str_cat.h"
#include "common/definition.h"
#include "toolcatalog/v1/reload_service.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::internal::WireFormatLite;

// Twice what the catalog stores at most: the fields that the server adds are far smaller than that.
constexpr size_t kMaxDefinitionBytes = 512 << 10;

std::string EncodeBody(const v1::Tool& tool, absl::string_view content_hash, absl::Time loaded_at) {
  v1::Profile rest;
  rest.set_content_hash(std::string(content_hash));
  *rest.mutable_loaded_at() = google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(loaded_at));
  std::string body;
  {
    google::protobuf::io::StringOutputStream bytes(&body);
    google::protobuf::io::CodedOutputStream output(&bytes);
    output.SetSerializationDeterministic(true);
    output.WriteTag(WireFormatLite::MakeTag(v1::Profile::kToolFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
    output.WriteVarint32(tool.ByteSizeLong());
    tool.SerializeWithCachedSizes(&output);
    rest.SerializeToCodedStream(&output);
  }
  body.shrink_to_fit();
  return body;
}

}  // namespace

bool IsUsable(const v1::Tool& tool) {
  const bool enabled = !tool.has_enabled() || tool.enabled();
  return enabled && (tool.status().empty() || tool.status() == "active" || tool.status() == "testing");
}

absl::Status CheckProfile(absl::string_view key, const v1::Tool& tool) {
  if (NameKey(tool.tool_name()) != key) {
    return absl::InvalidArgumentError(
        absl::StrCat("tool \"", key, "\": tool_name must be the same, got \"", tool.tool_name(), "\""));
  }
  if (tool.version().empty()) {
    return absl::InvalidArgumentError(absl::StrCat("tool \"", key, "\": version must not be empty"));
  }
  if (tool.ByteSizeLong() > kMaxDefinitionBytes) {
    return absl::InvalidArgumentError(absl::StrCat("tool \"", key, "\": definition must be at most ",
                                                   kMaxDefinitionBytes, " bytes, got ", tool.ByteSizeLong()));
  }
  return absl::OkStatus();
}

ProfileEntry MakeEntry(absl::string_view key, const v1::Tool& tool, absl::string_view content_hash, int64_t as_of,
                       absl::Time loaded_at, const ProfileEntryPtr& previous) {
  ProfileEntry entry;
  entry.key = std::string(key);
  entry.exists = true;
  entry.latest_version = NameKey(tool.version());
  entry.as_of = as_of;
  if (!IsUsable(tool)) return entry;
  const absl::Status check = CheckProfile(key, tool);
  if (check.ok()) {
    entry.body = std::make_shared<const std::string>(EncodeBody(tool, content_hash, loaded_at));
  } else {
    entry.error = std::string(check.message());
    if (previous != nullptr) entry.body = previous->body;
  }
  return entry;
}

ProfileEntry MakeGoneEntry(absl::string_view key, int64_t as_of) {
  ProfileEntry entry;
  entry.key = std::string(key);
  entry.as_of = as_of;
  return entry;
}

}  // namespace toolcatalog
