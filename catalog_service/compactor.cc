#include "catalog_service/compactor.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "absl/random/random.h"
#include "catalog_service/postgres/transaction.h"
#include "catalog_service/search/unused_words.h"
#include "common/guarded.h"
#include "common/log.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

// Changes that a step removes, but for a larger single write.
constexpr int64_t kStepChanges = 500;
constexpr int64_t kStepRequests = 1000;
constexpr absl::Duration kNeverYounger = absl::Minutes(15);

constexpr PgStatement kTakeTurn = {"compaction_lock",
                                   "select pg_try_advisory_lock(hashtext('toolcatalog compaction'))"};

constexpr PgStatement kEndTurn = {"compaction_unlock", "select pg_advisory_unlock(hashtext('toolcatalog compaction'))"};

// The revision that becomes the oldest. $1 = age in microseconds, $2 = number of revisions to keep, $3 = age below
// which nothing goes. Commit times never decrease, so the last revision before a time has all the older ones before it.
constexpr PgStatement kTarget = {
    "compaction_target",
    "with old as (select coalesce((select revision from revisions "
    "where committed_at < clock_timestamp() - $1 * interval '1 microsecond' "
    "order by committed_at desc, revision desc limit 1), 0) as by_age, coalesce((select revision from revisions "
    "where committed_at < clock_timestamp() - $3 * interval '1 microsecond' "
    "order by committed_at desc, revision desc limit 1), 0) as allowed) "
    "select least(greatest(by_age, c.revision - $2), allowed, c.revision - 1), "
    "(select min(revision) from revisions) from old, counter c"};

// Where a step that is to end at $1 ends instead, if that is too far: at the write of its change number $2 + 1.
constexpr PgStatement kStepEnd = {"compaction_step",
                                  "select revision from changes where revision <= $1 order by revision, ordinal "
                                  "offset $2 limit 1"};

constexpr PgStatement kLockCounter = {"compaction_counter", "select revision from counter for update"};

// What a version's last change of up to $1 left is needed: it exists, or a later change refers to it. All definitions
// before were replaced by $1, and all of a version that was deleted.
constexpr PgStatement kRemove = {
    "compaction_remove",
    "with gone as (delete from changes where revision <= $1 "
    "returning name_key, version_key, revision, ordinal, definition_revision), "
    "left_by as (select distinct on (name_key, version_key) name_key, version_key, definition_revision from gone "
    "order by name_key, version_key, revision desc, ordinal desc), "
    "replaced as (delete from definitions d using left_by l where d.name_key = l.name_key "
    "and d.version_key = l.version_key and d.revision < coalesce(l.definition_revision, $1 + 1) returning 1), "
    "headers as (delete from revisions where revision < $1) "
    "select (select count(*) from gone), (select count(*) from replaced)"};

constexpr PgStatement kRemoveRequests = {
    "remove_requests",
    "with gone as (delete from requests where (actor, request_id) in (select actor, request_id from requests "
    "where created_at < clock_timestamp() - interval '24 hours' order by created_at limit $1) returning 1) "
    "select count(*) from gone"};

PgConnection::Options CompactorOptions(PgConnection::Options options) {
  // A writer that waits too long for the lock may end this one as it may end any.
  options.application_name = "toolcatalog-writer";
  options.settings.push_back({"idle_in_transaction_session_timeout", "2000"});
  options.PlanByKeys();
  return options;
}

PgConnection::Options Interruptible(PgConnection::Options options, const Wake& wake) {
  options.interrupt_fd = wake.fd();
  return options;
}

// Ends the turn at once. The database would end it a moment after the connection, in which another run finds it taken.
class Turn {
 public:
  explicit Turn(PgConnection* connection) : connection_(*connection) {}
  ~Turn() { connection_.Execute(kEndTurn, {}).IgnoreError(); }

 private:
  PgConnection& connection_;
};

// One run, on a connection that has the turn.
class CompactionRun {
 public:
  // All must outlive this.
  CompactionRun(PgConnection* connection, const Retention* retention,
                const std::function<void(const Compaction&)>* progress,
                const std::function<bool(absl::Duration)>* pause)
      : connection_(*connection), retention_(*retention), progress_(*progress), pause_(*pause) {}

  absl::StatusOr<Compaction> Run() {
    // What goes, in this order; a line each.
    constexpr absl::Status (CompactionRun::*kRemovals[])() = {
        &CompactionRun::RemoveChanges,
        &CompactionRun::RemoveRequests,
        &CompactionRun::RemoveReports,
        &CompactionRun::RemoveWords,
    };
    for (const auto remove : kRemovals) {
      if (absl::Status status = (this->*remove)(); !status.ok()) return status;
      if (!goes_on_) break;
    }
    return done_;
  }

 private:
  // Ends a step; answers whether to go on.
  bool EndStep() {
    progress_(done_);
    // As long as the step took: others get at least half of the time.
    goes_on_ = pause_(SteadyTime::Now() - step_start_);
    step_start_ = SteadyTime::Now();
    return goes_on_;
  }

  // Ends a step each time that it is told how many a step has removed.
  std::function<bool(int64_t)> CountIn(int64_t* total) {
    return [this, total](int64_t removed) {
      *total += removed;
      return EndStep();
    };
  }

