// Every field of every request that writes has the effect that its comment promises.

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/e2e/request_fields_fixture.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {
namespace {

constexpr char kEtagOfNothing[] = "1-0000000000000000";

class WriteFieldsTest : public RequestFieldsFixture {
 protected:
  std::string NewId() { return absl::StrFormat("00000000-0000-4000-8000-%012d", ++ids_); }
  std::string NewName() { return absl::StrCat("tool-", ++names_); }

  // The second of two equal writes answers as the first one and adds nothing to the log.
  // With `validate_only` the request succeeds and writes nothing; without it, it writes.
  template <typename Request, typename Response, typename Set>
  void ShowValidateOnly(Method<Stub, Request, Response> method, Request request, Set set) {
    const Request in_earnest = request;
    set(request);
    const int64_t before = Revision(catalog()).value();
    Ok(method, request);
    EXPECT_EQ(Revision(catalog()).value(), before);
    Ok(method, in_earnest);
    EXPECT_EQ(Revision(catalog()).value(), before + 1);
  }

  template <typename Request, typename Response>
  void ShowRequestId(Method<Stub, Request, Response> method, const Request& request) {
    const auto first = Ok(method, request);
    const int64_t revision = Revision(catalog()).value_or(-1);
    EXPECT_EQ(Ok(method, request).SerializeAsString(), first.SerializeAsString());
    EXPECT_EQ(Revision(catalog()).value_or(-2), revision);
  }

  template <typename Request, typename Response>
  void ShowReason(Method<Stub, Request, Response> method, const Request& request) {
    Ok(method, request);
    EXPECT_EQ(LastChange().reason(), "because");
  }

  template <typename Request, typename Response>
  void ShowEtag(Method<Stub, Request, Response> method, Request request, const std::string& etag) {
    request.set_etag(kEtagOfNothing);
    EXPECT_THAT(Call(method, request).status(), HasCode(absl::StatusCode::kAborted));
    request.set_etag(etag);
    Ok(method, request);
  }

  int ids_ = 0;
  int names_ = 0;
};

TEST_F(WriteFieldsTest, CreateTool) {
  v1::CreateToolRequest request;
  ShowEffects({v1::CreateToolRequest::descriptor()}, {{"CreateToolRequest.tool",
                                                       [&] {
                                                         *request.mutable_tool() = Definition("a");
                                                         Ok(&Stub::CreateTool, request);
                                                         EXPECT_TRUE(Exists("a"));
                                                       }},
                                                      {"CreateToolRequest.request_id",
                                                       [&] {
                                                         *request.mutable_tool() = Definition("b");
                                                         request.set_request_id(NewId());
                                                         ShowRequestId(&Stub::CreateTool, request);
                                                         request.clear_request_id();
                                                       }},
                                                      {"CreateToolRequest.reason",
                                                       [&] {
                                                         *request.mutable_tool() = Definition("c");
                                                         request.set_reason("because");
                                                         ShowReason(&Stub::CreateTool, request);
                                                       }},
                                                      {"CreateToolRequest.validate_only", [&] {
                                                         *request.mutable_tool() = Definition("d");
                                                         request.set_validate_only(true);
                                                         EXPECT_EQ(Ok(&Stub::CreateTool, request).tool_name(), "d");
                                                         EXPECT_FALSE(Exists("d"));
                                                       }}});
}

TEST_F(WriteFieldsTest, UpdateTool) {
  Made("a", "1.0");
  Made("a", "2.0");
  const auto update = [](const std::string& description) {
    v1::UpdateToolRequest request;
    request.mutable_tool()->set_tool_name("a");
    request.mutable_tool()->set_description(description);
    return request;
  };
  ShowEffects(
      {v1::UpdateToolRequest::descriptor()},
      {{"UpdateToolRequest.tool", [&] { EXPECT_EQ(Ok(&Stub::UpdateTool, update("new")).description(), "new"); }},
       {"UpdateToolRequest.update_mask",
        [&] {
          v1::UpdateToolRequest request = update("not named by the mask");
          request.mutable_tool()->set_category("network");
          request.mutable_update_mask()->add_paths("category");
          const v1::Tool tool = Ok(&Stub::UpdateTool, request);
          EXPECT_EQ(tool.category(), "network");
          EXPECT_NE(tool.description(), "not named by the mask");
        }},
       {"UpdateToolRequest.version",
        [&] {
          v1::UpdateToolRequest request = update("of 1.0");
          request.set_version("1.0");
          Ok(&Stub::UpdateTool, request);
          EXPECT_EQ(Read("a", "1.0").description(), "of 1.0");
          EXPECT_NE(Read("a").description(), "of 1.0");
        }},
       {"UpdateToolRequest.request_id",
        [&] {
          v1::UpdateToolRequest request = update("once");
          request.set_request_id(NewId());
          ShowRequestId(&Stub::UpdateTool, request);
        }},
       {"UpdateToolRequest.reason",
        [&] {
          v1::UpdateToolRequest request = update("with a reason");
          request.set_reason("because");
          ShowReason(&Stub::UpdateTool, request);
        }},
       {"UpdateToolRequest.validate_only", [&] {
          v1::UpdateToolRequest request = update("tried");
          request.set_validate_only(true);
          EXPECT_EQ(Ok(&Stub::UpdateTool, request).description(), "tried");
          EXPECT_NE(Read("a").description(), "tried");
        }}});
}

TEST_F(WriteFieldsTest, DeleteTool) {
  const auto deletion = [this](const std::string& name) {
    Made(name, "1.0");
    Made(name, "2.0");
    v1::DeleteToolRequest request;
    request.set_tool_name(name);
    return request;
  };
  ShowEffects({v1::DeleteToolRequest::descriptor()},
              {{"DeleteToolRequest.tool_name",
                [&] {
                  Ok(&Stub::DeleteTool, deletion("a"));
                  EXPECT_FALSE(Exists("a"));
                }},
               {"DeleteToolRequest.version",
                [&] {
                  v1::DeleteToolRequest request = deletion("b");
                  request.set_version("2.0");
                  EXPECT_EQ(Ok(&Stub::DeleteTool, request).deleted_versions(), 1);
                  EXPECT_EQ(Read("b").version(), "1.0");
                }},
               {"DeleteToolRequest.etag",
                [&] {
                  v1::DeleteToolRequest request = deletion("c");
                  ShowEtag(&Stub::DeleteTool, request, Read("c").etag());
                }},
               {"DeleteToolRequest.request_id",
                [&] {
                  v1::DeleteToolRequest request = deletion("d");
                  request.set_request_id(NewId());
                  ShowRequestId(&Stub::DeleteTool, request);
                }},
               {"DeleteToolRequest.reason",
                [&] {
                  v1::DeleteToolRequest request = deletion("e");
                  request.set_reason("because");
                  ShowReason(&Stub::DeleteTool, request);
                }},
               {"DeleteToolRequest.validate_only", [&] {
                  ShowValidateOnly(&Stub::DeleteTool, deletion("f"),
                                   [](auto& request) { request.set_validate_only(true); });
                }}});
}

TEST_F(WriteFieldsTest, EnableTool) {
  const auto enabling = [this](bool enabled) {
    v1::Tool tool = Definition(NewName(), "1.0");
    tool.set_enabled(!enabled);
    Made(tool);
    v1::EnableToolRequest request;
    request.set_tool_name(tool.tool_name());
    if (!enabled) request.mutable_options()->set_enabled(false);
    return request;
  };
  ShowEffects(
      {v1::EnableToolRequest::descriptor()},
      {{"EnableToolRequest.tool_name",
        [&] {
          const v1::EnableToolRequest request = enabling(true);
          EXPECT_TRUE(Ok(&Stub::EnableTool, request).enabled());
          EXPECT_TRUE(Read(request.tool_name()).enabled());
        }},
       {"EnableToolRequest.version",
        [&] {
          v1::EnableToolRequest request = enabling(true);
          Made(request.tool_name(), "2.0");
          request.set_version("1.0");
          EXPECT_EQ(Ok(&Stub::EnableTool, request).version(), "1.0");
        }},
       {"EnableToolRequest.options", [&] { EXPECT_FALSE(Ok(&Stub::EnableTool, enabling(false)).enabled()); }},
       {"EnableToolRequest.Options.enabled", [&] { EXPECT_FALSE(Ok(&Stub::EnableTool, enabling(false)).enabled()); }},
       {"EnableToolRequest.Options.request_id",
        [&] {
          v1::EnableToolRequest request = enabling(true);
          request.mutable_options()->set_request_id(NewId());
          ShowRequestId(&Stub::EnableTool, request);
        }},
       {"EnableToolRequest.Options.reason",
        [&] {
          v1::EnableToolRequest request = enabling(true);
          request.mutable_options()->set_reason("because");
          ShowReason(&Stub::EnableTool, request);
        }},
       {"EnableToolRequest.etag",
        [&] {
          const v1::EnableToolRequest request = enabling(true);
          ShowEtag(&Stub::EnableTool, request, Read(request.tool_name()).etag());
        }},
       {"EnableToolRequest.Options.validate_only", [&] {
          ShowValidateOnly(&Stub::EnableTool, enabling(true),
                           [](auto& request) { request.mutable_options()->set_validate_only(true); });
        }}});
}

TEST_F(WriteFieldsTest, DisableTool) {
  const auto disabling = [this] {
    v1::DisableToolRequest request;
    request.set_tool_name(Made(NewName()).tool_name());
    return request;
  };
  const auto with_options = [&](const std::string& id, const std::string& reason) {
    v1::DisableToolRequest request = disabling();
    request.mutable_options()->set_request_id(id);
    request.mutable_options()->set_reason(reason);
    return request;
  };
  ShowEffects(
      {v1::DisableToolRequest::descriptor()},
      {{"DisableToolRequest.tool_name", [&] { EXPECT_FALSE(Ok(&Stub::DisableTool, disabling()).enabled()); }},
       {"DisableToolRequest.version",
        [&] {
          v1::DisableToolRequest request = disabling();
          Made(request.tool_name(), "2.0");
          request.set_version("1.0");
          EXPECT_EQ(Ok(&Stub::DisableTool, request).version(), "1.0");
        }},
       {"DisableToolRequest.etag",
        [&] {
          const v1::DisableToolRequest request = disabling();
          ShowEtag(&Stub::DisableTool, request, Read(request.tool_name()).etag());
        }},
       {"DisableToolRequest.options", [&] { ShowReason(&Stub::DisableTool, with_options("", "because")); }},
       {"DisableToolRequest.Options.request_id", [&] { ShowRequestId(&Stub::DisableTool, with_options(NewId(), "")); }},
       {"DisableToolRequest.Options.reason", [&] { ShowReason(&Stub::DisableTool, with_options("", "because")); }},
       {"DisableToolRequest.Options.validate_only", [&] {
          ShowValidateOnly(&Stub::DisableTool, disabling(),
                           [](auto& request) { request.mutable_options()->set_validate_only(true); });
        }}});
}

TEST_F(WriteFieldsTest, PromoteToolVersion) {
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

TEST_F(WriteFieldsTest, RollbackTool) {
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

TEST_F(WriteFieldsTest, ImportTools) {
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

TEST_F(WriteFieldsTest, StreamImport) {
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
