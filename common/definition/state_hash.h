#ifndef COMMON_DEFINITION_STATE_HASH_H_
#define COMMON_DEFINITION_STATE_HASH_H_

#include <string>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// The SHA-256 of `body`: 32 bytes.
std::string ContentHash(absl::string_view body);

// The hash of the whole catalog. Two catalogs with the same hash hold the same tools.
//
// Each version of a tool that is not deleted has a number of 128 bits: the first 16 bytes, big-endian, of SHA-256(name
// key, NUL, version key, NUL, "1" if it is the latest version or else "0", content hash). The state hash is the sum of
// these numbers modulo 2^128. The order of the versions does not matter, so a change costs one subtraction and one
// addition. Not thread-safe.
class StateHash {
 public:
  StateHash() = default;
  // The hash whose `bytes()` were these. There must be 16.
  static StateHash FromBytes(absl::string_view bytes);

  // Add a version to the sum, or take it out again. `content_hash` is the `ContentHash` of the version's definition.
  void Add(absl::string_view name_key, absl::string_view version_key, bool latest, absl::string_view content_hash);
  void Remove(absl::string_view name_key, absl::string_view version_key, bool latest, absl::string_view content_hash);

  // The sum as 16 bytes, big-endian.
  std::string bytes() const;

  friend bool operator==(const StateHash& a, const StateHash& b) { return a.sum_ == b.sum_; }
  friend bool operator!=(const StateHash& a, const StateHash& b) { return a.sum_ != b.sum_; }

 private:
  absl::uint128 sum_ = 0;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_STATE_HASH_H_
