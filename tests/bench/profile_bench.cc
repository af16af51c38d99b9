// Reads profiles as fast as it can with a fixed number of concurrent callers, and prints calls a second and latencies.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"

namespace toolcatalog {
namespace {

struct Settings {
  std::string address = "127.0.0.1:8082";
  int callers = 64;
  int channels = 4;
  int seconds = 5;
};

// One caller: the next call begins when the last one has been answered.
class Caller {
 public:
  Caller(v1::ReloadService::Stub* stub, const std::vector<std::string>& names, size_t first, absl::Time end,
         absl::BlockingCounter* running)
      : stub_(stub), names_(names), next_(first), end_(end), running_(running) {}

  void Call() {
    context_ = std::make_unique<grpc::ClientContext>();
    request_.set_tool_name(names_[next_++ % names_.size()]);
    start_ = absl::Now();
    stub_->async()->GetProfile(context_.get(), &request_, &profile_, [this](grpc::Status status) { Done(status); });
  }

  std::vector<float> latencies_ms;
  int64_t failures = 0;

 private:
  void Done(const grpc::Status& status) {
    const absl::Time now = absl::Now();
    latencies_ms.push_back(static_cast<float>(absl::ToDoubleMilliseconds(now - start_)));
    if (!status.ok() || profile_.tool().tool_name() != request_.tool_name()) ++failures;
    if (now < end_) {
      Call();
    } else {
      running_->DecrementCount();
    }
  }

  v1::ReloadService::Stub* const stub_;
  const std::vector<std::string>& names_;
  size_t next_;
  const absl::Time end_;
  absl::BlockingCounter* const running_;
  std::unique_ptr<grpc::ClientContext> context_;
  v1::GetProfileRequest request_;
  v1::Profile profile_;
  absl::Time start_;
};

std::vector<std::unique_ptr<v1::ReloadService::Stub>> Connect(const Settings& settings) {
  std::vector<std::unique_ptr<v1::ReloadService::Stub>> stubs;
  for (int i = 0; i < settings.channels; ++i) {
    grpc::ChannelArguments arguments;
    // Without this, channels to one address share a connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stubs.push_back(v1::ReloadService::NewStub(
        grpc::CreateCustomChannel(settings.address, grpc::InsecureChannelCredentials(), arguments)));
  }
  return stubs;
}

grpc::Status ListNames(v1::ReloadService::Stub& stub, std::vector<std::string>* names) {
  grpc::ClientContext context;
  v1::ListProfilesRequest request;
  request.set_page_size(1000);
  v1::ListProfilesResponse response;
  const grpc::Status status = stub.ListProfiles(&context, request, &response);
  for (const v1::Profile& profile : response.profiles()) names->push_back(profile.tool().tool_name());
  return status;
}

int Run(const Settings& settings) {
  auto stubs = Connect(settings);
  std::vector<std::string> names;
  const grpc::Status status = ListNames(*stubs[0], &names);
  if (!status.ok() || names.empty()) {
    std::fprintf(stderr, "no profiles at %s: %s\n", settings.address.c_str(), status.error_message().c_str());
    return 1;
  }
  absl::BlockingCounter running(settings.callers);
  std::vector<std::unique_ptr<Caller>> callers;
  const absl::Time start = absl::Now();
  for (int i = 0; i < settings.callers; ++i) {
    callers.push_back(std::make_unique<Caller>(stubs[i % stubs.size()].get(), names, i,
                                               start + absl::Seconds(settings.seconds), &running));
  }
  for (auto& caller : callers) caller->Call();
  running.Wait();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  std::vector<float> latencies;
  int64_t failures = 0;
  for (const auto& caller : callers) {
    latencies.insert(latencies.end(), caller->latencies_ms.begin(), caller->latencies_ms.end());
    failures += caller->failures;
  }
  std::sort(latencies.begin(), latencies.end());
  std::printf("profiles %zu  callers %d  calls %zu  failures %lld  calls/s %.0f  p50 %.2f ms  p99 %.2f ms\n",
              names.size(), settings.callers, latencies.size(), static_cast<long long>(failures),
              latencies.size() / seconds, latencies[latencies.size() / 2], latencies[latencies.size() * 99 / 100]);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace toolcatalog

int main(int argc, char** argv) {
  toolcatalog::Settings settings;
  CLI::App app("Measures GetProfile of a running reload service.", "profile_bench");
  app.add_option("--address", settings.address, "The reload service, host:port")->capture_default_str();
  app.add_option("--callers", settings.callers, "Concurrent callers")->check(CLI::Range(1, 10000));
  app.add_option("--channels", settings.channels, "Connections they share")->check(CLI::Range(1, 100));
  app.add_option("--seconds", settings.seconds, "How long")->check(CLI::Range(1, 3600));
  CLI11_PARSE(app, argc, argv);
  return toolcatalog::Run(settings);
}
