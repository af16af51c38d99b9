#include "catalog_service/search/search_query.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/definition/definition.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxCharacters = 200;
// Bounds the work of the database.
constexpr size_t kMaxQueryWords = 20;
constexpr size_t kMinPrefixBytes = 2;
constexpr size_t kMinStemBytes = 3;
constexpr size_t kMinTypoBytes = 3;
constexpr size_t kMaxTypoBytes = 19;
constexpr char kTypable[] = "abcdefghijklmnopqrstuvwxyz0123456789";

// Scores: the name joined and alone, its whole words, then each field.
constexpr double kWholeNameScore = 0.95;
constexpr double kNameWordsScore = 0.9;
constexpr double kFieldScores[] = {0.8, 0.7, 0.6, 0.5, 0.4, 0.3};

std::vector<std::string> WithoutEnding(const std::string& word) {
  std::set<std::string> stems;
  auto strip = [&](absl::string_view ending, absl::string_view instead) {
    if (!absl::EndsWith(word, ending) || word.size() < ending.size() + kMinStemBytes) return;
    stems.insert(absl::StrCat(word.substr(0, word.size() - ending.size()), instead));
  };
  strip("ies", "y");
  const bool plural = !absl::EndsWith(word, "ss") && !absl::EndsWith(word, "us") && !absl::EndsWith(word, "is");
  if (plural) strip("s", "");
  if (plural) strip("es", "");
  for (const char* ending : {"ing", "ed"}) {
    strip(ending, "");
    strip(ending, "e");
  }
  return {stems.begin(), stems.end()};
}

std::string Term(char letter, absl::string_view word, bool prefix) {
  return absl::StrCat("'", std::string(1, letter), word, prefix ? "':*" : "'");
}

// The query that finds the word in one of the fields.
std::string AnyOf(const SearchQuery::Word& word, absl::string_view letters, bool whole_words) {
  std::vector<std::string> terms;
  for (const char letter : letters) {
    terms.push_back(Term(letter, word.word, word.prefix && !whole_words));
    if (whole_words) continue;
    for (const std::string& other : word.others) terms.push_back(Term(letter, other, false));
  }
  return absl::StrCat("(", absl::StrJoin(terms, " | "), ")");
}

