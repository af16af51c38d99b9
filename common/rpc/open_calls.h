#ifndef COMMON_RPC_OPEN_CALLS_H_
#define COMMON_RPC_OPEN_CALLS_H_

#include <grpc/grpc.h>
#include <grpcpp/resource_quota.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/rpc/arriving_bytes.h"
#include "common/rpc/caller_shares.h"
#include "common/rpc/memory_budget.h"
#include "common/steady_time.h"
#include "common/wake.h"

// What the open calls of a process hold, and how long a client may take to fetch an answer.
//
// How it works: each unary call and each stream has an `Entry`. It counts what the call holds in memory against one
// budget, whatever server of the process it came to. What does not fit is refused, not queued, because a call that
// waits holds memory too. While an answer or a message of a stream is on its way, the entry is in a list. A client that
// does not take it in time is given up: its call is cancelled. If memory is short, those clients go first that have
// kept the server waiting longest: memory is for those who read. What they hold counts until their calls have ended.
// `CallerShares` says how much one caller may hold; its large shares are three quarters of the budget. So neither a few
// greedy connections nor a thousand modest ones of one client leave less than a quarter to the others.
//
// Invariants:
// - While an entry is in a list, its call exists, and only `OpenCalls` touches the entry, under its lock.
// - Otherwise only the call touches it.
// gRPC may run the end of a call within `grpc_call_cancel`, so it is never called with the lock held; a reference taken
// under the lock keeps the call. The lock of a stream may be held when the lock of `OpenCalls` is taken, never the
// other way round.

namespace toolcatalog {

// Thread-safe. Must outlive the entries.
class OpenCalls {
 public:
  // What a call costs beside its messages.
  static constexpr int64_t kCallBytes = 16 << 10;

  // What one call holds. See above for who may touch it.
  class Entry {
   public:
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry();

   private:
    friend class OpenCalls;
    MemoryBudget::Reservation held_;
    // The share of its connection; null = it has none.
    std::shared_ptr<CallerShares::Share> share_;
    grpc_call* call_ = nullptr;
    SteadyTime begin_;
    SteadyTime deadline_;
    // Whether a message is on its way, and whether its client has been given up.
    bool writing_ = false;
    bool leaving_ = false;
    std::list<Entry*>::iterator place_;
  };

  // How long a client may take to fetch an answer: whoever is slower is gone or hopeless.
  static absl::Duration TimeFor(size_t bytes);

  // `memory_limit` is what the process should keep to, in bytes. A sixth of it is for messages that arrive, see
  // ArrivingBytes; if they come too fast for that, gRPC's quota of a quarter ends connections. A sixth is for what
  // calls hold, and a sixth for the texts of large imports. The rest is for the work that is done for them, and for
  // what the process keeps anyway.
  explicit OpenCalls(int64_t memory_limit);
  ~OpenCalls();

  // Holds `bytes`, beside what every call costs, for a new call of a connection. "" = a call with a bound of its own.
  absl::Status Admit(Entry& entry, absl::string_view caller, int64_t bytes);
  // Holds `bytes` instead of what the call held. RESOURCE_EXHAUSTED, and nothing changes, if there is no room for them.
  absl::Status Hold(Entry& entry, int64_t bytes);
  // A message to the client begins; `limit` is how long it may take.
  void BeginWrite(Entry& entry, grpc_call* call, absl::Duration limit);
  // The message under way, if there is one, may take no longer than this.
  void HastenWrite(Entry& entry, absl::Duration limit);
  void EndWrite(Entry& entry);

  // Counts a call that was refused for lack of room in a queue or in memory. The log tells every 10 s how many
  // they were, since one line a call would add to the load.
  void NoteRefused() { refused_.fetch_add(1, std::memory_order_relaxed); }

  int64_t memory_limit() const { return memory_limit_; }
  MemoryBudget& budget() { return budget_; }
  // Of the connections of all servers of the process.
  ArrivingBytes& arriving() { return arriving_; }
  // For all servers of the process.
  const grpc::ResourceQuota& quota() const { return quota_; }

 private:
  using Calls = std::vector<grpc_call*>;
  using Entries = std::list<Entry*>;

  // Tries to hold so much more. Gives up clients if the budget, or the part of the entry's address, is full.
  absl::Status TryHold(Entry& entry, int64_t more);
  // Gives up those who have not taken their message for a while, until this much is free or will be soon; those of one
  // address, or of any if it is null.
  void MakeRoom(int64_t bytes, const std::atomic<int64_t>* of_address);
  void GiveUp(Entries::iterator place, Calls& calls) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Cancel(const Calls& calls);
  void Run();
  void GiveUpLateOnes();
  void LogRefused();

  const int64_t memory_limit_;
  grpc::ResourceQuota quota_;
  MemoryBudget budget_;
  ArrivingBytes arriving_;
  std::atomic<int64_t> refused_{0};
  CallerShares shares_;
  Wake stop_;
  absl::Mutex mutex_;
  // Those of which a message is on its way, in order of their beginnings; then those that were given up.
  Entries writing_ ABSL_GUARDED_BY(mutex_);
  Entries leaving_ ABSL_GUARDED_BY(mutex_);
  int64_t leaving_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_OPEN_CALLS_H_
