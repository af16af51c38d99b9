#include "common/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace toolcatalog {
namespace {

spdlog::logger& Logger() {
  static spdlog::logger* logger = [] {
    auto* made = new spdlog::logger("json", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    return made;
  }();
  return *logger;
}

void Write(spdlog::level::level_enum level, absl::string_view name, absl::string_view message,
           std::initializer_list<LogField> fields) {
  nlohmann::ordered_json line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  line["level"] = std::string(name);
  line["msg"] = std::string(message);
  for (const LogField& field : fields) {
    auto& slot = line[std::string(field.key)];
    std::visit(
        [&slot](const auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, absl::string_view>) {
            slot = std::string(value);
          } else {
            slot = value;
          }
        },
        field.value);
  }
  Logger().log(level, line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

void LogInfo(absl::string_view message, std::initializer_list<LogField> fields) {
  Write(spdlog::level::info, "info", message, fields);
}

void LogWarning(absl::string_view message, std::initializer_list<LogField> fields) {
  Write(spdlog::level::warn, "warning", message, fields);
}

void LogError(absl::string_view message, std::initializer_list<LogField> fields) {
  Write(spdlog::level::err, "error", message, fields);
}

}  // namespace toolcatalog
