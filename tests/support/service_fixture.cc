#include "tests/support/service_fixture.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

constexpr char kCatalogProgram[] = "catalog_service/catalog_service";
constexpr char kReloadProgram[] = "reload_service/reload_service";
constexpr absl::Duration kPatience = absl::Seconds(30);

}  // namespace

template <typename Service>
absl::Status ServiceFixture::Add(ServiceProcess::Options options, std::vector<Member<Service>>* members) {
  absl::StatusOr<std::unique_ptr<ServiceProcess>> process = ServiceProcess::Start(std::move(options));
  if (!process.ok()) return process.status();
  if (!(*process)->AwaitHealth(true, kPatience)) {
    return absl::UnavailableError(
        absl::StrCat("the service does not become healthy:\n", (*process)->process().LastLines(40)));
  }
  auto stub = Service::NewStub((*process)->channel());
  members->push_back({*std::move(process), std::move(stub)});
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ServiceFixture>> ServiceFixture::Start(const Options& options) {
  auto fixture = std::unique_ptr<ServiceFixture>(new ServiceFixture);
  for (const std::string& database : options.databases) {
    absl::Status added = Add<v1::CatalogService>(
        {kCatalogProgram, {"--migrate", "--database", database}, options.catalog_config, true}, &fixture->catalogs_);
    if (!added.ok()) return added;
    fixture->replica_services_.push_back(
        internal::v1::ReplicaService::NewStub(NewChannel(fixture->catalogs_.back().process->internal_address())));
  }
  for (int followed : options.reloads) {
    const ServiceProcess& catalog = fixture->catalog_process(followed);
    absl::Status added = fixture->AddReload(catalog.address(), catalog.internal_address(), options.reload_config);
    if (!added.ok()) return added;
  }
  return fixture;
}

absl::Status ServiceFixture::AddReload(const std::string& catalog_address, const std::string& internal_address,
                                       const std::string& config) {
  const std::string replica = absl::StrCat("replica: reload-", reloads_.size(), "\n");
  return Add<v1::ReloadService>({kReloadProgram,
                                 {"--catalog", catalog_address, "--catalog-internal", internal_address},
                                 absl::StrCat(config, replica)},
                                &reloads_);
}

}  // namespace toolcatalog
