#ifndef TESTS_E2E_EXPORT_FIXTURE_H_
#define TESTS_E2E_EXPORT_FIXTURE_H_

#include <grpcpp/support/status.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// Two catalogs, 0 and 1, each with a database of its own.
class ExportFixture : public EndToEndFixture {
 protected:
  // What StreamExport sent until it ended with `status`.
  struct Streamed {
    std::string yaml;
    int messages = 0;
    // Bytes of YAML in the largest message.
    size_t largest = 0;
    grpc::Status status;
  };

  void SetUp() override;

  static absl::StatusOr<v1::ExportToolsResponse> Export(v1::CatalogService::Stub& catalog,
                                                        const v1::ExportToolsRequest& request = {});
  static Streamed Stream(v1::CatalogService::Stub& catalog, const v1::StreamExportRequest& request = {});
  // The request for tools with these names.
  static v1::ExportToolsRequest Named(const std::vector<std::string>& names);
  // "<name> <version>" of each document, in the order of the text.
  static std::vector<std::string> Documents(const std::string& yaml);

  // Creates tools of 250 kB each in catalog 0.
  void CreateLargeTools(int count);
};

}  // namespace toolcatalog

#endif  // TESTS_E2E_EXPORT_FIXTURE_H_
