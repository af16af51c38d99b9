#include "catalog_service/postgres/idle_connections.h"

#include <utility>

#include "absl/time/time.h"
#include "common/guarded.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kUnused = absl::Seconds(30);
// A claim of precedence should not wait for long.
constexpr absl::Duration kInterval = absl::Milliseconds(500);

}  // namespace

IdleConnections::IdleConnections(std::vector<PgPool*> pools) : pools_(std::move(pools)), thread_([this] { Run(); }) {}

IdleConnections::~IdleConnections() {
  stop_.Set();
  thread_.join();
}

void IdleConnections::Run() {
  while (!stop_.WaitFor(kInterval)) {
    for (PgPool* pool : pools_) Guarded("idle connections", [pool] { pool->CloseIdle(kUnused); }).IgnoreError();
  }
}

}  // namespace toolcatalog
