#include "tests/support/marked_writers.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status.h"

namespace toolcatalog {

MarkedWriters::MarkedWriters(int threads, int max_writes, Write write) : write_(std::move(write)), running_(threads) {
  for (int thread = 0; thread < threads; ++thread) {
    threads_.emplace_back([this, thread, max_writes] { Run(thread, max_writes); });
  }
}

MarkedWriters::~MarkedWriters() { Stop(); }

void MarkedWriters::Run(int thread, int max_writes) {
  for (int count = 0; count < max_writes; ++count) {
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) break;
    }
    std::string marker = absl::StrCat("marker-", thread, "-", count);
    const absl::Time begin = absl::Now();
    absl::Status status = write_(thread, count, marker);
    absl::MutexLock lock(&mutex_);
    if (status.ok()) ++successes_;
    outcomes_.push_back({thread, std::move(marker), std::move(status), begin, absl::Now()});
  }
  absl::MutexLock lock(&mutex_);
  --running_;
}

bool MarkedWriters::AwaitSuccesses(int count, absl::Duration timeout) const {
  absl::MutexLock lock(&mutex_);
  auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return successes_ >= count || running_ == 0; };
  mutex_.AwaitWithTimeout(absl::Condition(&enough), timeout);
  return successes_ >= count;
}

int MarkedWriters::successes() const {
  absl::MutexLock lock(&mutex_);
  return successes_;
}

void MarkedWriters::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  Finish();
}

void MarkedWriters::Finish() {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::vector<MarkedWriters::Outcome> MarkedWriters::outcomes() const {
  absl::MutexLock lock(&mutex_);
  return outcomes_;
}

std::vector<std::string> CheckOutcomes(const std::vector<MarkedWriters::Outcome>& outcomes,
                                       const std::vector<v1::Change>& log, Failures failures) {
  std::map<std::string, std::set<int64_t>> revisions;
  for (const v1::Change& change : log) revisions[change.actor()].insert(change.revision());
  std::vector<std::string> violations;
  for (const MarkedWriters::Outcome& outcome : outcomes) {
    const size_t times = revisions[outcome.marker].size();
    const std::string told = ErrorMetadata(outcome.status, kOutcomeKey);
    std::string wrong;
    if (times > 1) {
      wrong = absl::StrCat("was applied ", times, " times");
    } else if (outcome.status.ok() && times == 0) {
      wrong = "was acknowledged and is not in the log";
    } else if (told == kNotExecuted && times > 0) {
      wrong = "is in the log and was reported as not executed";
    } else if (!outcome.status.ok() && told.empty() && failures == Failures::kMustBeTold) {
      wrong = "failed without a word on whether it was executed";
    }
    if (!wrong.empty()) violations.push_back(absl::StrCat(outcome.marker, " ", wrong, ": ", outcome.status.ToString()));
  }
  return violations;
}

std::map<std::string, int> CountOutcomes(const std::vector<MarkedWriters::Outcome>& outcomes) {
  std::map<std::string, int> counts;
  for (const MarkedWriters::Outcome& outcome : outcomes) {
    ++counts[absl::StrCat(absl::StatusCodeToString(outcome.status.code()), " ",
                          ErrorMetadata(outcome.status, kOutcomeKey))];
  }
  return counts;
}

}  // namespace toolcatalog
