#include "reload_service/hooks/hook_rules.h"

#include <optional>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/definition/definition.h"
#include "common/status.h"
#include "common/text.h"
#include "reload_service/events/reload_history.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxHooks = 100;
// Its REST path is another call's.
constexpr char kReservedName[] = "dead-letters";

absl::Status CheckName(const std::string& path, const std::string& name) {
  // The rule is the same for all names.
  const std::optional<Violation> violation = CheckToolName(path, name);
  if (violation.has_value()) return InvalidArgumentError({*violation});
  if (NameKey(name) == kReservedName) {
    return InvalidArgumentError({BrokenByText(path, "must not be a reserved name", name, "")});
  }
  return absl::OkStatus();
}

absl::Status CheckTriggers(const std::string& path, const v1::Hook& hook) {
  for (int i = 0; i < hook.triggers_size(); ++i) {
    const std::string& trigger = hook.triggers(i);
    if (absl::c_count(hook.triggers(), trigger) > 1) {
      return InvalidArgumentError(path, absl::StrCat("must not repeat a value, repeats ", Quoted(trigger)));
    }
    if (absl::c_linear_search(kTriggers, trigger)) continue;
    return InvalidArgumentError(
        absl::StrCat(path, "[", i, "]"),
        absl::StrCat("unknown value ", Quoted(trigger), "; allowed: ", absl::StrJoin(kTriggers, ", ")));
  }
  return absl::OkStatus();
}

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
  absl::Status status = CheckName(path + ".name", hook.name());
  if (status.ok()) status = CheckTriggers(path + ".triggers", hook);
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
