#ifndef COMMON_GUARDED_H_
#define COMMON_GUARDED_H_

#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// None of our code throws, and the file that calls a library catches what the library throws. The functions below are
// for exceptions that nobody expects: such an exception fails one call or one step. Otherwise it would end the process,
// and a caller that repeats its request would end one replica after the other.

// Returns INTERNAL for the exception that is being handled; call it in a catch block. It logs the exception's own text
// with the name `where`. The status does not contain that text, because a caller should not see internals.
absl::Status CaughtException(absl::string_view where);

// Runs `work` and returns its result, or OK if `work` returns nothing. If `work` throws, returns INTERNAL with reason
// INTERNAL_ERROR; so the result of `work` must be a status, or a type that can be made from a status.
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