absl::Status CheckText(absl::string_view text) {
  if (text.empty()) return InvalidArgumentError("q", kIsRequired);
  if (const size_t length = CountCharacters(text); length > kMaxCharacters) {
    return InvalidArgumentError("q", absl::StrCat("must have at most ", kMaxCharacters, " characters, got ", length));
  }
  for (absl::string_view rest = text; !rest.empty();) {
    if (const char32_t character = NextCodePoint(rest); !IsPrintable(character)) {
      return InvalidArgumentError("q", absl::StrCat("must be printable, got ", Quoted(text)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SearchField>> FieldsNamed(const std::vector<std::string>& entries) {
  std::set<std::string> asked;
  for (const std::string& entry : entries) {
    for (const absl::string_view name : absl::StrSplit(entry, ',')) {
      asked.insert(std::string(absl::StripAsciiWhitespace(name)));
    }
  }
  const bool everywhere = asked.empty();
  std::vector<SearchField> fields;
  std::vector<std::string> known;
  for (const SearchField& field : kSearchFields) {
    if (everywhere || asked.erase(field.name) > 0) fields.push_back(field);
    known.push_back(field.name);
  }
  if (asked.empty()) return fields;
  return InvalidArgumentError(
      "fields", absl::StrCat("unknown field ", Quoted(*asked.begin()), "; allowed: ", absl::StrJoin(known, ", ")));
}

}  // namespace

bool SearchQuery::Word::Finds(absl::string_view text_word) const {
  if (prefix ? absl::StartsWith(text_word, word) : text_word == word) return true;
  return std::find(others.begin(), others.end(), text_word) != others.end();
}

absl::StatusOr<SearchQuery> SearchQuery::Make(absl::string_view q, const std::vector<std::string>& fields) {
  SearchQuery query;
  query.text_ = std::string(absl::StripAsciiWhitespace(q));
  if (absl::Status status = CheckText(query.text_); !status.ok()) return status;
  absl::StatusOr<std::vector<SearchField>> known = FieldsNamed(fields);
  if (!known.ok()) return known.status();
  query.fields_ = *std::move(known);
  std::set<std::string> seen;
  for (TextWord& word : WordsIn(query.text_)) {
    if (!seen.insert(word.word).second) continue;
    std::vector<std::string> others = WithoutEnding(word.word);
    query.words_.push_back({word.word, word.word.size() >= kMinPrefixBytes, std::move(others)});
  }
  if (query.words_.size() > kMaxQueryWords) {
    return InvalidArgumentError(
        "q", absl::StrCat("must have at most ", kMaxQueryWords, " different words, got ", query.words_.size()));
  }
  // One letter begins too many words to look for it alone; behind others it may be a word that is still being typed.
  if (query.words_.size() > 1) query.words_.back().prefix = true;
  return query;
}

void SearchQuery::Replace(size_t word, const std::vector<std::string>& known) {
  words_[word].prefix = false;
  words_[word].others.insert(words_[word].others.end(), known.begin(), known.end());
}

std::string SearchQuery::AllWithin(absl::string_view letters, bool whole_words) const {
  std::vector<std::string> each;
  for (const Word& word : words_) each.push_back(AnyOf(word, letters, whole_words));
  return absl::StrJoin(each, " & ");
}

std::string SearchQuery::All() const {
  std::string letters;
  for (const SearchField& field : fields_) letters.push_back(field.letter);
  return AllWithin(letters, false);
}

std::string SearchQuery::Having(size_t word) const {
  std::string letters;
  for (const SearchField& field : fields_) letters.push_back(field.letter);
  return AnyOf(words_[word], letters, false);
}

// Each tier is wider than the one before it, and leaves out what that one finds. The index alone decides, also about
// `!`; no row is read.
std::vector<SearchQuery::Tier> SearchQuery::Tiers() const {
  std::vector<Tier> tiers;
  std::string letters, found;
  auto widen = [&](const std::string& tsquery, double score) {
    tiers.push_back({found.empty() ? tsquery : absl::StrCat(tsquery, " & !(", found, ")"), score, tsquery});
    found = tsquery;
  };
  for (const SearchField& field : fields_) {
    letters.push_back(field.letter);
    if (field.letter == kSearchFields[0].letter) {
      const std::string names = AllWithin(letters, true);
      widen(absl::StrCat(names, " & ", Term(kWholeNameLetter, WholeName(text_), false)), kWholeNameScore);
      widen(names, kNameWordsScore);
    }
    widen(AllWithin(letters, false), kFieldScores[field.letter - kSearchFields[0].letter]);
  }
  return tiers;
}

std::string SearchQuery::exact_name_key() const {
  return fields_.front().letter == kSearchFields[0].letter ? NameKey(text_) : "";
}

std::vector<std::string> WordsOneTypoAway(const std::string& word) {
  const bool ascii = std::all_of(word.begin(), word.end(), [](unsigned char c) { return c < 0x80; });
  if (!ascii || word.size() < kMinTypoBytes || word.size() > kMaxTypoBytes) return {};
  std::set<std::string> words;
  for (size_t i = 0; i <= word.size(); ++i) {
    const std::string head = word.substr(0, i), tail = word.substr(i);
    for (const char letter : absl::string_view(kTypable)) {
      words.insert(absl::StrCat(head, std::string(1, letter), tail));
      if (!tail.empty()) words.insert(absl::StrCat(head, std::string(1, letter), tail.substr(1)));
    }
    if (!tail.empty()) words.insert(head + tail.substr(1));
    if (tail.size() > 1) words.insert(absl::StrCat(head, tail.substr(1, 1), tail.substr(0, 1), tail.substr(2)));
  }
  words.erase(word);
  return {words.begin(), words.end()};
}

}  // namespace toolcatalog
