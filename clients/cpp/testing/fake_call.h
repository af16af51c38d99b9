#ifndef CLIENTS_CPP_TESTING_FAKE_CALL_H_
#define CLIENTS_CPP_TESTING_FAKE_CALL_H_

#include <functional>

#include "absl/time/time.h"

namespace toolcatalog {

// What the calls that the fakes serve have in common.
struct FakeCall {
  // Whether the client has given the call up.
  using Cancelled = std::function<bool()>;

  // How long a test waits for what a client should do.
  static constexpr absl::Duration kPatience = absl::Seconds(10);
  // How often a call that waits looks whether its client has given it up.
  static constexpr absl::Duration kLook = absl::Milliseconds(5);
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_TESTING_FAKE_CALL_H_
