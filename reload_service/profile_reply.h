#ifndef RELOAD_SERVICE_PROFILE_REPLY_H_
#define RELOAD_SERVICE_PROFILE_REPLY_H_

#include <grpcpp/support/byte_buffer.h>

#include "absl/time/time.h"
#include "reload_service/profile_cache.h"

namespace toolcatalog {

// A v1.Profile as it goes over the wire. The entry's part is not copied, only what varies is encoded and appended: a
// message that is cut in two and put together again is the same message.
grpc::ByteBuffer EncodeProfile(const ProfileEntry& entry, const ProfileCache::Freshness& freshness, absl::Time now,
                               absl::Duration time_to_live);

// What page tokens of ListProfiles are made for.
inline constexpr char kProfilesQuery[] = "profiles";

// A v1.ListProfilesResponse with the page's profiles, or as many of them as fit.
grpc::ByteBuffer EncodePage(const ProfileCache::Page& page, absl::Time now, absl::Duration time_to_live);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_PROFILE_REPLY_H_
