#include "reload_service/hooks/http_poster.h"

#include <curl/curl.h>
#include <signal.h>

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/guarded.h"
#include "common/log.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

// Of an answer's body; a longer one is cut off.
constexpr size_t kMaxAnswerBytes = 64 * 1024;
constexpr absl::Duration kMaxWait = absl::Seconds(1);
// Between two looks while libcurl cannot wait.
constexpr absl::Duration kPause = absl::Milliseconds(50);

CURLM* NewMulti() {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  return initialized == CURLE_OK ? curl_multi_init() : nullptr;
}

long Milliseconds(absl::Duration duration) {
  return static_cast<long>(absl::ToInt64Milliseconds(absl::Ceil(duration, absl::Milliseconds(1))));
}

// A peer that closes the connection must not end the process.
void BlockSigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

// One request under way.
struct HttpPoster::Transfer {
  Transfer(HttpPost post, Done done) : post(std::move(post)), done(std::move(done)), easy(curl_easy_init()) {}
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }

  static size_t Receive(char*, size_t, size_t size, void* self) {
    size_t& received = static_cast<Transfer*>(self)->received;
    received += size;
    return received > kMaxAnswerBytes ? 0 : size;
  }

  void SetUp(const Limits& limits) {
    for (const std::string& header : post.headers) headers = curl_slist_append(headers, header.c_str());
    // The body goes at once, not when the receiver asks for it.
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy, CURLOPT_CURLU, post.url.handle());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    // A name that is being looked up must not hold up the end of the process.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(limits.connect));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, Milliseconds(limits.total));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(post.body.size()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  }

  absl::Status Outcome(CURLcode result) const {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    const bool cut_off = result == CURLE_WRITE_ERROR && received > kMaxAnswerBytes;
    if (result != CURLE_OK && !cut_off) return absl::UnavailableError(curl_easy_strerror(result));
    if (status >= 200 && status < 300) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("HTTP status ", status));
  }

  HttpPost post;
  Done done;
  CURL* const easy;
  curl_slist* headers = nullptr;
  size_t received = 0;
};

HttpPoster::HttpPoster(const Limits& limits) : limits_(limits), multi_(NewMulti()) {
  thread_.Start([this] { Run(); });
}

HttpPoster::~HttpPoster() {
  Stop();
  curl_multi_cleanup(multi_);
}

void HttpPoster::Schedule(SteadyTime when, Prepare prepare, Done done) {
  {
    absl::MutexLock lock(&mutex_);
    if (end_.has_value()) return;
    tasks_.emplace(when, Task{std::move(prepare), std::move(done)});
  }
  curl_multi_wakeup(multi_);
}

void HttpPoster::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = SteadyTime::Now() + limits_.drain;
  }
  curl_multi_wakeup(multi_);
  thread_.Join();
}

void HttpPoster::Run() {
  BlockSigpipe();
  while (true) {
    BeginDue();
    int running = 0;
    const CURLMcode result = curl_multi_perform(multi_, &running);
    FinishEnded();
    // Nothing would end them.
    if (result != CURLM_OK) FinishAll(absl::UnavailableError(curl_multi_strerror(result)));
    const std::optional<SteadyTime> look = NextLook();
    if (!look.has_value()) break;
    AwaitNews(std::clamp(*look - SteadyTime::Now(), absl::ZeroDuration(), kMaxWait));
  }
  FinishAll(absl::CancelledError("the service is stopping"));
}

void HttpPoster::AwaitNews(absl::Duration limit) {
  const CURLMcode result = curl_multi_poll(multi_, nullptr, 0, static_cast<int>(Milliseconds(limit)), nullptr);
  const bool failed = result != CURLM_OK;
  if (failed && !failing_) LogError("hooks cannot wait for their receivers", {{"error", curl_multi_strerror(result)}});
  failing_ = failed;
  // What fails returns at once, and cannot be woken either; the thread must not spin.
  if (failed) absl::SleepFor(std::min(limit, kPause));
}

void HttpPoster::FinishAll(const absl::Status& status) {
  while (!transfers_.empty()) Finish(transfers_.front().get(), status);
}

std::optional<SteadyTime> HttpPoster::NextLook() const {
  absl::MutexLock lock(&mutex_);
  if (!end_.has_value()) return tasks_.empty() ? SteadyTime::InfiniteFuture() : tasks_.begin()->first;
  if (transfers_.empty() || SteadyTime::Now() >= *end_) return std::nullopt;
  return *end_;
}

void HttpPoster::BeginDue() {
  while (true) {
    Task task;
    {
      absl::MutexLock lock(&mutex_);
      if (end_.has_value() || tasks_.empty() || tasks_.begin()->first > SteadyTime::Now()) return;
      task = std::move(tasks_.extract(tasks_.begin()).mapped());
    }
    using Prepared = absl::StatusOr<std::optional<HttpPost>>;
    Prepared post = Guarded("request of a hook", [&]() -> Prepared { return task.prepare(); });
    if (!post.ok()) {
      // Or its owner would wait for the outcome for ever.
      Tell(task.done, post.status());
    } else if (post->has_value()) {
      Begin(**std::move(post), std::move(task.done));
    }
  }
}

void HttpPoster::Begin(HttpPost post, Done done) {
  transfers_.push_back(std::make_unique<Transfer>(std::move(post), std::move(done)));
  Transfer* const transfer = transfers_.back().get();
  if (transfer->easy != nullptr) transfer->SetUp(limits_);
  if (transfer->easy == nullptr || curl_multi_add_handle(multi_, transfer->easy) != CURLM_OK) {
    Finish(transfer, absl::ResourceExhaustedError("no memory is left for a request"));
  }
}

void HttpPoster::FinishEnded() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    Finish(transfer, transfer->Outcome(message->data.result));
  }
}

void HttpPoster::Finish(Transfer* transfer, const absl::Status& status) {
  const Done done = std::move(transfer->done);
  if (transfer->easy != nullptr) curl_multi_remove_handle(multi_, transfer->easy);
  transfers_.remove_if([transfer](const auto& candidate) { return candidate.get() == transfer; });
  Tell(done, status);
}

void HttpPoster::Tell(const Done& done, const absl::Status& status) {
  Guarded("outcome of a hook", [&] { done(status); }).IgnoreError();
}

}  // namespace toolcatalog
