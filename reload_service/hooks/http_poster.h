#ifndef RELOAD_SERVICE_HOOKS_HTTP_POSTER_H_
#define RELOAD_SERVICE_HOOKS_HTTP_POSTER_H_

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/joining_thread.h"
#include "common/steady_time.h"
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

// Sends HTTP requests, any number at once, on one thread. A receiver that does not answer delays no other. The poster
// follows no redirects, uses no proxies, and reads only the status of an answer. Thread-safe.
class HttpPoster {
 public:
  struct Limits {
    absl::Duration connect = absl::Seconds(2);
    // For the whole request.
    absl::Duration total = absl::Seconds(5);
    // For what is under way when the poster stops.
    absl::Duration drain = absl::Seconds(1);
  };
  // Makes the request; nullopt = there is nothing to send after all.
  using Prepare = std::function<std::optional<HttpPost>()>;
  // Gets OK if the status of the answer was 2xx, else what went wrong.
  using Done = std::function<void(const absl::Status&)>;

  explicit HttpPoster(const Limits& limits);
  // Stops.
  ~HttpPoster();

  // Calls `prepare` at `when`, sends the request that it returns, and calls `done` with the outcome. The outcome is
  // INTERNAL if `prepare` throws. Both are called on the poster's thread, at most once, without a lock held. Neither is
  // called if the poster stops before.
  void Schedule(SteadyTime when, Prepare prepare, Done done);

  // Begins no request, and waits for those under way. A request that takes too long fails.
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
  // Waits for news of the transfers, for a call of another thread, or for this long.
  void AwaitNews(absl::Duration limit);
  // Ends all transfers with this outcome.
  void FinishAll(const absl::Status& status);
  // When to look for news at the latest; nullopt = the thread must end.
  std::optional<SteadyTime> NextLook() const;

  const Limits limits_;
  CURLM* const multi_;
  mutable absl::Mutex mutex_;
  std::multimap<SteadyTime, Task> tasks_ ABSL_GUARDED_BY(mutex_);
  // When the thread must end at the latest; nullopt until `Stop`.
  std::optional<SteadyTime> end_ ABSL_GUARDED_BY(mutex_);
  // Only the thread uses these.
  std::list<std::unique_ptr<Transfer>> transfers_;
  // Whether libcurl could not wait.
  bool failing_ = false;
  JoiningThread thread_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_HTTP_POSTER_H_
