#include "reload_service/hooks/hook_queue.h"

#include <google/protobuf/util/json_util.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/timestamps.h"
#include "common/version.h"
#include "reload_service/hooks/hook_rules.h"
#include "reload_service/hooks/webhook_verifier.h"

namespace toolcatalog {

HookQueue::HookQueue(const v1::Hook& hook, bool configured, const absl::Status& fit, size_t max_queued)
    : hook_(hook), configured_(configured), fit_(fit.ok()), max_queued_(max_queued), last_error_(fit.message()) {}

v1::HookStatus HookQueue::Describe() const {
  v1::HookStatus status;
  *status.mutable_hook() = hook_;
  status.set_configured(configured_);
  status.set_queued(static_cast<int32_t>(size()));
  status.set_delivered(delivered_);
  status.set_failed(failed_);
  status.set_dropped(dropped_);
  status.set_last_error(last_error_);
  return status;
}

bool HookQueue::Passes(const v1::ReloadEvent& event) const {
  return hook_.triggers().empty() || absl::c_linear_search(hook_.triggers(), event.trigger());
}

int HookQueue::Push(const Event& event) {
  if (!fit_ || !Passes(*event)) return 0;
  events_.push_back(event);
  if (size() <= max_queued_) return 0;
  events_.pop_front();
  ++dropped_;
  return 1;
}

int HookQueue::DropForgotten() {
  int forgotten = 0;
  for (; !events_.empty() && events_.front().expired(); ++forgotten) events_.pop_front();
  dropped_ += forgotten;
  return forgotten;
}

int HookQueue::DropWaiting() {
  const int waiting = static_cast<int>(events_.size());
  events_.clear();
  dropped_ += waiting;
  return waiting;
}

bool HookQueue::BeginDelivery() {
  if (current_ != nullptr || events_.empty()) return false;
  current_ = events_.front().lock();
  if (current_ == nullptr) return false;
  events_.pop_front();
  attempts_ = 0;
  return true;
}

void HookQueue::Succeed() {
  ++delivered_;
  last_error_.clear();
  current_ = nullptr;
}

std::optional<v1::DeadLetter> HookQueue::Fail(const absl::Status& status, int max_attempts, absl::Time now) {
  last_error_ = std::string(status.message());
  if (++attempts_ < max_attempts) return std::nullopt;
  v1::DeadLetter letter;
  letter.set_hook(hook_.name());
  *letter.mutable_event() = *current_;
  letter.set_attempts(attempts_);
  letter.set_error(last_error_);
  *letter.mutable_timestamp() = ToTimestamp(now);
  ++failed_;
  current_ = nullptr;
  return letter;
}

namespace {

absl::StatusOr<std::string> JsonOf(const v1::ReloadEvent& event) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(event, &json, options).ok()) {
    return absl::InternalError("the event cannot be written as JSON");
  }
  return json;
}

}  // namespace

absl::StatusOr<HttpPost> MakeDelivery(const v1::Hook& hook, const v1::ReloadEvent& event, const HookHosts& hosts,
                                      const NamedSecrets& secrets, absl::Time now) {
  if (const absl::Status status = CheckHook("hook", hook, hosts, secrets); !status.ok()) return status;
  absl::StatusOr<HookUrl> url = HookUrl::Parse(hook.url());
  if (!url.ok()) return url.status();
  absl::StatusOr<std::string> body = JsonOf(event);
  if (!body.ok()) return body.status();
  const std::string timestamp = absl::StrCat(absl::ToUnixSeconds(now));
  std::vector<std::string> headers = {
      "Content-Type: application/json",
      absl::StrCat("User-Agent: toolcatalog-reload/", kVersion),
      absl::StrCat("X-Timestamp: ", timestamp),
      absl::StrCat("X-Event-Id: ", event.replica(), "/", event.boot_id(), "/", event.event_id()),
  };
  if (!hook.secret().empty()) {
    headers.push_back(absl::StrCat("X-Signature-256: ", WebhookSignature(secrets.at(hook.secret()), timestamp, *body)));
  }
  return HttpPost{*std::move(url), std::move(headers), *std::move(body)};
}

}  // namespace toolcatalog
