#include "common/near_miss.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace toolcatalog {
namespace {

// Longer texts are no misspelled words.
constexpr size_t kMaxWordBytes = 64;

int MaxSlips(absl::string_view word) { return word.size() <= 5 ? 1 : 2; }

}  // namespace

int EditDistance(absl::string_view a, absl::string_view b, int max) {
  const int rows = static_cast<int>(a.size()), columns = static_cast<int>(b.size());
  if (std::abs(rows - columns) > max || a.size() > kMaxWordBytes || b.size() > kMaxWordBytes) return max + 1;
  const std::string left = absl::AsciiStrToLower(a), right = absl::AsciiStrToLower(b);
  int costs[3][kMaxWordBytes + 1];
  for (int j = 0; j <= columns; ++j) costs[0][j] = j;
  for (int i = 1; i <= rows; ++i) {
    int* row = costs[i % 3];
    const int* above = costs[(i + 2) % 3];
    const int* second_above = costs[(i + 1) % 3];
    row[0] = i;
    for (int j = 1; j <= columns; ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) row[j] = std::min(row[j], second_above[j - 2] + 1);
    }
  }
  return std::min(costs[rows % 3][columns], max + 1);
}

std::string NearestWord(absl::string_view text, const std::vector<std::string>& words) {
  const std::string* nearest = nullptr;
  int slips = MaxSlips(text);
  for (const std::string& word : words) {
    if (word == text) return "";
    // A word of one or two letters is near to every other.
    if (text.size() <= 2 && !absl::EqualsIgnoreCase(text, word)) continue;
    const int distance = EditDistance(text, word, slips);
    if (distance > slips || (distance == slips && nearest != nullptr)) continue;
    nearest = &word;
    slips = distance;
  }
  return nearest == nullptr ? "" : *nearest;
}

}  // namespace toolcatalog
