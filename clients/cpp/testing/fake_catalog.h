#ifndef CLIENTS_CPP_TESTING_FAKE_CATALOG_H_
#define CLIENTS_CPP_TESTING_FAKE_CATALOG_H_

#include <grpcpp/support/status.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// A catalog service for tests, public and internal methods on one address: a real gRPC server whose answers the test
// writes. Thread-safe. Every wait ends after 10 s at the latest.
class FakeCatalog final {
 public:
  // Whether the client has given a call up.
  using Cancelled = std::function<bool()>;
  // What all streams together have told, so that messages carry the state hash that belongs to it.
  class Told;

  // A WatchTools call that is being served; the test says what it streams.
  class Watch {
   public:
    Watch(v1::WatchToolsRequest request, std::shared_ptr<Told> told)
        : told_(std::move(told)), request_(std::move(request)) {}

    const v1::WatchToolsRequest& request() const { return request_; }
    // A message, or a write in it, with the hash `TestStateHash` is sent with the true one.
    void Send(v1::WatchToolsResponse message);
    void End(const grpc::Status& status);
    // Whether the client has given the call up.
    bool AwaitCancelled();

   private:
    friend class FakeCatalog;
    grpc::Status Serve(const Cancelled& cancelled, const std::function<void(const v1::WatchToolsResponse&)>& write);

    const std::shared_ptr<Told> told_;
    const v1::WatchToolsRequest request_;
    absl::Mutex mutex_;
    // What came of the snapshot or write that is not complete.
    std::vector<v1::Snapshot> snapshot_ ABSL_GUARDED_BY(mutex_);
    std::vector<v1::Change> changes_ ABSL_GUARDED_BY(mutex_);
    std::deque<v1::WatchToolsResponse> messages_ ABSL_GUARDED_BY(mutex_);
    std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
    bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  };

  // Starts on a free port.
  FakeCatalog();
  ~FakeCatalog();

  // The server's "host:port", the same after a restart.
  const std::string& address() const { return address_; }
  void Stop();
  void Restart();

  // The next WatchTools call; null if none comes.
  std::shared_ptr<Watch> AwaitWatch();

  // What GetTool answers, from now on. NOT_FOUND at `as_of` for every other tool.
  void SetTool(const v1::Tool& tool, int64_t as_of);
  void RemoveTool(const std::string& tool_name, int64_t as_of);
  // GetTool fails with this until it is OK.
  void FailGetTool(const grpc::Status& status);
  // GetTool reads its answer, then keeps it back while held.
  void HoldGetTool(bool held);
  // What GetRevision answers, and with another status how it fails.
  void SetRevision(int64_t revision, const grpc::Status& status = grpc::Status::OK);
  // What ListReplicas answers.
  void SetReplicas(const std::vector<v1::Replica>& replicas);
  int get_revision_calls();
  // Whether so many GetTool calls have come since the start.
  bool AwaitGetToolCalls(int count);
  int get_tool_calls();
  // Names of the stored hooks.
  std::vector<std::string> StoredHooks();
  // Every ReportReloadEvents call, in order, whatever it was answered.
  std::vector<internal::v1::ReportReloadEventsRequest> reports();
  // Whether a report that `wanted` accepts has come.
  bool AwaitReport(const std::function<bool(const internal::v1::ReportReloadEventsRequest&)>& wanted);
  // Events that are kept: those of the reports that were answered OK, each once, by replica, process and id.
  std::vector<v1::ReloadEvent> stored_events();
  // Keeps an event of another process.
  void StoreEvent(const v1::ReloadEvent& event);
  // What reports are answered, from now on: `status` if it is not OK.
  void AnswerReports(const grpc::Status& status, const internal::v1::ReportReloadEventsResponse& response = {});
  // Each second report fails, before it is kept or after.
  void FailEverySecondReport();
  // Reports with an event of this number are INVALID_ARGUMENT.
  void RefuseEvent(int64_t event_id);
  // Reports get no answer while held, and are kept then.
  void HoldReports(bool held);
  // ListContentHashes (which tells of the same tools as GetTool), ListStoredReloadEvents and ListReplicas fail with
  // this until it is OK.
  void FailLists(const grpc::Status& status);

