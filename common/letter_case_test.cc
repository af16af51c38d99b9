#include "common/letter_case.h"

#include <cstdint>
#include <string>

#include "common/text.h"
#include "gtest/gtest.h"

namespace toolcatalog {
namespace {

std::string Lower(char32_t character) {
  std::string lower;
  AppendLower(character, "", lower);
  return lower;
}

// FNV-1a.
void Mix(uint8_t byte, uint64_t& fingerprint) { fingerprint = (fingerprint ^ byte) * 0x100000001B3; }

TEST(LetterCase, LowersLettersOfAllLanguages) {
  EXPECT_EQ(LowerCase("Grep 2"), "grep 2");
  EXPECT_EQ(LowerCase("ÀÉÎ ẞ ΑΣ ЖЯ Ⅷ 𐐀"), "àéî ß ασ жя ⅷ 𐐨");
  EXPECT_EQ(LowerCase("Z\xFF\xC3 Z"), "z\xFF\xC3 z") << "what is not UTF-8 stays";
}

TEST(LetterCase, KnowsWhatBelongsToAWord) {
  for (char32_t c : {U'a', U'Z', U'0', U'é', U'ß', U'中', U'ก', U'٣', U'Ⅷ', U'ि', U'Ⓐ', U'𐐀'}) {
    EXPECT_TRUE(IsLetterOrDigit(c)) << CodePointName(c);
  }
  for (char32_t c : {U'_', U' ', U'²', U'€', U'\u0301', U'्', U'\u200D', U'😀', U'\U0010FFFF', kInvalidCodePoint}) {
    EXPECT_FALSE(IsLetterOrDigit(c)) << CodePointName(c);
  }
}

// Tags and the search index hold what these functions made. If another release of utf8proc answers otherwise, what is
// stored has to be made anew, see FillIndex.
TEST(LetterCase, AnswersAsWhenTheIndexWasMade) {
  uint64_t fingerprint = 0xCBF29CE484222325;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c == 0xD800) c = 0xE000;
    Mix(IsLetterOrDigit(c), fingerprint);
    for (const char byte : Lower(c)) Mix(static_cast<uint8_t>(byte), fingerprint);
  }
  EXPECT_EQ(fingerprint, 0x3146231F98202819);
}

}  // namespace
}  // namespace toolcatalog
