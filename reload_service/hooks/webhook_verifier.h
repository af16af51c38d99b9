#ifndef RELOAD_SERVICE_HOOKS_WEBHOOK_VERIFIER_H_
#define RELOAD_SERVICE_HOOKS_WEBHOOK_VERIFIER_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "reload_service/hooks/named_secrets.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// The signature of a webhook, in both directions: the 32 bytes of the HMAC-SHA256, keyed with the secret, of timestamp,
// "." and body.
std::string WebhookHmac(absl::string_view secret, absl::string_view timestamp, absl::string_view body);

// The same as the header X-Signature-256 carries it: "sha256=" and 64 hex digits.
std::string WebhookSignature(absl::string_view secret, absl::string_view timestamp, absl::string_view body);

// Decides whether an inbound webhook is accepted: its sender knows one of the secrets, and it comes in time and for the
// first time. Thread-safe.
class WebhookVerifier {
 public:
  // The verifier refuses what was signed before now, because it does not know what was accepted then.
  WebhookVerifier(NamedSecrets secrets, Clock clock, size_t max_remembered = 100'000);

  // Returns the name of the secret that signed the webhook. `signature` is "sha256=" and 64 hex digits, `timestamp` a
  // decimal number of unix seconds. UNAUTHENTICATED if no secret makes the signature, or the timestamp is more than 300
  // s away. ALREADY_EXISTS if the webhook has been accepted before. RESOURCE_EXHAUSTED if too many webhooks have to be
  // remembered. Each refusal is counted, and logged with `peer`, the caller's address.
  absl::StatusOr<std::string> Verify(absl::string_view body, absl::string_view timestamp, absl::string_view signature,
                                     absl::string_view peer);

  // Forgets that the webhook was accepted, because it could not be carried out. It may come again.
  void Forget(absl::string_view timestamp, absl::string_view signature);

  // Sets `webhooks_refused`.
  void Describe(v1::ReloadStatistics* statistics) const;

 private:
  absl::StatusOr<std::string> Decide(absl::string_view body, absl::string_view timestamp, absl::string_view signature);
  absl::Status CheckTime(int64_t seconds, absl::Time now);
  // Name of the secret that makes this HMAC; "" = none. Takes the same time whichever it is.
  std::string SignerOf(absl::string_view body, absl::string_view timestamp, absl::string_view hmac) const;
  absl::Status Remember(int64_t seconds, std::string hmac);

  const NamedSecrets secrets_;
  const Clock clock_;
  const size_t max_remembered_;
  mutable absl::Mutex mutex_;
  // Nothing that was signed before this is accepted. It never goes back, whatever the clock does, because older
  // signatures are forgotten.
  absl::Time not_before_ ABSL_GUARDED_BY(mutex_);
  // Timestamp and HMAC of the webhooks that were accepted and are recent enough to come again.
  std::set<std::pair<int64_t, std::string>> accepted_ ABSL_GUARDED_BY(mutex_);
  int64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_WEBHOOK_VERIFIER_H_
