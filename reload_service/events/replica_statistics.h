#ifndef RELOAD_SERVICE_EVENTS_REPLICA_STATISTICS_H_
#define RELOAD_SERVICE_EVENTS_REPLICA_STATISTICS_H_

#include <functional>
#include <utility>
#include <vector>

#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// The statistics of this process. Each part of the service fills in its own. Thread-safe if the parts are.
class ReplicaStatistics {
 public:
  // Fills the fields of one part of the service.
  using Part = std::function<void(v1::ReloadStatistics*)>;

  // The parts are asked in this order. Each sees what those before it have filled.
  explicit ReplicaStatistics(std::vector<Part> parts) : parts_(std::move(parts)) {}

  // The result has `range_counts`, so that statistics can be summed up.
  v1::ReloadStatistics Report() const;

 private:
  const std::vector<Part> parts_;
};

// The sum of the statistics of several replicas, all of which have `range_counts`. `own` are those of the replica that
// answers; the sum shows its configuration.
v1::ReloadStatistics SumOf(const v1::ReloadStatistics& own, const std::vector<v1::ReloadStatistics>& others);

// The same without `range_counts`, as callers get it.
v1::ReloadStatistics WithoutRanges(v1::ReloadStatistics statistics);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_REPLICA_STATISTICS_H_
