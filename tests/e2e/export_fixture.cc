#include "tests/e2e/export_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

void ExportFixture::SetUp() {
  EndToEndFixture::SetUp();
  if (HasFatalFailure()) return;
  const auto other = cluster().CreateDatabase(absl::StrCat(database(), "_copy"));
  ASSERT_THAT(other, IsOk());
  // Calls may hold a quarter of it.
  Start({conninfo(), *other}, {}, "memory_limit_mib: 1024\n");
}

absl::StatusOr<v1::ExportToolsResponse> ExportFixture::Export(v1::CatalogService::Stub& catalog,
                                                              const v1::ExportToolsRequest& request) {
  grpc::ClientContext context;
  v1::ExportToolsResponse response;
  const grpc::Status status = catalog.ExportTools(&context, request, &response);
  if (!status.ok()) return StatusOf(status);
  return response;
}

ExportFixture::Streamed ExportFixture::Stream(v1::CatalogService::Stub& catalog,
                                              const v1::StreamExportRequest& request) {
  grpc::ClientContext context;
  const auto reader = catalog.StreamExport(&context, request);
  Streamed streamed;
  v1::StreamExportResponse message;
  while (reader->Read(&message)) {
    EXPECT_TRUE(absl::StartsWith(message.yaml_content(), "---\n"));
    streamed.yaml += message.yaml_content();
    streamed.largest = std::max(streamed.largest, message.yaml_content().size());
    ++streamed.messages;
  }
  streamed.status = reader->Finish();
  return streamed;
}

v1::ExportToolsRequest ExportFixture::Named(const std::vector<std::string>& names) {
  v1::ExportToolsRequest request;
  for (const std::string& name : names) request.add_tool_names(name);
  return request;
}

std::vector<std::string> ExportFixture::Documents(const std::string& yaml) {
  std::vector<std::string> names;
  const std::string start = "---\ntool_name: ", version_key = "\nversion: ";
  for (size_t at = yaml.find(start); at != yaml.npos; at = yaml.find(start, at + 1)) {
    const size_t begin = at + start.size(), end = yaml.find('\n', begin);
    const size_t version = yaml.find(version_key, begin) + version_key.size();
    names.push_back(absl::StrCat(yaml.substr(begin, end - begin), " ",
                                 yaml.substr(version + 1, yaml.find('\n', version) - version - 2)));
  }
  return names;
}

void ExportFixture::CreateLargeTools(int count) {
  v1::Tool tool = SampleTool("t");
  (*tool.mutable_metadata()->mutable_fields())["text"].set_string_value(std::string(250'000, 'x'));
  for (const std::string& name : ToolNames(count)) {
    tool.set_tool_name(name);
    ASSERT_THAT(Create(catalog(), tool), IsOk());
  }
}

}  // namespace toolcatalog
