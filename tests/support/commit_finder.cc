#include "tests/support/commit_finder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

constexpr size_t kLengthBytes = 4;
// The bodies of encryption requests, which come before the startup message and look like it.
constexpr size_t kEncryptionBodyBytes = 4;

size_t BigEndian(absl::string_view bytes) {
  size_t value = 0;
  for (char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

size_t CommitFinder::Take(absl::string_view bytes, absl::string_view trigger) {
  size_t at = 0;
  while (at < bytes.size()) {
    if (header_.size() < HeaderBytes()) {
      header_.push_back(bytes[at++]);
      if (header_.size() == HeaderBytes()) StartBody();
    } else {
      at += TakeBody(bytes.substr(at), trigger);
    }
    if (header_.size() == HeaderBytes() && body_left_ == 0 && EndMessage()) return at;
  }
  return kNone;
}

// The startup message and encryption requests have no type byte.
size_t CommitFinder::HeaderBytes() const { return kLengthBytes + (started_ ? 1 : 0); }

void CommitFinder::StartBody() {
  const size_t length = BigEndian(absl::string_view(header_).substr(header_.size() - kLengthBytes));
  body_bytes_ = body_left_ = length - std::min(length, kLengthBytes);
}

size_t CommitFinder::TakeBody(absl::string_view bytes, absl::string_view trigger) {
  const absl::string_view part = bytes.substr(0, body_left_);
  body_left_ -= part.size();
  if (!trigger.empty() && !holds_trigger_) {
    std::string window = absl::StrCat(tail_, part);
    holds_trigger_ = window.find(trigger.data(), 0, trigger.size()) != std::string::npos;
    tail_ = window.substr(window.size() - std::min(window.size(), trigger.size() - 1));
  }
  return part.size();
}

bool CommitFinder::EndMessage() {
  const char type = started_ ? header_[0] : '\0';
  if (!started_) started_ = body_bytes_ != kEncryptionBodyBytes;
  const bool holds = std::exchange(holds_trigger_, false);
  header_.clear();
  tail_.clear();
  switch (type) {
    case 'Q':
      return holds;
    case 'P':
    case 'B':
    case 'E':
      pending_ = pending_ || holds;
      return false;
    case 'S':
    case 'H':
      return std::exchange(pending_, false);
    default:
      return false;
  }
}

}  // namespace toolcatalog
