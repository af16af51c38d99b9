// Every field of the requests that create, change or delete a tool has the effect that its comment promises.

#include "tests/e2e/write_fields_fixture.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {
namespace {

using WriteFieldsTest = WriteFieldsFixture;

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

}  // namespace
}  // namespace toolcatalog
