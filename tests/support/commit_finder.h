#ifndef TESTS_SUPPORT_COMMIT_FINDER_H_
#define TESTS_SUPPORT_COMMIT_FINDER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Reads what a client sends to PostgreSQL, in pieces of any size, and finds the end of the first request that contains
// a byte string. A request is a simple query, or the messages Parse, Bind and Execute up to the next Sync or Flush. Not
// thread-safe.
class CommitFinder {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  // Reads up to the end of the first request that contains `trigger`, and returns the number of bytes read. If there is
  // no such end in `bytes`, reads all and returns kNone. No request contains an empty trigger.
  size_t Take(absl::string_view bytes, absl::string_view trigger);

  // Whether it has read the trigger, but not yet the end of that request.
  bool pending() const { return pending_; }

 private:
  size_t HeaderBytes() const;
  void StartBody();
  // Reads the part of `bytes` that belongs to the message, and returns its length.
  size_t TakeBody(absl::string_view bytes, absl::string_view trigger);
  // Whether the message that was just completed ends a request that contains the trigger.
  bool EndMessage();

  bool started_ = false;
  bool pending_ = false;
  std::string header_;
  size_t body_bytes_ = 0;
  size_t body_left_ = 0;
  // The end of the body so far, for a trigger that comes in two pieces.
  std::string tail_;
  bool holds_trigger_ = false;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_COMMIT_FINDER_H_
