#include "catalog_service/search/search_highlight.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

// Of the text; the asterisks and dots come on top.
constexpr size_t kMaxBytes = 140;
constexpr size_t kBytesBefore = 50;

// The words of a text that are found, and how many words of the query find one.
struct Found {
  std::vector<TextWord> words;
  size_t distinct = 0;
};

Found FindIn(const SearchQuery& query, absl::string_view text) {
  Found found;
  std::set<size_t> used;
  for (TextWord& word : WordsIn(text)) {
    bool matches = false;
    for (size_t i = 0; i < query.words().size(); ++i) {
      if (!query.words()[i].Finds(word.word)) continue;
      used.insert(i);
      matches = true;
    }
    if (matches) found.words.push_back(std::move(word));
  }
  found.distinct = used.size();
  return found;
}

// A name may be found as a whole where none of its words is.
Found FindWhole(const SearchQuery& query, absl::string_view name) {
  const std::string whole = WholeName(name);
  const bool finds = std::any_of(query.words().begin(), query.words().end(),
                                 [&](const SearchQuery::Word& word) { return word.Finds(whole); });
  const std::vector<TextWord> words = WordsIn(name);
  if (!finds || words.empty()) return {};
  return {{{whole, words.front().begin, words.back().end}}, 1};
}

void AppendOnOneLine(absl::string_view text, std::string& out) {
  for (const char c : text) out.push_back(c == '\n' || c == '\r' || c == '\t' ? ' ' : c);
}

// Where the piece that shows the first word begins: at a word, if there is one nearby.
size_t BeginOfPiece(absl::string_view text, size_t first_word) {
  if (first_word <= kBytesBefore) return 0;
  const size_t space = text.find(' ', first_word - kBytesBefore);
  if (space < first_word) return space + 1;
  return first_word;
}

std::string Piece(absl::string_view text, const std::vector<TextWord>& words) {
  const size_t begin = BeginOfPiece(text, words.front().begin);
  const size_t end = begin + CutAtCharacter(text.substr(begin), kMaxBytes).size();
  std::string piece = begin > 0 ? "..." : "";
  size_t place = begin;
  for (const TextWord& word : words) {
    if (word.begin >= end) break;
    AppendOnOneLine(text.substr(place, word.begin - place), piece);
    place = std::min(word.end, end);
    absl::StrAppend(&piece, "**", text.substr(word.begin, place - word.begin), "**");
  }
  AppendOnOneLine(text.substr(place, end - place), piece);
  if (end < text.size()) piece += "...";
  return piece;
}

}  // namespace

std::vector<v1::SearchHighlight> HighlightsOf(const SearchQuery& query, const v1::Tool& tool) {
  std::vector<v1::SearchHighlight> highlights;
  for (const SearchField& field : query.fields()) {
    size_t most = 0;
    std::string piece;
    ForEachText(tool, field.letter, [&](absl::string_view text) {
      Found found = FindIn(query, text);
      if (found.words.empty() && IsNameField(field)) found = FindWhole(query, text);
      if (found.distinct <= most) return;
      most = found.distinct;
      piece = Piece(text, found.words);
    });
    if (most == 0) continue;
    highlights.emplace_back();
    highlights.back().set_field(field.name);
    highlights.back().set_text(std::move(piece));
  }
  return highlights;
}

}  // namespace toolcatalog
