#include "clients/cpp/testing/fake_catalog.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/definition/state_hash.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "toolcatalog/internal/v1/replica_service.grpc.pb.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);
// How often a waiting server thread looks whether its call is still wanted.
constexpr absl::Duration kLook = absl::Milliseconds(5);

}  // namespace

class FakeCatalog::Told {
 public:
  // Begins anew with a complete snapshot.
  void Load(const std::vector<v1::Snapshot>& parts) {
    absl::MutexLock lock(&mutex_);
    versions_.clear();
    sum_ = StateHash();
    for (const v1::Snapshot& part : parts) {
      for (int i = 0; i < part.tools_size(); ++i) {
        const v1::Tool& tool = part.tools(i);
        Put(tool.tool_name(), tool.version(), Version{tool.is_latest(), part.content_hashes(i)});
      }
    }
  }

  // Takes over a complete write.
  void Apply(const std::vector<v1::Change>& changes) {
    absl::MutexLock lock(&mutex_);
    for (const v1::Change& change : changes) {
      std::optional<Version> version;
      if (change.has_tool()) version = Version{change.is_latest(), change.content_hash()};
      Put(change.tool_name(), change.version(), version);
      if (change.is_latest()) DemoteOthers(change.tool_name(), change.version());
    }
  }

  // The state hash, in hex.
  std::string hash() {
    absl::MutexLock lock(&mutex_);
    return absl::BytesToHexString(sum_.bytes());
  }

 private:
  struct Version {
    bool latest = false;
    std::string content_hash;
  };

  void Put(const std::string& name, const std::string& version, const std::optional<Version>& now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto key = std::pair(absl::AsciiStrToLower(name), absl::AsciiStrToLower(version));
    if (auto held = versions_.find(key); held != versions_.end()) {
      sum_.Remove(key.first, key.second, held->second.latest, absl::HexStringToBytes(held->second.content_hash));
      versions_.erase(held);
    }
    if (!now.has_value()) return;
    sum_.Add(key.first, key.second, now->latest, absl::HexStringToBytes(now->content_hash));
    versions_[key] = *now;
  }

  void DemoteOthers(const std::string& name, const std::string& version) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::string name_key = absl::AsciiStrToLower(name), version_key = absl::AsciiStrToLower(version);
    std::vector<std::pair<std::string, Version>> demoted;
    for (auto held = versions_.lower_bound({name_key, ""}); held != versions_.end(); ++held) {
      if (held->first.first != name_key) break;
      if (held->first.second != version_key) demoted.push_back({held->first.second, held->second});
    }
    for (auto& [other, state] : demoted) Put(name_key, other, Version{false, state.content_hash});
  }

  absl::Mutex mutex_;
  std::map<std::pair<std::string, std::string>, Version> versions_ ABSL_GUARDED_BY(mutex_);
  StateHash sum_ ABSL_GUARDED_BY(mutex_);
};

void FakeCatalog::Watch::Send(v1::WatchToolsResponse message) {
  absl::MutexLock lock(&mutex_);
  const auto tell_hash = [this](auto& positioned) {
    if (positioned.state_hash() == TestStateHash(positioned.revision())) positioned.set_state_hash(told_->hash());
  };
  bool complete = true;
  if (message.has_snapshot()) {
    snapshot_.push_back(message.snapshot());
    complete = message.snapshot().last();
    if (complete) told_->Load(std::exchange(snapshot_, {}));
  }
  for (int i = 0; i < message.batch().writes_size(); ++i) {
    v1::Write& write = *message.mutable_batch()->mutable_writes(i);
    changes_.insert(changes_.end(), write.changes().begin(), write.changes().end());
    complete = !write.more();
    if (!complete) continue;
    told_->Apply(std::exchange(changes_, {}));
    tell_hash(write);
  }
  if (complete) tell_hash(message);
  messages_.push_back(std::move(message));
}

void FakeCatalog::Watch::End(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  end_ = status;
}

bool FakeCatalog::Watch::AwaitCancelled() {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&cancelled_), kPatience);
}

