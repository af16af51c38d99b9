#ifndef COMMON_DEFINITION_STATE_HASH_H_
#define COMMON_DEFINITION_STATE_HASH_H_

#include <string>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// SHA-256 of `body`, 32 bytes.
std::string ContentHash(absl::string_view body);

// Hash of the whole catalog: the sum modulo 2^128, over all current versions, of the first 16 bytes (big-endian) of
// SHA-256(name key, NUL, version key, NUL, "1" if latest else "0", content hash). Independent of order, so that one
// change costs one subtraction and one addition.
class StateHash {
 public:
  StateHash() = default;
  // From the 16 bytes of `bytes()`.
  static StateHash FromBytes(absl::string_view bytes);

  void Add(absl::string_view name_key, absl::string_view version_key, bool latest, absl::string_view content_hash);
  void Remove(absl::string_view name_key, absl::string_view version_key, bool latest, absl::string_view content_hash);

  // 16 bytes, big-endian.
  std::string bytes() const;

  friend bool operator==(const StateHash& a, const StateHash& b) { return a.sum_ == b.sum_; }
  friend bool operator!=(const StateHash& a, const StateHash& b) { return a.sum_ != b.sum_; }

 private:
  absl::uint128 sum_ = 0;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_STATE_HASH_H_