 private:
  // The generated services, which call the methods below. Keep gRPC's headers out of this one, which many tests read.
  struct Server;
  struct InternalService;

  grpc::Status GetTool(const Cancelled& cancelled, const v1::GetToolRequest& request, v1::GetToolResponse* response);
  grpc::Status ListContentHashes(const v1::ListContentHashesRequest& request, v1::ListContentHashesResponse* response);
  // Adds a watch to those that `AwaitWatch` gives.
  std::shared_ptr<Watch> AddWatch(const v1::WatchToolsRequest& request);
  grpc::Status StoreReloadHook(const internal::v1::StoreReloadHookRequest& request);
  grpc::Status RemoveReloadHook(const internal::v1::RemoveReloadHookRequest& request);
  grpc::Status GetRevision(v1::GetRevisionResponse* response);
  grpc::Status ReportReloadEvents(const Cancelled& cancelled, const internal::v1::ReportReloadEventsRequest& request,
                                  internal::v1::ReportReloadEventsResponse* response);
  grpc::Status ListStoredReloadEvents(const v1::ListReloadEventsRequest& request,
                                      v1::ListReloadEventsResponse* response);
  grpc::Status ListReplicas(v1::ListReplicasResponse* response);
  void Keep(const v1::ReloadEvent& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::string address_;
  std::unique_ptr<Server> server_;
  const std::shared_ptr<Told> told_;
  absl::Mutex mutex_;
  std::deque<std::shared_ptr<Watch>> watches_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, v1::GetToolResponse> tools_ ABSL_GUARDED_BY(mutex_);
  int64_t as_of_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc::Status get_tool_status_ ABSL_GUARDED_BY(mutex_);
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  int get_tool_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc::Status get_revision_status_ ABSL_GUARDED_BY(mutex_);
  int get_revision_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, v1::Hook> hooks_ ABSL_GUARDED_BY(mutex_);
  std::vector<internal::v1::ReportReloadEventsRequest> reports_ ABSL_GUARDED_BY(mutex_);
  std::map<std::tuple<std::string, std::string, int64_t>, v1::ReloadEvent> events_ ABSL_GUARDED_BY(mutex_);
  grpc::Status report_status_ ABSL_GUARDED_BY(mutex_);
  internal::v1::ReportReloadEventsResponse report_response_ ABSL_GUARDED_BY(mutex_);
  bool fail_every_second_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t refused_event_id_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reports_held_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status list_status_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::Replica> replicas_ ABSL_GUARDED_BY(mutex_);
};

// Messages and values for tests.
v1::Tool TestTool(const std::string& name, const std::string& version, int64_t revision);
v1::WatchToolsResponse SnapshotMessage(int64_t revision, const std::vector<v1::Tool>& tools, bool last = true);
v1::WatchToolsResponse BookmarkMessage(int64_t revision);
// A batch of one write, or of a fragment of one.
v1::WatchToolsResponse ChangesMessage(int64_t revision, const std::vector<v1::Change>& changes, bool more = false);
// The writes of these messages in one.
v1::WatchToolsResponse BatchMessage(const std::vector<v1::WatchToolsResponse>& messages);
// `tool` as its latest version, and a version that is gone.
v1::Change StoredChange(const v1::Tool& tool);
v1::Change DeletedChange(const std::string& name, const std::string& version, int64_t revision);
// Hash of the definition, in hex, as the messages above carry it.
std::string TestContentHash(const v1::Tool& tool);
// "hash of N", as the messages above carry it until they are sent.
std::string TestStateHash(int64_t revision);

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_TESTING_FAKE_CATALOG_H_
