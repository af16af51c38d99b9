#include "reload_service/cache/state_proof.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/log.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kResyncInterval = absl::Minutes(5);

}  // namespace

std::optional<std::string> StateProof::OnSnapshot(const CatalogSnapshot& snapshot) {
  versions_ = VersionHashes(snapshot);
  revision_ = snapshot.position.revision;
  awaited_ = false;
  return Compare(snapshot.position);
}

std::optional<std::string> StateProof::OnWrite(const CatalogWrite& write) {
  if (write.position.revision <= revision_) return std::nullopt;
  versions_.Apply(write);
  revision_ = write.position.revision;
  return Compare(write.position);
}

std::optional<std::string> StateProof::OnBookmark(const CatalogPosition& position) { return Compare(position); }

std::optional<std::string> StateProof::Compare(const CatalogPosition& position) {
  const std::string own = versions_.hex();
  if (Count(position.revision, own == position.state_hash)) return std::nullopt;
  const bool resync = clock_() - last_resync_ >= kResyncInterval;
  if (!awaited_ && (resync || !told_)) {
    LogWarning(resync
                   ? "state hash differs from the catalog's; a new snapshot is taken"
                   : "state hash differs from the catalog's, though a new snapshot was taken lately; serving goes on",
               {{"revision", position.revision}, {"own", own}, {"catalog", position.state_hash}});
  }
  if (!awaited_) told_ = !resync;
  if (!resync) return std::nullopt;
  last_resync_ = clock_();
  awaited_ = true;
  return absl::StrCat("proof failed: at revision ", position.revision, " the state hash is ", own,
                      ", that of the catalog ", position.state_hash);
}

bool StateProof::Count(int64_t revision, bool equal) {
  if (equal) told_ = false;
  absl::MutexLock lock(&mutex_);
  diverged_ = !equal;
  if (equal) proven_revision_ = revision;
  if (!equal) ++failures_;
  return equal;
}

void StateProof::Describe(v1::ReloadStatistics* statistics) const {
  absl::MutexLock lock(&mutex_);
  statistics->set_proof_failures(failures_);
  statistics->set_proven_revision(proven_revision_);
  statistics->set_diverged(diverged_);
}

}  // namespace toolcatalog
