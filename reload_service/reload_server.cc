#include "reload_service/reload_server.h"

#include <utility>

#include "clients/cpp/catalog_client.h"
#include "reload_service/replica_identity.h"

namespace toolcatalog {

absl::StatusOr<std::unique_ptr<ReloadServer>> ReloadServer::Start(const ReloadServerOptions& options) {
  auto aliases = CapabilityAliases::Make(options.capability_aliases);
  if (!aliases.ok()) return aliases.status();
  std::unique_ptr<ReloadServer> server(new ReloadServer(options, *std::move(aliases)));
  auto listening = Server::Start(options.listen, v1::ReloadService::service_full_name(), &server->rpcs_);
  if (!listening.ok()) return listening.status();
  server->server_ = *std::move(listening);
  server->readiness_.Start();
  server->coordinator_.Start();
  server->reporter_.Start();
  return server;
}

ReloadServer::ReloadServer(const ReloadServerOptions& options, CapabilityAliases aliases)
    : aliases_(std::move(aliases)),
      catalog_(CatalogChannel(options.catalog)),
      cache_(options.clock),
      history_(options.history_size, NewReplicaIdentity(options.replica, options.listen)),
      revision_waits_(&cache_, catalog_),
      replica_waits_(catalog_),
      readiness_({&cache_, [] { return false; }, [this](bool ready) { server_->SetServing(ready); }, options.clock,
                  options.max_staleness}),
      coordinator_(
          catalog_, &cache_, &history_, [this] { readiness_.Wake(); }, options.reload),
      webhook_verifier_(options.webhook_secrets, options.clock),
      hook_sender_(HookSender::Start(&history_, options.hooks)),
      profile_calls_({&cache_, &coordinator_, &revision_waits_, &replica_waits_, &aliases_,
                      [] { return v1::FreezeState(); }, options.clock, options.time_to_live}),
      statistics_({[this](auto* statistics) { history_.Describe(statistics); },
                   [this](auto* statistics) { cache_.Describe(statistics); },
                   [this](auto* statistics) { profile_calls_.Describe(statistics); },
                   [this](auto* statistics) { webhook_verifier_.Describe(statistics); },
                   [this](auto* statistics) { hook_sender_->Describe(statistics); },
                   [this](auto* statistics) { reporter_.Describe(statistics); }}),
      reporter_(
          catalog_, &history_, &statistics_,
          {[this] { return cache_.GetFreshness().revision; }, [] { return std::string(); }, [](const v1::Replica&) {},
           [this](const auto& hooks) {
             hook_sender_->SetStoredHooks({hooks.begin(), hooks.end()});
           }},
          options.report),
      reload_calls_(&coordinator_),
      event_calls_(catalog_, &history_, &reporter_, &statistics_),
      hook_calls_(catalog_, &webhook_verifier_, &reload_calls_, hook_sender_.get()),
      rpcs_({&profile_calls_, &reload_calls_, &event_calls_, &hook_calls_}) {
  cache_.ObserveRevision([this](int64_t revision) { revision_waits_.NoteApplied(revision); });
}

ReloadServer::~ReloadServer() { Stop(); }

void ReloadServer::Stop() {
  readiness_.Stop();
  coordinator_.Stop();
  revision_waits_.Stop();
  replica_waits_.Stop();
  history_.Close();
  hook_sender_->Stop();
}

void ReloadServer::Drain() {
  server_->Drain([this] { Stop(); }, [] {});
  reporter_.Stop();
}

}  // namespace toolcatalog
