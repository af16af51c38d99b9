// Every field of the requests that import has the effect that its comment promises.

#include "absl/strings/str_cat.h"
#include "tests/e2e/write_fields_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {
namespace {

using ImportFieldsTest = WriteFieldsFixture;

TEST_F(ImportFieldsTest, ImportTools) {
  const auto import = [](const std::string& name, const std::string& description) {
    v1::ImportToolsRequest request;
    request.set_yaml_content(
        absl::StrCat("tool_name: ", name, "\ndescription: ", description, "\nplatform: linux\ncategory: system\n"));
    return request;
  };
  ShowEffects({v1::ImportToolsRequest::descriptor()},
              {{"ImportToolsRequest.yaml_content",
                [&] {
                  EXPECT_EQ(Ok(&Stub::ImportTools, import("a", "one")).imported_count(), 1);
                  EXPECT_EQ(Read("a").description(), "one");
                }},
               {"ImportToolsRequest.overwrite",
                [&] {
                  Made("b");
                  v1::ImportToolsRequest request = import("b", "two");
                  EXPECT_EQ(Ok(&Stub::ImportTools, request).failed_count(), 1);
                  request.set_overwrite(true);
                  EXPECT_EQ(Ok(&Stub::ImportTools, request).imported_count(), 1);
                  EXPECT_EQ(Read("b").description(), "two");
                }},
               {"ImportToolsRequest.validate_only",
                [&] {
                  v1::ImportToolsRequest request = import("c", "one");
                  request.set_validate_only(true);
                  EXPECT_EQ(Ok(&Stub::ImportTools, request).imported_count(), 1);
                  EXPECT_FALSE(Exists("c"));
                }},
               {"ImportToolsRequest.atomic",
                [&] {
                  v1::ImportToolsRequest request = import("d", "one");
                  request.mutable_yaml_content()->append("---\ntool_name: e\n");
                  request.set_atomic(true);
                  const v1::ImportToolsResponse response = Ok(&Stub::ImportTools, request);
                  EXPECT_EQ(response.imported_count(), 0);
                  EXPECT_EQ(response.failed_count(), 1);
                  EXPECT_FALSE(Exists("d"));
                  request.set_atomic(false);
                  EXPECT_EQ(Ok(&Stub::ImportTools, request).imported_count(), 1);
                }},
               {"ImportToolsRequest.request_id",
                [&] {
                  v1::ImportToolsRequest request = import("f", "one");
                  request.set_request_id(NewId());
                  ShowRequestId(&Stub::ImportTools, request);
                }},
               {"ImportToolsRequest.reason", [&] {
                  v1::ImportToolsRequest request = import("g", "one");
                  request.set_reason("because");
                  ShowReason(&Stub::ImportTools, request);
                }}});
}

TEST_F(ImportFieldsTest, StreamImport) {
  const auto text = [](const std::string& name, const std::string& description) {
    return absl::StrCat("tool_name: ", name, "\ndescription: ", description, "\nplatform: linux\ncategory: system\n");
  };
  const auto import = [this](const v1::ImportOptions& options, const std::string& yaml) {
    const auto response = Import(catalog(), options, yaml);
    EXPECT_THAT(response, IsOk());
    return response.value_or(v1::ImportToolsResponse());
  };
  ShowEffects({v1::StreamImportRequest::descriptor(), v1::ImportOptions::descriptor()},
              {{"StreamImportRequest.yaml_content",
                [&] {
                  EXPECT_EQ(import({}, text("a", "one")).imported_count(), 1);
                  EXPECT_EQ(Read("a").description(), "one");
                }},
               {"StreamImportRequest.options",
                [&] {
                  v1::ImportOptions options;
                  options.set_validate_only(true);
                  import(options, text("not-stored", "one"));
                  EXPECT_FALSE(Exists("not-stored"));
                }},
               {"ImportOptions.overwrite",
                [&] {
                  Made("b");
                  v1::ImportOptions options;
                  EXPECT_EQ(import(options, text("b", "two")).failed_count(), 1);
                  options.set_overwrite(true);
                  EXPECT_EQ(import(options, text("b", "two")).imported_count(), 1);
                  EXPECT_EQ(Read("b").description(), "two");
                }},
               {"ImportOptions.validate_only",
                [&] {
                  v1::ImportOptions options;
                  options.set_validate_only(true);
                  EXPECT_EQ(import(options, text("c", "one")).imported_count(), 1);
                  EXPECT_FALSE(Exists("c"));
                }},
               {"ImportOptions.atomic",
                [&] {
                  const std::string yaml = text("d", "one") + "---\ntool_name: e\n";
                  v1::ImportOptions options;
                  options.set_atomic(true);
                  EXPECT_EQ(import(options, yaml).imported_count(), 0);
                  EXPECT_FALSE(Exists("d"));
                  options.set_atomic(false);
                  EXPECT_EQ(import(options, yaml).imported_count(), 1);
                }},
               {"ImportOptions.request_id",
                [&] {
                  v1::ImportOptions options;
                  options.set_request_id(NewId());
                  const auto first = import(options, text("f", "one"));
                  const int64_t revision = Revision(catalog()).value_or(-1);
                  EXPECT_EQ(import(options, text("f", "one")).SerializeAsString(), first.SerializeAsString());
                  EXPECT_EQ(Revision(catalog()).value_or(-2), revision);
                }},
               {"ImportOptions.reason", [&] {
                  v1::ImportOptions options;
                  options.set_reason("because");
                  import(options, text("g", "one"));
                  EXPECT_EQ(LastChange().reason(), "because");
                }}});
}

}  // namespace
}  // namespace toolcatalog