  absl::Status RemoveChanges() {
    absl::StatusOr<PgResult> target = connection_.Execute(
        kTarget, {PgParam::Int(absl::ToInt64Microseconds(retention_.age)), PgParam::Int(retention_.revisions),
                  PgParam::Int(absl::ToInt64Microseconds(kNeverYounger))});
    if (!target.ok()) return target.status();
    const int64_t last = target->Int(0, 0);
    done_.oldest_revision = target->Int(0, 1);
    for (step_start_ = SteadyTime::Now(); done_.oldest_revision < last;) {
      absl::StatusOr<int64_t> end = StepEnd(last);
      if (!end.ok()) return end.status();
      if (absl::Status status = RemoveChangesBefore(*end); !status.ok()) return status;
      if (!EndStep()) break;
    }
    return absl::OkStatus();
  }

  // Where the next of the steps to `last` ends.
  absl::StatusOr<int64_t> StepEnd(int64_t last) {
    absl::StatusOr<PgResult> end = connection_.Execute(kStepEnd, {PgParam::Int(last), PgParam::Int(kStepChanges)});
    if (!end.ok()) return end.status();
    // The write at which it would end begins the next step, unless this one has no other.
    const int64_t before = end->rows() == 0 ? last : end->Int(0, 0) - 1;
    return std::max(before, done_.oldest_revision + 1);
  }

  absl::Status RemoveChangesBefore(int64_t end) {
    const SteadyTime start = SteadyTime::Now();
    PgTransaction::Results results =
        PgTransaction(&connection_).RunAndCommit({{&kLockCounter, {}}, {&kRemove, {PgParam::Int(end)}}});
    if (!results.ok()) return results.status();
    const PgResult& removed = results->back();
    done_.oldest_revision = end;
    done_.changes += removed.Int(0, 0);
    done_.definitions += removed.Int(0, 1);
    done_.longest_step = std::max(done_.longest_step, SteadyTime::Now() - start);
    return absl::OkStatus();
  }

  absl::Status RemoveRequests() {
    const auto count = CountIn(&done_.requests);
    for (int64_t removed = kStepRequests; removed == kStepRequests;) {
      absl::StatusOr<PgResult> rows = connection_.Execute(kRemoveRequests, {PgParam::Int(kStepRequests)});
      if (!rows.ok()) return rows.status();
      removed = rows->Int(0, 0);
      if (!count(removed)) break;
    }
    return absl::OkStatus();
  }

  absl::Status RemoveReports() {
    return RemoveOldReports(connection_, retention_.reload_events, CountIn(&done_.reload_events));
  }

  absl::Status RemoveWords() { return RemoveUnusedWords(connection_, CountIn(&done_.words)); }

  PgConnection& connection_;
  const Retention& retention_;
  const std::function<void(const Compaction&)>& progress_;
  const std::function<bool(absl::Duration)>& pause_;
  Compaction done_;
  SteadyTime step_start_;
  bool goes_on_ = true;
};

}  // namespace

void LogCompaction(absl::string_view message, const Compaction& done) {
  LogInfo(message, {{"oldest_revision", done.oldest_revision},
                    {"changes", done.changes},
                    {"definitions", done.definitions},
                    {"requests", done.requests},
                    {"reload_events", done.reload_events},
                    {"search_words", done.words},
                    {"longest_step_ms", absl::ToDoubleMilliseconds(done.longest_step)}});
}

Compactor::Compactor(PgConnection::Options database, Retention retention)
    : database_(CompactorOptions(std::move(database))), retention_(retention) {}

absl::StatusOr<Compaction> Compactor::Run(const std::function<void(const Compaction&)>& progress,
                                          const std::function<bool(absl::Duration)>& pause) {
  absl::StatusOr<std::unique_ptr<PgConnection>> connection = PgConnection::Connect(database_);
  if (!connection.ok()) return connection.status();
  absl::StatusOr<PgResult> turn = (*connection)->Execute(kTakeTurn, {});
  if (!turn.ok()) return turn.status();
  if (!turn->Bool(0, 0)) return absl::AbortedError("another process is compacting");
  const Turn ours(connection->get());
  return CompactionRun(connection->get(), &retention_, &progress, &pause).Run();
}

CompactionSchedule::CompactionSchedule(PgConnection::Options database, Retention retention, absl::Duration interval)
    : compactor_(Interruptible(std::move(database), stop_), retention),
      interval_(interval),
      thread_([this] { Run(); }) {}

CompactionSchedule::~CompactionSchedule() {
  stop_.Set();
  thread_.join();
}

void CompactionSchedule::Run() {
  absl::BitGen random;
  // Replicas that start together do not all begin at once, and one that restarts often compacts nevertheless.
  absl::Duration wait = interval_ * absl::Uniform(random, 0.0, 1.0);
  while (!stop_.WaitFor(wait)) {
    // What throws is logged and tried again like any failure: without compaction the log would only grow.
    absl::StatusOr<Compaction> done = Guarded("compaction", [this] {
      return compactor_.Run([](const Compaction&) {}, [this](absl::Duration pause) { return !stop_.WaitFor(pause); });
    });
    if (done.ok() && done->changes + done->requests + done->reload_events + done->words > 0) {
      LogCompaction("compacted", *done);
    } else if (!done.ok() && !absl::IsAborted(done.status()) && !stop_.WaitFor(absl::ZeroDuration())) {
      LogWarning("compaction failed; it will be tried again", {{"reason", done.status().message()}});
    }
    wait = interval_ * absl::Uniform(random, 0.8, 1.2);
  }
}

}  // namespace toolcatalog
