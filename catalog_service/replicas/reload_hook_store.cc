#include "catalog_service/replicas/reload_hook_store.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/postgres/transaction.h"
#include "common/definition/definition.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr int kMaxHooks = 100;

// Of two that come at once, the second counts the first.
constexpr PgStatement kLock = {"hooks_lock", "lock table reload_hooks in share row exclusive mode"};
constexpr PgStatement kAdd = {
    "hooks_add",
    "with known as (select count(*) as hooks, count(*) filter (where name = $1) as taken from reload_hooks), "
    "added as (insert into reload_hooks (name, body) select $1, $2 from known where taken = 0 and hooks < $3 "
    "returning 1) select taken, (select count(*) from added) from known"};
constexpr PgStatement kFind = {"hooks_find", "select count(*) from reload_hooks where name = $1"};
constexpr PgStatement kRemove = {
    "hooks_remove", "with gone as (delete from reload_hooks where name = $1 returning 1) select count(*) from gone"};

}  // namespace

absl::Status ReloadHookStore::Add(const v1::Hook& hook, bool validate_only) {
  absl::StatusOr<PgPool::Lease> lease = pool_.Take();
  if (!lease.ok()) return lease.status();
  std::vector<PgCommand> commands = {
      {&kLock, {}},
      {&kAdd,
       {PgParam::Text(NameKey(hook.name())), PgParam::Bytes(hook.SerializeAsString()), PgParam::Int(kMaxHooks)}}};
  PgTransaction transaction(&**lease);
  PgTransaction::Results results =
      validate_only ? transaction.RunAndRollBack(std::move(commands)) : transaction.RunAndCommit(std::move(commands));
  if (!results.ok()) return results.status();
  const PgResult& added = results->back();
  if (added.Int(0, 0) > 0)
    return MakeError(Reason::kHookExists, absl::StrCat("hook \"", hook.name(), "\" exists"), {{"hook", hook.name()}});
  if (added.Int(0, 1) == 0) {
    return MakeError(Reason::kHookLimit,
                     absl::StrCat("there are ", kMaxHooks, " hooks, which is the most; delete one"));
  }
  return absl::OkStatus();
}

absl::Status ReloadHookStore::Remove(const std::string& name, bool validate_only) {
  absl::StatusOr<PgPool::Lease> lease = pool_.Take();
  if (!lease.ok()) return lease.status();
  absl::StatusOr<PgResult> removed = (*lease)->Execute(validate_only ? kFind : kRemove, {PgParam::Text(NameKey(name))});
  if (!removed.ok()) return removed.status();
  if (removed->Int(0, 0) > 0) return absl::OkStatus();
  return MakeError(Reason::kHookNotFound, absl::StrCat("hook \"", name, "\" does not exist"),
                   {{"hook", std::string(name)}});
}

}  // namespace toolcatalog
