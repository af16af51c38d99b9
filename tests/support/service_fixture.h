#ifndef TESTS_SUPPORT_SERVICE_FIXTURE_H_
#define TESTS_SUPPORT_SERVICE_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/service_process.h"
#include "toolcatalog/internal/v1/replica_service.grpc.pb.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"

namespace toolcatalog {

// Catalog and reload services as processes that work together. The destructor ends them. The stubs are thread-safe, the
// rest is not.
class ServiceFixture {
 public:
  struct Options {
    // One catalog for each conninfo.
    std::vector<std::string> databases;
    // One reload service for each entry: the index of the catalog that it follows.
    std::vector<int> reloads;
    // Texts of the configuration files of all catalogs, and of all reload services. The reload services are replicas
    // with names of their own, "reload-0" and so on.
    std::string catalog_config;
    std::string reload_config;
  };

  // Returns when all services are healthy. Else returns the first failure, with the last log lines of that process.
  static absl::StatusOr<std::unique_ptr<ServiceFixture>> Start(const Options& options);

  // Adds a reload service that reaches a catalog at these addresses. Returns when the service is healthy.
  absl::Status AddReload(const std::string& catalog_address, const std::string& internal_address,
                         const std::string& config);

  v1::CatalogService::Stub& catalog(int index = 0) { return *catalogs_.at(index).stub; }
  // The internal service of a catalog.
  internal::v1::ReplicaService::Stub& replica_service(int index = 0) { return *replica_services_.at(index); }
  v1::ReloadService::Stub& reload(int index = 0) { return *reloads_.at(index).stub; }
  ServiceProcess& catalog_process(int index = 0) { return *catalogs_.at(index).process; }
  ServiceProcess& reload_process(int index = 0) { return *reloads_.at(index).process; }

 private:
  template <typename Service>
  struct Member {
    std::unique_ptr<ServiceProcess> process;
    std::unique_ptr<typename Service::Stub> stub;
  };

  ServiceFixture() = default;
  template <typename Service>
  static absl::Status Add(ServiceProcess::Options options, std::vector<Member<Service>>* members);

  std::vector<Member<v1::CatalogService>> catalogs_;
  // One for each catalog.
  std::vector<std::unique_ptr<internal::v1::ReplicaService::Stub>> replica_services_;
  // Destroyed first.
  std::vector<Member<v1::ReloadService>> reloads_;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_SERVICE_FIXTURE_H_
