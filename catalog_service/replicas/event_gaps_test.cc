#include "catalog_service/replicas/event_gaps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::IsEmpty;

TEST(EventGapsTest, ConsecutiveEventsHaveNone) {
  const EventGaps gaps = FillGaps(4, {}, {{5}, {6}, {7}});
  EXPECT_THAT(gaps.missing_before, ElementsAre(0, 0, 0));
  EXPECT_THAT(gaps.changed, IsEmpty());
}

TEST(EventGapsTest, NumbersThatAreLeftOutAreMissing) {
  EXPECT_THAT(FillGaps(4, {}, {{7}, {8}, {12}}).missing_before, ElementsAre(2, 0, 3));
  EXPECT_THAT(FillGaps(0, {}, {{3}}).missing_before, ElementsAre(2)) << "the first of its process";
}

TEST(EventGapsTest, WhatTheProcessSaysIsMissingIsNotCountedTwice) {
  EXPECT_THAT(FillGaps(4, {}, {{7, 2}, {8, 0}}).missing_before, ElementsAre(2, 0));
  EXPECT_THAT(FillGaps(4, {}, {{7, 1}}).missing_before, ElementsAre(2));
}

TEST(EventGapsTest, LateEventsFillTheGapThatTheyBelongInto) {
  // 3 to 9 are missing before 10.
  const EventGaps all = FillGaps(12, {{10, 7}}, {{3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {11}});
  EXPECT_THAT(all.missing_before, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(all.changed, ElementsAre(FieldsAre(10, 0)));
  const EventGaps some = FillGaps(12, {{10, 7}}, {{4}, {7}});
  EXPECT_THAT(some.missing_before, ElementsAre(1, 2));
  EXPECT_THAT(some.changed, ElementsAre(FieldsAre(10, 2)));
}

TEST(EventGapsTest, OneReportMayFillSeveralGapsAndGoOn) {
  const EventGaps gaps = FillGaps(20, {{5, 2}, {10, 1}, {15, 4}}, {{3}, {9}, {13}, {14}, {20}, {22}});
  EXPECT_THAT(gaps.missing_before, ElementsAre(0, 0, 2, 0, 0, 1));
  EXPECT_THAT(gaps.changed, ElementsAre(FieldsAre(5, 1), FieldsAre(10, 0), FieldsAre(15, 0)));
}

TEST(EventGapsTest, RepeatedEventsChangeNothing) {
  const EventGaps gaps = FillGaps(20, {{10, 1}}, {{5}, {6}, {10, 1}, {11}});
  EXPECT_THAT(gaps.missing_before, ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(gaps.changed, IsEmpty());
}

}  // namespace
}  // namespace toolcatalog
