#include "common/rpc/memory_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

using testing::HasSubstr;

TEST(MemoryBudget, RefusesWhatDoesNotFitAndTakesItAfterARelease) {
  MemoryBudget budget("large imports", 100);
  absl::StatusOr<MemoryBudget::Reservation> first = budget.Reserve(60);
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(budget.Reserve(40).ok()) << "exactly what is left";
  const absl::Status refused = budget.Reserve(41).status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_EQ(ErrorReason(refused), "MEMORY_BUDGET_EXHAUSTED");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("the large imports in progress hold all the memory"));
  EXPECT_EQ(budget.held(), 60) << "nothing is held of what was refused";
  first->Release();
  EXPECT_EQ(budget.held(), 0);
  EXPECT_TRUE(budget.Reserve(100).ok());
}

TEST(MemoryBudget, AReservationGrowsAndShrinks) {
  MemoryBudget budget("imports", 100);
  MemoryBudget::Reservation reservation = *budget.Reserve(10);
  EXPECT_TRUE(reservation.Resize(100).ok());
  EXPECT_FALSE(reservation.Resize(101).ok());
  EXPECT_EQ(reservation.bytes(), 100);
  EXPECT_TRUE(reservation.Resize(1).ok());
  EXPECT_EQ(budget.held(), 1);
  EXPECT_TRUE(reservation.Resize(0).ok());
  EXPECT_EQ(budget.held(), 0);
}

TEST(MemoryBudget, AReservationGivesBackOnceHoweverItEnds) {
  MemoryBudget budget("imports", 100);
  {
    MemoryBudget::Reservation first = *budget.Reserve(10);
    MemoryBudget::Reservation moved = std::move(first);
    EXPECT_EQ(budget.held(), 10);
    MemoryBudget::Reservation second = *budget.Reserve(20);
    second = std::move(moved);
    EXPECT_EQ(budget.held(), 10) << "what it held before is given back";
    second.Release();
    second.Release();
    EXPECT_EQ(budget.held(), 0);
    const MemoryBudget::Reservation last = *budget.Reserve(30);
    EXPECT_EQ(budget.held(), 30);
  }
  EXPECT_EQ(budget.held(), 0);
}

TEST(MemoryBudget, ThreadsNeverHoldMoreThanTheBudget) {
  static constexpr int64_t kTotal = 100;
  MemoryBudget budget("imports", kTotal);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&budget] {
      for (int round = 0; round < 2000; ++round) {
        const absl::StatusOr<MemoryBudget::Reservation> reservation = budget.Reserve(40);
        EXPECT_LE(budget.held(), kTotal);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget.held(), 0);
}

}  // namespace
}  // namespace toolcatalog
