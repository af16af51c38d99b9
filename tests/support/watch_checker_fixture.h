#ifndef TESTS_SUPPORT_WATCH_CHECKER_FIXTURE_H_
#define TESTS_SUPPORT_WATCH_CHECKER_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/watch_recording.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// Recordings of watch streams, good ones and the parts that a test makes a bad one of.
class WatchCheckerFixture : public testing::Test {
 protected:
  // A state hash, different for each number.
  static std::string HashOf(int number);

  // Changes that create and delete a version.
  static v1::Change Created(int64_t revision, const std::string& name, const std::string& version = "1.0");
  static v1::Change Deleted(int64_t revision, const std::string& name, const std::string& version = "1.0");

  // Messages at `revision`, with the state hash `HashOf(revision)`: one without an event, a bookmark, a batch of one
  // write (a fragment of it with `more`), and a part of a snapshot.
  static v1::WatchToolsResponse Position(int64_t revision);
  static v1::WatchToolsResponse Bookmark(int64_t revision);
  static v1::WatchToolsResponse Write(int64_t revision, std::vector<v1::Change> changes, bool more = false);
  static v1::WatchToolsResponse SnapshotPart(int64_t revision, const std::vector<std::string>& names, bool last);
  // One batch of the writes of all `messages`, at the position of the last one.
  static v1::WatchToolsResponse Batch(const std::vector<v1::WatchToolsResponse>& messages);

  // The first write of a message.
  static v1::Write& FirstWrite(v1::WatchToolsResponse& message);
  // Changes the state hash of a message and of its last write.
  static void SetHash(v1::WatchToolsResponse& message, const std::string& hash);

  // A stream from revision 0 with three tools written in revisions 1 to 3, the third write in two fragments.
  static std::vector<v1::WatchToolsResponse> GoodMessages();
  // A connection that asked to continue at `revision`, and one that asked for a snapshot.
  static WatchConnection From(int64_t revision, std::vector<v1::WatchToolsResponse> messages);
  static WatchConnection FromSnapshot(std::vector<v1::WatchToolsResponse> messages);

  // What the checker finds in a recording of these connections, or of one connection from revision 0.
  static std::vector<std::string> Violations(std::vector<WatchConnection> connections);
  static std::vector<std::string> Violations(std::vector<v1::WatchToolsResponse> messages);
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_WATCH_CHECKER_FIXTURE_H_
