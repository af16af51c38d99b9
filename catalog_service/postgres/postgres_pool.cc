#include "catalog_service/postgres/postgres_pool.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "common/status.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kTakeTimeout = absl::Seconds(5);

}  // namespace

PgPool::PgPool(PgConnection::Options options, int size, const ConnectionPrecedence* precedence)
    : options_(std::move(options)), size_(size), precedence_(precedence) {}

PgPool::Lease::Lease(PgPool* pool, std::unique_ptr<PgConnection> connection)
    : pool_(pool), connection_(std::move(connection)), exceptions_(std::uncaught_exceptions()) {}

PgPool::Lease::~Lease() {
  if (pool_ == nullptr) return;
  if (std::uncaught_exceptions() > exceptions_) connection_.reset();
  pool_->Return(std::move(connection_));
}

int PgPool::Limit() const { return precedence_ != nullptr && precedence_->is_claimed() ? 1 : size_; }

absl::StatusOr<PgPool::Lease> PgPool::Take() {
  absl::StatusOr<std::unique_ptr<PgConnection>> connection = Obtain();
  if (!connection.ok()) return connection.status();
  return Lease(this, *std::move(connection));
}

absl::StatusOr<std::unique_ptr<PgConnection>> PgPool::Reserve() {
  absl::MutexLock lock(&mutex_);
  const auto found = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !idle_.empty() || open_ < Limit(); };
  if (!changed_.AwaitUntil(mutex_, absl::Condition(&found), SteadyTime::Now() + kTakeTimeout)) {
    return MakeError(Reason::kDatabaseUnavailable, "no database connection became free in time; try again later");
  }
  if (idle_.empty()) {
    ++open_;
    return nullptr;
  }
  std::unique_ptr<PgConnection> connection = std::move(idle_.back().connection);
  idle_.pop_back();
  return connection;
}

absl::StatusOr<std::unique_ptr<PgConnection>> PgPool::Obtain() {
  absl::StatusOr<std::unique_ptr<PgConnection>> connection = Reserve();
  if (!connection.ok() || *connection != nullptr) return connection;
  connection = PgConnection::Connect(options_);
  if (connection.ok()) return connection;
  absl::MutexLock lock(&mutex_);
  --open_;
  changed_.NotifyAll();
  // The database may have no more connections, so one of those that are open must do.
  const auto decided = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !idle_.empty() || open_ == 0; };
  if (!changed_.AwaitUntil(mutex_, absl::Condition(&decided), SteadyTime::Now() + kTakeTimeout)) return connection;
  if (idle_.empty()) return connection;
  connection = std::move(idle_.back().connection);
  idle_.pop_back();
  return connection;
}

void PgPool::Return(std::unique_ptr<PgConnection> connection) {
  // It is closed outside the lock.
  std::unique_ptr<PgConnection> closed;
  absl::MutexLock lock(&mutex_);
  if (connection == nullptr || connection->broken() || open_ > Limit()) {
    closed = std::move(connection);
    --open_;
  } else {
    idle_.push_back({std::move(connection), SteadyTime::Now()});
  }
  changed_.NotifyAll();
}

void PgPool::CloseIdle(absl::Duration unused) {
  // They are closed outside the lock.
  std::vector<Idle> closed;
  absl::MutexLock lock(&mutex_);
  const SteadyTime now = SteadyTime::Now();
  const int surplus = open_ - Limit();
  auto kept = std::find_if(idle_.begin(), idle_.end(), [&](const Idle& idle) { return now - idle.since < unused; });
  const auto count = std::max<int>(static_cast<int>(kept - idle_.begin()), surplus);
  kept = idle_.begin() + std::min<int>(count, static_cast<int>(idle_.size()));
  closed.assign(std::make_move_iterator(idle_.begin()), std::make_move_iterator(kept));
  idle_.erase(idle_.begin(), kept);
  open_ -= static_cast<int>(closed.size());
  changed_.NotifyAll();
}

absl::StatusOr<PgResult> PgPool::Read(absl::FunctionRef<absl::StatusOr<PgResult>(PgConnection&)> read) {
  {
    absl::StatusOr<Lease> lease = Take();
    if (!lease.ok()) return lease.status();
    absl::StatusOr<PgResult> result = read(**lease);
    if (!(*lease)->broken()) return result;
  }
  // The other idle connections were lost with it.
  CloseIdle(absl::ZeroDuration());
  absl::StatusOr<Lease> lease = Take();
  if (!lease.ok()) return lease.status();
  return read(**lease);
}

absl::StatusOr<PgResult> PgPool::Read(const PgStatement& statement, const std::vector<PgParam>& params) {
  return Read([&](PgConnection& connection) { return connection.Execute(statement, params); });
}

}  // namespace toolcatalog
