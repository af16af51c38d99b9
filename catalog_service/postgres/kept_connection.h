#ifndef CATALOG_SERVICE_POSTGRES_KEPT_CONNECTION_H_
#define CATALOG_SERVICE_POSTGRES_KEPT_CONNECTION_H_

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "catalog_service/postgres/connection_precedence.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// The connection of one owner, who keeps it: nobody else uses it, and it stays open when it is idle. While the owner
// cannot connect, it claims precedence over pools. Not thread-safe.
class KeptConnection {
 public:
  // `precedence` may be null, and must outlive this.
  KeptConnection(PgConnection::Options options, ConnectionPrecedence* precedence);

  // Connects if there is no connection, or if it was lost. UNAVAILABLE if that fails.
  absl::Status Ensure();
  // Closes the connection.
  void Reset() { connection_.reset(); }
  // Whether there is a connection that is not known to be lost.
  bool is_usable() const { return connection_ != nullptr && !connection_->broken(); }

  // There must be a connection, lost or not.
  PgConnection* operator->() const { return connection_.get(); }
  PgConnection* get() const { return connection_.get(); }

  const PgConnection::Options& options() const { return options_; }

 private:
  const PgConnection::Options options_;
  ConnectionPrecedence* const precedence_;
  std::unique_ptr<PgConnection> connection_;
  // Set while the last attempt to connect has failed.
  std::optional<ConnectionPrecedence::Claim> claim_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_POSTGRES_KEPT_CONNECTION_H_
