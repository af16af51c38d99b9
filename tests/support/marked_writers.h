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

// Threads that write without pause, each write with a marker of its own as its actor, so that the log of changes shows
// how often it was applied. Thread-safe.
class MarkedWriters {
 public:
  // One write of a thread, counted from 0 in each; answers how the call ended.
  using Write = std::function<absl::Status(int thread, int count, const std::string& marker)>;
  struct Outcome {
    int thread;
    std::string marker;
    absl::Status status;
    absl::Time begin;
    absl::Time end;
  };

  // Each thread writes until it is stopped, `max_writes` times at most.
  MarkedWriters(int threads, int max_writes, Write write);
  ~MarkedWriters();
  MarkedWriters(const MarkedWriters&) = delete;
  MarkedWriters& operator=(const MarkedWriters&) = delete;

  // Whether that many writes succeeded, or all threads ended, in time.
  bool AwaitSuccesses(int count, absl::Duration timeout) const;
  int successes() const;
  // Lets the writes in flight end.
  void Stop();
  // Waits until every thread has made `max_writes` writes.
  void Finish();

  // In the order in which they ended.
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

// How the outcomes contradict the log, one text each: a write that was acknowledged must be in it exactly once, one
// that was not executed never, and any other at most once. A failure of a running service must say which it is; with
// `kMayVanish` the service may also vanish without a word, which leaves the outcome open.
enum class Failures { kMustBeTold, kMayVanish };
std::vector<std::string> CheckOutcomes(const std::vector<MarkedWriters::Outcome>& outcomes,
                                       const std::vector<v1::Change>& log, Failures failures);

// Number of outcomes by code and by the outcome that the service told, for a test's log.
std::map<std::string, int> CountOutcomes(const std::vector<MarkedWriters::Outcome>& outcomes);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_MARKED_WRITERS_H_
