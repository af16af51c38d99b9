#include "common/definition/yaml/yaml_reader.h"

#include <algorithm>
#include <cstdint>
#include <istream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/definition/yaml/json_reader.h"
#include "common/definition/yaml/metered_buffer.h"
#include "common/definition/yaml/yaml_text.h"
#include "common/text.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/mark.h"
#include "yaml-cpp/parser.h"

namespace toolcatalog {
namespace {

using Kind = YamlValue::Kind;
using Node = YamlDocument::Node;

constexpr absl::string_view kStalled =
    "a text, a comment, or a bracketed collection that is not the value of a key must be shorter than 512 KiB";

// Builds the tree of one document after the other from the parser's events. The first failure is kept and stops the
// input; the events that still come are ignored.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(absl::string_view text, MeteredBuffer& input) : text_(text), input_(input), document_(text) {
    document_.nodes.reserve(std::min(kMaxYamlValues, text.size() / 2 + 1));
  }

  const absl::Status& status() const { return status_; }
  const YamlDocument& document() const { return document_; }

  void OnDocumentStart(const YAML::Mark&) override {
    document_.nodes.clear();
    document_.texts.clear();
    anchors_.clear();
    last_quote_.reset();
  }

  void OnDocumentEnd() override {
    if (input_.is_stalled()) Fail(last_mark_, kStalled);
    if (last_quote_ && !IsQuoteClosed(text_, last_quote_->pos)) Fail(*last_quote_, "quoted text has no closing quote");
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!Advance(mark)) return;
    // The parser takes a block map's line without a colon for a key; its value then stands where the key does.
    if (!open_.empty() && open_.back().is_block_map && open_.back().has_key &&
        document_.nodes.back().offset == static_cast<uint32_t>(mark.pos)) {
      return Fail(mark, absl::StrCat("expected \":\" after ", Quoted(document_.Text(document_.nodes.back()))));
    }
    AddLeaf(mark, anchor, Kind::kNull, true, "");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (!Advance(mark) || !CheckTag(mark, tag)) return;
    const bool is_plain = tag == "?";
    if (is_plain && text == "<<" && IsKeyNext()) return Fail(mark, "merge keys (<<) are not supported");
    AddLeaf(mark, anchor, Kind::kScalar, is_plain, text);
    last_quote_ = is_plain ? std::nullopt : std::make_optional(mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Kind::kSequence, false);
  }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    Open(mark, tag, anchor, Kind::kMap, style != YAML::EmitterStyle::Flow);
  }

  void OnSequenceEnd() override { Close(); }

  void OnMapEnd() override {
    const uint32_t map = status_.ok() ? open_.back().index : 0;
    Close();
    if (status_.ok()) Fail(document_.CheckKeysDiffer(map));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!Advance(mark)) return;
    const uint32_t begin = anchors_[anchor];
    const uint32_t end = document_.nodes[begin].end;
    if (end == 0) return Fail(mark, "alias within the value that it refers to");
    const bool is_key = IsKeyNext();
    if (is_key && document_.nodes[begin].kind != Kind::kScalar) return Fail(mark, "a key must be text");
    if (!CheckLevels(mark, document_.nodes[begin].height)) return;
    if (!CountAlias(mark, begin, end) || !CountValues(mark, end - begin)) return;
    const uint32_t distance = static_cast<uint32_t>(document_.nodes.size()) - begin;
    for (uint32_t i = begin; i < end; ++i) {
      Node node = document_.nodes[i];
      node.end += distance;
      document_.nodes.push_back(node);
    }
    document_.nodes[begin + distance].offset = static_cast<uint32_t>(mark.pos);
    document_.nodes[begin + distance].line = static_cast<uint32_t>(mark.line);
    CompleteChild(document_.nodes[begin].height);
  }

  void Fail(const YAML::Mark& mark, absl::string_view message) { Fail(ErrorAt(mark, message)); }

  void Fail(const absl::Status& status) {
    if (status.ok() || !status_.ok()) return;
    status_ = input_.is_stalled() ? ErrorAt(last_mark_, kStalled) : status;
    input_.Stop();
  }

 private:
  // A collection that has begun and not ended.
  struct OpenNode {
    uint32_t index;
    bool is_map;
    bool is_block_map;
    bool has_key;  // in a map: the next value belongs to the key before it
    uint8_t height;
  };

  absl::Status ErrorAt(const YAML::Mark& mark, absl::string_view message) const {
    if (mark.is_null()) return YamlError(1, 1, message);
    return YamlError(mark.line + 1, YamlColumn(text_, mark.pos), message);
  }

  // Takes note of an event. False if events are of no use any more.
  bool Advance(const YAML::Mark& mark) {
    if (!input_.is_stalled()) {
      input_.NoteProgress();
      last_mark_ = mark;
    }
    return status_.ok();
  }

  bool IsKeyNext() const { return !open_.empty() && open_.back().is_map && !open_.back().has_key; }

  void AddLeaf(const YAML::Mark& mark, YAML::anchor_t anchor, Kind kind, bool is_plain, const std::string& text) {
    if (IsKeyNext() && kind != Kind::kScalar) return Fail(mark, "a key must be text, got null");
    if (!CountValues(mark, 1) || !CheckLevels(mark, 0)) return;
    Add(mark, anchor, kind, is_plain, text);
    document_.nodes.back().end = static_cast<uint32_t>(document_.nodes.size());
    CompleteChild(0);
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind, bool is_block_map) {
    if (!Advance(mark) || !CheckTag(mark, tag)) return;
    if (IsKeyNext()) return Fail(mark, "a key must be text, got a collection (or a bracket is not closed)");
    if (!CountValues(mark, 1) || !CheckLevels(mark, 1)) return;
    open_.push_back({static_cast<uint32_t>(document_.nodes.size()), kind == Kind::kMap, is_block_map, false, 0});
    Add(mark, anchor, kind, true, "");
  }

  void Close() {
    if (!status_.ok()) return;
    const OpenNode closed = open_.back();
    open_.pop_back();
    document_.nodes[closed.index].end = static_cast<uint32_t>(document_.nodes.size());
    document_.nodes[closed.index].height = closed.height;
    CompleteChild(closed.height);
  }

  void Add(const YAML::Mark& mark, YAML::anchor_t anchor, Kind kind, bool is_plain, const std::string& text) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = static_cast<uint32_t>(document_.nodes.size());
    document_.nodes.push_back({kind, is_plain, 0, 0, static_cast<uint32_t>(mark.pos), static_cast<uint32_t>(mark.line),
                               static_cast<uint32_t>(document_.texts.size()), static_cast<uint32_t>(text.size())});
    document_.texts += text;
  }

  // Notes in the open collection that a value of this height has been added to it.
  void CompleteChild(uint8_t height) {
    if (open_.empty()) return;
    OpenNode& parent = open_.back();
    parent.has_key = parent.is_map && !parent.has_key;
    parent.height = std::max<uint8_t>(parent.height, height + 1);
  }

  bool CheckTag(const YAML::Mark& mark, const std::string& tag) {
    const bool is_explicit = (tag != "?" && tag != "!") || text_.substr(mark.pos, 1) == "!";
    if (is_explicit) Fail(mark, absl::StrCat("tags are not supported, got ", Quoted(tag)));
    return status_.ok();
  }

  bool CheckLevels(const YAML::Mark& mark, size_t more) {
    if (open_.size() + more <= kMaxYamlLevels) return true;
    Fail(mark, absl::StrCat("must nest at most ", kMaxYamlLevels, " levels"));
    return false;
  }

  bool CountValues(const YAML::Mark& mark, size_t more) {
    values_ += more;
    if (values_ <= kMaxYamlValues) return true;
    Fail(mark, absl::StrCat("must hold at most ", kMaxYamlValues, " values, got more"));
    return false;
  }

  bool CountAlias(const YAML::Mark& mark, uint32_t begin, uint32_t end) {
    alias_values_ += end - begin;
    if (alias_values_ <= kMaxYamlAliasValues) {
      for (uint32_t i = begin; i < end; ++i) alias_bytes_ += document_.nodes[i].text_size;
    }
    if (alias_values_ <= kMaxYamlAliasValues && alias_bytes_ <= kMaxYamlAliasBytes) return true;
    Fail(mark, absl::StrCat("aliases must add at most ", kMaxYamlAliasValues, " values and ", kMaxYamlAliasBytes,
                            " bytes, got more"));
    return false;
  }

  const absl::string_view text_;
  MeteredBuffer& input_;
  absl::Status status_;
  YamlDocument document_;
  std::vector<OpenNode> open_;
  absl::flat_hash_map<YAML::anchor_t, uint32_t> anchors_;
  YAML::Mark last_mark_;
  std::optional<YAML::Mark> last_quote_;
  size_t values_ = 0;
  size_t alias_values_ = 0;
  size_t alias_bytes_ = 0;
};

