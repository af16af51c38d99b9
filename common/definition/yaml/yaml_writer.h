#ifndef COMMON_DEFINITION_YAML_YAML_WRITER_H_
#define COMMON_DEFINITION_YAML_YAML_WRITER_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Writes YAML documents that read back exactly: block style, two spaces a level, text quoted where it could be taken
// for anything else. The caller sees to the grammar: in a map each value follows its `Key`, in a list its `Item`. Not
// thread-safe.
class YamlWriter {
 public:
  // Begins a document, which is a map; ends the one before.
  void BeginDocument();

  void Key(absl::string_view key);
  void Item();

  void Text(absl::string_view text);
  // A finite one.
  void Number(double number);
  void Bool(bool flag);
  void Null();
  void EmptyMap();
  void EmptyList();

  // A map or a list that is not empty, with what comes until `Close`.
  void Open();
  void Close() { --level_; }

  size_t size() const { return yaml_.size(); }
  std::string Take() { return std::exchange(yaml_, ""); }

 private:
  void BeginLine();
  void Indent(int level);
  void EndScalar();
  void Quoted(absl::string_view text);
  void Block(absl::string_view text);

  std::string yaml_;
  // Of the keys or items that are being written.
  int level_ = 0;
  // After an item's dash, whose value may begin on the same line.
  bool is_after_dash_ = false;
  bool is_on_line_ = false;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_YAML_WRITER_H_
