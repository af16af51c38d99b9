#ifndef TESTS_SUPPORT_HOOK_RECEIVER_H_
#define TESTS_SUPPORT_HOOK_RECEIVER_H_

#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace toolcatalog {

// An HTTP server for tests, on a free port of 127.0.0.1. Keeps the requests, and answers them as the test says.
// Thread-safe.
class HookReceiver {
 public:
  struct Request {
    std::string target;
    // By name in lower case.
    std::map<std::string, std::string> headers;
    std::string body;
  };
  // Returns the whole answer, with status line and headers. With "" the client gets no answer while the receiver lives.
  using Answer = std::function<std::string(const Request&)>;

  explicit HookReceiver(Answer answer);
  ~HookReceiver();

  // "http://127.0.0.1:<port><path>".
  std::string Url(const std::string& path) const;
  // Waits for `count` requests and returns all that came. Returns fewer after 10 s.
  std::vector<Request> Await(size_t count);
  // All requests so far.
  std::vector<Request> Requests();

 private:
  void Accept();
  void Serve(int connection);

  const Answer answer_;
  int listener_;
  int port_ = 0;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Request> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> connections_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> servers_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;
};

// The text of an answer without a body. Each line of `more_headers` ends with "\r\n".
std::string HttpAnswer(int status, const std::string& more_headers = "");

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_HOOK_RECEIVER_H_
