#include "reload_service/events/replica_identity.h"

#include <unistd.h>

#include <cstdint>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace toolcatalog {
namespace {

// As long as replica names may be, less a port.
constexpr size_t kMaxHostLength = 90;

std::string HostName() {
  char name[256] = "";
  if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0') return "localhost";
  return std::string(absl::string_view(name).substr(0, kMaxHostLength));
}

}  // namespace

ReplicaIdentity NewReplicaIdentity(absl::string_view name, absl::string_view listen) {
  absl::BitGen random;
  ReplicaIdentity identity;
  identity.replica =
      name.empty() ? absl::StrCat(HostName(), ":", listen.substr(listen.rfind(':') + 1)) : std::string(name);
  identity.boot_id = absl::StrCat(absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
  identity.started_at = absl::Now();
  return identity;
}

}  // namespace toolcatalog
