#ifndef CATALOG_SERVICE_WRITE_CATALOG_WRITER_H_
#define CATALOG_SERVICE_WRITE_CATALOG_WRITER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "catalog_service/model/catalog_state.h"
#include "catalog_service/model/mutation.h"
#include "catalog_service/postgres/connection_precedence.h"
#include "catalog_service/postgres/kept_connection.h"
#include "catalog_service/postgres/postgres.h"
#include "catalog_service/postgres/transaction.h"
#include "catalog_service/write/write_sql.h"
#include "common/definition/validation/definition_validator.h"
#include "common/steady_time.h"

namespace toolcatalog {

// A mutation that waits to be written.
struct PendingWrite {
  Mutation mutation;
  // 16 bytes, unique in the log. If the answer to a commit is lost, the log is searched for this id.
  std::string id;
  SteadyTime deadline;
  // Whether the caller has gone.
  std::function<bool()> abandoned;
  // Gets the outcome, once.
  absl::AnyInvocable<void(absl::StatusOr<MutationResult>)> done;
};

// Writes batches of mutations under the counter lock. A batch is one transaction, or several in turn if deciding the
// batch takes long or a transaction fails. Not thread-safe.
class CatalogWriter {
 public:
  // `database` is used for a connection of its own. `precedence` may be null. It and `validator` must outlive this.
  CatalogWriter(PgConnection::Options database, const DefinitionValidator* validator,
                ConnectionPrecedence* precedence = nullptr);

  // Connects, unless the writer is connected: before the first write, and again after a loss, so that others do not
  // take the database's last connections meanwhile. A failure is no harm, `Commit` tries again.
  absl::Status Connect() { return connection_.Ensure(); }

  // Answers every write of the batch, with one of three outcomes: its result, after the commit; an error, with nothing
  // stored; or OUTCOME_UNKNOWN, if the database cannot be asked whether it committed. A write fails alone if the
  // database refuses it, if the database ends the connection because of it, or if it throws. Blocks as long as the
  // time limits of the connection allow. Reconnecting may add some seconds, and so may the search for a lost commit.
  void Commit(std::vector<PendingWrite> batch);

  // From now on nothing is tried twice. Thread-safe.
  void StopRetrying() { retrying_ = false; }

 private:
  using End = PgTransaction::End;
  using Results = std::vector<absl::StatusOr<MutationResult>>;
  struct Attempt {
    End end;
    // Why it was not committed.
    absl::Status status;
    // One for each write that was decided; these are the first of the writes given. They hold once the transaction is
    // committed.
    Results results;
    // Ids of the writes that made a revision.
    std::vector<std::string> ids;
    // Whether each write that was decided made a revision, or tells of one that may not have been replicated.
    std::vector<bool> wrote;
  };

  // A transaction on `connection_`, which must have been made.
  PgTransaction Begin();
  void EndBlockers();
  // Writes the first of the writes in one transaction: as many as the time under the lock and the memory for
  // their answers allow, one at least.
  Attempt Try(absl::Span<const PendingWrite> writes);
  void Write(absl::Span<const PendingWrite> writes, Attempt& attempt);
  // Fills the results of the attempt, and `origins` for the writes that made a revision.
  static void Decide(absl::Span<const PendingWrite> writes, CatalogState& state, Attempt& attempt,
                     std::vector<WriteOrigin>& origins);
  void Store(PgTransaction& transaction, CatalogState& state, const std::vector<WriteOrigin>& origins,
             Attempt& attempt);
  // For a transaction that stores no write: answers that tell of earlier writes wait until a standby has those.
  void Confirm(PgTransaction& transaction, absl::Span<const PendingWrite> writes, const CatalogState& state,
               Attempt& attempt);
  // Runs the statements and commits. The reason of the error is NOT_REPLICATED if the database committed without its
  // synchronous standby.
  absl::Status CommitReplicated(PgTransaction& transaction, std::vector<PgCommand> commands);
  absl::StatusOr<bool> FindWrites(const std::vector<std::string>& ids);
  // Whether the attempt was committed after all. Tries for some seconds to ask the database.
  absl::StatusOr<bool> WasCommitted(const Attempt& attempt);
  // Replaces the unknown end of an attempt by what the database says, or its status by why the database cannot say.
  void FindOut(Attempt& attempt);
  static void AnswerOne(PendingWrite& write, absl::StatusOr<MutationResult> result);
  // Answers the first `count` writes and removes them.
  static void Answer(std::vector<PendingWrite>& batch, size_t count, Attempt& attempt);
  static void DropUnwanted(std::vector<PendingWrite>& batch);

  KeptConnection connection_;
  const DefinitionValidator& validator_;
  std::atomic<bool> retrying_ = true;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_WRITE_CATALOG_WRITER_H_
