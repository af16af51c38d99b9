#ifndef COMMON_NEAR_MISS_H_
#define COMMON_NEAR_MISS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Number of letters to insert, drop, change or swap with their neighbour that make `a` into `b`; letters count the same
// in either case. More than `max` is answered as `max` + 1.
int EditDistance(absl::string_view a, absl::string_view b, int max);

// The word that was probably meant by `text`: the nearest one, if a slip of the pen explains the difference (one letter
// of up to five, two of more). "" if none is that near, or if `text` is one of the words.
std::string NearestWord(absl::string_view text, const std::vector<std::string>& words);

}  // namespace toolcatalog

#endif  // COMMON_NEAR_MISS_H_
