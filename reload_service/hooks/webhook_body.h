#ifndef RELOAD_SERVICE_HOOKS_WEBHOOK_BODY_H_
#define RELOAD_SERVICE_HOOKS_WEBHOOK_BODY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

inline constexpr size_t kMaxWebhookBytes = 1 << 20;

// What an inbound webhook wants.
struct WebhookBody {
  // Tool to reload; "" = all.
  std::string tool_name;
  // Who asks; "" = nobody in particular.
  std::string source;
};

// Reads these fields of a JSON object. Each may be missing or null. Other fields are skipped, for senders add their
// own, but not one that is nearly spelled like one of these. INVALID_ARGUMENT that names field and rule if the text is
// no such object, is larger than 1 MiB, or breaks a rule of the fields.
absl::StatusOr<WebhookBody> ReadWebhookBody(absl::string_view json);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_WEBHOOK_BODY_H_
