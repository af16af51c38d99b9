#include "common/rpc/event_page.h"

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "google/protobuf/util/time_util.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

v1::ReloadEvent EventOf(int64_t micros, const std::string& replica, int64_t id) {
  v1::ReloadEvent event;
  *event.mutable_timestamp() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(micros);
  event.set_replica(replica);
  event.set_boot_id("boot");
  event.set_event_id(id);
  return event;
}

TEST(EventPage, NewerEventsComeFirstAndTiesHaveAnOrder) {
  EXPECT_TRUE(IsBefore(PlaceOf(EventOf(2, "a", 1)), PlaceOf(EventOf(1, "a", 2))));
  EXPECT_TRUE(IsBefore(PlaceOf(EventOf(1, "a", 2)), PlaceOf(EventOf(1, "a", 1))));
  EXPECT_TRUE(IsBefore(PlaceOf(EventOf(1, "a", 1)), PlaceOf(EventOf(1, "b", 9))));
  EXPECT_FALSE(IsBefore(PlaceOf(EventOf(1, "a", 1)), PlaceOf(EventOf(1, "a", 1))));
}

TEST(EventPage, ATokenLeadsBackToItsPlace) {
  v1::ListReloadEventsRequest request;
  request.set_trigger_type("manual");
  EXPECT_FALSE(PageStart(request)->has_value());
  request.set_page_token(NextEventPageToken(request, EventOf(1234567, "a:8082", 7)));
  request.set_limit(3);
  const auto place = PageStart(request);
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(absl::ToUnixMicros((*place)->ended), 1234567);
  EXPECT_EQ((*place)->replica, "a:8082");
  EXPECT_EQ((*place)->event_id, 7);
}

// The catalog stores times in microseconds, rounded up; a token with another time would skip events.
TEST(EventPage, ATokenHasTheTimeThatIsStored) {
  v1::ReloadEvent event = EventOf(1234567, "a", 7);
  event.mutable_timestamp()->set_nanos(event.timestamp().nanos() + 1);
  v1::ListReloadEventsRequest request;
  request.set_page_token(NextEventPageToken(request, event));
  const auto place = PageStart(request);
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(absl::ToUnixMicros((*place)->ended), 1234568);
  EXPECT_TRUE(IsBefore(**place, PlaceOf(EventOf(1234568, "b", 1))));
}

TEST(EventPage, ATokenOfOtherFiltersOrADamagedOneIsRefused) {
  v1::ListReloadEventsRequest request;
  const std::string token = NextEventPageToken(request, EventOf(1, "a", 1));
  request.set_page_token(token.substr(0, token.size() - 4));
  EXPECT_EQ(PageStart(request).status().code(), absl::StatusCode::kInvalidArgument);
  request.set_page_token(token);
  request.set_replica("b");
  EXPECT_EQ(PageStart(request).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace toolcatalog
