#ifndef COMMON_GUARDED_H_
#define COMMON_GUARDED_H_

#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// None of our code throws, and what libraries throw ends in the file that calls them. This is the net below: an
// exception that nobody expects fails one call or one step. Without it the exception would end the process, and a
// caller that repeats its request would end one replica after the other.

// INTERNAL for the exception that is being handled; call it in a catch block. The log gets the exception's own text
// under the name `where`. The status does not carry that text, which may tell a caller more than it should know.
absl::Status CaughtException(absl::string_view where);

// Runs `work` and returns its result: a status, or a type that can be made from one; a `work` without a result yields
// OK. INTERNAL, with reason INTERNAL_ERROR, if `work` throws.
template <typename Work>
auto Guarded(absl::string_view where, Work&& work) {
  using Result = std::invoke_result_t<Work&>;
  using Answer = std::conditional_t<std::is_void_v<Result>, absl::Status, Result>;
  try {
    if constexpr (std::is_void_v<Result>) {
      work();
      return absl::OkStatus();
    } else {
      return Answer(work());
    }
  } catch (...) {
    return Answer(CaughtException(where));
  }
}

}  // namespace toolcatalog

#endif  // COMMON_GUARDED_H_
