#ifndef CATALOG_SERVICE_POSTGRES_TRANSACTION_H_
#define CATALOG_SERVICE_POSTGRES_TRANSACTION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// One transaction on one connection, and the only place that begins, commits and rolls back. Until the transaction has
// ended, nothing else may run on the connection. The destructor rolls back what has not ended. If an exception runs the
// destructor, it closes the connection instead, because answers may still be under way. Not thread-safe.
class PgTransaction {
 public:
  enum class Isolation {
    // Each statement sees what was committed before it began.
    kReadCommitted,
    // All statements see one snapshot, and none of them may write.
    kReadOnlySnapshot,
  };
  // What the database has stored of the transaction. An open one has stored nothing.
  enum class End { kNothingStored, kCommitted, kUnknown };
  // One result for each statement.
  using Results = absl::StatusOr<std::vector<PgResult>>;

  // Sends nothing: BEGIN travels with the first statements. `connection` must outlive this. `impatience` applies to
  // every round trip but a roll-back after a failure.
  explicit PgTransaction(PgConnection* connection, Isolation isolation = Isolation::kReadCommitted,
                         PgConnection::Impatience impatience = {});
  ~PgTransaction();
  PgTransaction(const PgTransaction&) = delete;
  PgTransaction& operator=(const PgTransaction&) = delete;

  // Each of these runs statements in one round trip. The first failure rolls back and ends the transaction. INTERNAL
  // when the transaction has ended before.
  Results Run(std::vector<PgCommand> commands);
  // COMMIT travels with the statements. INTERNAL also when the server answers COMMIT with ROLLBACK, as it does when a
  // statement had failed unnoticed.
  Results RunAndCommit(std::vector<PgCommand> commands);
  Results RunAndRollBack(std::vector<PgCommand> commands);

  // Runs SQL text that holds several statements, as `Run` does.
  absl::Status RunScript(const std::string& sql);

  // kUnknown when the connection was lost after COMMIT was sent and before its answer came.
  End end() const { return end_; }

 private:
  enum class State { kNew, kOpen, kEnded };

  // Runs the statements, with BEGIN before the first ones and `last`, if not null, behind them.
  Results Send(std::vector<PgCommand> commands, const PgStatement* last);
  void RollBack();

  PgConnection& connection_;
  const PgStatement& begin_;
  const PgConnection::Impatience impatience_;
  const int exceptions_;
  State state_ = State::kNew;
  End end_ = End::kNothingStored;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_POSTGRES_TRANSACTION_H_
