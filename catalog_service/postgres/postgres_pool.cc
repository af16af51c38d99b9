#include "catalog_service/postgres/postgres_pool.h"

#include <exception>
#include <utility>

#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kTakeTimeout = absl::Seconds(2);

}  // namespace

PgPool::PgPool(PgConnection::Options options, int size) : options_(std::move(options)), available_(size) {}

PgPool::Lease::Lease(PgPool* pool, std::unique_ptr<PgConnection> connection)
    : pool_(pool), connection_(std::move(connection)), exceptions_(std::uncaught_exceptions()) {}

PgPool::Lease::~Lease() {
  if (pool_ == nullptr) return;
  if (std::uncaught_exceptions() > exceptions_) connection_.reset();
  pool_->Return(std::move(connection_));
}

absl::StatusOr<PgPool::Lease> PgPool::Take() {
  std::unique_ptr<PgConnection> connection;
  {
    absl::MutexLock lock(&mutex_);
    const auto free = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return available_ > 0; };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&free), kTakeTimeout)) {
      return MakeError(Reason::kDatabaseUnavailable, "no database connection became free in time; try again later");
    }
    --available_;
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (connection == nullptr) {
    absl::StatusOr<std::unique_ptr<PgConnection>> made = PgConnection::Connect(options_);
    if (!made.ok()) {
      Return(nullptr);
      return made.status();
    }
    connection = *std::move(made);
  }
  return Lease(this, std::move(connection));
}

void PgPool::Return(std::unique_ptr<PgConnection> connection) {
  if (connection != nullptr && connection->broken()) connection.reset();
  absl::MutexLock lock(&mutex_);
  ++available_;
  if (connection != nullptr) idle_.push_back(std::move(connection));
}

absl::StatusOr<PgResult> PgPool::Read(absl::FunctionRef<absl::StatusOr<PgResult>(PgConnection&)> read) {
  {
    absl::StatusOr<Lease> lease = Take();
    if (!lease.ok()) return lease.status();
    absl::StatusOr<PgResult> result = read(**lease);
    if (!(*lease)->broken()) return result;
  }
  // The other idle connections were lost with it; they are closed outside the lock.
  std::vector<std::unique_ptr<PgConnection>> lost;
  {
    absl::MutexLock lock(&mutex_);
    lost.swap(idle_);
  }
  lost.clear();
  absl::StatusOr<Lease> lease = Take();
  if (!lease.ok()) return lease.status();
  return read(**lease);
}

absl::StatusOr<PgResult> PgPool::Read(const PgStatement& statement, const std::vector<PgParam>& params) {
  return Read([&](PgConnection& connection) { return connection.Execute(statement, params); });
}

}  // namespace toolcatalog
