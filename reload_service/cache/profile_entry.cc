#include "reload_service/cache/profile_entry.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include "absl/strings/str_cat.h"
#include "common/definition/definition.h"
#include "common/definition/tool_tags.h"
#include "common/timestamps.h"
#include "toolcatalog/v1/profile.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::internal::WireFormatLite;

// Twice what the catalog stores at most: the fields that the server adds are far smaller than that.
constexpr size_t kMaxDefinitionBytes = 512 << 10;

std::string EncodeBody(absl::string_view definition, absl::string_view content_hash, absl::Time loaded_at) {
  v1::Profile rest;
  rest.set_content_hash(std::string(content_hash));
  *rest.mutable_loaded_at() = ToTimestamp(loaded_at);
  std::string body;
  {
    google::protobuf::io::StringOutputStream bytes(&body);
    google::protobuf::io::CodedOutputStream output(&bytes);
    output.WriteTag(WireFormatLite::MakeTag(v1::Profile::kToolFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
    output.WriteVarint32(static_cast<uint32_t>(definition.size()));
    output.WriteRaw(definition.data(), static_cast<int>(definition.size()));
    rest.SerializeToCodedStream(&output);
  }
  body.shrink_to_fit();
  return body;
}

std::shared_ptr<const ServedProfile> MakeProfile(const v1::Tool& tool, absl::string_view definition,
                                                 absl::string_view content_hash, absl::Time loaded_at) {
  auto profile = std::make_shared<ServedProfile>();
  profile->body = EncodeBody(definition, content_hash, loaded_at);
  profile->content_hash = std::string(content_hash);
  profile->platform = tool.platform();
  profile->category = tool.category();
  profile->capabilities.reserve(tool.capabilities_size());
  for (const v1::Capability& capability : tool.capabilities()) {
    profile->capabilities.push_back(capability.capability_name());
  }
  profile->tags = TagsOf(tool);
  return profile;
}

size_t SizeOf(const std::vector<std::string>& texts) {
  size_t size = texts.capacity() * sizeof(std::string);
  for (const std::string& text : texts) size += text.size();
  return size;
}

int64_t SizeOf(const ProfileEntry& entry) {
  size_t size = sizeof(entry) + 2 * entry.key.size() + entry.name.size() + entry.latest_version.size() +
                entry.content_hash.size() + entry.error.size();
  if (entry.has_profile()) {
    const ServedProfile& profile = *entry.profile;
    size += sizeof(profile) + profile.body.size() + profile.content_hash.size() + profile.platform.size() +
            profile.category.size() + SizeOf(profile.capabilities) + SizeOf(profile.tags);
  }
  return static_cast<int64_t>(size);
}

}  // namespace

bool IsUsable(const v1::Tool& tool) {
  const bool enabled = !tool.has_enabled() || tool.enabled();
  return enabled && (tool.status().empty() || tool.status() == "active" || tool.status() == "testing");
}

absl::Status CheckProfile(absl::string_view key, const v1::Tool& tool, size_t bytes) {
  if (NameKey(tool.tool_name()) != key) {
    return absl::InvalidArgumentError(
        absl::StrCat("tool \"", key, "\": tool_name must be the same, got \"", tool.tool_name(), "\""));
  }
  if (tool.version().empty()) {
    return absl::InvalidArgumentError(absl::StrCat("tool \"", key, "\": version must not be empty"));
  }
  if (bytes > kMaxDefinitionBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("tool \"", key, "\": definition must be at most ", kMaxDefinitionBytes, " bytes, got ", bytes));
  }
  return absl::OkStatus();
}

ProfileEntryPtr MakeEntry(absl::string_view key, const v1::Tool& tool, absl::string_view definition,
                          absl::string_view content_hash, const ReadAt& read, const ProfileEntryPtr& previous) {
  auto entry = std::make_shared<ProfileEntry>();
  entry->key = std::string(key);
  entry->name = NameKey(tool.tool_name()) == key ? tool.tool_name() : entry->key;
  entry->exists = true;
  entry->latest_version = NameKey(tool.version());
  entry->content_hash = std::string(content_hash);
  entry->as_of = read.revision;
  entry->known_at = read.known_at;
  if (IsUsable(tool)) {
    const absl::Status check = CheckProfile(key, tool, definition.size());
    if (check.ok()) {
      entry->profile = MakeProfile(tool, definition, content_hash, read.time);
    } else {
      entry->error = std::string(check.message());
      if (previous != nullptr) entry->profile = previous->profile;
    }
  }
  entry->bytes = SizeOf(*entry);
  return entry;
}

ProfileEntryPtr MakeGoneEntry(absl::string_view key, const ReadAt& read) {
  auto entry = std::make_shared<ProfileEntry>();
  entry->key = std::string(key);
  entry->as_of = read.revision;
  entry->known_at = read.known_at;
  entry->bytes = SizeOf(*entry);
  return entry;
}

}  // namespace toolcatalog
