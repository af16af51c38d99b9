#ifndef CATALOG_SERVICE_SEARCH_SEARCH_QUERY_H_
#define CATALOG_SERVICE_SEARCH_SEARCH_QUERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "catalog_service/search/search_text.h"

namespace toolcatalog {

// What a search looks for: tools that have every word somewhere in its fields. A word finds itself and words that it
// begins. Of an English ending (-s, -es, -ies, -ing, -ed) the word without it is found as well, so that prose is found
// in singular and plural while names such as `pg_dump`, `kubectl` or `status` stay what they are; no stemmer would
// leave them alone. Whatever the caller typed, a database query made here holds letters and digits only.
class SearchQuery {
 public:
  // INVALID_ARGUMENT that names `q` or `fields`. `q` without any letter or digit is valid and finds nothing. Each entry
  // of `fields` may be a comma-separated list; none = all fields.
  template <typename Strings>
  static absl::StatusOr<SearchQuery> Parse(absl::string_view q, const Strings& fields) {
    return Make(q, std::vector<std::string>(fields.begin(), fields.end()));
  }

  // A word asked for, and what stands for it in a tool's text.
  struct Word {
    std::string word;
    // Also as the beginning of a word.
    bool prefix = true;
    // Whole words that will do as well.
    std::vector<std::string> others;

    // Whether it finds this word of a text.
    bool Finds(absl::string_view text_word) const;
  };

  // Without the spaces around it.
  const std::string& text() const { return text_; }
  const std::vector<SearchField>& fields() const { return fields_; }
  const std::vector<Word>& words() const { return words_; }
  // Looks for whole words: of a word that is the beginning of others for `known` ones, which are all that it begins; of
  // one that no tool has for those that it may have meant. The index finds whole words faster than beginnings.
  void Replace(size_t word, const std::vector<std::string>& known);

  // A group of results that rank alike, disjoint from all others, as text of type tsquery.
  struct Tier {
    std::string tsquery;
    double score;
    // The same, together with all better tiers.
    std::string with_better;
  };
  // Best first. Their union is `All()`.
  std::vector<Tier> Tiers() const;
  // Everything that is found.
  std::string All() const;
  // Everything that has this word in one of the fields.
  std::string Having(size_t word) const;
  // Key of the tool that ranks first if it is found: the one whose name was typed. Empty = none.
  std::string exact_name_key() const;
  // The score of that tool.
  static constexpr double kExactNameScore = 1;

 private:
  static absl::StatusOr<SearchQuery> Make(absl::string_view q, const std::vector<std::string>& fields);
  std::string AllWithin(absl::string_view letters, bool whole_words) const;

  std::string text_;
  std::vector<SearchField> fields_;
  std::vector<Word> words_;
};

// All words within one typing error of `word`: a letter too much, missing, wrong, or swapped with its neighbour. Empty
// for words that are too short (2), too long (20), or not ASCII.
std::vector<std::string> WordsOneTypoAway(const std::string& word);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_SEARCH_SEARCH_QUERY_H_
