#include "reload_service/reload_server.h"

#include <utility>

#include "clients/cpp/catalog_client.h"
#include "reload_service/events/replica_identity.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

ReloadCoordinator::Options CoordinatorOptions(const ReloadServerOptions& options) {
  ReloadCoordinator::Options reload = options.reload;
  reload.clock = options.clock;
  reload.steady_clock = options.steady_clock;
  return reload;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReloadServer>> ReloadServer::Start(const ReloadServerOptions& options) {
  auto aliases = CapabilityAliases::Make(options.capability_aliases);
  if (!aliases.ok()) return aliases.status();
  std::unique_ptr<ReloadServer> server(new ReloadServer(options, *std::move(aliases)));
  ServerOptions serving;
  serving.open_calls = &server->open_calls_;
  auto listening = Server::Start(options.listen, v1::ReloadService::service_full_name(), &server->rpcs_, serving);
  if (!listening.ok()) return listening.status();
  server->server_ = *std::move(listening);
  server->readiness_.Start();
  server->coordinator_.Start();
  server->schedule_.Start();
  server->reporter_.Start();
  return server;
}

ReloadServer::ReloadServer(const ReloadServerOptions& options, CapabilityAliases aliases)
    : aliases_(std::move(aliases)),
      catalog_(CatalogChannel(options.catalog)),
      catalog_internal_(CatalogChannel(options.catalog_internal_address)),
      open_calls_(options.memory_limit),
      cache_(options.steady_clock),
      history_(options.history_size, NewReplicaIdentity(options.replica, options.listen)),
      revision_waits_(&cache_, catalog_),
      replica_waits_(catalog_),
      readiness_({&cache_, [this] { return coordinator_.freeze_state().frozen(); },
                  [this](bool ready) { server_->SetServing(ready); }, options.steady_clock, options.max_staleness}),
      coordinator_(
          catalog_, &cache_, &history_, [this] { readiness_.Wake(); }, CoordinatorOptions(options)),
      comparison_(catalog_, &cache_, &coordinator_),
      schedule_([this] { comparison_.Run(); }, options.periodic_reload),
      webhook_verifier_(options.webhook_secrets, options.clock),
      hook_sender_(HookSender::Start(&history_, options.hooks)),
      profile_calls_({&cache_, &coordinator_, &revision_waits_, &replica_waits_, &aliases_, options.steady_clock,
                      options.time_to_live}),
      statistics_({[this](auto* statistics) { history_.Describe(statistics); },
                   [this](auto* statistics) { cache_.Describe(statistics); },
                   [this](auto* statistics) { coordinator_.Describe(statistics); },
                   [this](auto* statistics) { schedule_.Describe(statistics); },
                   [this](auto* statistics) { profile_calls_.Describe(statistics); },
                   [this](auto* statistics) { webhook_verifier_.Describe(statistics); },
                   [this](auto* statistics) { hook_sender_->Describe(statistics); },
                   [this](auto* statistics) { reporter_.Describe(statistics); }}),
      reporter_(
          catalog_internal_, &history_, &statistics_,
          {[this] { return cache_.GetFreshness().revision; }, [this] { return coordinator_.freeze_state().reason(); },
           [this](const v1::Replica& previous) { coordinator_.NoteRestartEndedFreeze(previous); },
           [this](const auto& hooks) {
             hook_sender_->SetStoredHooks({hooks.begin(), hooks.end()});
           }},
          options.report),
      reload_calls_(&coordinator_, &schedule_, [this] { profile_calls_.NoteFrozen(); }),
      event_calls_(catalog_, catalog_internal_, &history_, &reporter_, &statistics_, &open_calls_),
      hook_calls_(catalog_internal_, &webhook_verifier_, &reload_calls_, hook_sender_.get()),
      rpcs_(&open_calls_, {&profile_calls_, &reload_calls_, &event_calls_, &hook_calls_}) {
  cache_.ObserveRevision([this](int64_t revision) { revision_waits_.NoteApplied(revision); });
}

ReloadServer::~ReloadServer() { Stop(); }

void ReloadServer::Stop() {
  readiness_.Stop();
  comparison_.Stop();
  coordinator_.Stop();
  revision_waits_.Stop();
  replica_waits_.Stop();
  event_calls_.FinishStreams();
  hook_sender_->Stop();
}

void ReloadServer::Abandon() {
  coordinator_.Abandon();
  event_calls_.Abandon();
  hook_calls_.Abandon();
}

void ReloadServer::Drain() {
  server_->Drain([this] { Stop(); }, [this] { Abandon(); });
  Abandon();
  schedule_.Stop();
  reporter_.Stop();
}

}  // namespace toolcatalog
