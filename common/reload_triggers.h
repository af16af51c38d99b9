#ifndef COMMON_RELOAD_TRIGGERS_H_
#define COMMON_RELOAD_TRIGGERS_H_

#include <array>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Why reloads happen.
inline constexpr std::array<absl::string_view, 5> kReloadTriggers = {"manual", "api_update", "periodic", "webhook",
                                                                     "startup"};

}  // namespace toolcatalog

#endif  // COMMON_RELOAD_TRIGGERS_H_
