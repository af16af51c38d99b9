#include "common/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/guarded.h"
#include "common/log.h"
#include "common/rpc/descriptor_limit.h"
#include "common/rpc/request_bytes.h"
#include "common/wake.h"

namespace toolcatalog {
namespace {

// Exports carry up to 64 MiB of text.
constexpr int kMaxAnswerBytes = 72 << 20;
// Of one connection. A gateway has its clients on one; a further call waits there until another ends.
constexpr int kMaxStreams = 2000;
// How long health says NOT_SERVING before connections are refused, so that load balancers and watchers see it.
constexpr absl::Duration kNotice = absl::Milliseconds(500);
// After which a peer that does not acknowledge is dead.
constexpr absl::Duration kPeerTimeout = absl::Seconds(10);
constexpr absl::Duration kDrainDeadline = absl::Milliseconds(2500);

int Milliseconds(absl::Duration duration) { return static_cast<int>(absl::ToInt64Milliseconds(duration)); }

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& address, const std::string& service_name,
                                                      grpc::Service* service, const ServerOptions& options) {
  auto listener = Listener::Open(address, kPeerTimeout);
  if (!listener.ok()) return listener.status();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetMaxSendMessageSize(kMaxAnswerBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(options.handshake_timeout));
  // Else gRPC takes megabytes ahead of each stream that is not read, and honest uploads look like half messages.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  // Dead peers of quiet streams are found; clients may ping as often as every 10 s.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(kPeerTimeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 9000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // A packed message of 4 MiB can be gigabytes.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  if (options.open_calls != nullptr) builder.SetResourceQuota(options.open_calls->quota());
  builder.RegisterService(service);
  auto server = std::unique_ptr<Server>(new Server(service_name));
  server->connections_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr) return absl::InternalError("gRPC cannot start a server");
  // Before the first connection, so that nobody sees another health.
  server->SetServing(false);
  server->Accept(address, *std::move(listener), options);
  return server;
}

void Server::Accept(absl::string_view address, std::unique_ptr<Listener> listener, const ServerOptions& options) {
  ConnectionBounds bounds = options.connections;
  const int64_t descriptors = DescriptorLimit();
  if (bounds.in_all == 0) bounds.in_all = MaxConnectionsWithin(descriptors);
  address_ = absl::StrCat(address.substr(0, address.rfind(':')), ":", listener->port());
  const std::string own_target = listener->own_target();
  acceptor_ = std::make_unique<ConnectionAcceptor>(
      std::move(listener), bounds, [this, open_calls = options.open_calls](int socket) {
        if (open_calls != nullptr) open_calls->arriving().Add(socket);
        grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
        connection.fd = socket;
        connections_->HandleNewConnection(&connection);
      });
  port_check_ = std::make_unique<PortCheck>(own_target, options.port_check_interval);
  LogInfo("serving", {{"service", service_name_},
                      {"address", address_},
                      {"max_connections", bounds.in_all},
                      {"max_descriptors", descriptors}});
}

Server::~Server() {
  if (server_ == nullptr) return;
  StopAccepting();
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

// gRPC neither serves nor closes a descriptor that it is given after `Shutdown`.
void Server::StopAccepting() {
  port_check_->Stop();
  acceptor_->Stop();
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
  StopAccepting();
  finish_streams();
  // `Shutdown` cancels calls after its deadline, but returns only when their handlers have ended.
  Wake ended;
  std::thread late([&] {
    if (!ended.WaitFor(kDrainDeadline)) Guarded("drain", abandon_calls).IgnoreError();
  });
  server_->Shutdown(absl::ToChronoTime(absl::Now() + kDrainDeadline));
  server_->Wait();
  ended.Set();
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
  RaiseDescriptorLimit();
  // Debian builds Abseil so that it looks for deadlocks: under a global lock whenever a mutex is locked, gRPC's too. It
  // ends the process on a suspicion. That is for tests, where it stays on.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
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
