#include "catalog_service/postgres/kept_connection.h"

#include <utility>

#include "absl/status/statusor.h"

namespace toolcatalog {

KeptConnection::KeptConnection(PgConnection::Options options, ConnectionPrecedence* precedence)
    : options_(std::move(options)), precedence_(precedence) {}

absl::Status KeptConnection::Ensure() {
  if (is_usable() && connection_->IsAlive()) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<PgConnection>> made = PgConnection::Connect(options_);
  if (!made.ok()) {
    if (precedence_ != nullptr && !claim_.has_value()) claim_.emplace(precedence_);
    return made.status();
  }
  connection_ = *std::move(made);
  claim_.reset();
  return absl::OkStatus();
}

}  // namespace toolcatalog
