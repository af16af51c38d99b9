#ifndef CATALOG_SERVICE_POSTGRES_POSTGRES_POOL_H_
#define CATALOG_SERVICE_POSTGRES_POSTGRES_POOL_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "catalog_service/postgres/connection_precedence.h"
#include "catalog_service/postgres/postgres.h"
#include "common/steady_cond_var.h"
#include "common/steady_time.h"

namespace toolcatalog {

// A bounded number of connections. The one that was used last is leased first. The pool connects when a connection is
// needed and none is idle; it holds no lock meanwhile. A database that refuses a further connection makes the pool get
// by with those that it has. So does a claim of precedence, with one. Thread-safe. Must outlive its leases.
class PgPool {
 public:
  // `precedence` may be null, and must outlive this.
  PgPool(PgConnection::Options options, int size, const ConnectionPrecedence* precedence = nullptr);

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

  // UNAVAILABLE when none became free within some seconds, or the database cannot be reached.
  absl::StatusOr<Lease> Take();

  // Runs `read` on a leased connection. If the connection turns out to be lost, as after a restart of the database,
  // runs `read` once more on a new connection; so `read` must not write.
  absl::StatusOr<PgResult> Read(absl::FunctionRef<absl::StatusOr<PgResult>(PgConnection&)> read);
  absl::StatusOr<PgResult> Read(const PgStatement& statement, const std::vector<PgParam>& params);

  // Closes the connections that nobody has used for this long; all idle ones but one while precedence is claimed.
  void CloseIdle(absl::Duration unused);

 private:
  struct Idle {
    std::unique_ptr<PgConnection> connection;
    SteadyTime since;
  };

  // How many connections the pool may have at present.
  int Limit() const;
  // Waits for an idle connection. Null if there is none but one may be made, which is counted as open then.
  absl::StatusOr<std::unique_ptr<PgConnection>> Reserve();
  // An idle connection, or a new one.
  absl::StatusOr<std::unique_ptr<PgConnection>> Obtain();
  void Return(std::unique_ptr<PgConnection> connection);

  const PgConnection::Options options_;
  const int size_;
  const ConnectionPrecedence* const precedence_;
  absl::Mutex mutex_;
  // Told when a connection returns, or fewer are open.
  SteadyCondVar changed_;
  // Those that are leased, idle or being made.
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  // The longest unused one comes first.
  std::vector<Idle> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_POSTGRES_POSTGRES_POOL_H_
