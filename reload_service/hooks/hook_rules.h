#ifndef RELOAD_SERVICE_HOOKS_HOOK_RULES_H_
#define RELOAD_SERVICE_HOOKS_HOOK_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/config.h"
#include "reload_service/hooks/hook_hosts.h"
#include "reload_service/hooks/named_secrets.h"
#include "toolcatalog/v1/hook.pb.h"

namespace toolcatalog {

// INVALID_ARGUMENT that names field, rule and value if the name, triggers, secret or URL breaks a rule.
// FAILED_PRECONDITION if the URL leads to a host that is not allowed. `path` is where the hook stands, as in "hook".
absl::Status CheckHook(const std::string& path, const v1::Hook& hook, const HookHosts& hosts,
                       const NamedSecrets& secrets);

// The hooks of the configuration's key `hooks`. Each section has the texts `name`, `url` and `secret`, and the list
// `triggers`. INVALID_ARGUMENT if a hook breaks a rule, two hooks have the same name, or there are more than 100.
absl::StatusOr<std::vector<v1::Hook>> ReadHooks(const std::vector<Config::Section>& sections, const HookHosts& hosts,
                                                const NamedSecrets& secrets);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_HOOK_RULES_H_
