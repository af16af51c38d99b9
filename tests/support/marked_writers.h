#ifndef TESTS_SUPPORT_MARKED_WRITERS_H_
#define TESTS_SUPPORT_MARKED_WRITERS_H_

#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// Threads that write without pause. Each write has a marker of its own as its actor, so that the log of changes shows
// how often the write was applied. Thread-safe.
class MarkedWriters {
 public:
  // Makes one write and returns how the call ended. `count` is 0 for the first write of each thread.
  using Write = std::function<absl::Status(int thread, int count, const std::string& marker)>;
  struct Outcome {
    int thread;
    std::string marker;
    absl::Status status;
    absl::Time begin;
    absl::Time end;
  };

  // Starts the threads. Each writes `max_writes` times, or until `Stop`.
  MarkedWriters(int threads, int max_writes, Write write);
  ~MarkedWriters();
  MarkedWriters(const MarkedWriters&) = delete;
  MarkedWriters& operator=(const MarkedWriters&) = delete;

  // Waits until `count` writes have succeeded, or all threads have ended. Whether so many have succeeded.
  bool AwaitSuccesses(int count, absl::Duration timeout) const;
  int successes() const;
  // Waits for the writes in flight and begins no other.
  void Stop();
  // Waits until every thread has made `max_writes` writes.
  void Finish();

  // All writes so far, in the order in which they ended.
  std::vector<Outcome> outcomes() const;

 private:
  void Run(int thread, int max_writes);

  const Write write_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int running_ ABSL_GUARDED_BY(mutex_);
  int successes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Outcome> outcomes_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

// Whether each failed write must say if it was executed. A service that may vanish cannot always say so.
enum class Failures { kMustBeTold, kMayVanish };
// Compares outcomes with the log, and returns a text for each contradiction. A write that succeeded must be in the log
// exactly once, a write that was not executed never, and any other write at most once.
std::vector<std::string> CheckOutcomes(const std::vector<MarkedWriters::Outcome>& outcomes,
                                       const std::vector<v1::Change>& log, Failures failures);

// The number of writes by "<code> <what the service said of the execution>", for a test's log.
std::map<std::string, int> CountOutcomes(const std::vector<MarkedWriters::Outcome>& outcomes);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_MARKED_WRITERS_H_
