#include "tests/e2e/random_writer.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/rpc/grpc_status.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {
namespace {

const std::vector<std::string>& Versions() {
  static const auto* versions = new std::vector<std::string>{"0.9", "1.0", "1.1", "2.0"};
  return *versions;
}

v1::Tool Definition(const std::string& name, const std::string& version, const std::string& description) {
  v1::Tool tool;
  tool.set_tool_name(name);
  tool.set_version(version);
  tool.set_description(description);
  tool.set_platform("linux");
  tool.set_category("system");
  return tool;
}

}  // namespace

RandomWriter::RandomWriter(int number, uint64_t seed, Stub& stub)
    : number_(number), stub_(stub), random_(seed * 1000 + number) {}

std::string RandomWriter::NameOf(int number) { return absl::StrCat("tool-", number); }

void RandomWriter::Run(int writes) {
  for (int i = 0; i < writes; ++i) {
    const std::string id = absl::StrFormat("00000000-0000-4000-8000-%04d%08d", number_, i);
    Write write = MakeUp(absl::StrCat("text ", number_, ".", i));
    const absl::Status status = Send(write, id);
    attempts_[id] = {std::move(write), status};
  }
}

int RandomWriter::Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }

RandomWriter::Write RandomWriter::MakeUp(const std::string& text) {
  static constexpr Write::Kind kKinds[] = {Write::kCreate, Write::kCreate,  Write::kUpdate,  Write::kUpdate,
                                           Write::kDelete, Write::kEnable,  Write::kPromote, Write::kRollback,
                                           Write::kImport, Write::kRollback};
  Write write;
  write.kind = kKinds[Below(10)];
  write.actor = absl::StrCat("writer-", number_);
  write.name = NameOf(Below(kNames));
  write.version = Versions()[Below(4)];
  const bool is_of_latest_or_all = write.kind != Write::kCreate && write.kind != Write::kPromote && Below(2) == 0;
  if (is_of_latest_or_all) write.version.clear();
  write.description = text;
  write.enabled = Below(2) == 0;
  write.overwrite = Below(2) == 0;
  if (write.kind == Write::kImport) {
    for (const std::string& version : Versions()) {
      if (Below(2) == 0) write.items.push_back({version, Below(3) == 0 ? "imported" : text});
    }
    if (write.items.empty()) write.items.push_back({"1.0", "imported"});
  }
  if (write.kind == Write::kRollback) write.to_revision = SomeRevisionOf(write.name);
  return write;
}

int64_t RandomWriter::SomeRevisionOf(const std::string& name) {
  v1::ListToolHistoryRequest request;
  request.set_tool_name(name);
  v1::ListToolHistoryResponse response;
  grpc::ClientContext context;
  if (!stub_.ListToolHistory(&context, request, &response).ok() || response.history().empty()) return 1;
  return response.history(Below(response.history_size())).revision();
}

template <typename Request, typename Response>
absl::Status RandomWriter::Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request) {
  grpc::ClientContext context;
  context.AddMetadata("x-actor", absl::StrCat("writer-", number_));
  Response response;
  return FromGrpcStatus((stub_.*method)(&context, request, &response));
}

absl::Status RandomWriter::Send(const Write& write, const std::string& id) {
  switch (write.kind) {
    case Write::kCreate: {
      v1::CreateToolRequest request;
      *request.mutable_tool() = Definition(write.name, write.version, write.description);
      request.set_request_id(id);
      return Call(&Stub::CreateTool, request);
    }
    case Write::kUpdate: {
      v1::UpdateToolRequest request;
      request.mutable_tool()->set_tool_name(write.name);
      request.mutable_tool()->set_description(write.description);
      request.set_version(write.version);
      request.set_request_id(id);
      return Call(&Stub::UpdateTool, request);
    }
    case Write::kDelete: {
      v1::DeleteToolRequest request;
      request.set_tool_name(write.name);
      if (!write.version.empty()) request.set_version(write.version);
      request.set_request_id(id);
      return Call(&Stub::DeleteTool, request);
    }
    case Write::kEnable: {
      v1::EnableToolRequest request;
      request.set_tool_name(write.name);
      request.set_version(write.version);
      request.mutable_options()->set_enabled(write.enabled);
      request.mutable_options()->set_request_id(id);
      return Call(&Stub::EnableTool, request);
    }
    case Write::kPromote: {
      v1::PromoteToolVersionRequest request;
      request.set_tool_name(write.name);
      request.set_version(write.version);
      request.set_request_id(id);
      return Call(&Stub::PromoteToolVersion, request);
    }
    case Write::kRollback: {
      v1::RollbackToolRequest request;
      request.set_tool_name(write.name);
      request.set_version(write.version);
      request.set_to_revision(write.to_revision);
      request.set_request_id(id);
      return Call(&Stub::RollbackTool, request);
    }
    case Write::kImport: {
      v1::ImportToolsRequest request;
      for (const auto& [version, description] : write.items) {
        absl::StrAppend(request.mutable_yaml_content(), "---\ntool_name: ", write.name, "\nversion: \"", version,
                        "\"\ndescription: ", description, "\nplatform: linux\ncategory: system\n");
      }
      request.set_overwrite(write.overwrite);
      request.set_request_id(id);
      return Call(&Stub::ImportTools, request);
    }
  }
  return absl::InternalError("no such kind");
}

}  // namespace toolcatalog
