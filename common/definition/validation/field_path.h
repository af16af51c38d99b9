#ifndef COMMON_DEFINITION_VALIDATION_FIELD_PATH_H_
#define COMMON_DEFINITION_VALIDATION_FIELD_PATH_H_

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/text.h"

namespace toolcatalog {

// The path of the field at which a walk through a definition is, such as
// `capabilities[0].patterns[1].preference_match.speed`. Each step into a field lasts as long as the Scope that it
// returns. Scopes must be destroyed in reverse order, and before the path. Not thread-safe.
class FieldPath {
 public:
  class Scope {
   public:
    Scope(std::string& path, size_t length) : path_(path), length_(length) {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { path_.resize(length_); }

   private:
    std::string& path_;
    const size_t length_;
  };

  // Steps into a field. "" makes no step.
  [[nodiscard]] Scope Field(absl::string_view name) {
    const size_t length = text_.size();
    if (!name.empty()) absl::StrAppend(&text_, text_.empty() ? "" : ".", name);
    return Scope(text_, length);
  }

  // Steps into the value of a key of a free object. The key may be any text; a long one is cut and quoted.
  [[nodiscard]] Scope Key(absl::string_view key) { return Field(key.size() > kMaxKey ? Quoted(key) : key); }

  // Steps into an entry of a list.
  [[nodiscard]] Scope Index(int index) {
    const size_t length = text_.size();
    absl::StrAppend(&text_, "[", index, "]");
    return Scope(text_, length);
  }

  const std::string& text() const { return text_; }

 private:
  static constexpr size_t kMaxKey = 60;

  std::string text_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_FIELD_PATH_H_
