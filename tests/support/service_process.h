#ifndef TESTS_SUPPORT_SERVICE_PROCESS_H_
#define TESTS_SUPPORT_SERVICE_PROCESS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/support/child_process.h"

namespace toolcatalog {

// One of our services as a real process on a port of 127.0.0.1. Not thread-safe, but for the channel.
class ServiceProcess {
 public:
  struct Options {
    // Label of the program, as a path below the workspace; the test names it in its `data`.
    std::string program;
    // Arguments besides --config and --listen.
    std::vector<std::string> args;
    // Text of the configuration file.
    std::string config;
    // Whether the service has an internal address too.
    bool has_internal_address = false;
  };

  // Answers when the process listens; UNAVAILABLE with its last log lines if it ends before.
  static absl::StatusOr<std::unique_ptr<ServiceProcess>> Start(Options options);

  // "127.0.0.1:<port>"; the same after a restart.
  const std::string& address() const { return address_; }
  // The same of its internal address; "" if it has none.
  const std::string& internal_address() const { return internal_address_; }
  ChildProcess& process() { return *process_; }
  // A connection of its own. Unary calls without a deadline get one of 20 s, streams one of 10 minutes.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Kills it with SIGKILL and reaps it.
  absl::Status Kill();
  // Starts it again on the same port, after it has ended.
  absl::Status Restart();
  // Whether health answered SERVING (or, with false, NOT_SERVING) in time.
  bool AwaitHealth(bool serving, absl::Duration timeout);

 private:
  explicit ServiceProcess(Options options);
  absl::Status Launch();
  // The address on which the process says that it serves `service`, a prefix of its name.
  absl::StatusOr<std::string> AwaitAddress(absl::string_view service);

  const Options options_;
  std::string config_path_;
  std::unique_ptr<ChildProcess> process_;
  std::string address_ = "127.0.0.1:0";
  std::string internal_address_;
  std::shared_ptr<grpc::Channel> channel_;
};

// Another connection to a service, with the deadlines of ServiceProcess::channel.
std::shared_ptr<grpc::Channel> NewChannel(const std::string& address);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_SERVICE_PROCESS_H_
