#include "catalog_service/search/search_text.h"

#include <openssl/sha.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/definition/tool_tags.h"
#include "common/letter_case.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxWordBytes = 40;
constexpr size_t kMaxWords = 5000;

// Collects the words of one tool.
class WordSet {
 public:
  void Add(const SearchField& field, absl::string_view text) {
    for (const TextWord& word : WordsIn(text)) Insert(field.letter, word.word);
    const std::string whole = IsNameField(field) ? WholeName(text) : "";
    if (!whole.empty()) Insert(field.letter, whole);
  }
  void Insert(char letter, absl::string_view word) {
    if (words_.size() < kMaxWords) words_.insert(absl::StrCat(std::string(1, letter), word));
  }
  std::vector<std::string> Take() { return {words_.begin(), words_.end()}; }

 private:
  std::set<std::string> words_;
};

void AppendWithLength(absl::string_view text, std::string& out) { absl::StrAppend(&out, text.size(), ":", text); }

}  // namespace

std::vector<TextWord> WordsIn(absl::string_view text) {
  std::vector<TextWord> words;
  TextWord word;
  absl::string_view rest = text;
  auto finish = [&] {
    if (!word.word.empty()) words.push_back(std::exchange(word, {}));
  };
  while (!rest.empty()) {
    const size_t begin = text.size() - rest.size();
    const char32_t character = NextCodePoint(rest);
    if (!IsLetterOrDigit(character)) {
      finish();
      continue;
    }
    const size_t end = text.size() - rest.size();
    if (word.word.empty()) word.begin = begin;
    word.end = end;
    // What does not fit is left out, not another word.
    if (word.word.size() + 4 <= kMaxWordBytes) AppendLower(character, text.substr(begin, end - begin), word.word);
  }
  finish();
  return words;
}

std::string WholeName(absl::string_view name) {
  std::string whole;
  for (const TextWord& word : WordsIn(name)) whole += word.word;
  return std::string(CutAtCharacter(whole, kMaxWordBytes));
}

void ForEachText(const v1::Tool& tool, char letter, absl::FunctionRef<void(absl::string_view)> visit) {
  if (letter == 'a') visit(tool.tool_name());
  if (letter == 'e') visit(tool.description());
  if (letter == 'c') {
    for (const std::string& tag : TagsOf(tool)) visit(tag);
  }
  for (const v1::Capability& capability : tool.capabilities()) {
    if (letter == 'b') visit(capability.capability_name());
    for (const v1::Pattern& pattern : capability.patterns()) {
      if (letter == 'd') visit(pattern.pattern_name());
      if (letter != 'f') continue;
      for (const std::string& use_case : pattern.typical_use_cases()) visit(use_case);
    }
  }
}

IndexedText IndexedTextOf(const v1::Tool& tool) {
  IndexedText indexed;
  for (const v1::Capability& capability : tool.capabilities()) {
    indexed.capabilities.push_back(capability.capability_name());
  }
  std::sort(indexed.capabilities.begin(), indexed.capabilities.end());
  indexed.capabilities.erase(std::unique(indexed.capabilities.begin(), indexed.capabilities.end()),
                             indexed.capabilities.end());
  indexed.tags = TagsOf(tool);
  WordSet words;
  words.Insert(kWholeNameLetter, WholeName(tool.tool_name()));
  for (const SearchField& field : kSearchFields) {
    ForEachText(tool, field.letter, [&](absl::string_view text) { words.Add(field, text); });
  }
  indexed.words = words.Take();
  return indexed;
}

std::string SearchedTextOf(const v1::Tool& tool) {
  std::string searched;
  for (const SearchField& field : kSearchFields) {
    ForEachText(tool, field.letter, [&](absl::string_view text) {
      searched += field.letter;
      AppendWithLength(text, searched);
    });
  }
  return searched;
}

std::string TextHash(absl::string_view tool_name, const IndexedText& text) {
  std::string bytes;
  AppendWithLength(tool_name, bytes);
  for (const std::vector<std::string>* list : {&text.capabilities, &text.tags, &text.words}) {
    absl::StrAppend(&bytes, list->size(), ";");
    for (const std::string& item : *list) AppendWithLength(item, bytes);
  }
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

}  // namespace toolcatalog
