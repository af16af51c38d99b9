#include "reload_service/rpc/profile_reply.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/page_token.h"
#include "toolcatalog/v1/profile.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::internal::WireFormatLite;

// A page ends early when it would grow beyond this.
constexpr size_t kMaxPageBytes = 3 << 20;

using Body = std::shared_ptr<const ServedProfile>;

// A slice that shares the body and keeps it alive.
grpc::Slice ShareBody(const Body& body) {
  auto* owner = new Body(body);
  return grpc::Slice(
      const_cast<char*>(body->body.data()), body->body.size(), [](void* owner) { delete static_cast<Body*>(owner); },
      owner);
}

std::string EncodeVarying(const ProfileEntry& entry, bool invalid, const ProfileCache::Freshness& freshness,
                          const AnswerContext& context) {
  const absl::Duration age = std::max(context.now - freshness.current_at, absl::ZeroDuration());
  v1::Profile varying;
  varying.set_revision(freshness.revision);
  varying.set_stale(invalid || age > context.time_to_live);
  varying.set_age_ms(absl::ToDoubleMilliseconds(age));
  varying.set_error(entry.error);
  varying.set_frozen(context.frozen);
  return varying.SerializeAsString();
}

// What stands before a profile of `size` bytes in the list.
std::string EncodeListTag(size_t size) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream output(&stream);
  output.WriteTag(WireFormatLite::MakeTag(v1::ListProfilesResponse::kProfilesFieldNumber,
                                          WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
  output.WriteVarint32(size);
  output.Trim();
  return bytes;
}

}  // namespace

grpc::ByteBuffer EncodeProfile(const ProfileCache::Reading& reading, const AnswerContext& context) {
  const ProfileEntry& entry = *reading.entry;
  const grpc::Slice slices[] = {ShareBody(entry.profile), grpc::Slice(EncodeVarying(entry, reading.invalid_mark > 0,
                                                                                    reading.freshness, context))};
  return grpc::ByteBuffer(slices, 2);
}

grpc::ByteBuffer EncodePage(const ProfileCache::Page& page, absl::string_view query, const AnswerContext& context) {
  std::vector<grpc::Slice> slices;
  std::string last_key;
  size_t bytes = 0;
  bool full = false;
  for (const auto& [entry, invalid] : page.entries) {
    std::string varying = EncodeVarying(*entry, invalid, page.freshness, context);
    const size_t size = entry->profile->body.size() + varying.size();
    full = bytes > 0 && bytes + size > kMaxPageBytes;
    if (full) break;
    bytes += size;
    slices.emplace_back(EncodeListTag(size));
    slices.push_back(ShareBody(entry->profile));
    slices.emplace_back(varying);
    last_key = entry->key;
  }
  v1::ListProfilesResponse rest;
  rest.set_total(page.total);
  rest.set_revision(page.freshness.revision);
  if (full || page.more) rest.set_next_page_token(EncodePageToken(query, last_key));
  slices.emplace_back(rest.SerializeAsString());
  return grpc::ByteBuffer(slices.data(), slices.size());
}

}  // namespace toolcatalog
