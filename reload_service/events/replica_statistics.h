#ifndef RELOAD_SERVICE_EVENTS_REPLICA_STATISTICS_H_
#define RELOAD_SERVICE_EVENTS_REPLICA_STATISTICS_H_

#include <functional>
#include <utility>
#include <vector>

#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// The statistics of this process, composed of what each part of the service tells of itself. Thread-safe if the parts
// are.
class ReplicaStatistics {
 public:
  // Fills the fields that it knows of.
  using Part = std::function<void(v1::ReloadStatistics*)>;

  // The parts are asked in this order; a later one sees what the earlier ones have filled.
  explicit ReplicaStatistics(std::vector<Part> parts) : parts_(std::move(parts)) {}

  // With `range_counts`, so that they can be summed up.
  v1::ReloadStatistics Report() const;

 private:
  const std::vector<Part> parts_;
};

// The statistics of several replicas as one. `own` are those of the replica that answers, which lends its
// configuration; all carry `range_counts`.
v1::ReloadStatistics SumOf(const v1::ReloadStatistics& own, const std::vector<v1::ReloadStatistics>& others);

// As callers get them: without `range_counts`.
v1::ReloadStatistics WithoutRanges(v1::ReloadStatistics statistics);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_REPLICA_STATISTICS_H_