// Reads the next document into the builder. False when there is none or the reading failed.
bool NextDocument(YAML::Parser& parser, TreeBuilder& builder) {
  try {
    return parser.HandleNextDocument(builder) && builder.status().ok();
  } catch (const YAML::Exception& error) {
    builder.Fail(error.mark, error.msg);
    return false;
  }
}

}  // namespace

absl::Status ReadYaml(absl::string_view text, absl::FunctionRef<absl::Status(const YamlDocument&)> sink) {
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  if (text.size() > std::numeric_limits<int32_t>::max()) return YamlError(1, 1, "text must be smaller than 2 GiB");
  absl::Status status = CheckYamlText(text);
  if (!status.ok()) return status;
  const absl::StatusOr<std::optional<YamlDocument>> json = ReadJson(text);
  if (!json.ok()) return json.status();
  if (json->has_value()) return sink(**json);
  MeteredBuffer buffer(text, kMaxYamlSilentBytes);
  std::istream input(&buffer);
  TreeBuilder builder(text, buffer);
  try {
    YAML::Parser parser(input);
    while (NextDocument(parser, builder)) {
      status = sink(builder.document());
      if (!status.ok()) return status;
    }
  } catch (const YAML::Exception& error) {
    builder.Fail(error.mark, error.msg);
  }
  if (buffer.is_stalled()) builder.Fail({}, kStalled);
  return builder.status();
}

}  // namespace toolcatalog
