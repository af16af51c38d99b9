#include "catalog_service/catalog_writer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "catalog_service/index_sql.h"
#include "catalog_service/lock_sql.h"
#include "catalog_service/write_sql.h"
#include "common/log.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// How long another writer may hold the lock before its backend is ended.
constexpr absl::Duration kPatience = absl::Seconds(5);
// How long writes wait for a database that is not there, and for the truth about a lost commit.
constexpr absl::Duration kReconnectTimeout = absl::Seconds(3);
constexpr absl::Duration kRecoveryTimeout = absl::Seconds(10);
constexpr absl::Duration kRetryPause = absl::Milliseconds(50);

PgConnection::Options WriterOptions(PgConnection::Options options) {
  options.application_name = "toolcatalog-writer";
  options.settings.push_back({"idle_in_transaction_session_timeout", "2000"});
  options.settings.push_back({"synchronous_commit", "on"});
  return options;
}

}  // namespace

CatalogWriter::CatalogWriter(PgConnection::Options database, const DefinitionValidator* validator)
    : database_(WriterOptions(std::move(database))), validator_(*validator) {}

absl::Status CatalogWriter::EnsureConnected() {
  if (connection_ != nullptr && !connection_->broken()) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<PgConnection>> made = PgConnection::Connect(database_);
  if (!made.ok()) return made.status();
  connection_ = *std::move(made);
  return absl::OkStatus();
}

void CatalogWriter::EndBlockers() {
  absl::StatusOr<std::unique_ptr<PgConnection>> other = PgConnection::Connect(database_);
  if (!other.ok()) return;
  const PgCommand command = EndBlockersOf(connection_->backend_pid());
  absl::StatusOr<std::vector<PgResult>> ended = (*other)->Pipeline({&command, 1});
  if (!ended.ok()) return;
  LogWarning("the write lock is held for long", {{"writers_ended", ended->front().rows()}});
}

absl::StatusOr<std::vector<PgResult>> CatalogWriter::Run(const std::vector<PgCommand>& commands) {
  if (absl::Status status = EnsureConnected(); !status.ok()) return status;
  absl::StatusOr<std::vector<PgResult>> results =
      connection_->Pipeline(commands, {kPatience, [this] { EndBlockers(); }});
  if (!results.ok() && !connection_->broken()) connection_->Pipeline(Rollback()).status().IgnoreError();
  return results;
}

CatalogWriter::Attempt CatalogWriter::Try(const std::vector<PendingWrite>& batch) {
  Attempt attempt{Attempt::kNothingStored, {}, {}, {}, {}};
  std::vector<const Mutation*> mutations;
  for (const PendingWrite& write : batch) mutations.push_back(&write.mutation);
  absl::StatusOr<std::vector<PgResult>> read = Run(LockAndRead(mutations));
  if (!read.ok()) {
    attempt.status = read.status();
    return attempt;
  }
  CatalogState state = ReadState(*read, &validator_);
  std::vector<WriteOrigin> origins;
  for (const PendingWrite& write : batch) {
    int index = -1;
    attempt.results.push_back(state.Apply(write.mutation, &index));
    attempt.wrote.push_back(index >= 0);
    if (index < 0) continue;
    origins.push_back({&write.mutation, write.id});
    attempt.ids.push_back(write.id);
  }
  if (origins.empty()) {
    // Nothing changes, so the answers are true whatever becomes of this.
    Run(state.new_requests().empty() ? Rollback() : RememberAndCommit(state)).status().IgnoreError();
    attempt.end = Attempt::kCommitted;
    return attempt;
  }
  if (std::optional<PgCommand> missing = ReadMissingBodies(state); missing.has_value()) {
    absl::StatusOr<std::vector<PgResult>> bodies = Run({*std::move(missing)});
    if (!bodies.ok()) {
      attempt.status = bodies.status();
      return attempt;
    }
    LoadMissingBodies(bodies->front(), state);
  }
  connection_->TakeReplicationWarning();
  absl::StatusOr<std::vector<PgResult>> written = Run(WriteAndCommit(state, origins));
  if (!written.ok()) {
    attempt.status = written.status();
    attempt.end = connection_->broken() ? Attempt::kUnknown : Attempt::kNothingStored;
  } else if (written->back().command_tag() != "COMMIT") {
    attempt.status = absl::InternalError("the database rolled the transaction back");
  } else if (connection_->TakeReplicationWarning()) {
    attempt.status = absl::UnavailableError("committed, but it might not have been replicated");
    attempt.end = Attempt::kUnknown;
    attempt.ids.clear();
  } else {
    attempt.end = Attempt::kCommitted;
  }
  return attempt;
}

absl::StatusOr<bool> CatalogWriter::WasCommitted(const Attempt& attempt) {
  if (attempt.ids.empty()) return attempt.status;
  const absl::Time give_up = absl::Now() + kRecoveryTimeout;
  while (true) {
    absl::StatusOr<std::vector<PgResult>> found = Run(LockAndFind(attempt.ids));
    if (found.ok()) {
      const bool committed = (*found)[2].Int(0, 0) > 0;
      LogWarning("the answer to a commit was lost", {{"committed", committed}, {"writes", attempt.ids.size()}});
      return committed;
    }
    if (!retrying_ || absl::Now() >= give_up) return found.status();
    absl::SleepFor(kRetryPause);
  }
}

void CatalogWriter::DropUnwanted(std::vector<PendingWrite>& batch) {
  const absl::Time now = absl::Now();
  auto kept = std::stable_partition(batch.begin(), batch.end(), [now](const PendingWrite& write) {
    return now < write.deadline && !(write.abandoned && write.abandoned());
  });
  for (auto it = kept; it != batch.end(); ++it) {
    it->done(NotExecuted(absl::DeadlineExceededError("the caller's time was over before the write began")));
  }
  batch.erase(kept, batch.end());
}

void CatalogWriter::Commit(std::vector<PendingWrite> batch) {
  const absl::Time give_up = absl::Now() + kReconnectTimeout;
  while (true) {
    DropUnwanted(batch);
    if (batch.empty()) return;
    Attempt attempt = Try(batch);
    if (attempt.end == Attempt::kUnknown) {
      absl::StatusOr<bool> committed = WasCommitted(attempt);
      if (!committed.ok()) {
        for (size_t i = 0; i < batch.size(); ++i) {
          batch[i].done(attempt.wrote[i] ? OutcomeUnknown(committed.status()) : NotExecuted(committed.status()));
        }
        return;
      }
      if (!*committed && retrying_) continue;
      attempt.end = *committed ? Attempt::kCommitted : Attempt::kNothingStored;
    }
    if (attempt.end == Attempt::kCommitted) {
      for (size_t i = 0; i < batch.size(); ++i) {
        batch[i].done(attempt.results[i].ok() ? std::move(attempt.results[i])
                                              : NotExecuted(attempt.results[i].status()));
      }
      return;
    }
    const bool transient = absl::IsUnavailable(attempt.status) || absl::IsAborted(attempt.status);
    if (transient && retrying_ && absl::Now() < give_up) {
      absl::SleepFor(kRetryPause);
      continue;
    }
    if (!transient && batch.size() > 1) {
      for (PendingWrite& write : batch) {
        std::vector<PendingWrite> alone;
        alone.push_back(std::move(write));
        Commit(std::move(alone));
      }
      return;
    }
    for (PendingWrite& write : batch) write.done(NotExecuted(attempt.status));
    return;
  }
}

}  // namespace toolcatalog
