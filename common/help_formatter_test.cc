#include "common/help_formatter.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class HelpFormatterTest : public testing::Test {
 protected:
  HelpFormatterTest() {
    SetHelp(app_);
    app_.add_option("--listen", listen_, "address to serve on (default: 127.0.0.1:1)")->type_name("HOST:PORT");
    app_.add_flag("--fast", fast_, "hurry");
    app_.set_version_flag("--version", "program 1.0", kVersionHelp);
  }

  CLI::App app_{"Does one thing.", "program"};
  std::string listen_;
  bool fast_ = false;
};

TEST_F(HelpFormatterTest, ShowsUsageSentenceAndOptions) {
  EXPECT_EQ(app_.help(),
            "usage: program [--listen HOST:PORT] [--fast]\n"
            "\n"
            "Does one thing.\n"
            "\n"
            "  --listen HOST:PORT  address to serve on (default: 127.0.0.1:1)\n"
            "  --fast              hurry\n"
            "  --version           print the program's name, version and commit, and exit\n"
            "  --help              print this text and exit\n");
}

TEST_F(HelpFormatterTest, ShowsCommandsAndTheirOwnHelp) {
  CLI::App* command = app_.add_subcommand("clean", "Removes what is old.");
  EXPECT_THAT(app_.help(), StartsWith("usage: program [clean] [--listen HOST:PORT] [--fast]\n"));
  EXPECT_THAT(app_.help(), HasSubstr("\n\n  clean  Removes what is old.\n\n  --listen"));
  EXPECT_EQ(command->help("program"),
            "usage: program clean\n\nRemoves what is old.\n\n  --help  print this text and exit\n");
}

TEST_F(HelpFormatterTest, WrapsLongLines) {
  std::string meaning = "a";
  for (int i = 0; i < 60; ++i) meaning += " word";
  app_.get_option("--fast")->description(meaning);
  const std::string help = app_.help();
  EXPECT_THAT(help, HasSubstr("\n  --fast              a word"));
  EXPECT_THAT(help, HasSubstr(" word\n                      word"));
  for (size_t begin = 0, end; (end = help.find('\n', begin)) != help.npos; begin = end + 1) {
    EXPECT_LE(end - begin, 120u);
  }
}

}  // namespace
}  // namespace toolcatalog
