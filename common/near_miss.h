#ifndef COMMON_NEAR_MISS_H_
#define COMMON_NEAR_MISS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Number of characters to insert, drop, change or swap with their neighbour that make `a` into `b`; letters count the
// same in either case. More than `max` is answered as `max` + 1, and so are texts of more than 64 bytes.
int EditDistance(absl::string_view a, absl::string_view b, int max);

// The word that was probably meant by `text`: the nearest one, if typing errors explain the difference (one character
// of up to five, two of more). "" if none is that near, or if `text` is one of the words.
std::string NearestWord(absl::string_view text, const std::vector<std::string>& words);

// Finds what was probably meant by the words of one definition, with a bounded amount of work for all of them: beyond
// it nothing is found. Not thread-safe.
class NearMissSearch {
 public:
  // As the function of this name.
  std::string NearestWord(absl::string_view text, const std::vector<std::string>& words);
  // The first word that is at most one typo from `text`; "" if none is.
  std::string WordOneTypoAway(absl::string_view text, const std::vector<std::string>& words);

 private:
  // Whether there is work left; takes what comparing `text` with each word costs at worst.
  bool TakeWork(absl::string_view text, const std::vector<std::string>& words);

  int64_t work_ = 0;
};

}  // namespace toolcatalog

#endif  // COMMON_NEAR_MISS_H_
