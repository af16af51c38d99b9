#include "reload_service/hooks/webhook_signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace toolcatalog {

std::string WebhookHmac(absl::string_view secret, absl::string_view timestamp, absl::string_view body) {
  const std::string text = absl::StrCat(timestamp, ".", body);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), size);
}

std::string WebhookSignature(absl::string_view secret, absl::string_view timestamp, absl::string_view body) {
  return absl::StrCat("sha256=", absl::BytesToHexString(WebhookHmac(secret, timestamp, body)));
}

}  // namespace toolcatalog