grpc::Status FakeCatalog::Watch::Serve(const Cancelled& cancelled,
                                       const std::function<void(const v1::WatchToolsResponse&)>& write) {
  while (true) {
    v1::WatchToolsResponse message;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(
                                  +[](Watch* self) ABSL_SHARED_LOCKS_REQUIRED(self->mutex_) {
                                    return !self->messages_.empty() || self->end_.has_value();
                                  },
                                  this),
                              kLook);
      if (cancelled()) {
        cancelled_ = true;
        return grpc::Status::CANCELLED;
      }
      if (messages_.empty() && end_.has_value()) return *end_;
      if (messages_.empty()) continue;
      message = std::move(messages_.front());
      messages_.pop_front();
    }
    write(message);
  }
}

FakeCatalog::Cancelled CancelledIn(grpc::ServerContext* context) {
  return [context] { return context->IsCancelled(); };
}

struct FakeCatalog::InternalService final : internal::v1::ReplicaService::Service {
  explicit InternalService(FakeCatalog* catalog) : catalog(catalog) {}

  grpc::Status StoreReloadHook(grpc::ServerContext*, const internal::v1::StoreReloadHookRequest* request,
                               internal::v1::StoreReloadHookResponse*) override {
    return catalog->StoreReloadHook(*request);
  }
  grpc::Status RemoveReloadHook(grpc::ServerContext*, const internal::v1::RemoveReloadHookRequest* request,
                                internal::v1::RemoveReloadHookResponse*) override {
    return catalog->RemoveReloadHook(*request);
  }
  grpc::Status ReportReloadEvents(grpc::ServerContext* context, const internal::v1::ReportReloadEventsRequest* request,
                                  internal::v1::ReportReloadEventsResponse* response) override {
    return catalog->ReportReloadEvents(CancelledIn(context), *request, response);
  }
  grpc::Status ListStoredReloadEvents(grpc::ServerContext*, const internal::v1::ListStoredReloadEventsRequest* request,
                                      internal::v1::ListStoredReloadEventsResponse* response) override {
    return catalog->ListStoredReloadEvents(request->filter(), response->mutable_events());
  }

  FakeCatalog* const catalog;
};

struct FakeCatalog::Server final : v1::CatalogService::Service {
  explicit Server(FakeCatalog* catalog) : catalog(catalog), internal_service(catalog) {}

  grpc::Status GetTool(grpc::ServerContext* context, const v1::GetToolRequest* request,
                       v1::GetToolResponse* response) override {
    return catalog->GetTool(CancelledIn(context), *request, response);
  }
  grpc::Status ListContentHashes(grpc::ServerContext*, const v1::ListContentHashesRequest* request,
                                 v1::ListContentHashesResponse* response) override {
    return catalog->ListContentHashes(*request, response);
  }
  grpc::Status WatchTools(grpc::ServerContext* context, const v1::WatchToolsRequest* request,
                          grpc::ServerWriter<v1::WatchToolsResponse>* writer) override {
    return catalog->AddWatch(*request)->Serve(CancelledIn(context),
                                              [writer](const auto& message) { writer->Write(message); });
  }
  grpc::Status GetRevision(grpc::ServerContext*, const v1::GetRevisionRequest*,
                           v1::GetRevisionResponse* response) override {
    return catalog->GetRevision(response);
  }
  grpc::Status ListReplicas(grpc::ServerContext*, const v1::ListReplicasRequest*,
                            v1::ListReplicasResponse* response) override {
    return catalog->ListReplicas(response);
  }

  FakeCatalog* const catalog;
  InternalService internal_service;
  std::unique_ptr<grpc::Server> server;
};

FakeCatalog::FakeCatalog() : address_("127.0.0.1:0"), told_(std::make_shared<Told>()) { Restart(); }

FakeCatalog::~FakeCatalog() { Stop(); }

void FakeCatalog::Stop() {
  HoldGetTool(false);
  HoldReports(false);
  if (server_ == nullptr) return;
  server_->server->Shutdown(std::chrono::system_clock::now());
  server_->server->Wait();
  server_ = nullptr;
}

