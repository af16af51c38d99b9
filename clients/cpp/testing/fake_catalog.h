#ifndef CLIENTS_CPP_TESTING_FAKE_CATALOG_H_
#define CLIENTS_CPP_TESTING_FAKE_CATALOG_H_

#include <grpcpp/support/status.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/testing/fake_call.h"
#include "clients/cpp/testing/fake_replica_service.h"
#include "clients/cpp/testing/fake_watch.h"
#include "clients/cpp/testing/streamed_state.h"
#include "clients/cpp/testing/watch_messages.h"  // For tests, which send these messages.
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/replica.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// A catalog service for tests: a real gRPC server in the test's process. The test says what the server answers. Its
// public and its internal methods share one address. Thread-safe. Every wait ends after 10 s at the latest.
class FakeCatalog final : public FakeReplicaService {
 public:
  using Watch = FakeWatch;

  // Starts on a free port.
  FakeCatalog();
  ~FakeCatalog();

  // The server's "host:port", the same after a restart.
  const std::string& address() const { return address_; }
  // Ends all calls and closes the port.
  void Stop();
  // Listens again after `Stop`, on the same port.
  void Restart();

  // The oldest WatchTools call that was not returned yet; null if none comes.
  std::shared_ptr<Watch> AwaitWatch();

  // GetTool answers with `tool` from now on, and says that the answer is as of revision `as_of`. A tool that was not
  // set is NOT_FOUND.
  void SetTool(const v1::Tool& tool, int64_t as_of);
  void RemoveTool(const std::string& tool_name, int64_t as_of);
  // GetTool fails with `status` until it is OK.
  void FailGetTool(const grpc::Status& status);
  // While held, GetTool reads its answer at once but sends it later.
  void HoldGetTool(bool held);
  // The number of GetTool calls since the start, and whether that number reached `count`.
  int get_tool_calls();
  bool AwaitGetToolCalls(int count);

  // GetRevision answers with `revision`, or fails with `status` if that is not OK.
  void SetRevision(int64_t revision, const grpc::Status& status = grpc::Status::OK);
  int get_revision_calls();

  // ListReplicas answers with `replicas`.
  void SetReplicas(const std::vector<v1::Replica>& replicas);
  // ListContentHashes, ListStoredReloadEvents and ListReplicas fail with `status` until it is OK. The first one lists
  // the tools that were set for GetTool.
  void FailLists(const grpc::Status& status);

 private:
  // The generated service, which calls the methods below. Keeps gRPC's headers out of this one, which many tests read.
  struct Server;

  grpc::Status GetTool(const FakeCall::Cancelled& cancelled, const v1::GetToolRequest& request,
                       v1::GetToolResponse* response);
  grpc::Status ListContentHashes(const v1::ListContentHashesRequest& request, v1::ListContentHashesResponse* response);
  // Adds a call to those that `AwaitWatch` returns.
  std::shared_ptr<Watch> AddWatch(const v1::WatchToolsRequest& request);
  grpc::Status GetRevision(v1::GetRevisionResponse* response);
  grpc::Status ListReplicas(v1::ListReplicasResponse* response);

  std::string address_;
  std::unique_ptr<Server> server_;
  // What all streams together have sent.
  const std::shared_ptr<StreamedState> state_;
  absl::Mutex mutex_;
  std::deque<std::shared_ptr<Watch>> watches_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, v1::GetToolResponse> tools_ ABSL_GUARDED_BY(mutex_);
  // The revision that answers about tools are as of.
  int64_t as_of_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc::Status get_tool_status_ ABSL_GUARDED_BY(mutex_);
  bool get_tool_released_ ABSL_GUARDED_BY(mutex_) = true;
  int get_tool_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc::Status get_revision_status_ ABSL_GUARDED_BY(mutex_);
  int get_revision_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc::Status list_status_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::Replica> replicas_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_TESTING_FAKE_CATALOG_H_
