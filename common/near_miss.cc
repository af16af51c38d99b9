#include "common/near_miss.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "common/letter_case.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

// Longer texts are no misspelled words.
constexpr size_t kMaxWordBytes = 64;

// Letters compared, at worst, for one definition: some 20 ms.
constexpr int64_t kMaxWork = 2'000'000;
// What it takes to look at a word that is too long or too short.
constexpr int64_t kWordWork = 4;

int MaxTypos(size_t characters) { return characters <= 5 ? 1 : 2; }

size_t DistanceOfLengths(size_t a, size_t b) { return a > b ? a - b : b - a; }

// The characters of a text of at most `kMaxWordBytes`, in lower case.
class Characters {
 public:
  explicit Characters(absl::string_view text) {
    while (!text.empty()) at_[size_++] = LowerOf(NextCodePoint(text));
  }
  int size() const { return size_; }
  char32_t operator[](int index) const { return at_[index]; }

 private:
  char32_t at_[kMaxWordBytes];
  int size_ = 0;
};

}  // namespace

int EditDistance(absl::string_view a, absl::string_view b, int max) {
  if (a.size() > kMaxWordBytes || b.size() > kMaxWordBytes) return max + 1;
  if (DistanceOfLengths(CountCharacters(a), CountCharacters(b)) > static_cast<size_t>(max)) return max + 1;
  const Characters from(a), to(b);
  const int rows = from.size(), columns = to.size();
  const auto same = [&](int i, int j) { return from[i - 1] == to[j - 1]; };
  // Cells farther than `max` from the diagonal cost more than that anyway.
  int costs[3][kMaxWordBytes + 2];
  for (int j = 0; j <= std::min(columns, max) + 1; ++j) costs[0][j] = j;
  int above_least = 0;
  for (int i = 1; i <= rows; ++i) {
    int* row = costs[i % 3];
    const int* above = costs[(i + 2) % 3];
    const int* second_above = costs[(i + 1) % 3];
    const int first = std::max(1, i - max), last = std::min(columns, i + max);
    row[first - 1] = first == 1 ? i : max + 1;
    int least = row[first - 1];
    for (int j = first; j <= last; ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same(i, j) ? 0 : 1)});
      if (i > 1 && j > 1 && same(i, j - 1) && same(i - 1, j)) row[j] = std::min(row[j], second_above[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    row[last + 1] = max + 1;
    // A swap goes two rows down.
    if (least > max && above_least > max) return max + 1;
    above_least = least;
  }
  return std::min(costs[rows % 3][columns], max + 1);
}

std::string NearestWord(absl::string_view text, const std::vector<std::string>& words) {
  const std::string* nearest = nullptr;
  const size_t length = CountCharacters(text);
  int typos = MaxTypos(length);
  for (const std::string& word : words) {
    if (word == text) return "";
    // A word of one or two letters is near to every other.
    if (length <= 2 && !absl::EqualsIgnoreCase(text, word)) continue;
    const int distance = EditDistance(text, word, typos);
    if (distance > typos || (distance == typos && nearest != nullptr)) continue;
    nearest = &word;
    typos = distance;
  }
  return nearest == nullptr ? "" : *nearest;
}

bool NearMissSearch::TakeWork(absl::string_view text, const std::vector<std::string>& words) {
  if (work_ > kMaxWork) return false;
  const size_t length = CountCharacters(text), typos = MaxTypos(length);
  for (const std::string& word : words) {
    const bool is_compared = DistanceOfLengths(length, CountCharacters(word)) <= typos;
    work_ += kWordWork + (is_compared ? length * (2 * typos + 1) : 0);
  }
  return work_ <= kMaxWork;
}

std::string NearMissSearch::NearestWord(absl::string_view text, const std::vector<std::string>& words) {
  if (text.size() > kMaxWordBytes || !TakeWork(text, words)) return "";
  return toolcatalog::NearestWord(text, words);
}

std::string NearMissSearch::WordOneTypoAway(absl::string_view text, const std::vector<std::string>& words) {
  if (text.size() > kMaxWordBytes || !TakeWork(text, words)) return "";
  for (const std::string& word : words) {
    if (EditDistance(text, word, 1) <= 1) return word;
  }
  return "";
}

}  // namespace toolcatalog
