#include "common/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/guarded.h"
#include "common/log.h"

namespace toolcatalog {
namespace {

// Imports carry up to 64 MiB of text.
constexpr int kMaxMessageBytes = 72 << 20;
// How long health says NOT_SERVING before connections are refused, so that load balancers and watchers see it.
constexpr absl::Duration kNotice = absl::Milliseconds(500);
constexpr absl::Duration kDrainDeadline = absl::Milliseconds(2500);

bool IsAddress(absl::string_view address) {
  const size_t colon = address.rfind(':');
  int port = -1;
  return colon != absl::string_view::npos && colon > 0 && absl::SimpleAtoi(address.substr(colon + 1), &port) &&
         port >= 0 && port <= 65535;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& address, const std::string& service_name,
                                                      grpc::Service* service) {
  if (!IsAddress(address)) {
    return absl::InvalidArgumentError(
        absl::StrCat("listen: must be host:port with a port from 0 to 65535, got \"", address, "\""));
  }
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Dead peers of quiet streams are found; clients may ping as often as every 10 s.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 9000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.RegisterService(service);
  auto server = std::unique_ptr<Server>(new Server(service_name));
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on \"", address, "\": unknown host, or in use"));
  }
  server->SetServing(false);
  const absl::string_view host = absl::string_view(address).substr(0, address.rfind(':'));
  server->address_ = absl::StrCat(host, ":", port);
  LogInfo("serving", {{"service", service_name}, {"address", server->address_}});
  return server;
}

Server::~Server() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

void Server::SetHealth(bool serving) {
  server_->GetHealthCheckService()->SetServingStatus("", serving);
  server_->GetHealthCheckService()->SetServingStatus(service_name_, serving);
}

void Server::SetServing(bool serving) {
  absl::MutexLock lock(&mutex_);
  if (!draining_) SetHealth(serving);
}

void Server::Drain(absl::FunctionRef<void()> finish_streams, const std::function<void()>& abandon_calls) {
  LogInfo("draining");
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    SetHealth(false);
  }
  absl::SleepFor(kNotice);
  finish_streams();
  // `Shutdown` cancels calls after its deadline, but returns only when their handlers have ended.
  absl::Notification ended;
  std::thread late([&] {
    if (!ended.WaitForNotificationWithTimeout(kDrainDeadline)) Guarded("drain", abandon_calls).IgnoreError();
  });
  server_->Shutdown(absl::ToChronoTime(absl::Now() + kDrainDeadline));
  server_->Wait();
  ended.Notify();
  late.join();
}

namespace {

sigset_t TerminationSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void PrepareProcess() {
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  const sigset_t signals = TerminationSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void AwaitTermination() {
  const sigset_t signals = TerminationSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  LogInfo("signal", {{"name", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
}

}  // namespace toolcatalog
