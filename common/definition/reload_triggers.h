#ifndef COMMON_DEFINITION_RELOAD_TRIGGERS_H_
#define COMMON_DEFINITION_RELOAD_TRIGGERS_H_

#include <array>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Why a reload happened. These are the values of the field `trigger` of reload events.
inline constexpr char kTriggerManual[] = "manual";
inline constexpr char kTriggerApiUpdate[] = "api_update";
inline constexpr char kTriggerPeriodic[] = "periodic";
inline constexpr char kTriggerWebhook[] = "webhook";
inline constexpr char kTriggerStartup[] = "startup";
// Literals, because gcc does not take the names above for constants where UBSan checks them.
inline constexpr std::array<absl::string_view, 5> kTriggers = {"manual", "api_update", "periodic", "webhook",
                                                               "startup"};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_RELOAD_TRIGGERS_H_
