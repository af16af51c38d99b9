#include "common/rpc/timer_wake.h"

#include <grpc/grpc.h>

// gRPC has no public function for this. Weak, so that a gRPC without this one can be linked too.
void grpc_kick_poller() __attribute__((weak));

namespace toolcatalog {

void WakeGrpcTimers() {
  if (grpc_kick_poller != nullptr) grpc_kick_poller();
}

}  // namespace toolcatalog