void FakeCatalog::Restart() {
  server_ = std::make_unique<Server>(this);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address_, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(server_.get());
  builder.RegisterService(&server_->internal_service);
  server_->server = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

std::shared_ptr<FakeCatalog::Watch> FakeCatalog::AwaitWatch() {
  absl::MutexLock lock(&mutex_);
  const auto some = +[](FakeCatalog* self) ABSL_SHARED_LOCKS_REQUIRED(self->mutex_) { return !self->watches_.empty(); };
  if (!mutex_.AwaitWithTimeout(absl::Condition(some, this), kPatience)) return nullptr;
  auto watch = watches_.front();
  watches_.pop_front();
  return watch;
}

void FakeCatalog::SetTool(const v1::Tool& tool, int64_t as_of) {
  absl::MutexLock lock(&mutex_);
  v1::GetToolResponse& stored = tools_[absl::AsciiStrToLower(tool.tool_name())];
  *stored.mutable_tool() = tool;
  stored.set_content_hash(TestContentHash(tool));
  as_of_ = as_of;
}

void FakeCatalog::RemoveTool(const std::string& tool_name, int64_t as_of) {
  absl::MutexLock lock(&mutex_);
  tools_.erase(absl::AsciiStrToLower(tool_name));
  as_of_ = as_of;
}

void FakeCatalog::FailGetTool(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  get_tool_status_ = status;
}

void FakeCatalog::HoldGetTool(bool held) {
  absl::MutexLock lock(&mutex_);
  held_ = held;
}

bool FakeCatalog::AwaitGetToolCalls(int count) {
  const absl::Time deadline = absl::Now() + kPatience;
  absl::MutexLock lock(&mutex_);
  while (get_tool_calls_ < count) {
    const int before = get_tool_calls_;
    const auto more = [this, before]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return get_tool_calls_ > before; };
    if (!mutex_.AwaitWithDeadline(absl::Condition(&more), deadline)) return false;
  }
  return true;
}

int FakeCatalog::get_tool_calls() {
  absl::MutexLock lock(&mutex_);
  return get_tool_calls_;
}

grpc::Status FakeCatalog::GetTool(const Cancelled& cancelled, const v1::GetToolRequest& request,
                                  v1::GetToolResponse* response) {
  absl::MutexLock lock(&mutex_);
  ++get_tool_calls_;
  grpc::Status status = get_tool_status_;
  auto found = tools_.find(absl::AsciiStrToLower(request.tool_name()));
  if (found != tools_.end()) {
    *response = found->second;
    response->set_as_of_revision(as_of_);
  } else if (status.ok()) {
    status = ToGrpcStatus(MakeError(Reason::kToolNotFound, absl::StrCat("tool \"", request.tool_name(), "\" not found"),
                                    {{"as_of_revision", absl::StrCat(as_of_)}}));
  }
  const auto released = +[](FakeCatalog* self) ABSL_SHARED_LOCKS_REQUIRED(self->mutex_) { return !self->held_; };
  while (!cancelled() && !mutex_.AwaitWithTimeout(absl::Condition(released, this), kLook)) {
  }
  return status;
}

grpc::Status FakeCatalog::ListContentHashes(const v1::ListContentHashesRequest& request,
                                            v1::ListContentHashesResponse* response) {
  absl::MutexLock lock(&mutex_);
  const int size = request.has_page_size() ? request.page_size() : 1000;
  response->set_revision(as_of_);
  for (auto tool = tools_.upper_bound(request.page_token()); tool != tools_.end(); ++tool) {
    if (response->tools_size() == size) {
      response->set_next_page_token(absl::AsciiStrToLower(response->tools(size - 1).tool_name()));
      break;
    }
    auto* listed = response->add_tools();
    listed->set_tool_name(tool->second.tool().tool_name());
    listed->set_version(tool->second.tool().version());
    listed->set_content_hash(tool->second.content_hash());
  }
  return list_status_;
}

void FakeCatalog::SetRevision(int64_t revision, const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  revision_ = revision;
  get_revision_status_ = status;
}

std::vector<internal::v1::ReportReloadEventsRequest> FakeCatalog::reports() {
  absl::MutexLock lock(&mutex_);
  return reports_;
}

bool FakeCatalog::AwaitReport(const std::function<bool(const internal::v1::ReportReloadEventsRequest&)>& wanted) {
  absl::MutexLock lock(&mutex_);
  size_t seen = 0;
  const auto came = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    while (seen < reports_.size() && !wanted(reports_[seen])) ++seen;
    return seen < reports_.size();
  };
  return mutex_.AwaitWithTimeout(absl::Condition(&came), kPatience);
}

std::vector<v1::ReloadEvent> FakeCatalog::stored_events() {
  std::vector<v1::ReloadEvent> events;
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, event] : events_) events.push_back(event);
  return events;
}

