#include "reload_service/hooks/hook_rules.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/definition/definition.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxHooks = 100;
absl::Status CheckSecret(const std::string& path, const std::string& secret, const NamedSecrets& secrets) {
  if (secret.empty() || secrets.count(secret) > 0) return absl::OkStatus();
  // What was given instead may be a secret itself.
  return InvalidArgumentError(path, absl::StrCat("must be the name of one of the configured hook_secrets; there ",
                                                 secrets.size() == 1 ? "is 1" : absl::StrCat("are ", secrets.size())));
}

absl::Status CheckUrl(const std::string& path, const std::string& text, const HookHosts& hosts) {
  if (text.empty()) return InvalidArgumentError(path, kIsRequired);
  const absl::StatusOr<HookUrl> url = HookUrl::Parse(text);
  if (!url.ok()) return InvalidArgumentError(path, url.status().message());
  const absl::Status status = hosts.Check(*url);
  return status.ok() ? status : MakeError(Reason::kHookHostNotAllowed, absl::StrCat(path, ": ", status.message()));
}

}  // namespace

absl::Status CheckHook(const std::string& path, const v1::Hook& hook, const HookHosts& hosts,
                       const NamedSecrets& secrets) {
  std::vector<Violation> violations;
  CheckNewHookName(path + ".name", hook.name(), violations);
  CheckTriggers(path + ".triggers", hook.triggers(), violations);
  absl::Status status = StatusOf(violations);
  if (status.ok()) status = CheckSecret(path + ".secret", hook.secret(), secrets);
  // Last: a host that is not allowed is no fault of the hook itself.
  if (status.ok()) status = CheckUrl(path + ".url", hook.url(), hosts);
  return status;
}

absl::StatusOr<std::vector<v1::Hook>> ReadHooks(const std::vector<Config::Section>& sections, const HookHosts& hosts,
                                                const NamedSecrets& secrets) {
  if (sections.size() > kMaxHooks) {
    return absl::InvalidArgumentError(absl::StrCat("hooks: must be at most ", kMaxHooks, ", got ", sections.size()));
  }
  std::vector<v1::Hook> hooks;
  std::set<std::string> keys;
  for (Config::Section section : sections) {
    const std::string path = absl::StrCat("hooks[", hooks.size(), "]");
    v1::Hook& hook = hooks.emplace_back();
    hook.set_name(section.texts["name"]);
    hook.set_url(section.texts["url"]);
    hook.set_secret(section.texts["secret"]);
    for (const std::string& trigger : section.lists["triggers"]) hook.add_triggers(trigger);
    const absl::Status status = CheckHook(path, hook, hosts, secrets);
    if (!status.ok()) return absl::InvalidArgumentError(status.message());
    if (!keys.insert(NameKey(hook.name())).second) {
      return absl::InvalidArgumentError(absl::StrCat(path, ".name: must stand once only, got ", Quoted(hook.name())));
    }
  }
  return hooks;
}

}  // namespace toolcatalog
