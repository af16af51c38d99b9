#ifndef RELOAD_SERVICE_CACHE_BATCH_TESTING_H_
#define RELOAD_SERVICE_CACHE_BATCH_TESTING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/cpp/catalog_watcher.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// What the catalog's stream brings, for tests of the cache.

// When the news of a revision arrives.
inline absl::Time At(int64_t revision) { return absl::UnixEpoch() + absl::Seconds(revision); }

inline CatalogSnapshot Snapshot(int64_t revision, const std::vector<v1::Tool>& tools, bool history_lost = false) {
  CatalogSnapshot snapshot;
  snapshot.Add(SnapshotMessage(revision, tools).snapshot());
  snapshot.position.revision = revision;
  snapshot.received = At(revision);
  snapshot.history_lost = history_lost;
  return snapshot;
}

inline CatalogWrite Write(int64_t revision, const std::vector<v1::Change>& changes) {
  CatalogWrite write;
  write.changes = changes;
  write.position.revision = revision;
  write.received = At(revision);
  return write;
}

// A tool whose definition is too large to be served.
inline v1::Tool Oversized(const std::string& name, int64_t revision) {
  v1::Tool tool = TestTool(name, "1.0", revision);
  tool.set_description(std::string(600 << 10, 'x'));
  return tool;
}

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_CACHE_BATCH_TESTING_H_
