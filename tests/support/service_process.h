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

// One service as a process that listens on a free port of 127.0.0.1. The destructor kills it. Only the channel is
// thread-safe.
class ServiceProcess {
 public:
  struct Options {
    // The program's path below the workspace. The test must name the program in its `data`.
    std::string program;
    // Arguments besides --config and --listen.
    std::vector<std::string> args;
    // Text of the configuration file.
    std::string config;
    // Whether the service has an internal address too.
    bool has_internal_address = false;
  };

  // Returns when the process listens. UNAVAILABLE, with its last log lines, if it ends before that.
  static absl::StatusOr<std::unique_ptr<ServiceProcess>> Start(Options options);

  // "127.0.0.1:<port>"; the same after a restart.
  const std::string& address() const { return address_; }
  // The internal address, in the same form; "" if the service has none.
  const std::string& internal_address() const { return internal_address_; }
  ChildProcess& process() { return *process_; }
  // A connection to the service. A unary call without a deadline gets one of 20 s, a stream one of 10 minutes.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Sends SIGKILL and returns when the process has ended.
  absl::Status Kill();
  // Starts the program again, on the same port. The process must have ended before.
  absl::Status Restart();
  // Whether the health check answered SERVING, or with `serving` false NOT_SERVING, within `timeout`.
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