void FakeCatalog::StoreEvent(const v1::ReloadEvent& event) {
  absl::MutexLock lock(&mutex_);
  Keep(event);
}

void FakeCatalog::Keep(const v1::ReloadEvent& event) {
  events_.emplace(std::make_tuple(event.replica(), event.boot_id(), event.event_id()), event);
}

void FakeCatalog::AnswerReports(const grpc::Status& status, const internal::v1::ReportReloadEventsResponse& response) {
  absl::MutexLock lock(&mutex_);
  report_status_ = status;
  report_response_ = response;
}

void FakeCatalog::FailEverySecondReport() {
  absl::MutexLock lock(&mutex_);
  fail_every_second_ = true;
}

void FakeCatalog::RefuseEvent(int64_t event_id) {
  absl::MutexLock lock(&mutex_);
  refused_event_id_ = event_id;
}

void FakeCatalog::HoldReports(bool held) {
  absl::MutexLock lock(&mutex_);
  reports_held_ = held;
}

void FakeCatalog::FailLists(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  list_status_ = status;
}

void FakeCatalog::SetReplicas(const std::vector<v1::Replica>& replicas) {
  absl::MutexLock lock(&mutex_);
  replicas_ = replicas;
}

int FakeCatalog::get_revision_calls() {
  absl::MutexLock lock(&mutex_);
  return get_revision_calls_;
}

grpc::Status FakeCatalog::GetRevision(v1::GetRevisionResponse* response) {
  absl::MutexLock lock(&mutex_);
  ++get_revision_calls_;
  response->set_revision(revision_);
  response->set_state_hash(TestStateHash(revision_));
  return get_revision_status_;
}

grpc::Status FakeCatalog::ReportReloadEvents(const Cancelled& cancelled,
                                             const internal::v1::ReportReloadEventsRequest& request,
                                             internal::v1::ReportReloadEventsResponse* response) {
  absl::MutexLock lock(&mutex_);
  reports_.push_back(request);
  const auto released =
      +[](FakeCatalog* self) ABSL_SHARED_LOCKS_REQUIRED(self->mutex_) { return !self->reports_held_; };
  while (!cancelled() && !mutex_.AwaitWithTimeout(absl::Condition(released, this), kLook)) {
  }
  if (!report_status_.ok()) return report_status_;
  for (const v1::ReloadEvent& event : request.events()) {
    if (event.event_id() == refused_event_id_) return ToGrpcStatus(InvalidArgumentError("events[0]", "is refused"));
  }
  const bool fails = fail_every_second_ && reports_.size() % 2 == 0;
  // Of those that fail, each second one does so when it has been kept.
  if (!fails || reports_.size() % 4 == 0) {
    for (const v1::ReloadEvent& event : request.events()) Keep(event);
  }
  *response = report_response_;
  return fails ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "each second report fails") : grpc::Status::OK;
}

grpc::Status FakeCatalog::ListStoredReloadEvents(const v1::ListReloadEventsRequest& request,
                                                 v1::ListReloadEventsResponse* response) {
  absl::MutexLock lock(&mutex_);
  if (!list_status_.ok()) return list_status_;
  std::vector<v1::ReloadEvent> events;
  for (const auto& [key, event] : events_) {
    if (request.trigger_type().empty() || request.trigger_type() == event.trigger()) events.push_back(event);
  }
  std::sort(events.begin(), events.end(), [](const v1::ReloadEvent& a, const v1::ReloadEvent& b) {
    return std::make_tuple(-a.timestamp().seconds(), -a.timestamp().nanos(), a.replica(), a.boot_id(), -a.event_id()) <
           std::make_tuple(-b.timestamp().seconds(), -b.timestamp().nanos(), b.replica(), b.boot_id(), -b.event_id());
  });
  response->set_total(static_cast<int>(events.size()));
  const size_t limit = request.has_limit() ? request.limit() : 50;
  if (events.size() > limit) events.resize(limit);
  *response->mutable_history() = {events.begin(), events.end()};
  return grpc::Status::OK;
}

grpc::Status FakeCatalog::ListReplicas(v1::ListReplicasResponse* response) {
  absl::MutexLock lock(&mutex_);
  *response->mutable_replicas() = {replicas_.begin(), replicas_.end()};
  response->set_revision(revision_);
  return list_status_;
}

