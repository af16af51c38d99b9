#include "common/definition/state_hash.h"

#include <openssl/sha.h>

#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

absl::uint128 FromBigEndian(absl::string_view bytes) {
  absl::uint128 value = 0;
  for (int i = 0; i < 16; ++i) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

absl::uint128 ItemHash(absl::string_view name_key, absl::string_view version_key, bool latest,
                       absl::string_view content_hash) {
  const absl::string_view nul("\0", 1);
  return FromBigEndian(ContentHash(absl::StrCat(name_key, nul, version_key, nul, latest ? "1" : "0", content_hash)));
}

}  // namespace

std::string ContentHash(absl::string_view body) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(body.data()), body.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

StateHash StateHash::FromBytes(absl::string_view bytes) {
  StateHash hash;
  if (bytes.size() == 16) hash.sum_ = FromBigEndian(bytes);
  return hash;
}

void StateHash::Add(absl::string_view name_key, absl::string_view version_key, bool latest,
                    absl::string_view content_hash) {
  sum_ += ItemHash(name_key, version_key, latest, content_hash);
}

void StateHash::Remove(absl::string_view name_key, absl::string_view version_key, bool latest,
                       absl::string_view content_hash) {
  sum_ -= ItemHash(name_key, version_key, latest, content_hash);
}

std::string StateHash::bytes() const {
  std::string bytes(16, '\0');
  absl::uint128 rest = sum_;
  for (int i = 15; i >= 0; --i, rest >>= 8) bytes[i] = static_cast<char>(absl::Uint128Low64(rest) & 0xFF);
  return bytes;
}

}  // namespace toolcatalog
