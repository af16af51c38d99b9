#include "catalog_service/write/catalog_writer.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "catalog_service/search/index_sql.h"
#include "catalog_service/write/lock_sql.h"
#include "common/guarded.h"
#include "common/log.h"
#include "common/status.h"
#include "common/steady_time.h"

// How a batch of writes is committed.
//
// One thread, that of the write queue, calls `Commit`; nothing here is locked within the process. The lock that matters
// is PostgreSQL's: `LockAndRead` locks the one row of `counter` in a statement of its own, before anything is read, and
// the transaction holds it until its end. So commit order is revision order, on all replicas of the catalog.
//
// - A caller is answered only after a COMMIT whose tag says COMMIT, or once it is sure that nothing was stored.
// - A batch that fails is rolled back and tried again write by write, so that only the culprit gets the error.
// - If the connection is lost after COMMIT was sent, the outcome is unknown. `FindOut` connects again, takes the lock,
//   and looks the writes up by their ids. Without the lock it could look before the lost commit has become visible.
// - What is visible need not be on a synchronous standby yet, if the wait for the standby was broken off. So whoever
//   tells of an earlier write ends with COMMIT: the lock made that transaction write to the log, behind the write.
// - A writer that has waited for the lock for long ends the backend that holds it (`EndBlockers`).

