#include "catalog_service/compactor.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

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

// Removes what is before revision `end`.
absl::Status Step(PgConnection& connection, int64_t end, Compaction& done) {
  const SteadyTime start = SteadyTime::Now();
  PgTransaction::Results results =
      PgTransaction(&connection).RunAndCommit({{&kLockCounter, {}}, {&kRemove, {PgParam::Int(end)}}});
  if (!results.ok()) return results.status();
  const PgResult& removed = results->back();
  done.oldest_revision = end;
  done.changes += removed.Int(0, 0);
  done.definitions += removed.Int(0, 1);
  done.longest_step = std::max(done.longest_step, SteadyTime::Now() - start);
  return absl::OkStatus();
}

}  // namespace

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

  absl::StatusOr<PgResult> target = (*connection)
                                        ->Execute(kTarget, {PgParam::Int(absl::ToInt64Microseconds(retention_.age)),
                                                            PgParam::Int(retention_.revisions),
                                                            PgParam::Int(absl::ToInt64Microseconds(kNeverYounger))});
  if (!target.ok()) return target.status();
  const int64_t last = target->Int(0, 0);
  Compaction done;
  done.oldest_revision = target->Int(0, 1);
  const auto go_on = [&](SteadyTime step_start) {
    progress(done);
    // As long as the step took: others get at least half of the time.
    return pause(SteadyTime::Now() - step_start);
  };
  while (done.oldest_revision < last) {
    const SteadyTime start = SteadyTime::Now();
    absl::StatusOr<PgResult> end = (*connection)->Execute(kStepEnd, {PgParam::Int(last), PgParam::Int(kStepChanges)});
    if (!end.ok()) return end.status();
    // The write at which it would end begins the next step, unless this one has no other.
    const int64_t before = end->rows() == 0 ? last : end->Int(0, 0) - 1;
    const int64_t step_end = std::max(before, done.oldest_revision + 1);
    if (absl::Status status = Step(**connection, step_end, done); !status.ok()) return status;
    if (!go_on(start)) return done;
  }
  for (int64_t removed = kStepRequests; removed == kStepRequests;) {
    const SteadyTime start = SteadyTime::Now();
    absl::StatusOr<PgResult> rows = (*connection)->Execute(kRemoveRequests, {PgParam::Int(kStepRequests)});
    if (!rows.ok()) return rows.status();
    removed = rows->Int(0, 0);
    done.requests += removed;
    if (!go_on(start)) return done;
  }
  SteadyTime start = SteadyTime::Now();
  bool goes_on = true;
  const auto count_in = [&](int64_t& total) {
    return [&](int64_t removed) {
      total += removed;
      goes_on = go_on(start);
      start = SteadyTime::Now();
      return goes_on;
    };
  };
  absl::Status status = RemoveOldReports(**connection, retention_.reload_events, count_in(done.reload_events));
  if (status.ok() && goes_on) status = RemoveUnusedWords(**connection, count_in(done.words));
  if (!status.ok()) return status;
  return done;
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
      LogInfo("compacted", {{"oldest_revision", done->oldest_revision},
                            {"changes", done->changes},
                            {"definitions", done->definitions},
                            {"requests", done->requests},
                            {"reload_events", done->reload_events},
                            {"search_words", done->words},
                            {"longest_step_ms", absl::ToDoubleMilliseconds(done->longest_step)}});
    } else if (!done.ok() && !absl::IsAborted(done.status()) && !stop_.WaitFor(absl::ZeroDuration())) {
      LogWarning("compaction failed; it will be tried again", {{"reason", done.status().message()}});
    }
    wait = interval_ * absl::Uniform(random, 0.8, 1.2);
  }
}

}  // namespace toolcatalog
