#ifndef TESTS_SUPPORT_COMMIT_FINDER_H_
#define TESTS_SUPPORT_COMMIT_FINDER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Reads what a client sends to PostgreSQL, in pieces of any size, and finds the end of the request that holds a byte
// string: of the simple query with it, or of the Sync or Flush that sends off the Parse, Bind or Execute with it. Not
// thread-safe.
class CommitFinder {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  // Takes bytes up to the end of the first request with `trigger` and answers their number, or takes all and answers
  // kNone. An empty trigger is in no request.
  size_t Take(absl::string_view bytes, absl::string_view trigger);

  // Whether a Parse, Bind or Execute with the trigger was taken, and the end of its request was not.
  bool pending() const { return pending_; }

 private:
  size_t HeaderBytes() const;
  void StartBody();
  // Takes what of `bytes` belongs to the message, and answers how much that was.
  size_t TakeBody(absl::string_view bytes, absl::string_view trigger);
  // Whether the message that is complete now ends a request with the trigger.
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
