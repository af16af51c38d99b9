#ifndef CATALOG_SERVICE_SEARCH_SEARCH_TEXT_H_
#define CATALOG_SERVICE_SEARCH_SEARCH_TEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// A part of a tool's text that a search can be restricted to. The one that says most about the tool comes first.
struct SearchField {
  const char* name;
  // Stands before each word of the field in the index.
  char letter;
};
inline constexpr SearchField kSearchFields[] = {{"name", 'a'},     {"capabilities", 'b'}, {"tags", 'c'},
                                                {"patterns", 'd'}, {"description", 'e'},  {"use_cases", 'f'}};
// Whether the field's texts are names, which are also found as a whole.
inline bool IsNameField(const SearchField& field) { return field.letter <= 'd'; }
// The letter before a tool's `WholeName`.
inline constexpr char kWholeNameLetter = 'x';

// A word in a text: a run of letters and digits, in lower case, cut to 40 bytes. English endings stay, because names
// such as `status` end so too; `SearchQuery` allows for endings in the words that are asked for.
struct TextWord {
  std::string word;
  // Where it stands.
  size_t begin = 0;
  size_t end = 0;
};
std::vector<TextWord> WordsIn(absl::string_view text);

// The words of a name put together, cut to 40 bytes: "pgdump" for "pg_dump".
std::string WholeName(absl::string_view name);

// The texts of a tool that belong to the field of this letter.
void ForEachText(const v1::Tool& tool, char letter, absl::FunctionRef<void(absl::string_view)> visit);

// What the side tables hold of a tool. Each list is sorted, without repetitions, and bounded.
struct IndexedText {
  std::vector<std::string> capabilities;
  std::vector<std::string> tags;
  // Words, each with the letter of its field before it. A name of several words gives its words and its `WholeName`:
  // `pg_dump` gives pg, dump and pgdump. At most 5,000 words; those of the first fields go before the others.
  std::vector<std::string> words;
};
IndexedText IndexedTextOf(const v1::Tool& tool);

// All that `IndexedTextOf` reads of a tool, in one text. Two tools with the same text have the same `IndexedTextOf`;
// comparing texts costs less than making the words.
std::string SearchedTextOf(const v1::Tool& tool);

// 32 bytes that differ whenever `text` or the spelling of the name differs.
std::string TextHash(absl::string_view tool_name, const IndexedText& text);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_SEARCH_SEARCH_TEXT_H_
