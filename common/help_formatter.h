#ifndef COMMON_HELP_FORMATTER_H_
#define COMMON_HELP_FORMATTER_H_

#include <CLI/CLI.hpp>
#include <string>

namespace toolcatalog {

// Lays out what `--help` prints, for CLI11, in the way of all programs of this repository: a line with the usage, one
// sentence about the program, then a column of options and commands beside a column of what they mean. Lines have at
// most 120 characters. Immutable, so thread-safe.
class HelpFormatter : public CLI::Formatter {
 public:
  // `name` is what a user types, for example "catalog_service compact".
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

// What a program's `--version` does, for its help.
inline constexpr char kVersionHelp[] = "print the program's name, version and commit, and exit";

// Makes the help of a program be laid out so. Call this before commands are added: they take it from the program.
void SetHelp(CLI::App& app);

}  // namespace toolcatalog

#endif  // COMMON_HELP_FORMATTER_H_
