#include "tests/bench/distribution.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

double Percentile(const std::vector<double>& sorted, int percent) {
  return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
}

}  // namespace

nlohmann::ordered_json Distribution(std::vector<double> values_ms, int high) {
  std::sort(values_ms.begin(), values_ms.end());
  return {{"count", values_ms.size()},
          {"p50_ms", Percentile(values_ms, 50)},
          {absl::StrCat("p", high, "_ms"), Percentile(values_ms, high)},
          {"max_ms", values_ms.empty() ? 0 : values_ms.back()}};
}

}  // namespace toolcatalog
