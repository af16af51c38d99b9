#ifndef COMMON_NATURAL_ORDER_H_
#define COMMON_NATURAL_ORDER_H_

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Whether `a` comes before `b` as people read versions: digits count as numbers, so "1.9" < "1.10"; a number comes
// after letters, and letters after a hyphen say that it is not finished yet, so "2.0-rc1" < "2.0" < "2.0.1"; what
// follows a plus comes later. Letters ignore case. A strict weak order; equal are only texts that differ in case or in
// leading zeros.
bool NaturalLess(absl::string_view a, absl::string_view b);

}  // namespace toolcatalog

#endif  // COMMON_NATURAL_ORDER_H_
