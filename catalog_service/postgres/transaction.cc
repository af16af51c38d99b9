#include "catalog_service/postgres/transaction.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/guarded.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr PgStatement kBegin = {"toolcatalog_begin", "begin isolation level read committed"};
constexpr PgStatement kBeginSnapshot = {"toolcatalog_begin_snapshot",
                                        "begin isolation level repeatable read, read only"};
// Tests cut connections at this name.
constexpr PgStatement kCommit = {"toolcatalog_commit", "commit"};
constexpr PgStatement kRollback = {"toolcatalog_rollback", "rollback"};

absl::Status HasEnded() { return MakeError(Reason::kInternalError, "the transaction has ended"); }

}  // namespace

PgTransaction::PgTransaction(PgConnection* connection, Isolation isolation, PgConnection::Impatience impatience)
    : connection_(*connection),
      begin_(isolation == Isolation::kReadCommitted ? kBegin : kBeginSnapshot),
      impatience_(std::move(impatience)),
      exceptions_(std::uncaught_exceptions()) {}

PgTransaction::~PgTransaction() {
  if (state_ != State::kOpen) return;
  if (std::uncaught_exceptions() > exceptions_) {
    connection_.Close();
  } else {
    RollBack();
  }
}

// A connection that cannot roll back may still hold locks, so it is closed.
void PgTransaction::RollBack() {
  state_ = State::kEnded;
  if (connection_.broken()) return;
  const absl::Status status = Guarded("rolling back", [this] { return connection_.Execute(kRollback, {}).status(); });
  if (!status.ok()) connection_.Close();
}

PgTransaction::Results PgTransaction::Send(std::vector<PgCommand> commands, const PgStatement* last) {
  if (state_ == State::kEnded) return HasEnded();
  const bool begins = state_ == State::kNew;
  if (begins) commands.insert(commands.begin(), {&begin_, {}});
  if (last != nullptr) commands.push_back({last, {}});
  state_ = State::kOpen;
  Results results = connection_.Pipeline(commands, impatience_);
  if (!results.ok()) {
    RollBack();
  } else if (begins) {
    results->erase(results->begin());
  }
  return results;
}

PgTransaction::Results PgTransaction::Run(std::vector<PgCommand> commands) {
  return Send(std::move(commands), nullptr);
}

PgTransaction::Results PgTransaction::RunAndCommit(std::vector<PgCommand> commands) {
  if (state_ == State::kEnded) return HasEnded();
  end_ = End::kUnknown;
  Results results = Send(std::move(commands), &kCommit);
  if (!results.ok()) {
    if (!connection_.broken()) end_ = End::kNothingStored;
    return results;
  }
  state_ = State::kEnded;
  const bool committed = results->back().command_tag() == "COMMIT";
  end_ = committed ? End::kCommitted : End::kNothingStored;
  if (!committed) return MakeError(Reason::kInternalError, "the database rolled the transaction back");
  results->pop_back();
  return results;
}

PgTransaction::Results PgTransaction::RunAndRollBack(std::vector<PgCommand> commands) {
  Results results = Send(std::move(commands), &kRollback);
  if (!results.ok()) return results;
  state_ = State::kEnded;
  results->pop_back();
  return results;
}

absl::Status PgTransaction::RunScript(const std::string& sql) {
  if (state_ == State::kEnded) return HasEnded();
  const std::string script = state_ == State::kNew ? absl::StrCat(begin_.sql, "; ", sql) : sql;
  state_ = State::kOpen;
  absl::Status status = connection_.ExecuteScript(script, impatience_);
  if (!status.ok()) RollBack();
  return status;
}

}  // namespace toolcatalog
