#include "reload_service/hooks/webhook_verifier.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/log.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kWindow = absl::Seconds(300);
// The year 5138 is far enough, and such a number is always a time.
constexpr size_t kMaxTimestampDigits = 11;
constexpr size_t kHmacBytes = 32;

bool ReadTimestamp(absl::string_view text, int64_t* seconds) {
  return !text.empty() && text.size() <= kMaxTimestampDigits && absl::c_all_of(text, absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, seconds);
}

// The bytes of a signature; empty if it has not the right form.
std::string ReadSignature(absl::string_view text) {
  const bool is_one = absl::ConsumePrefix(&text, "sha256=") && text.size() == 2 * kHmacBytes &&
                      absl::c_all_of(text, absl::ascii_isxdigit);
  return is_one ? absl::HexStringToBytes(text) : "";
}

}  // namespace

WebhookVerifier::WebhookVerifier(NamedSecrets secrets, Clock clock, size_t max_remembered)
    : secrets_(std::move(secrets)), clock_(std::move(clock)), max_remembered_(max_remembered), not_before_(clock_()) {}

absl::StatusOr<std::string> WebhookVerifier::Verify(absl::string_view body, absl::string_view timestamp,
                                                    absl::string_view signature, absl::string_view peer) {
  absl::StatusOr<std::string> signer = Decide(body, timestamp, signature);
  if (signer.ok()) return signer;
  LogWarning("webhook refused", {{"peer", peer},
                                 {"status", absl::StatusCodeToString(signer.status().code())},
                                 {"error", signer.status().message()}});
  absl::MutexLock lock(&mutex_);
  ++refused_;
  return signer;
}

absl::StatusOr<std::string> WebhookVerifier::Decide(absl::string_view body, absl::string_view timestamp,
                                                    absl::string_view signature) {
  if (secrets_.empty()) return MakeError(Reason::kWebhookSecretMissing, "no webhook secret is configured");
  if (signature.empty()) return MakeError(Reason::kSignatureInvalid, "signature: is required");
  if (timestamp.empty()) return MakeError(Reason::kSignatureInvalid, "timestamp: is required");
  std::string hmac = ReadSignature(signature);
  if (hmac.empty()) return MakeError(Reason::kSignatureInvalid, "signature: is malformed");
  int64_t seconds = 0;
  if (!ReadTimestamp(timestamp, &seconds)) {
    return MakeError(Reason::kSignatureInvalid, "timestamp: must be a decimal number of unix seconds");
  }
  if (const absl::Status status = CheckTime(seconds, clock_()); !status.ok()) return status;
  std::string signer = SignerOf(body, timestamp, hmac);
  if (signer.empty()) return MakeError(Reason::kSignatureInvalid, "signature: is of none of the configured secrets");
  if (const absl::Status status = Remember(seconds, std::move(hmac)); !status.ok()) return status;
  return signer;
}

absl::Status WebhookVerifier::CheckTime(int64_t seconds, absl::Time now) {
  const absl::Time signed_at = absl::FromUnixSeconds(seconds);
  if (signed_at < now - kWindow || signed_at > now + kWindow) {
    return MakeError(Reason::kWebhookExpired, "timestamp: must be within 300 s of the server's clock");
  }
  absl::MutexLock lock(&mutex_);
  if (signed_at < not_before_) {
    return MakeError(Reason::kWebhookExpired, "timestamp: must not be before the start of the service");
  }
  return absl::OkStatus();
}

std::string WebhookVerifier::SignerOf(absl::string_view body, absl::string_view timestamp,
                                      absl::string_view hmac) const {
  const std::string* signer = nullptr;
  for (const auto& [name, secret] : secrets_) {
    const std::string expected = WebhookHmac(secret, timestamp, body);
    if (CRYPTO_memcmp(expected.data(), hmac.data(), kHmacBytes) == 0) signer = &name;
  }
  return signer == nullptr ? "" : *signer;
}

absl::Status WebhookVerifier::Remember(int64_t seconds, std::string hmac) {
  absl::MutexLock lock(&mutex_);
  not_before_ = std::max(not_before_, clock_() - kWindow);
  while (!accepted_.empty() && absl::FromUnixSeconds(accepted_.begin()->first) < not_before_) {
    accepted_.erase(accepted_.begin());
  }
  std::pair<int64_t, std::string> webhook(seconds, std::move(hmac));
  if (accepted_.count(webhook) > 0) return MakeError(Reason::kWebhookReplayed, "signature: has been accepted before");
  // It may have become too old since it was looked at.
  if (absl::FromUnixSeconds(seconds) < not_before_) {
    return MakeError(Reason::kWebhookExpired, "timestamp: must be within 300 s of the server's clock");
  }
  if (accepted_.size() >= max_remembered_) {
    return MakeError(Reason::kTooManyWebhooks, "too many webhooks within a few minutes; try again later");
  }
  accepted_.insert(std::move(webhook));
  return absl::OkStatus();
}

void WebhookVerifier::Forget(absl::string_view timestamp, absl::string_view signature) {
  int64_t seconds = 0;
  if (!ReadTimestamp(timestamp, &seconds)) return;
  absl::MutexLock lock(&mutex_);
  accepted_.erase({seconds, ReadSignature(signature)});
}

void WebhookVerifier::Describe(v1::ReloadStatistics* statistics) const {
  absl::MutexLock lock(&mutex_);
  statistics->set_webhooks_refused(refused_);
}

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
