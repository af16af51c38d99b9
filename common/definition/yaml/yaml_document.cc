#include "common/definition/yaml/yaml_document.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "common/definition/yaml/yaml_text.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

// Up to so many keys, comparing each with each is cheaper than a table of them.
constexpr size_t kFewKeys = 16;

}  // namespace

YamlValue::Kind YamlValue::kind() const { return document_->nodes[index_].kind; }

absl::string_view YamlValue::text() const { return document_->Text(document_->nodes[index_]); }

bool YamlValue::is_plain() const { return document_->nodes[index_].is_plain; }

int YamlValue::line() const { return static_cast<int>(document_->nodes[index_].line) + 1; }

int YamlValue::column() const { return YamlColumn(document_->source(), document_->nodes[index_].offset); }

size_t YamlValue::CountDescendants() const { return document_->nodes[index_].end - index_ - 1; }

size_t YamlValue::CountTextBytes() const {
  size_t bytes = 0;
  for (uint32_t i = index_; i < document_->nodes[index_].end; ++i) bytes += document_->nodes[i].text_size;
  return bytes;
}

std::vector<YamlValue> YamlValue::Elements() const {
  std::vector<YamlValue> elements;
  for (uint32_t i = index_ + 1; i < document_->nodes[index_].end; i = document_->nodes[i].end) {
    elements.emplace_back(document_, i);
  }
  return elements;
}

std::vector<YamlValue::Entry> YamlValue::Entries() const {
  std::vector<Entry> entries;
  for (uint32_t i = index_ + 1; i < document_->nodes[index_].end; i = document_->nodes[i + 1].end) {
    entries.push_back({YamlValue(document_, i), YamlValue(document_, i + 1)});
  }
  return entries;
}

std::optional<YamlValue::Entry> YamlValue::Find(absl::string_view key) const {
  if (kind() != Kind::kMap) return std::nullopt;
  for (uint32_t i = index_ + 1; i < document_->nodes[index_].end; i = document_->nodes[i + 1].end) {
    if (document_->Text(document_->nodes[i]) == key) {
      return Entry{YamlValue(document_, i), YamlValue(document_, i + 1)};
    }
  }
  return std::nullopt;
}

absl::string_view YamlValue::KindName() const {
  switch (kind()) {
    case Kind::kNull:
      return "null";
    case Kind::kScalar:
      return "text";
    case Kind::kSequence:
      return "a list";
    case Kind::kMap:
      return "a map";
  }
  return "";
}

void YamlDocument::AppendCopy(YamlValue value) {
  const YamlDocument& from = *value.document_;
  const uint32_t begin = value.index_, end = from.nodes[begin].end;
  const uint32_t first = static_cast<uint32_t>(nodes.size());
  for (uint32_t i = begin; i < end; ++i) {
    Node node = from.nodes[i];
    const absl::string_view text = from.Text(node);
    node.end = node.end - begin + first;
    node.text_begin = static_cast<uint32_t>(texts.size());
    texts.append(text.data(), text.size());
    nodes.push_back(node);
  }
}

void YamlDocument::AppendText(absl::string_view text, YamlValue place) {
  const uint32_t index = Open(YamlValue::Kind::kScalar, place);
  nodes[index].text_begin = static_cast<uint32_t>(texts.size());
  nodes[index].text_size = static_cast<uint32_t>(text.size());
  texts.append(text.data(), text.size());
  Close(index);
}

uint32_t YamlDocument::Open(YamlValue::Kind kind, YamlValue place) {
  const Node& at = place.document_->nodes[place.index_];
  nodes.push_back({kind, false, 0, 0, at.offset, at.line, 0, 0});
  return static_cast<uint32_t>(nodes.size()) - 1;
}

absl::Status YamlDocument::CheckKeysDiffer(uint32_t map) const {
  absl::InlinedVector<uint32_t, kFewKeys> keys;
  for (uint32_t i = map + 1; i < nodes[map].end; i = nodes[i + 1].end) keys.push_back(i);
  const auto text = [&](uint32_t key) { return Text(nodes[key]); };
  absl::flat_hash_map<absl::string_view, uint32_t> table;
  for (auto key = keys.begin(); key != keys.end(); ++key) {
    const auto is_same = [&](uint32_t other) { return text(other) == text(*key); };
    const uint32_t first = keys.size() > kFewKeys ? table.try_emplace(text(*key), *key).first->second
                                                  : *std::find_if(keys.begin(), key, is_same);
    if (first == *key) continue;
    return YamlError(
        static_cast<int>(nodes[*key].line) + 1, YamlColumn(source_, nodes[*key].offset),
        absl::StrCat("key ", Quoted(text(*key)), " is given twice, first on line ", nodes[first].line + 1));
  }
  return absl::OkStatus();
}

int YamlColumn(absl::string_view source, size_t offset) {
  constexpr size_t kMaxBytes = 4 * 1024;
  const size_t end = std::min(offset, source.size());
  const size_t begin = end - std::min(end, kMaxBytes);
  const absl::string_view before = source.substr(begin, end - begin);
  const size_t line_end = before.rfind('\n');
  if (line_end == absl::string_view::npos && begin > 0) return 0;
  return static_cast<int>(CountCharacters(before.substr(line_end + 1))) + 1;
}

}  // namespace toolcatalog
