#ifndef TESTS_E2E_RANDOM_WRITER_H_
#define TESTS_E2E_RANDOM_WRITER_H_

#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "tests/support/catalog_model.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {

// Makes up writes of every kind to a few tools, sends them, and keeps what became of each. Not thread-safe; several
// writers with different numbers may run at the same time.
class RandomWriter {
 public:
  // A write, and how the catalog answered it.
  struct Attempt {
    CatalogModel::Write write;
    absl::Status status;
  };

  // All writers write to as many tools, `NameOf(0)` and so on.
  static constexpr int kNames = 7;
  static std::string NameOf(int number);

  // The same `seed` and `number` make up the same writes. `number` is at most 9999. `stub` must outlive this object.
  RandomWriter(int number, uint64_t seed, v1::CatalogService::Stub& stub);

  // Makes so many writes, one after the other.
  void Run(int writes);

  // By the request id of the write, which no other writer uses.
  const std::map<std::string, Attempt>& attempts() const { return attempts_; }

 private:
  using Write = CatalogModel::Write;
  using Stub = v1::CatalogService::Stub;

  // A random number from 0 to `bound` - 1.
  int Below(int bound);
  Write MakeUp(const std::string& text);
  // A revision that changed the tool; 1 if there is none.
  int64_t SomeRevisionOf(const std::string& name);
  absl::Status Send(const Write& write, const std::string& id);
  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request);

  const int number_;
  Stub& stub_;
  std::mt19937_64 random_;
  std::map<std::string, Attempt> attempts_;
};

}  // namespace toolcatalog

#endif  // TESTS_E2E_RANDOM_WRITER_H_
