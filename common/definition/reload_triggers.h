#ifndef COMMON_DEFINITION_RELOAD_TRIGGERS_H_
#define COMMON_DEFINITION_RELOAD_TRIGGERS_H_

#include <array>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Why a reload happened. These are the values of the field `trigger` of reload events. Each word is written here only.
inline constexpr std::array<absl::string_view, 5> kTriggers = {"manual", "api_update", "periodic", "webhook",
                                                               "startup"};
// Their names, in the order of the words.
inline constexpr const char* kTriggerManual = kTriggers[0].data();
inline constexpr const char* kTriggerApiUpdate = kTriggers[1].data();
inline constexpr const char* kTriggerPeriodic = kTriggers[2].data();
inline constexpr const char* kTriggerWebhook = kTriggers[3].data();
inline constexpr const char* kTriggerStartup = kTriggers[4].data();

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_RELOAD_TRIGGERS_H_
