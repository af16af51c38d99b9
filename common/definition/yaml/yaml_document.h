#ifndef COMMON_DEFINITION_YAML_YAML_DOCUMENT_H_
#define COMMON_DEFINITION_YAML_YAML_DOCUMENT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// Bounds of one text, beside those in yaml_text.h. They keep the memory for a text of 64 MiB below some 200 MB, and let
// one through that is written as definitions are (17 bytes a value).
inline constexpr size_t kMaxYamlValues = 5'000'000;
inline constexpr size_t kMaxYamlLevels = 64;

class YamlDocument;

// A value within a document: null, a scalar, a sequence or a map. Cheap to copy; valid as long as its document.
class YamlValue {
 public:
  enum class Kind : uint8_t { kNull, kScalar, kSequence, kMap };

  YamlValue(const YamlDocument* document, uint32_t index) : document_(document), index_(index) {}

  Kind kind() const;
  // Text of a scalar; plain scalars may mean a number or so, quoted and block scalars are text.
  absl::string_view text() const;
  bool is_plain() const;

  // Where the value is written, from 1; the column counts characters, 0 = unknown.
  int line() const;
  int column() const;

  // Number of values below, and with them the length of their texts.
  size_t CountDescendants() const;
  size_t CountTextBytes() const;

  // The entries of a sequence.
  std::vector<YamlValue> Elements() const;

  // The entries of a map, in their order. Keys are scalars and differ from each other.
  struct Entry;
  std::vector<Entry> Entries() const;
  std::optional<Entry> Find(absl::string_view key) const;

  // "null", "text", "a list" or "a map", for messages.
  absl::string_view KindName() const;

  const YamlDocument& document() const { return *document_; }

 private:
  friend class YamlDocument;

  const YamlDocument* document_;
  uint32_t index_;
};

struct YamlValue::Entry {
  YamlValue key;
  YamlValue value;
};

// One YAML document as a tree with the aliases resolved. Small: 24 bytes a value, beside the texts. `source` must
// outlive it. Not thread-safe while it is being built.
class YamlDocument {
 public:
  explicit YamlDocument(absl::string_view source) : source_(source) {}

  // Values in the order in which they are written. The keys and values of a map alternate.
  struct Node {
    YamlValue::Kind kind;
    bool is_plain;
    uint8_t height;       // levels below
    uint32_t end;         // index after the last value below; 0 while the collection is open
    uint32_t offset;      // in the source
    uint32_t line;        // from 0
    uint32_t text_begin;  // in `texts`
    uint32_t text_size;
  };
  std::vector<Node> nodes;
  std::string texts;

  // Adds to a document that is built from parts of another one of the same source; places stay those of the source.
  // `place` says where text or a collection is, if it was not copied.
  void AppendCopy(YamlValue value);
  void AppendText(absl::string_view text, YamlValue place);
  // Returns what `Close` wants after the values within.
  uint32_t Open(YamlValue::Kind kind, YamlValue place);
  void Close(uint32_t index) { nodes[index].end = static_cast<uint32_t>(nodes.size()); }

  // INVALID_ARGUMENT with line and column if a key of this closed map is given twice.
  absl::Status CheckKeysDiffer(uint32_t map) const;

  YamlValue root() const { return YamlValue(this, 0); }
  absl::string_view source() const { return source_; }
  absl::string_view Text(const Node& node) const {
    return absl::string_view(texts).substr(node.text_begin, node.text_size);
  }

 private:
  absl::string_view source_;
};

// Column of the byte at `offset`, from 1 and in characters; 0 (unknown) beyond 4 KiB of its line, which keeps errors in
// very long lines cheap.
int YamlColumn(absl::string_view source, size_t offset);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_YAML_DOCUMENT_H_
