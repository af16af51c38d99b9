#ifndef COMMON_DEFINITION_YAML_YAML_WRITER_H_
#define COMMON_DEFINITION_YAML_YAML_WRITER_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Writes YAML documents that read back as exactly the same values: in block style, with two spaces for each level, and
// with quotes around a text that could be read as something else. The caller must call the methods in an order that is
// YAML: in a map each value comes after its `Key`, in a list after its `Item`. Not thread-safe.
class YamlWriter {
 public:
  // Ends the current document, if there is one, and begins a new one, which is a map.
  void BeginDocument();

  void Key(absl::string_view key);
  void Item();

  // Each writes a value.
  void Text(absl::string_view text);
  // `number` must be finite.
  void Number(double number);
  void Bool(bool flag);
  void Null();
  void EmptyMap();
  void EmptyList();

  // Begins a map or a list that is not empty. What is written until `Close` belongs to it.
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
  // The level of the keys or items that are being written, from 0.
  int level_ = 0;
  // Whether the last output is the dash of an item; the value may begin on the same line.
  bool is_after_dash_ = false;
  bool is_on_line_ = false;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_YAML_WRITER_H_
