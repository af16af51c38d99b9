#ifndef COMMON_NEAR_MISS_H_
#define COMMON_NEAR_MISS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// The number of typing errors that turn `a` into `b`. A typing error inserts, drops or changes one character, or swaps
// two neighbours. Upper and lower case are the same. Returns `max` + 1 if there are more than `max`, or if a text has
// more than 64 bytes.
int EditDistance(absl::string_view a, absl::string_view b, int max);

// The word that was probably meant by `text`: the one with the fewest typing errors. A text of up to five characters
// may have one typing error, a longer one two. "" if no word is so near, or if `text` is one of the words.
std::string NearestWord(absl::string_view text, const std::vector<std::string>& words);

// Finds what was probably meant by words of one definition. The work for one object is bounded (some 20 ms); when the
// bound is reached, nothing more is found. Not thread-safe.
class NearMissSearch {
 public:
  // The same as the function of this name.
  std::string NearestWord(absl::string_view text, const std::vector<std::string>& words);
  // The first word that is at most one typing error away from `text`; "" if there is none.
  std::string WordOneTypoAway(absl::string_view text, const std::vector<std::string>& words);

 private:
  // Adds the work of comparing `text` with each word, at worst. False if that is beyond the bound.
  bool TakeWork(absl::string_view text, const std::vector<std::string>& words);

  int64_t work_ = 0;
};

}  // namespace toolcatalog

#endif  // COMMON_NEAR_MISS_H_
