#ifndef COMMON_LOG_H_
#define COMMON_LOG_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// A named value of a log line. The texts that it refers to must outlive it.
struct LogField {
  LogField(absl::string_view key, absl::string_view value) : key(key), value(value) {}
  LogField(absl::string_view key, const char* value) : key(key), value(absl::string_view(value)) {}
  LogField(absl::string_view key, const std::string& value) : key(key), value(absl::string_view(value)) {}
  LogField(absl::string_view key, int64_t value) : key(key), value(value) {}
  LogField(absl::string_view key, int value) : key(key), value(int64_t{value}) {}
  LogField(absl::string_view key, size_t value) : key(key), value(static_cast<int64_t>(value)) {}
  LogField(absl::string_view key, double value) : key(key), value(value) {}
  LogField(absl::string_view key, bool value) : key(key), value(value) {}

  absl::string_view key;
  std::variant<absl::string_view, int64_t, double, bool> value;
};

// Each writes a line to standard error: one JSON object with `time`, `level`, `msg` and the fields, in this order.
// Thread-safe.
void LogInfo(absl::string_view message, std::initializer_list<LogField> fields = {});
void LogWarning(absl::string_view message, std::initializer_list<LogField> fields = {});
void LogError(absl::string_view message, std::initializer_list<LogField> fields = {});

}  // namespace toolcatalog

#endif  // COMMON_LOG_H_
