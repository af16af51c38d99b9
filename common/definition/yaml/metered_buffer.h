#ifndef COMMON_DEFINITION_YAML_METERED_BUFFER_H_
#define COMMON_DEFINITION_YAML_METERED_BUFFER_H_

#include <cstddef>
#include <streambuf>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Lets a stream read a text without a copy, and stops a reader that reads on without producing anything: after more
// than `max_silent_bytes` without a call of `NoteProgress`, the text seems to end, and the buffer is stalled. The text
// must outlive the buffer. Not thread-safe.
class MeteredBuffer : public std::streambuf {
 public:
  MeteredBuffer(absl::string_view text, size_t max_silent_bytes) : rest_(text), max_silent_bytes_(max_silent_bytes) {}

  // Call this when the reader has produced something: the count of silent bytes begins anew.
  void NoteProgress() { silent_bytes_ = 0; }
  bool is_stalled() const { return is_stalled_; }

  // Makes the text seem to end here.
  void Stop() {
    rest_ = {};
    setg(nullptr, nullptr, nullptr);
  }

 protected:
  int_type underflow() override {
    constexpr size_t kChunk = 16 * 1024;
    is_stalled_ = is_stalled_ || silent_bytes_ > max_silent_bytes_;
    if (rest_.empty() || is_stalled_) return traits_type::eof();
    const absl::string_view chunk = rest_.substr(0, kChunk);
    rest_.remove_prefix(chunk.size());
    silent_bytes_ += chunk.size();
    char* begin = const_cast<char*>(chunk.data());  // streambuf has no read-only form; nothing writes here
    setg(begin, begin, begin + chunk.size());
    return traits_type::to_int_type(*begin);
  }

 private:
  absl::string_view rest_;
  const size_t max_silent_bytes_;
  size_t silent_bytes_ = 0;
  bool is_stalled_ = false;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_METERED_BUFFER_H_
