#ifndef RELOAD_SERVICE_EVENTS_RELOAD_TOTALS_H_
#define RELOAD_SERVICE_EVENTS_RELOAD_TOTALS_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/definition/reload_triggers.h"
#include "reload_service/events/duration_histogram.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Sums of all reloads of one process or of several. Not thread-safe.
class ReloadTotals {
 public:
  void Add(const v1::ReloadEvent& event);
  // Adds the reloads of another process, whose statistics have `range_counts`.
  void Add(const v1::ReloadStatistics& statistics);

  // Fills the fields about reloads, from `total_reloads` to `last_reload`, `by_trigger`, `duration` and `propagation`.
  void Describe(v1::ReloadStatistics* statistics) const;

 private:
  struct Count {
    int64_t total = 0;
    int64_t successful = 0;
    double duration_ms = 0;

    void AddOne(const v1::ReloadEvent& event);
    // Adds what a message with these fields says.
    template <typename Message>
    void Add(const Message& message);
    template <typename Message>
    void Describe(Message* message) const;
  };

  Count all_;
  std::array<Count, kTriggers.size()> by_trigger_;
  DurationHistogram duration_;
  DurationHistogram propagation_;
  v1::ReloadStatistics::LastReload last_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_RELOAD_TOTALS_H_
