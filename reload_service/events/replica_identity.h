#ifndef RELOAD_SERVICE_EVENTS_REPLICA_IDENTITY_H_
#define RELOAD_SERVICE_EVENTS_REPLICA_IDENTITY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace toolcatalog {

// Identifies this process.
struct ReplicaIdentity {
  // Name of the replica, unique among those of one catalog, and the same after a restart.
  std::string replica;
  // 16 hex digits that differ for each process.
  std::string boot_id;
  // When the process started.
  absl::Time started_at;
};

// The identity of a process that starts now. If `name` is empty, the replica's name is "host:port": the machine's name
// and the port of the address `listen`.
ReplicaIdentity NewReplicaIdentity(absl::string_view name, absl::string_view listen);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_REPLICA_IDENTITY_H_
