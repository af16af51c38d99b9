#include "common/text.h"

#include <string>

#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

TEST(FindInvalidUtf8, AcceptsAllLengthsOfCharacters) {
  EXPECT_EQ(FindInvalidUtf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), absl::string_view::npos);
  EXPECT_EQ(FindInvalidUtf8(""), absl::string_view::npos);
}

TEST(FindInvalidUtf8, FindsWhatIsNotUtf8) {
  EXPECT_EQ(FindInvalidUtf8("ab\xFF"), 2u);
  EXPECT_EQ(FindInvalidUtf8("\xC0\x80"), 0u) << "overlong";
  EXPECT_EQ(FindInvalidUtf8("\xE0\x80\x80"), 0u) << "overlong";
  EXPECT_EQ(FindInvalidUtf8("\xED\xA0\x80"), 0u) << "surrogate";
  EXPECT_EQ(FindInvalidUtf8("\xF4\x90\x80\x80"), 0u) << "above U+10FFFF";
  EXPECT_EQ(FindInvalidUtf8("a\xE2\x82"), 1u) << "cut off";
  EXPECT_EQ(FindInvalidUtf8("\x80"), 0u) << "continuation alone";
}

TEST(CountCharacters, CountsCodePoints) { EXPECT_EQ(CountCharacters("a\xC3\xA9\xF0\x9F\x98\x80"), 3u); }

TEST(Characters, ControlsAreForbiddenAndLineEndsNotPrintable) {
  for (char32_t c : {0x00, 0x07, 0x1B, 0x7F, 0x85, 0x9F}) EXPECT_TRUE(IsForbidden(c)) << c;
  for (char32_t c : {'\t', '\n', '\r'}) {
    EXPECT_FALSE(IsForbidden(c));
    EXPECT_FALSE(IsPrintable(c));
  }
  for (char32_t c : {0x2028, 0x202E, 0x2066, 0xFEFF, 0xFFFE, 0x1FFFF}) EXPECT_FALSE(IsPrintable(c)) << c;
  for (char32_t c : {0x20, 0x61, 0xE9, 0x200D, 0x1F600}) EXPECT_TRUE(IsPrintable(c)) << c;
}

TEST(Quoted, CutsAndEscapes) {
  EXPECT_EQ(Quoted("amiga"), "\"amiga\"");
  EXPECT_EQ(Quoted(std::string(61, 'x')), "\"" + std::string(60, 'x') + "...\"");
  EXPECT_EQ(Quoted(std::string(60, 'x')), "\"" + std::string(60, 'x') + "\"");
  EXPECT_EQ(Quoted("a\x07\xFF"), "\"a<U+0007><not UTF-8>\"");
}

TEST(CutAtCharacter, KeepsCharactersWhole) {
  EXPECT_EQ(CutAtCharacter("abc", 3), "abc");
  EXPECT_EQ(CutAtCharacter("ab\xC3\xA9", 3), "ab");
  EXPECT_EQ(CutAtCharacter("ab\xC3\xA9z", 4), "ab\xC3\xA9");
}

TEST(FormatNumber, IsShortAndExact) {
  EXPECT_EQ(FormatNumber(7), "7");
  EXPECT_EQ(FormatNumber(0.1), "0.1");
  EXPECT_EQ(FormatNumber(1.0000001), "1.0000001");
}

}  // namespace
}  // namespace toolcatalog
