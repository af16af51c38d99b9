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

// Bounds of one text. `yaml_text.h` checks more. They keep the memory for a text of 64 MiB below some 200 MB. A text of
// definitions does not reach them: it has some 17 bytes for each value, so 64 MiB hold about 4 million values.
inline constexpr size_t kMaxYamlValues = 5'000'000;
inline constexpr size_t kMaxYamlLevels = 64;

class YamlDocument;

// A value in a document: null, a scalar, a sequence or a map. It refers to the document, which must outlive it, and is
// cheap to copy.
class YamlValue {
 public:
  enum class Kind : uint8_t { kNull, kScalar, kSequence, kMap };

  YamlValue(const YamlDocument* document, uint32_t index) : document_(document), index_(index) {}

  Kind kind() const;
  // The text of a scalar.
  absl::string_view text() const;
  // Whether a scalar is written without quotes and not as a block. Only a plain scalar can mean a number, true or
  // false.
  bool is_plain() const;

  // Where the value is written. Both count from 1; the column counts characters, and is 0 if it is not known.
  int line() const;
  int column() const;

  // The number of values at all levels below this one. Keys count as values.
  size_t CountDescendants() const;
  // The length of all texts of this value and of those below it, in bytes.
  size_t CountTextBytes() const;

  // The entries of a sequence.
  std::vector<YamlValue> Elements() const;

  // The entries of a map, in the order in which they are written. Keys are scalars, and no two are the same.
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

// One YAML document as a tree. An alias is replaced by a copy of what it refers to. The tree is small: 24 bytes for
// each value, and the texts. The source text must outlive the document. One thread may build it; when it is complete,
// any number of threads may read it.
class YamlDocument {
 public:
  explicit YamlDocument(absl::string_view source) : source_(source) {}

  // The nodes of the tree, in the order in which the values are written; the values below one follow it directly. In a
  // map keys and values alternate.
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

  // These build a document from parts of another document of the same source. A copied value keeps its line and column;
  // a new text or collection gets those of `place`.
  void AppendCopy(YamlValue value);
  void AppendText(absl::string_view text, YamlValue place);
  // Begins a sequence or a map. Append the values in it, then call `Close` with the index that `Open` returned.
  uint32_t Open(YamlValue::Kind kind, YamlValue place);
  void Close(uint32_t index) { nodes[index].end = static_cast<uint32_t>(nodes.size()); }

  // INVALID_ARGUMENT, with line and column, if the map at index `map` has a key twice. The map must be closed.
  absl::Status CheckKeysDiffer(uint32_t map) const;

  YamlValue root() const { return YamlValue(this, 0); }
  absl::string_view source() const { return source_; }
  absl::string_view Text(const Node& node) const {
    return absl::string_view(texts).substr(node.text_begin, node.text_size);
  }

 private:
  absl::string_view source_;
};

// The column of the byte at `offset`, in characters and from 1. It is 0 (not known) if more than 4 KiB of the line come
// before it, so that errors in very long lines stay cheap.
int YamlColumn(absl::string_view source, size_t offset);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_YAML_YAML_DOCUMENT_H_
