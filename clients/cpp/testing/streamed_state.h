#ifndef CLIENTS_CPP_TESTING_STREAMED_STATE_H_
#define CLIENTS_CPP_TESTING_STREAMED_STATE_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/definition/state_hash.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// The versions that the streams of a fake catalog have sent so far, and the state hash of these versions. Thread-safe.
class StreamedState {
 public:
  // Replaces everything by the versions of a complete snapshot.
  void Load(const std::vector<v1::Snapshot>& parts);
  // Adds the changes of a complete write.
  void Apply(const std::vector<v1::Change>& changes);
  // The state hash, in hex.
  std::string hash();

 private:
  struct Version {
    bool latest = false;
    std::string content_hash;
  };

  void Put(const std::string& name, const std::string& version, const std::optional<Version>& now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DemoteOthers(const std::string& name, const std::string& version) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  // By name and version, both in lower case.
  std::map<std::pair<std::string, std::string>, Version> versions_ ABSL_GUARDED_BY(mutex_);
  StateHash sum_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_TESTING_STREAMED_STATE_H_
