#ifndef RELOAD_SERVICE_HOOKS_HTTP_POSTER_H_
#define RELOAD_SERVICE_HOOKS_HTTP_POSTER_H_

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "reload_service/hooks/hook_hosts.h"

typedef void CURLM;

namespace toolcatalog {

// An HTTP request to send.
struct HttpPost {
  HookUrl url;
  // As "Name: value".
  std::vector<std::string> headers;
  std::string body;
};

// Sends HTTP requests, any number at once, on one thread: a receiver that does not answer delays nobody but itself. No
// redirects, no proxies, and of an answer only the status counts. Thread-safe.
class HttpPoster {
 public:
  struct Limits {
    absl::Duration connect = absl::Seconds(2);
    // For the whole request.
    absl::Duration total = absl::Seconds(5);
    // For what is under way when the poster stops.
    absl::Duration drain = absl::Seconds(1);
  };
  // Nothing to send after all is an answer, too.
  using Prepare = std::function<std::optional<HttpPost>()>;
  // OK for a 2xx, else what went wrong.
  using Done = std::function<void(const absl::Status&)>;

  explicit HttpPoster(const Limits& limits);
  // Stops.
  ~HttpPoster();

  // Sends what `prepare` answers at `when`, and calls `done` with the outcome, which is INTERNAL if `prepare` throws.
  // Both are called on the poster's thread, at most once, without a lock held; neither if the poster stops before.
  void Schedule(absl::Time when, Prepare prepare, Done done);

  // Begins nothing more, and waits for what is under way; that fails where it takes too long.
  void Stop();

 private:
  struct Task {
    Prepare prepare;
    Done done;
  };
  struct Transfer;

  void Run();
  void BeginDue();
  void Begin(HttpPost post, Done done);
  void FinishEnded();
  // Takes the transfer out and tells its outcome.
  void Finish(Transfer* transfer, const absl::Status& status);
  static void Tell(const Done& done, const absl::Status& status);
  // Until when to wait for news at most; nullopt = the thread is to end.
  std::optional<absl::Time> NextLook() const;

  const Limits limits_;
  CURLM* const multi_;
  mutable absl::Mutex mutex_;
  std::multimap<absl::Time, Task> tasks_ ABSL_GUARDED_BY(mutex_);
  // Set once it stops: when to end at the latest.
  std::optional<absl::Time> end_ ABSL_GUARDED_BY(mutex_);
  // The thread's own.
  std::list<std::unique_ptr<Transfer>> transfers_;
  absl::Mutex join_mutex_;
  std::thread thread_ ABSL_GUARDED_BY(join_mutex_);
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_HTTP_POSTER_H_
