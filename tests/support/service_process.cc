#include "tests/support/service_process.h"

#include <signal.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/support/await.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

constexpr char kServiceConfig[] = R"({"methodConfig": [
  {"name": [{}], "timeout": "20s"},
  {"name": [{"service": "toolcatalog.v1.CatalogService", "method": "WatchTools"},
            {"service": "toolcatalog.v1.ReloadService", "method": "WatchReloads"},
            {"service": "grpc.health.v1.Health", "method": "Watch"}], "timeout": "600s"}]})";

std::string NewConfigFile(const std::string& text) {
  static std::atomic<int> count{0};
  const std::string path = absl::StrCat(OutputFolder(), "/config", ++count, ".yaml");
  std::ofstream(path) << text;
  return path;
}

}  // namespace

std::shared_ptr<grpc::Channel> NewChannel(const std::string& address) {
  grpc::ChannelArguments args;
  args.SetServiceConfigJSON(kServiceConfig);
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  args.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), args);
}

ServiceProcess::ServiceProcess(Options options)
    : options_(std::move(options)), config_path_(NewConfigFile(options_.config)) {
  if (options_.has_internal_address) internal_address_ = "127.0.0.1:0";
}

absl::StatusOr<std::unique_ptr<ServiceProcess>> ServiceProcess::Start(Options options) {
  auto service = std::unique_ptr<ServiceProcess>(new ServiceProcess(std::move(options)));
  absl::Status launched = service->Launch();
  if (!launched.ok()) return launched;
  service->channel_ = NewChannel(service->address_);
  return service;
}

absl::Status ServiceProcess::Launch() {
  std::vector<std::string> args = {options_.program, "--config", config_path_, "--listen", address_};
  if (options_.has_internal_address) args.insert(args.end(), {"--internal-listen", internal_address_});
  args.insert(args.end(), options_.args.begin(), options_.args.end());
  const std::string name = absl::StrReplaceAll(options_.program, {{"/", "."}});
  absl::StatusOr<std::unique_ptr<ChildProcess>> process = ChildProcess::Start({name, args, {}, ""});
  if (!process.ok()) return process.status();
  process_ = *std::move(process);
  absl::StatusOr<std::string> address = AwaitAddress("toolcatalog.v1.");
  if (!address.ok()) return address.status();
  address_ = *std::move(address);
  if (!options_.has_internal_address) return absl::OkStatus();
  absl::StatusOr<std::string> internal_address = AwaitAddress("toolcatalog.internal.v1.");
  if (internal_address.ok()) internal_address_ = *std::move(internal_address);
  return internal_address.status();
}

absl::StatusOr<std::string> ServiceProcess::AwaitAddress(absl::string_view service) {
  absl::StatusOr<std::string> line =
      process_->AwaitLine(absl::StrCat("\"msg\":\"serving\",\"service\":\"", service), kPatience);
  if (!line.ok()) return line.status();
  const nlohmann::json fields = nlohmann::json::parse(*line, nullptr, false);
  std::string address = fields.is_object() ? fields.value("address", "") : "";
  if (address.empty()) return absl::InternalError(absl::StrCat("no address in ", *line));
  return address;
}

absl::Status ServiceProcess::Kill() {
  absl::Status status = process_->Signal(SIGKILL);
  return status.ok() ? process_->Wait(kPatience).status() : status;
}

absl::Status ServiceProcess::Restart() {
  process_ = nullptr;
  return Launch();
}

bool ServiceProcess::AwaitHealth(bool serving, absl::Duration timeout) {
  auto health = grpc::health::v1::Health::NewStub(channel_);
  return Await(
      [&] {
        grpc::ClientContext context;
        grpc::health::v1::HealthCheckResponse response;
        const grpc::Status status = health->Check(&context, {}, &response);
        const bool now = response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
        return status.ok() && now == serving;
      },
      timeout);
}

}  // namespace toolcatalog
