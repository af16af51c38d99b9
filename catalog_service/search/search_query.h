#ifndef CATALOG_SERVICE_SEARCH_SEARCH_QUERY_H_
#define CATALOG_SERVICE_SEARCH_SEARCH_QUERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "catalog_service/search/search_text.h"

namespace toolcatalog {

// What a search looks for: the tools that have each of its words in one of the fields searched. A word also finds the
// words that begin with it. A word with an English ending (-s, -es, -ies, -ing, -ed) also finds the word without the
// ending, so "files" finds "file". The index keeps words as they are written, because a stemmer would change names such
// as `status`. The queries made here hold letters and digits only, whatever the caller typed.
class SearchQuery {
 public:
  // INVALID_ARGUMENT that names `q` or `fields`. A `q` without letters and digits is valid and finds nothing. Each
  // entry of `fields` may be a comma-separated list. No entry means all fields.
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
  // Looks for the word and for the words `known`, all of them as whole words. `known` are all words that begin with the
  // word or, if no tool has it, the words that the caller may have meant. The index finds whole words faster than
  // beginnings.
  void Replace(size_t word, const std::vector<std::string>& known);

  // A group of results of equal rank, as texts of type tsquery. No result is in two tiers.
  struct Tier {
    std::string tsquery;
    double score;
    // This tier together with all better ones.
    std::string with_better;
  };
  // Best first. Their union is `All()`.
  std::vector<Tier> Tiers() const;
  // Everything that is found.
  std::string All() const;
  // Everything that has this word in one of the fields.
  std::string Having(size_t word) const;
  // The key of the tool whose name was typed. That tool ranks first, if it is found. Empty = none.
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

// All words within one typing error of `word`: one letter is missing, added, wrong, or swapped with its neighbour.
// Empty for a word that is too short, too long, or not ASCII.
std::vector<std::string> WordsOneTypoAway(const std::string& word);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_SEARCH_SEARCH_QUERY_H_