std::shared_ptr<FakeCatalog::Watch> FakeCatalog::AddWatch(const v1::WatchToolsRequest& request) {
  auto watch = std::make_shared<Watch>(request, told_);
  absl::MutexLock lock(&mutex_);
  watches_.push_back(watch);
  return watch;
}

std::vector<std::string> FakeCatalog::StoredHooks() {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& [name, hook] : hooks_) names.push_back(name);
  return names;
}

grpc::Status FakeCatalog::StoreReloadHook(const internal::v1::StoreReloadHookRequest& request) {
  absl::MutexLock lock(&mutex_);
  const v1::Hook& hook = request.hook();
  const bool is_new = hooks_.count(hook.name()) == 0;
  if (is_new && !request.validate_only()) hooks_.emplace(hook.name(), hook);
  if (is_new) return grpc::Status::OK;
  return grpc::Status(grpc::StatusCode::ALREADY_EXISTS, "hook exists");
}

grpc::Status FakeCatalog::RemoveReloadHook(const internal::v1::RemoveReloadHookRequest& request) {
  absl::MutexLock lock(&mutex_);
  const bool exists = hooks_.count(request.name()) > 0;
  if (!request.validate_only()) hooks_.erase(request.name());
  if (exists) return grpc::Status::OK;
  return grpc::Status(grpc::StatusCode::NOT_FOUND, "hook not found");
}

v1::Tool TestTool(const std::string& name, const std::string& version, int64_t revision) {
  v1::Tool tool;
  tool.set_tool_name(name);
  tool.set_version(version);
  tool.set_description(absl::StrCat(name, " as of ", revision));
  tool.set_platform("linux");
  tool.set_category("system");
  tool.set_status("active");
  tool.set_enabled(true);
  tool.set_revision(revision);
  tool.set_is_latest(true);
  return tool;
}

std::string TestContentHash(const v1::Tool& tool) {
  return absl::BytesToHexString(ContentHash(tool.SerializeAsString()));
}

std::string TestStateHash(int64_t revision) { return absl::StrCat("hash of ", revision); }

namespace {

v1::WatchToolsResponse MessageAt(int64_t revision) {
  v1::WatchToolsResponse message;
  message.set_revision(revision);
  message.set_state_hash(TestStateHash(revision));
  return message;
}

}  // namespace

v1::WatchToolsResponse SnapshotMessage(int64_t revision, const std::vector<v1::Tool>& tools, bool last) {
  v1::WatchToolsResponse message = MessageAt(revision);
  message.mutable_snapshot()->set_last(last);
  for (const v1::Tool& tool : tools) {
    *message.mutable_snapshot()->add_tools() = tool;
    message.mutable_snapshot()->add_content_hashes(TestContentHash(tool));
  }
  return message;
}

v1::WatchToolsResponse BookmarkMessage(int64_t revision) {
  v1::WatchToolsResponse message = MessageAt(revision);
  message.mutable_bookmark();
  return message;
}

v1::WatchToolsResponse ChangesMessage(int64_t revision, const std::vector<v1::Change>& changes, bool more) {
  v1::WatchToolsResponse message = MessageAt(revision);
  v1::Write* write = message.mutable_batch()->add_writes();
  write->set_revision(revision);
  write->set_state_hash(message.state_hash());
  write->set_more(more);
  for (const v1::Change& change : changes) *write->add_changes() = change;
  return message;
}

v1::WatchToolsResponse BatchMessage(const std::vector<v1::WatchToolsResponse>& messages) {
  v1::WatchToolsResponse joined = MessageAt(messages.back().revision());
  for (const v1::WatchToolsResponse& message : messages) joined.mutable_batch()->MergeFrom(message.batch());
  return joined;
}

v1::Change StoredChange(const v1::Tool& tool) {
  v1::Change change;
  change.set_kind("updated");
  change.set_tool_name(tool.tool_name());
  change.set_version(tool.version());
  *change.mutable_tool() = tool;
  change.set_is_latest(tool.is_latest());
  change.set_content_hash(TestContentHash(tool));
  change.set_revision(tool.revision());
  change.set_actor("tester");
  return change;
}

v1::Change DeletedChange(const std::string& name, const std::string& version, int64_t revision) {
  v1::Change change;
  change.set_kind("deleted");
  change.set_tool_name(name);
  change.set_version(version);
  change.set_revision(revision);
  change.set_actor("tester");
  return change;
}

}  // namespace toolcatalog
