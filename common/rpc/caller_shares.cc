#include "common/rpc/caller_shares.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/rpc/caller_address.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// What a connection may hold in any case.
constexpr int64_t kSmallShare = 1 << 20;

absl::Status Refused(absl::string_view whose, int64_t held) {
  return MakeError(Reason::kMemoryBudgetExhausted, absl::StrCat("the calls in progress ", whose, " hold ", held,
                                                                " bytes, all that is left to it; try again later"));
}

}  // namespace

std::shared_ptr<CallerShares::Share> CallerShares::Of(absl::string_view caller) {
  absl::MutexLock lock(&mutex_);
  std::weak_ptr<Share>& kept = shares_.At(caller);
  if (std::shared_ptr<Share> share = kept.lock()) return share;
  std::weak_ptr<std::atomic<int64_t>>& kept_address = addresses_.At(AddressOf(caller));
  std::shared_ptr<std::atomic<int64_t>> of_address = kept_address.lock();
  if (of_address == nullptr) kept_address = of_address = std::make_shared<std::atomic<int64_t>>(0);
  auto share = std::make_shared<Share>(std::move(of_address));
  kept = share;
  return share;
}

absl::Status CallerShares::CheckConnection(const Share& share, int64_t more, int64_t held) const {
  const int64_t of_connection = share.of_connection;
  if (of_connection + more <= std::max(kSmallShare, for_large_shares_ - held)) return absl::OkStatus();
  return Refused("on this connection", of_connection);
}

absl::Status CallerShares::CheckAddress(const Share& share, int64_t more) const {
  const int64_t of_address = *share.of_address;
  if (of_address + more <= for_large_shares_) return absl::OkStatus();
  return Refused("of this address", of_address);
}

}  // namespace toolcatalog
