#ifndef CATALOG_SERVICE_POSTGRES_IDLE_CONNECTIONS_H_
#define CATALOG_SERVICE_POSTGRES_IDLE_CONNECTIONS_H_

#include <thread>
#include <vector>

#include "catalog_service/postgres/postgres_pool.h"
#include "common/wake.h"

namespace toolcatalog {

// Gives connections back to the database, in a thread of its own: those that nobody has used for half a minute, and at
// once what pools can do without while precedence is claimed.
class IdleConnections {
 public:
  // The pools must outlive this.
  explicit IdleConnections(std::vector<PgPool*> pools);
  ~IdleConnections();

 private:
  void Run();

  const std::vector<PgPool*> pools_;
  Wake stop_;
  std::thread thread_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_POSTGRES_IDLE_CONNECTIONS_H_
