#include "common/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class ConfigTest : public testing::Test {
 protected:
  absl::StatusOr<Config> Load(const std::string& text) {
    const std::string path = testing::TempDir() + "/config.yaml";
    std::ofstream(path) << text;
    return Config::FromFile(path);
  }
};

TEST_F(ConfigTest, ReadsKnownKeysAndLeavesDefaults) {
  auto config = Load("listen: localhost:1\nwords: [a, b]\ncount: 5\nttl_seconds: 60\n");
  ASSERT_TRUE(config.ok()) << config.status();
  std::string listen, other = "default";
  std::vector<std::string> words;
  int count = 0;
  absl::Duration ttl;
  config->Read("listen", &listen);
  config->Read("other", &other);
  config->Read("words", &words);
  config->Read("count", 1, 10, &count);
  config->ReadSeconds("ttl_seconds", 1, 100, &ttl);
  EXPECT_TRUE(config->Finish().ok());
  EXPECT_EQ(listen, "localhost:1");
  EXPECT_EQ(other, "default");
  EXPECT_THAT(words, ElementsAre("a", "b"));
  EXPECT_EQ(count, 5);
  EXPECT_EQ(ttl, absl::Minutes(1));
}

TEST_F(ConfigTest, UnknownKeysAreNamedWithTheKnownOnes) {
  auto config = Load("lisen: localhost:1\n");
  ASSERT_TRUE(config.ok());
  std::string listen;
  config->Read("listen", &listen);
  const std::string message(config->Finish().message());
  EXPECT_THAT(message, HasSubstr("lisen: unknown key"));
  EXPECT_THAT(message, HasSubstr("known: listen"));
}

TEST_F(ConfigTest, WrongTypesAndBoundsAreNamed) {
  auto config = Load("listen: [a]\nwords: text\ncount: 11\nttl_seconds: soon\n");
  ASSERT_TRUE(config.ok());
  std::string listen = "kept";
  std::vector<std::string> words;
  int count = 3;
  absl::Duration ttl;
  config->Read("listen", &listen);
  config->Read("words", &words);
  config->Read("count", 1, 10, &count);
  config->ReadSeconds("ttl_seconds", 1, 100, &ttl);
  const std::string message(config->Finish().message());
  for (const char* part : {"listen: must be a text", "words: must be a list",
                           "count: must be a whole number from 1 to 10", "got \"11\"", "ttl_seconds: must be"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
  EXPECT_EQ(listen, "kept");
  EXPECT_EQ(count, 3);
}

TEST_F(ConfigTest, MapsOfListsAreRead) {
  auto config = Load("groups: {a: [x, y], b: [z]}\nnone: {}\n");
  ASSERT_TRUE(config.ok());
  std::map<std::string, std::vector<std::string>> groups, none = {{"default", {"x"}}}, other = none;
  config->Read("groups", &groups);
  config->Read("none", &none);
  config->Read("other", &other);
  EXPECT_TRUE(config->Finish().ok());
  EXPECT_THAT(groups, ElementsAre(Pair("a", ElementsAre("x", "y")), Pair("b", ElementsAre("z"))));
  EXPECT_THAT(none, ElementsAre());
  EXPECT_EQ(other.size(), 1u);
}

TEST_F(ConfigTest, MapsThatHoldSomethingElseAreNamed) {
  auto config = Load("list: [a]\ngroups: {a: x, b: [], c: [[y]], d: [z], d: [z]}\n");
  ASSERT_TRUE(config.ok());
  std::map<std::string, std::vector<std::string>> groups;
  config->Read("list", &groups);
  config->Read("groups", &groups);
  const std::string message(config->Finish().message());
  for (const char* part : {"list: must be a map of lists", "groups.a: must be a list", "groups.b: must be a list",
                           "groups.c: must be a list", "groups.d: must stand once only"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

TEST_F(ConfigTest, MapsOfTextsAreRead) {
  auto config = Load("files: {a: /x, b: /y}\nnone: {}\n");
  ASSERT_TRUE(config.ok());
  std::map<std::string, std::string> files, none = {{"default", "x"}}, other = none;
  config->Read("files", &files);
  config->Read("none", &none);
  config->Read("other", &other);
  EXPECT_TRUE(config->Finish().ok());
  EXPECT_THAT(files, ElementsAre(Pair("a", "/x"), Pair("b", "/y")));
  EXPECT_THAT(none, ElementsAre());
  EXPECT_EQ(other.size(), 1u);
}

TEST_F(ConfigTest, MapsOfTextsThatHoldSomethingElseAreNamed) {
  auto config = Load("list: [a]\nfiles: {a: [x], b: y, b: z}\n");
  ASSERT_TRUE(config.ok());
  std::map<std::string, std::string> files;
  config->Read("list", &files);
  config->Read("files", &files);
  const std::string message(config->Finish().message());
  for (const char* part :
       {"list: must be a map of texts", "files.a: must be a text", "files.b: must stand once only"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

TEST_F(ConfigTest, ListsOfSectionsAreRead) {
  auto config = Load("hooks:\n- name: a\n  triggers: [x, y]\n- name: b\nnone: []\n");
  ASSERT_TRUE(config.ok());
  std::vector<Config::Section> hooks, none(1), other(1);
  config->Read("hooks", {"name", "url"}, {"triggers"}, &hooks);
  config->Read("none", {"name"}, {}, &none);
  config->Read("other", {"name"}, {}, &other);
  EXPECT_TRUE(config->Finish().ok()) << config->Finish();
  ASSERT_EQ(hooks.size(), 2u);
  EXPECT_THAT(hooks[0].texts, ElementsAre(Pair("name", "a")));
  EXPECT_THAT(hooks[0].lists, ElementsAre(Pair("triggers", ElementsAre("x", "y"))));
  EXPECT_THAT(hooks[1].texts, ElementsAre(Pair("name", "b")));
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(other.size(), 1u);
}

TEST_F(ConfigTest, SectionsThatHoldSomethingElseAreNamedWithTheirPath) {
  auto config = Load("map: {}\nhooks: [x, {nme: a}, {name: [a], triggers: x}, {name: a, name: b}]\n");
  ASSERT_TRUE(config.ok());
  std::vector<Config::Section> hooks;
  config->Read("map", {"name"}, {}, &hooks);
  config->Read("hooks", {"name"}, {"triggers"}, &hooks);
  const std::string message(config->Finish().message());
  for (const char* part :
       {"map: must be a list", "hooks[0]: must be a map", "hooks[1].nme: unknown key; known: name, triggers",
        "hooks[2].name: must be a text", "hooks[2].triggers: must be a list of at least one text",
        "hooks[3].name: must stand once only"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

TEST_F(ConfigTest, AnEmptyFileIsAnEmptyConfiguration) {
  auto config = Load("# nothing\n");
  ASSERT_TRUE(config.ok());
  EXPECT_TRUE(config->Finish().ok());
}

TEST_F(ConfigTest, FilesThatAreNoConfigurationAreRefused) {
  EXPECT_THAT(std::string(Load("a: [").status().message()), HasSubstr("config.yaml"));
  EXPECT_THAT(std::string(Load("- a\n").status().message()), HasSubstr("must be a map"));
  EXPECT_THAT(std::string(Load(std::string(2 << 20, '#')).status().message()), HasSubstr("1 MiB"));
  EXPECT_THAT(std::string(Config::FromFile("/nonexistent").status().message()), HasSubstr("/nonexistent"));
}

}  // namespace
}  // namespace toolcatalog
