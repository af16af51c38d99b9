#ifndef CATALOG_SERVICE_POSTGRES_POSTGRES_POOL_H_
#define CATALOG_SERVICE_POSTGRES_POSTGRES_POOL_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// A fixed number of connections. The one that was used last is leased first. The pool connects when a connection is
// first needed, and again after a loss; it holds no lock meanwhile. Thread-safe. Must outlive its leases.
class PgPool {
 public:
  PgPool(PgConnection::Options options, int size);

  // Lends a connection to one holder, and puts it back into the pool when destroyed. If an exception destroys the
  // lease, the connection is closed: it may have answers under way, which the next holder would take for its own.
  class Lease {
   public:
    Lease(PgPool* pool, std::unique_ptr<PgConnection> connection);
    Lease(Lease&&) = default;
    ~Lease();
    PgConnection* operator->() const { return connection_.get(); }
    PgConnection& operator*() const { return *connection_; }

   private:
    struct Return {
      void operator()(PgPool* pool) const {}
    };
    std::unique_ptr<PgPool, Return> pool_;
    std::unique_ptr<PgConnection> connection_;
    int exceptions_;
  };

  // UNAVAILABLE when none became free within 2 s, or the database cannot be reached.
  absl::StatusOr<Lease> Take();

  // Runs `read` on a leased connection. If the connection turns out to be lost, as after a restart of the database,
  // runs `read` once more on a new connection; so `read` must not write.
  absl::StatusOr<PgResult> Read(absl::FunctionRef<absl::StatusOr<PgResult>(PgConnection&)> read);
  absl::StatusOr<PgResult> Read(const PgStatement& statement, const std::vector<PgParam>& params);

 private:
  void Return(std::unique_ptr<PgConnection> connection);

  const PgConnection::Options options_;
  absl::Mutex mutex_;
  int available_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<PgConnection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_POSTGRES_POSTGRES_POOL_H_
