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
#include "catalog_service/postgres/postgres.h"
#include "catalog_service/postgres/transaction.h"
#include "catalog_service/write/write_sql.h"
#include "common/definition/validation/definition_validator.h"

namespace toolcatalog {

// A mutation that waits to be written.
struct PendingWrite {
  Mutation mutation;
  // 16 bytes, unique in the log: tells whether the mutation was committed when an answer got lost.
  std::string id;
  absl::Time deadline;
  // Whether the caller has gone.
  std::function<bool()> abandoned;
  // Gets the outcome, once.
  absl::AnyInvocable<void(absl::StatusOr<MutationResult>)> done;
};

// Writes batches of mutations under the counter lock: each batch in one transaction, or in several, one after the
// other, if it takes long or the transaction was lost. Not thread-safe.
class CatalogWriter {
 public:
  // `database` is used for a connection of its own. `validator` must outlive this.
  CatalogWriter(PgConnection::Options database, const DefinitionValidator* validator);

  // Answers every write of the batch: its result after the commit; its own error, with nothing stored; or
  // OUTCOME_UNKNOWN when the database cannot be asked whether it committed. A write that the database refuses, whose
  // transaction it ends, or that throws, fails alone. Blocks while the database does: its time limits are those of the
  // connection, and each of reconnecting and of finding out about a lost commit takes some seconds more at most.
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
    // One for each write that was decided, the first ones of those given; true once the transaction is committed.
    Results results;
    // Ids of the writes that made a revision.
    std::vector<std::string> ids;
    // For each write that was decided whether it made a revision.
    std::vector<bool> wrote;
  };

  absl::Status EnsureConnected();
  // A transaction on the connection, which must be there.
  PgTransaction Begin();
  void EndBlockers();
  // Writes as many of the first writes as the time under the lock allows, one at least, in one transaction.
  Attempt Try(absl::Span<const PendingWrite> writes);
  void Write(absl::Span<const PendingWrite> writes, Attempt& attempt);
  // Fills what the attempt says of its writes, and `origins` for those that made a revision.
  static void Decide(absl::Span<const PendingWrite> writes, CatalogState& state, Attempt& attempt,
                     std::vector<WriteOrigin>& origins);
  void Store(PgTransaction& transaction, CatalogState& state, const std::vector<WriteOrigin>& origins,
             Attempt& attempt);
  absl::StatusOr<bool> FindWrites(const std::vector<std::string>& ids);
  // Whether the attempt was committed after all.
  absl::StatusOr<bool> WasCommitted(const Attempt& attempt);
  // Ends an unknown attempt otherwise if the database tells, and keeps why it does not.
  void FindOut(Attempt& attempt);
  static void AnswerOne(PendingWrite& write, absl::StatusOr<MutationResult> result);
  // Answers the first `count` writes and removes them.
  static void Answer(std::vector<PendingWrite>& batch, size_t count, Attempt& attempt);
  static void DropUnwanted(std::vector<PendingWrite>& batch);

  const PgConnection::Options database_;
  const DefinitionValidator& validator_;
  std::unique_ptr<PgConnection> connection_;
  std::atomic<bool> retrying_ = true;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_WRITE_CATALOG_WRITER_H_