namespace toolcatalog {
namespace {

// How long another writer may hold the lock before its backend is ended.
constexpr absl::Duration kPatience = absl::Seconds(5);
// How long writes wait for a database that is not there, and for the truth about a lost commit.
constexpr absl::Duration kReconnectTimeout = absl::Seconds(3);
constexpr absl::Duration kRecoveryTimeout = absl::Seconds(10);
constexpr absl::Duration kRetryPause = absl::Milliseconds(50);
// How long mutations are decided under the lock: well below the time after which the database ends an idle transaction.
constexpr absl::Duration kDecisionTime = absl::Milliseconds(500);
// How much the answers may take that wait for one commit. A decoded tool may take twenty times the memory of its bytes.
constexpr size_t kDecidedBytes = 32 << 20;

PgConnection::Options WriterOptions(PgConnection::Options options) {
  options.application_name = "toolcatalog-writer";
  options.settings.push_back({"idle_in_transaction_session_timeout", "2000"});
  options.settings.push_back({"synchronous_commit", "on"});
  // Statements of a write have one good plan, and making the plan takes longer than running it. The plan goes by keys,
  // because it stays although the tables may have been empty when it was made.
  options.settings.push_back({"plan_cache_mode", "force_generic_plan"});
  options.PlanByKeys();
  return options;
}

absl::Status StillWanted(const PendingWrite& write) {
  if (SteadyTime::Now() >= write.deadline) {
    return MakeError(Reason::kDeadlineExceeded, "the caller's time was over before the write began");
  }
  if (write.abandoned && write.abandoned()) return MakeError(Reason::kCancelled, "cancelled by the caller");
  return absl::OkStatus();
}

}  // namespace

CatalogWriter::CatalogWriter(PgConnection::Options database, const DefinitionValidator* validator,
                             ConnectionPrecedence* precedence)
    : connection_(WriterOptions(std::move(database)), precedence), validator_(*validator) {}

void CatalogWriter::EndBlockers() {
  absl::StatusOr<std::unique_ptr<PgConnection>> other = PgConnection::Connect(connection_.options());
  if (!other.ok()) return;
  const PgCommand command = EndBlockersOf(connection_->backend_pid());
  absl::StatusOr<std::vector<PgResult>> ended = (*other)->Pipeline({&command, 1});
  if (!ended.ok()) return;
  // None: the database itself is slow.
  if (ended->front().rows() == 0) return;
  LogWarning("the write lock was held for long", {{"writers_ended", ended->front().rows()}});
}

PgTransaction CatalogWriter::Begin() {
  return PgTransaction(connection_.get(), PgTransaction::Isolation::kReadCommitted,
                       {kPatience, [this] { EndBlockers(); }});
}

// What throws is taken for a write that the database refuses: its batch is tried again, one by one.
CatalogWriter::Attempt CatalogWriter::Try(absl::Span<const PendingWrite> writes) {
  Attempt attempt{End::kNothingStored, {}, {}, {}, {}};
  absl::Status caught = Guarded("writing", [&] { Write(writes, attempt); });
  if (caught.ok()) return attempt;
  // The transaction may be open, and answers may be under way. Closing the connection ends both.
  connection_.Reset();
  attempt.status = std::move(caught);
  if (attempt.end == End::kNothingStored) attempt.results.clear();
  return attempt;
}

void CatalogWriter::Write(absl::Span<const PendingWrite> writes, Attempt& attempt) {
  std::vector<const Mutation*> mutations;
  for (const PendingWrite& write : writes) mutations.push_back(&write.mutation);
  attempt.status = connection_.Ensure();
  if (!attempt.status.ok()) return;
  PgTransaction transaction = Begin();
  PgTransaction::Results read = transaction.Run(LockAndRead(mutations));
  if (!read.ok()) {
    attempt.status = read.status();
    return;
  }
  CatalogState state = ReadState(*read, &validator_);
  std::vector<WriteOrigin> origins;
  Decide(writes, state, attempt, origins);
  if (!origins.empty()) return Store(transaction, state, origins, attempt);
  Confirm(transaction, writes, state, attempt);
}

absl::Status CatalogWriter::CommitReplicated(PgTransaction& transaction, std::vector<PgCommand> commands) {
  connection_->TakeReplicationWarning();
  absl::Status status = transaction.RunAndCommit(std::move(commands)).status();
  if (!status.ok() || !connection_->TakeReplicationWarning()) return status;
  return MakeError(Reason::kNotReplicated, "committed, but it might not have been replicated");
}

// A request that is not remembered must not be answered, because it may write when it is repeated.
void CatalogWriter::Confirm(PgTransaction& transaction, absl::Span<const PendingWrite> writes,
                            const CatalogState& state, Attempt& attempt) {
  bool tells = !state.new_requests().empty();
  for (size_t i = 0; i < attempt.results.size(); ++i) {
    tells = tells || (attempt.results[i].ok() && !writes[i].mutation.validate_only);
  }
  if (tells) attempt.status = CommitReplicated(transaction, RememberRequests(state));
  if (attempt.status.ok()) attempt.end = End::kCommitted;
  if (!HasReason(attempt.status, Reason::kNotReplicated)) return;
  attempt.end = End::kUnknown;
  attempt.wrote.assign(attempt.wrote.size(), true);
}

void CatalogWriter::Decide(absl::Span<const PendingWrite> writes, CatalogState& state, Attempt& attempt,
                           std::vector<WriteOrigin>& origins) {
  const SteadyTime stop = SteadyTime::Now() + kDecisionTime;
  size_t bytes = 0;
  for (const PendingWrite& write : writes) {
    if (!attempt.results.empty() && (bytes >= kDecidedBytes || SteadyTime::Now() >= stop)) return;
    int index = -1;
    attempt.results.push_back(state.Apply(write.mutation, &index));
    if (attempt.results.back().ok()) bytes += attempt.results.back()->tool.SpaceUsedLong();
    attempt.wrote.push_back(index >= 0);
    if (index < 0) continue;
    origins.push_back({&write.mutation, write.id});
    attempt.ids.push_back(write.id);
  }
}

void CatalogWriter::Store(PgTransaction& transaction, CatalogState& state, const std::vector<WriteOrigin>& origins,
                          Attempt& attempt) {
  if (std::optional<PgCommand> missing = ReadMissingBodies(state); missing.has_value()) {
    PgTransaction::Results bodies = transaction.Run({*std::move(missing)});
    if (!bodies.ok()) {
      attempt.status = bodies.status();
      return;
    }
    LoadMissingBodies(bodies->front(), state);
  }
  std::vector<PgCommand> commands = WriteOutcome(state, origins);
  // The outcome is unknown until the answer arrives, also if something throws before.
  attempt.end = End::kUnknown;
  attempt.status = CommitReplicated(transaction, std::move(commands));
  attempt.end = transaction.end();
  if (HasReason(attempt.status, Reason::kNotReplicated)) {
    attempt.end = End::kUnknown;
    attempt.ids.clear();
  }
}

absl::StatusOr<bool> CatalogWriter::FindWrites(const std::vector<std::string>& ids) {
  if (absl::Status status = connection_.Ensure(); !status.ok()) return status;
  PgTransaction transaction = Begin();
  PgTransaction::Results results = transaction.Run(LockAndFind(ids));
  if (!results.ok()) return results.status();
  if (!WasFound(*results)) return false;
  if (absl::Status status = CommitReplicated(transaction, {}); !status.ok()) return status;
  return true;
}

absl::StatusOr<bool> CatalogWriter::WasCommitted(const Attempt& attempt) {
  if (attempt.ids.empty()) return attempt.status;
  const SteadyTime give_up = SteadyTime::Now() + kRecoveryTimeout;
  while (true) {
    absl::StatusOr<bool> committed = FindWrites(attempt.ids);
    if (committed.ok()) {
      LogWarning("the answer to a commit was lost", {{"committed", *committed}, {"writes", attempt.ids.size()}});
    }
    if (committed.ok() || !retrying_ || SteadyTime::Now() >= give_up) return committed;
    absl::SleepFor(kRetryPause);
  }
}

void CatalogWriter::FindOut(Attempt& attempt) {
  absl::StatusOr<bool> committed = Guarded("looking for a commit", [&] { return WasCommitted(attempt); });
  if (committed.ok()) {
    attempt.end = *committed ? End::kCommitted : End::kNothingStored;
  } else {
    attempt.status = committed.status();
    // The connection may still hold the lock.
    connection_.Reset();
  }
}

// An answer that throws must keep none of the others from their callers.
void CatalogWriter::AnswerOne(PendingWrite& write, absl::StatusOr<MutationResult> result) {
  Guarded("answering a write", [&] { write.done(std::move(result)); }).IgnoreError();
}

void CatalogWriter::Answer(std::vector<PendingWrite>& batch, size_t count, Attempt& attempt) {
  for (size_t i = 0; i < count; ++i) {
    if (attempt.end == End::kCommitted) {
      absl::StatusOr<MutationResult>& result = attempt.results[i];
      AnswerOne(batch[i], result.ok() ? std::move(result) : NotExecuted(result.status()));
    } else if (attempt.end == End::kUnknown && attempt.wrote[i]) {
      AnswerOne(batch[i], OutcomeUnknown(attempt.status));
    } else {
      AnswerOne(batch[i], NotExecuted(attempt.status));
    }
  }
  batch.erase(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(count));
}

void CatalogWriter::DropUnwanted(std::vector<PendingWrite>& batch) {
  std::vector<PendingWrite> kept;
  for (PendingWrite& write : batch) {
    if (absl::Status status = StillWanted(write); status.ok()) {
      kept.push_back(std::move(write));
    } else {
      AnswerOne(write, NotExecuted(std::move(status)));
    }
  }
  batch = std::move(kept);
}

void CatalogWriter::Commit(std::vector<PendingWrite> batch) {
  // `most`: how many writes may share a transaction. `lost`: a transaction with the first write has failed after it was
  // decided.
  size_t most = batch.size();
  bool lost = false;
  SteadyTime give_up = SteadyTime::Now() + kReconnectTimeout;
  while (true) {
    DropUnwanted(batch);
    if (batch.empty()) return;
    const size_t tried = std::min(most, batch.size());
    Attempt attempt = Try(absl::MakeConstSpan(batch).first(tried));
    if (attempt.end == End::kUnknown) FindOut(attempt);
    const bool transient = absl::IsUnavailable(attempt.status) || absl::IsAborted(attempt.status);
    // Nothing was decided, so the failure is not the fault of these writes.
    const bool unreachable = attempt.results.empty() && transient;
    if (attempt.end == End::kNothingStored) {
      if (transient && !unreachable && !lost) {
        // One of the writes may be the reason.
        most = 1;
        lost = true;
        give_up = SteadyTime::Now() + kReconnectTimeout;
      }
      if (transient && retrying_ && SteadyTime::Now() < give_up) {
        absl::SleepFor(kRetryPause);
        continue;
      }
      if (!transient && tried > 1) {
        most = 1;
        continue;
      }
    }
    const size_t decided = attempt.results.empty() ? tried : attempt.results.size();
    Answer(batch, unreachable ? batch.size() : decided, attempt);
    lost = false;
    give_up = SteadyTime::Now() + kReconnectTimeout;
  }
}

}  // namespace toolcatalog
