#ifndef RELOAD_SERVICE_HOOKS_WEBHOOK_SIGNATURE_H_
#define RELOAD_SERVICE_HOOKS_WEBHOOK_SIGNATURE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// What signs a webhook, in both directions: the HMAC-SHA256, keyed with the secret, of timestamp, "." and body. 32
// bytes.
std::string WebhookHmac(absl::string_view secret, absl::string_view timestamp, absl::string_view body);

// The same as the header X-Signature-256 carries it: "sha256=" and 64 hex digits.
std::string WebhookSignature(absl::string_view secret, absl::string_view timestamp, absl::string_view body);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_WEBHOOK_SIGNATURE_H_
