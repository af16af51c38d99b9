#ifndef TESTS_BENCH_DISTRIBUTION_H_
#define TESTS_BENCH_DISTRIBUTION_H_

#include <nlohmann/json.hpp>
#include <vector>

namespace toolcatalog {

// {"count", "p50_ms", "p<high>_ms", "max_ms"} of durations in milliseconds; zeros if there are none. `high` is a
// percentage below 100.
nlohmann::ordered_json Distribution(std::vector<double> values_ms, int high);

}  // namespace toolcatalog

#endif  // TESTS_BENCH_DISTRIBUTION_H_
