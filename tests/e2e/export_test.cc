// What is exported comes back as it was: into an empty catalog, and into the same one without a change.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

absl::StatusOr<v1::ExportToolsResponse> Export(v1::CatalogService::Stub& catalog,
                                               const v1::ExportToolsRequest& request = {}) {
  grpc::ClientContext context;
  v1::ExportToolsResponse response;
  const grpc::Status status = catalog.ExportTools(&context, request, &response);
  if (!status.ok()) return StatusOf(status);
  return response;
}

struct Streamed {
  std::string yaml;
  int messages = 0;
  size_t largest = 0;
  grpc::Status status;
};

Streamed Stream(v1::CatalogService::Stub& catalog, const v1::StreamExportRequest& request = {}) {
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

// All versions of all tools, by name and version, without what belongs to this catalog alone.
std::map<std::string, std::string> State(v1::CatalogService::Stub& catalog) {
  std::map<std::string, std::string> state;
  const auto tools = LatestTools(catalog);
  EXPECT_THAT(tools, IsOk());
  if (!tools.ok()) return state;
  for (const auto& [name, latest] : *tools) {
    const auto versions = ListVersions(catalog, name);
    EXPECT_THAT(versions, IsOk());
    if (!versions.ok()) return state;
    for (v1::Tool version : versions->versions()) {
      version.clear_revision();
      version.clear_etag();
      version.clear_created_at();
      version.clear_updated_at();
      state[absl::StrCat(name, " ", version.version())] = Deterministic(version);
    }
  }
  return state;
}

v1::ExportToolsRequest Named(const std::vector<std::string>& names) {
  v1::ExportToolsRequest request;
  for (const std::string& name : names) request.add_tool_names(name);
  return request;
}

// The names of the documents, in their order.
std::vector<std::string> Documents(const std::string& yaml) {
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

class ExportTest : public EndToEndFixture {
 protected:
  // Two catalogs with a database each.
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (HasFatalFailure()) return;
    const auto other = cluster().CreateDatabase(absl::StrCat(database(), "_copy"));
    ASSERT_THAT(other, IsOk());
    Start({conninfo(), *other}, {});
  }

  void CreateVersions(const std::string& name, const std::vector<std::string>& versions) {
    for (const std::string& version : versions) {
      ASSERT_THAT(Create(catalog(), SampleTool(name, version), "ann"), IsOk());
    }
  }

  // Tools of 250 kB each.
  void CreateLargeTools(int count) {
    v1::Tool tool = SampleTool("t");
    (*tool.mutable_metadata()->mutable_fields())["text"].set_string_value(std::string(250'000, 'x'));
    for (const std::string& name : ToolNames(count)) {
      tool.set_tool_name(name);
      ASSERT_THAT(Create(catalog(), tool), IsOk());
    }
  }

  // Imports the catalog's export into both, and checks that nothing changes in the first, and the second is the same.
  void ExpectFixedPoint() {
    const auto exported = Export(catalog());
    ASSERT_THAT(exported, IsOk());
    EXPECT_THAT(exported->warnings(), IsEmpty());
    const Streamed streamed = Stream(catalog());
    ASSERT_THAT(streamed.status, IsOk());
    EXPECT_EQ(streamed.yaml, exported->yaml_content());

    const auto before = Revision(catalog());
    const auto same = Import(catalog(), exported->yaml_content(), true);
    ASSERT_THAT(same, IsOk());
    EXPECT_THAT(same->errors(), IsEmpty());
    EXPECT_EQ(same->imported_count(), 0);
    EXPECT_EQ(same->revision(), *before);

    const auto copied = Import(catalog(1), exported->yaml_content(), false);
    ASSERT_THAT(copied, IsOk());
    EXPECT_THAT(copied->errors(), IsEmpty());
    EXPECT_EQ(copied->imported_count(), same->skipped_count());
    EXPECT_EQ(State(catalog(1)), State(catalog()));
    const auto again = Export(catalog(1));
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->yaml_content(), exported->yaml_content());
    const auto unchanged = Import(catalog(1), again->yaml_content(), true);
    ASSERT_THAT(unchanged, IsOk());
    EXPECT_EQ(unchanged->skipped_count(), same->skipped_count());
    EXPECT_EQ(unchanged->imported_count() + unchanged->failed_count(), 0);
  }
};

TEST_F(ExportTest, RealDefinitionsAreAFixedPoint) {
  const auto files = ReadDefinitionFiles();
  if (!files.ok()) GTEST_SKIP() << "needs the shared definition files: " << files.status().message();
  const auto imported = Import(catalog(), JoinDocuments(*files), false, "ann");
  ASSERT_THAT(imported, IsOk());
  EXPECT_GT(imported->imported_count(), 130);
  ExpectFixedPoint();
}

TEST_F(ExportTest, VersionsKeepTheirOrderAndTheLatestItsPlace) {
  CreateVersions("grep", {"2.0", "1.0", "3.0"});
  CreateVersions("Sed", {"1.0"});
  ASSERT_THAT(Describe(catalog(), "grep", "edited by another", "bob"), IsOk());
  const auto exported = Export(catalog());
  ASSERT_THAT(exported, IsOk());
  EXPECT_EQ(exported->tool_count(), 2);
  EXPECT_TRUE(exported->success());
  EXPECT_THAT(Documents(exported->yaml_content()), ElementsAre("grep 2.0", "grep 1.0", "grep 3.0", "Sed 1.0"));

  grpc::ClientContext context;
  v1::PromoteToolVersionRequest promote;
  promote.set_tool_name("grep");
  promote.set_version("2.0");
  v1::Tool promoted;
  ASSERT_THAT(catalog().PromoteToolVersion(&context, promote, &promoted), IsOk());
  EXPECT_THAT(Documents(Export(catalog())->yaml_content()), ElementsAre("grep 1.0", "grep 3.0", "grep 2.0", "Sed 1.0"));
  ExpectFixedPoint();
  const auto copy = Get(catalog(1), "grep");
  ASSERT_THAT(copy, IsOk());
  EXPECT_EQ(copy->tool().version(), "2.0");
  EXPECT_EQ(copy->tool().created_by(), "ann");
  EXPECT_EQ(Get(catalog(1), "grep", "3.0")->tool().updated_by(), "bob");
}

TEST_F(ExportTest, NamesAndFilters) {
  CreateTools({"a", "b", "c"});
  v1::Tool windows = SampleTool("win");
  windows.set_platform("windows");
  windows.set_category("storage");
  ASSERT_THAT(Create(catalog(), windows), IsOk());

  const auto named = Export(catalog(), Named({"B", "a", "b", "nowhere"}));
  ASSERT_THAT(named, IsOk());
  EXPECT_THAT(Documents(named->yaml_content()), ElementsAre("a 1.0", "b 1.0"));
  EXPECT_EQ(named->tool_count(), 2);
  EXPECT_THAT(named->warnings(), ElementsAre("tool \"nowhere\" does not exist"));

  v1::ExportToolsRequest request = Named({"a", "win"});
  request.set_platform("windows");
  const auto filtered = Export(catalog(), request);
  ASSERT_THAT(filtered, IsOk());
  EXPECT_THAT(Documents(filtered->yaml_content()), ElementsAre("win 1.0"));
  EXPECT_THAT(filtered->warnings(), ElementsAre("tool \"a\" does not pass the filters"));

  request.Clear();
  request.set_category("storage");
  EXPECT_THAT(Documents(Export(catalog(), request)->yaml_content()), ElementsAre("win 1.0"));
  request.set_platform("linux");
  const auto none = Export(catalog(), request);
  EXPECT_EQ(none->tool_count(), 0);
  EXPECT_EQ(none->yaml_content(), "");

  v1::StreamExportRequest stream;
  stream.set_platform("windows");
  EXPECT_THAT(Documents(Stream(catalog(), stream).yaml), ElementsAre("win 1.0"));
  stream.Clear();
  stream.set_category("storage");
  EXPECT_THAT(Documents(Stream(catalog(), stream).yaml), ElementsAre("win 1.0"));
}

TEST_F(ExportTest, JsonHasTheSameTools) {
  CreateVersions("grep", {"1.0", "2.0"});
  v1::ExportToolsRequest request;
  request.set_format("json");
  const auto exported = Export(catalog(), request);
  ASSERT_THAT(exported, IsOk());
  google::protobuf::ListValue tools;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(exported->json_content(), &tools).ok());
  ASSERT_THAT(tools.values(), SizeIs(2));
  const auto& fields = tools.values(1).struct_value().fields();
  EXPECT_EQ(fields.at("tool_name").string_value(), "grep");
  EXPECT_EQ(fields.at("version").string_value(), "2.0");
  EXPECT_EQ(fields.count("etag") + fields.count("revision") + fields.count("updated_at"), 0u);

  const auto copied = Import(catalog(1), exported->json_content(), false);
  ASSERT_THAT(copied, IsOk());
  EXPECT_EQ(copied->imported_count(), 2);
  EXPECT_EQ(State(catalog(1)), State(catalog()));

  v1::ExportToolsRequest missing = Named({"nowhere"});
  missing.set_format("json");
  EXPECT_EQ(Export(catalog(), missing)->json_content(), "[]\n");
}

TEST_F(ExportTest, AnEmptyCatalogExportsNothing) {
  const auto exported = Export(catalog());
  ASSERT_THAT(exported, IsOk());
  EXPECT_EQ(exported->tool_count(), 0);
  EXPECT_TRUE(exported->has_yaml_content());
  const Streamed streamed = Stream(catalog());
  EXPECT_THAT(streamed.status, IsOk());
  EXPECT_EQ(streamed.messages, 0);
}

TEST_F(ExportTest, WrongRequestsNameEachField) {
  v1::ExportToolsRequest request = Named({"fine", "../evil"});
  request.set_platform("amiga");
  request.set_category("poetry");
  request.set_format("xml");
  const auto refused = Export(catalog(), request);
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(refused.status().message()),
              AllOf(HasSubstr("tool_names[1]"), HasSubstr("platform"), HasSubstr("category"), HasSubstr("format")));
  EXPECT_THAT(Export(catalog(), Named(std::vector<std::string>(10'001, "a"))),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Export(catalog(), Named(std::vector<std::string>(10'000, "a"))), IsOk());
  v1::StreamExportRequest stream;
  stream.set_platform("amiga");
  EXPECT_THAT(Stream(catalog(), stream).status, HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(ExportTest, WhatIsTooLargeForOneAnswerIsStreamed) {
  constexpr int kTools = 280;
  CreateLargeTools(kTools);
  const auto refused = Export(catalog());
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("/api/v1/export"));
  const absl::Time begin = absl::Now();
  const Streamed streamed = Stream(catalog());
  ASSERT_THAT(streamed.status, IsOk());
  std::cout << streamed.yaml.size() << " bytes streamed in " << absl::Now() - begin << "\n";
  EXPECT_THAT(Documents(streamed.yaml), SizeIs(kTools));
  EXPECT_LE(streamed.largest, 1u << 20);
}

TEST_F(ExportTest, AStreamThatNobodyReadsEndsWhenTheServerDrains) {
  CreateLargeTools(100);
  grpc::ClientContext context;
  const auto reader = catalog().StreamExport(&context, {});
  v1::StreamExportResponse message;
  ASSERT_TRUE(reader->Read(&message));
  ASSERT_THAT(services().catalog_process().process().Signal(SIGTERM), IsOk());
  EXPECT_THAT(services().catalog_process().process().Wait(absl::Seconds(5)), IsOk());
  while (reader->Read(&message)) {
  }
  EXPECT_THAT(reader->Finish(), testing::Not(IsOk()));
}

TEST_F(ExportTest, OneTooManyStreamsIsRefused) {
  CreateLargeTools(100);
  // Streams that nobody reads stay open: each has more to send than the transport takes.
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::StreamExportResponse>>> readers;
  v1::StreamExportResponse message;
  for (int i = 0; i < 32; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(catalog().StreamExport(contexts.back().get(), {}));
    ASSERT_TRUE(readers.back()->Read(&message));
  }
  EXPECT_THAT(Stream(catalog()).status, HasCode(absl::StatusCode::kResourceExhausted));
  for (auto& context : contexts) context->TryCancel();
  for (auto& reader : readers) {
    while (reader->Read(&message)) {
    }
    EXPECT_THAT(reader->Finish(), HasCode(absl::StatusCode::kCancelled));
  }
  EXPECT_TRUE(Await([this] { return Stream(catalog()).status.ok(); }, kPatience));
}

TEST_F(ExportTest, AnswersThatNobodyReadsAreBounded) {
  // About 50 MB each: two fit, three do not.
  CreateLargeTools(200);
  struct Unread {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::ExportToolsResponse>> reader;
  };
  std::vector<std::unique_ptr<Unread>> calls;
  for (int i = 0; i < 2; ++i) {
    Unread& call = *calls.emplace_back(std::make_unique<Unread>());
    call.reader = catalog().AsyncExportTools(&call.context, {}, &call.queue);
    // The server sends this together with the answer, which is not asked for.
    call.reader->ReadInitialMetadata(&call);
    void* tag;
    bool ok = false;
    ASSERT_TRUE(call.queue.Next(&tag, &ok));
    ASSERT_TRUE(ok);
  }
  const auto refused = Export(catalog());
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("try again later"));
  EXPECT_THAT(Export(catalog(), Named({"tool-0"})), IsOk()) << "a small one fits";
  for (auto& call : calls) {
    v1::ExportToolsResponse response;
    grpc::Status status;
    call->context.TryCancel();
    call->reader->Finish(&response, &status, call.get());
    void* tag;
    bool ok = false;
    ASSERT_TRUE(call->queue.Next(&tag, &ok));
  }
  EXPECT_TRUE(Await([this] { return Export(catalog()).ok(); }, kPatience)) << "their place is free again";
}

}  // namespace
}  // namespace toolcatalog
