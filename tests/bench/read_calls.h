#ifndef TESTS_BENCH_READ_CALLS_H_
#define TESTS_BENCH_READ_CALLS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {

// One kind of call that reads.
struct ReadCall {
  std::string name;
  // What the time should be, in words; empty if there is no goal.
  std::string goal;
  // Makes the i-th call, and returns how much it found.
  std::function<absl::StatusOr<int64_t>(int)> call;
};

// All kinds of reads of a filled catalog: single tools, lists, searches. `catalog` must outlive them.
absl::StatusOr<std::vector<ReadCall>> ReadCalls(v1::CatalogService::Stub& catalog);

}  // namespace toolcatalog

#endif  // TESTS_BENCH_READ_CALLS_H_
