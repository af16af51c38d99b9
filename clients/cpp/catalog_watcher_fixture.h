#ifndef CLIENTS_CPP_CATALOG_WATCHER_FIXTURE_H_
#define CLIENTS_CPP_CATALOG_WATCHER_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "clients/cpp/catalog_client.h"
#include "clients/cpp/catalog_watcher.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "common/status.h"

namespace toolcatalog {

// Writes down what a watcher tells it, one line a call. Thread-safe.
class ObserverRecorder final : public CatalogWatcher::Observer {
 public:
  bool OnSnapshot(CatalogSnapshot snapshot) override {
    const size_t tools = snapshot.versions.size();
    const std::string lost = snapshot.history_lost ? absl::StrCat(" lost: ", ErrorReason(snapshot.refusal)) : "";
    return Add(
        absl::StrCat("snapshot ", snapshot.position.revision, " tools ", tools, " resync ", snapshot.resync, lost),
        snapshot.position.state_hash);
  }
  bool OnWrite(CatalogWrite write) override {
    return Add(absl::StrCat("write ", write.position.revision, " changes ", write.changes.size()),
               write.position.state_hash);
  }
  bool OnBookmark(const CatalogPosition& position) override {
    return Add(absl::StrCat("bookmark ", position.revision), position.state_hash);
  }
  void OnDisconnected(const absl::Status& status, int64_t resync) override {
    Add(absl::StrCat("disconnected ", absl::StatusCodeToString(status.code()), " resync ", resync), "");
  }

  // The oldest line that was not returned yet; "nothing" if none comes within 10 s.
  std::string Next() {
    absl::MutexLock lock(&mutex_);
    const auto some = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !lines_.empty(); };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&some), absl::Seconds(10))) return "nothing";
    std::string line = lines_.front();
    lines_.pop_front();
    return line;
  }
  bool empty() {
    absl::MutexLock lock(&mutex_);
    return lines_.empty();
  }
  // The state hash of the last position.
  std::string hash() {
    absl::MutexLock lock(&mutex_);
    return hash_;
  }
  // Takes nothing from now on; with false, everything again.
  void Refuse(bool refuses) {
    absl::MutexLock lock(&mutex_);
    refuses_ = refuses;
  }
  // From now on `taken` decides whether a line is taken.
  void Decide(std::function<bool(const std::string& line)> taken) {
    absl::MutexLock lock(&mutex_);
    taken_ = std::move(taken);
  }
  // Throws at each call from now on; with false, at none.
  void Throw(bool throws) {
    absl::MutexLock lock(&mutex_);
    throws_ = throws;
  }

 private:
  bool Add(const std::string& line, const std::string& hash) {
    std::function<bool(const std::string& line)> taken;
    {
      absl::MutexLock lock(&mutex_);
      lines_.push_back(line);
      if (!hash.empty()) hash_ = hash;
      if (throws_) throw std::runtime_error("unexpected");
      if (refuses_) return false;
      taken = taken_;
    }
    return taken == nullptr || taken(line);
  }

  absl::Mutex mutex_;
  std::deque<std::string> lines_ ABSL_GUARDED_BY(mutex_);
  std::string hash_ ABSL_GUARDED_BY(mutex_);
  bool refuses_ ABSL_GUARDED_BY(mutex_) = false;
  bool throws_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<bool(const std::string& line)> taken_ ABSL_GUARDED_BY(mutex_);
};

// A watcher of a fake catalog; a recorder is its observer.
class CatalogWatcherFixture : public ::testing::Test {
 protected:
  // Short enough for a test to wait for many attempts.
  static CatalogWatcher::Timing ShortTiming() {
    return {absl::Milliseconds(1), absl::Milliseconds(20), absl::Seconds(20)};
  }

  void Start(const CatalogWatcher::Timing& timing = ShortTiming()) {
    watcher_ = std::make_unique<CatalogWatcher>(CatalogChannel(catalog_.address()), &recorder_, timing);
    watcher_->Start();
  }

  // Starts and delivers a snapshot with two tools at revision 5.
  std::shared_ptr<FakeCatalog::Watch> StartAt5() {
    Start();
    auto watch = catalog_.AwaitWatch();
    watch->Send(SnapshotMessage(5, {TestTool("grep", "1.0", 3), TestTool("ping", "1.0", 5)}));
    EXPECT_EQ(recorder_.Next(), "snapshot 5 tools 2 resync 0");
    return watch;
  }

  FakeCatalog catalog_;
  ObserverRecorder recorder_;
  std::unique_ptr<CatalogWatcher> watcher_;
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_CATALOG_WATCHER_FIXTURE_H_
