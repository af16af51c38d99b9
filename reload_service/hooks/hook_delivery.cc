#include "reload_service/hooks/hook_delivery.h"

#include <google/protobuf/util/json_util.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/version.h"
#include "reload_service/hooks/hook_rules.h"
#include "reload_service/hooks/webhook_signature.h"

namespace toolcatalog {
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
