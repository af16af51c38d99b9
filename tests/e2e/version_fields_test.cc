// Every field of the requests that choose among versions of a tool has the effect that its comment promises.

#include "tests/e2e/write_fields_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {
namespace {

using VersionFieldsTest = WriteFieldsFixture;

TEST_F(VersionFieldsTest, PromoteToolVersion) {
  const auto promotion = [this] {
    v1::PromoteToolVersionRequest request;
    request.set_tool_name(NewName());
    request.set_version("1.0");
    for (const char* version : {"1.0", "1.5", "2.0"}) Made(request.tool_name(), version);
    return request;
  };
  ShowEffects({v1::PromoteToolVersionRequest::descriptor()},
              {{"PromoteToolVersionRequest.tool_name",
                [&] {
                  const v1::PromoteToolVersionRequest request = promotion();
                  Ok(&Stub::PromoteToolVersion, request);
                  EXPECT_EQ(Read(request.tool_name()).version(), "1.0");
                }},
               {"PromoteToolVersionRequest.version",
                [&] {
                  v1::PromoteToolVersionRequest request = promotion();
                  request.set_version("1.5");
                  EXPECT_EQ(Ok(&Stub::PromoteToolVersion, request).version(), "1.5");
                  request.set_version("7");
                  EXPECT_THAT(Call(&Stub::PromoteToolVersion, request).status(), HasCode(absl::StatusCode::kNotFound));
                }},
               {"PromoteToolVersionRequest.etag",
                [&] {
                  const v1::PromoteToolVersionRequest request = promotion();
                  ShowEtag(&Stub::PromoteToolVersion, request, Read(request.tool_name(), "1.0").etag());
                }},
               {"PromoteToolVersionRequest.request_id",
                [&] {
                  v1::PromoteToolVersionRequest request = promotion();
                  request.set_request_id(NewId());
                  ShowRequestId(&Stub::PromoteToolVersion, request);
                }},
               {"PromoteToolVersionRequest.reason",
                [&] {
                  v1::PromoteToolVersionRequest request = promotion();
                  request.set_reason("because");
                  ShowReason(&Stub::PromoteToolVersion, request);
                }},
               {"PromoteToolVersionRequest.validate_only", [&] {
                  ShowValidateOnly(&Stub::PromoteToolVersion, promotion(),
                                   [](auto& request) { request.set_validate_only(true); });
                }}});
}

TEST_F(VersionFieldsTest, RollbackTool) {
  // Back to when there was 1.0 alone, as it was made.
  const auto rollback = [this] {
    v1::RollbackToolRequest request;
    request.set_tool_name(NewName());
    request.set_to_revision(Made(request.tool_name(), "1.0").revision());
    EXPECT_THAT(Describe(catalog(), request.tool_name(), "edited"), IsOk());
    Made(request.tool_name(), "2.0");
    return request;
  };
  ShowEffects({v1::RollbackToolRequest::descriptor()},
              {{"RollbackToolRequest.tool_name",
                [&] {
                  const v1::RollbackToolRequest request = rollback();
                  Ok(&Stub::RollbackTool, request);
                  EXPECT_EQ(Read(request.tool_name()).description(), "does something");
                  EXPECT_FALSE(Exists(request.tool_name(), "2.0"));
                }},
               {"RollbackToolRequest.to_revision",
                [&] {
                  v1::RollbackToolRequest request = rollback();
                  request.set_to_revision(request.to_revision() + 1);
                  EXPECT_EQ(Ok(&Stub::RollbackTool, request).description(), "edited");
                }},
               {"RollbackToolRequest.version",
                [&] {
                  v1::RollbackToolRequest request = rollback();
                  request.set_version("1.0");
                  EXPECT_EQ(Ok(&Stub::RollbackTool, request).description(), "does something");
                  EXPECT_EQ(Read(request.tool_name()).version(), "2.0");
                }},
               {"RollbackToolRequest.etag",
                [&] {
                  const v1::RollbackToolRequest request = rollback();
                  ShowEtag(&Stub::RollbackTool, request, Read(request.tool_name()).etag());
                }},
               {"RollbackToolRequest.request_id",
                [&] {
                  v1::RollbackToolRequest request = rollback();
                  request.set_request_id(NewId());
                  ShowRequestId(&Stub::RollbackTool, request);
                }},
               {"RollbackToolRequest.reason",
                [&] {
                  v1::RollbackToolRequest request = rollback();
                  request.set_reason("because");
                  ShowReason(&Stub::RollbackTool, request);
                }},
               {"RollbackToolRequest.validate_only", [&] {
                  ShowValidateOnly(&Stub::RollbackTool, rollback(),
                                   [](auto& request) { request.set_validate_only(true); });
                }}});
}

}  // namespace
}  // namespace toolcatalog
