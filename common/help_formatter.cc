#include "common/help_formatter.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {
namespace {

constexpr size_t kWidth = 120;

// An option or command, and what it means.
using Row = std::pair<std::string, std::string>;

// `begin`, then the words, in lines that are indented like the first word.
std::string Wrapped(std::string begin, const std::vector<std::string>& words) {
  const std::string indent(begin.size(), ' ');
  std::string text, line = std::move(begin);
  bool is_first = true;
  for (const std::string& word : words) {
    if (!is_first && line.size() + 1 + word.size() > kWidth) {
      absl::StrAppend(&text, line, "\n");
      line = indent;
      is_first = true;
    }
    absl::StrAppend(&line, is_first ? "" : " ", word);
    is_first = false;
  }
  return absl::StrCat(text, line, "\n");
}

bool IsGeneral(const CLI::Option& option) { return option.check_lname("help") || option.check_lname("version"); }

// "--listen HOST:PORT".
std::string NameOf(const CLI::Option& option) {
  const std::string value = option.get_type_size() > 0 ? option.get_type_name() : "";
  return absl::StrCat("--", option.get_lnames()[0], value.empty() ? "" : " ", value);
}

std::string Usage(const CLI::App& app, const std::string& name) {
  std::vector<std::string> commands, words = {name};
  for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
  if (!commands.empty()) words.push_back(absl::StrCat("[", absl::StrJoin(commands, "|"), "]"));
  for (const CLI::Option* option : app.get_options()) {
    if (!IsGeneral(*option)) words.push_back(absl::StrCat("[", NameOf(*option), "]"));
  }
  return Wrapped("usage: ", words);
}

// The options in their order, those that every program has last.
std::vector<Row> Options(const CLI::App& app) {
  std::vector<Row> rows, general;
  for (const CLI::Option* option : app.get_options()) {
    (IsGeneral(*option) ? general : rows).emplace_back(NameOf(*option), option->get_description());
  }
  rows.insert(rows.end(), general.rbegin(), general.rend());
  return rows;
}

std::vector<Row> Commands(const CLI::App& app) {
  std::vector<Row> rows;
  for (const CLI::App* command : app.get_subcommands({})) {
    rows.emplace_back(command->get_name(), command->get_description());
  }
  return rows;
}

std::string Table(const std::vector<Row>& rows) {
  size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.first.size());
  std::string table;
  for (const auto& [name, meaning] : rows) {
    const std::string begin = absl::StrCat("  ", name, std::string(width - name.size() + 2, ' '));
    absl::StrAppend(&table, Wrapped(begin, absl::StrSplit(meaning, ' ')));
  }
  return table;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const {
  const std::vector<Row> commands = Commands(*app);
  return absl::StrCat(Usage(*app, name), "\n", app->get_description(), "\n\n",
                      commands.empty() ? "" : absl::StrCat(Table(commands), "\n"), Table(Options(*app)));
}

void SetHelp(CLI::App& app) {
  app.set_help_flag("-h,--help", "print this text and exit");
  app.formatter(std::make_shared<HelpFormatter>());
}

}  // namespace toolcatalog
