#include "catalog_service/search/unused_words.h"

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "catalog_service/postgres/transaction.h"
#include "catalog_service/search/search_text.h"

namespace toolcatalog {
namespace {

constexpr int64_t kStepWords = 500;

constexpr PgStatement kNextWords = {"next_words",
                                    "select word from search_words where word > $1 order by word limit $2"};

// Those of the words $1 that stand in the index behind none of the letters $2. A word consists of letters and digits,
// so it needs no quotes in a query.
constexpr PgStatement kUnusedWords = {
    "unused_words",
    "select w.word from unnest($1::text[]) as w(word) where not exists (select from search_documents d where d.words "
    "@@ "
    "(select string_agg(letter || w.word, '|')::tsquery from unnest($2::text[]) as letter))"};

constexpr PgStatement kLock = {"unused_words_lock", "select revision from counter for update"};
constexpr PgStatement kRemove = {"remove_words", "delete from search_words where word = any($1::text[])"};

PgParam Letters() {
  std::vector<std::string> letters = {std::string(1, kWholeNameLetter)};
  for (const SearchField& field : kSearchFields) letters.emplace_back(1, field.letter);
  return PgParam::TextArray(letters);
}

std::vector<std::string> FirstColumn(const PgResult& rows) {
  std::vector<std::string> texts;
  for (int i = 0; i < rows.rows(); ++i) texts.emplace_back(rows.Text(i, 0));
  return texts;
}

PgCommand UnusedOf(const std::vector<std::string>& words) {
  return {&kUnusedWords, {PgParam::TextArray(words), Letters()}};
}

// Removes those of the words that are unused under the lock as well; how many.
absl::StatusOr<int64_t> Remove(PgConnection& connection, const std::vector<std::string>& words) {
  if (words.empty()) return 0;
  PgTransaction transaction(&connection);
  PgTransaction::Results read = transaction.Run({{&kLock, {}}, UnusedOf(words)});
  if (!read.ok()) return read.status();
  const std::vector<std::string> unused = FirstColumn(read->back());
  absl::Status status = transaction.RunAndCommit({{&kRemove, {PgParam::TextArray(unused)}}}).status();
  if (!status.ok()) return status;
  return static_cast<int64_t>(unused.size());
}

}  // namespace

absl::Status RemoveUnusedWords(PgConnection& connection, const std::function<bool(int64_t removed)>& progress) {
  std::string last;
  while (true) {
    absl::StatusOr<PgResult> next = connection.Execute(kNextWords, {PgParam::Text(last), PgParam::Int(kStepWords)});
    if (!next.ok()) return next.status();
    const std::vector<std::string> words = FirstColumn(*next);
    if (words.empty()) return absl::OkStatus();
    last = words.back();
    const PgCommand look = UnusedOf(words);
    absl::StatusOr<PgResult> unused = connection.Execute(*look.statement, look.params);
    if (!unused.ok()) return unused.status();
    absl::StatusOr<int64_t> removed = Remove(connection, FirstColumn(*unused));
    if (!removed.ok()) return removed.status();
    if (!progress(*removed)) return absl::OkStatus();
  }
}

}  // namespace toolcatalog
