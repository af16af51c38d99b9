#ifndef RELOAD_SERVICE_HOOKS_HOOK_DELIVERY_H_
#define RELOAD_SERVICE_HOOKS_HOOK_DELIVERY_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "reload_service/hooks/hook_hosts.h"
#include "reload_service/hooks/http_poster.h"
#include "reload_service/hooks/named_secrets.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// The request that delivers an event to a hook: the event's JSON, as over REST, signed like an inbound webhook if the
// hook has a secret. The hook is checked once more: INVALID_ARGUMENT or FAILED_PRECONDITION as CheckHook answers.
absl::StatusOr<HttpPost> MakeDelivery(const v1::Hook& hook, const v1::ReloadEvent& event, const HookHosts& hosts,
                                      const NamedSecrets& secrets, absl::Time now);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_HOOK_DELIVERY_H_
