#ifndef RELOAD_SERVICE_RPC_PROFILE_REPLY_H_
#define RELOAD_SERVICE_RPC_PROFILE_REPLY_H_

#include <grpcpp/support/byte_buffer.h>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/steady_time.h"
#include "reload_service/cache/profile_cache.h"

namespace toolcatalog {

// What the freshness of an answer is judged by.
struct AnswerContext {
  // By the cache's clock.
  SteadyTime now;
  // Profiles are stale when the cache was current longer ago than this.
  absl::Duration time_to_live;
  // Whether the replica is frozen.
  bool frozen = false;
};

// A v1.Profile as it goes over the wire; `reading` must have a profile. The entry's bytes are not copied: the fields
// that vary are encoded and appended, because a message may be put together from parts.
grpc::ByteBuffer EncodeProfile(const ProfileCache::Reading& reading, const AnswerContext& context);

// A v1.ListProfilesResponse with the page's profiles, or as many of them as fit. Its page token is made for `query`.
grpc::ByteBuffer EncodePage(const ProfileCache::Page& page, absl::string_view query, const AnswerContext& context);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RPC_PROFILE_REPLY_H_
