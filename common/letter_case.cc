#include "common/letter_case.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Where marks (vowel signs and such) and symbols (letters in circles) belong to a word as letters do: Unicode's
// property Other_Alphabetic, which utf8proc does not have.
constexpr Range kOtherAlphabetic[] = {
    {0x0345, 0x0345},   {0x05B0, 0x05C7},   {0x0610, 0x0657},   {0x0659, 0x06DC},   {0x06E1, 0x06E8},
    {0x06ED, 0x06ED},   {0x0711, 0x073F},   {0x07A6, 0x07B0},   {0x0816, 0x0817},   {0x081B, 0x082C},
    {0x08D4, 0x08DF},   {0x08E3, 0x08E9},   {0x08F0, 0x093B},   {0x093E, 0x094C},   {0x094E, 0x094F},
    {0x0955, 0x0983},   {0x09BE, 0x09CC},   {0x09D7, 0x09E3},   {0x0A01, 0x0A03},   {0x0A3E, 0x0A4C},
    {0x0A51, 0x0A83},   {0x0ABE, 0x0ACC},   {0x0AE2, 0x0AFC},   {0x0B01, 0x0B03},   {0x0B3E, 0x0B4C},
    {0x0B56, 0x0B63},   {0x0B82, 0x0BCC},   {0x0BD7, 0x0BD7},   {0x0C00, 0x0C03},   {0x0C3E, 0x0C4C},
    {0x0C55, 0x0C63},   {0x0C81, 0x0C83},   {0x0CBE, 0x0CCC},   {0x0CD5, 0x0D03},   {0x0D3E, 0x0D4C},
    {0x0D57, 0x0D63},   {0x0D81, 0x0D83},   {0x0DCF, 0x0E3A},   {0x0E4D, 0x0E4D},   {0x0EB1, 0x0EB9},
    {0x0EBB, 0x0EBC},   {0x0ECD, 0x0ECD},   {0x0F71, 0x0F81},   {0x0F8D, 0x0FBC},   {0x102B, 0x1036},
    {0x1038, 0x1038},   {0x103B, 0x109D},   {0x1712, 0x1713},   {0x1732, 0x1733},   {0x1752, 0x1773},
    {0x17B6, 0x17C8},   {0x1885, 0x1938},   {0x1A17, 0x1A5E},   {0x1A61, 0x1A74},   {0x1ABF, 0x1AC0},
    {0x1ACC, 0x1B04},   {0x1B35, 0x1B43},   {0x1B80, 0x1BA9},   {0x1BAC, 0x1BAD},   {0x1BE7, 0x1BF1},
    {0x1C24, 0x1C36},   {0x1DE7, 0x1DF4},   {0x24B6, 0x24E9},   {0x2DE0, 0x2DFF},   {0xA674, 0xA67B},
    {0xA69E, 0xA69F},   {0xA802, 0xA802},   {0xA80B, 0xA827},   {0xA880, 0xA8C3},   {0xA8C5, 0xA8C5},
    {0xA8FF, 0xA92A},   {0xA947, 0xA952},   {0xA980, 0xA983},   {0xA9B4, 0xA9BF},   {0xA9E5, 0xAA4D},
    {0xAA7B, 0xAABE},   {0xAAEB, 0xAAF5},   {0xABE3, 0xABEA},   {0xFB1E, 0xFB1E},   {0x10376, 0x1037A},
    {0x10A01, 0x10A0F}, {0x10D24, 0x10EAC}, {0x11000, 0x11045}, {0x11073, 0x11074}, {0x11082, 0x110B8},
    {0x110C2, 0x11132}, {0x11145, 0x11146}, {0x11180, 0x111BF}, {0x111CE, 0x11234}, {0x11237, 0x112E8},
    {0x11300, 0x11303}, {0x1133E, 0x1134C}, {0x11357, 0x11363}, {0x11435, 0x11441}, {0x11443, 0x11445},
    {0x114B0, 0x114C1}, {0x115AF, 0x115BE}, {0x115DC, 0x1163E}, {0x11640, 0x116B5}, {0x1171D, 0x1172A},
    {0x1182C, 0x11838}, {0x11930, 0x1193C}, {0x11940, 0x11942}, {0x119D1, 0x119DF}, {0x119E4, 0x11A0A},
    {0x11A35, 0x11A3E}, {0x11A51, 0x11A97}, {0x11C2F, 0x11C3E}, {0x11C92, 0x11D41}, {0x11D43, 0x11D43},
    {0x11D47, 0x11D96}, {0x11EF3, 0x11EF6}, {0x16F4F, 0x16F92}, {0x16FF0, 0x16FF1}, {0x1BC9E, 0x1BC9E},
    {0x1E000, 0x1E02A}, {0x1E947, 0x1E947}, {0x1F130, 0x1F149}, {0x1F150, 0x1F169}, {0x1F170, 0x1F189}};

bool IsOtherAlphabetic(char32_t character) {
  const Range* range = std::lower_bound(std::begin(kOtherAlphabetic), std::end(kOtherAlphabetic), character,
                                        [](const Range& range, char32_t c) { return range.last < c; });
  return range != std::end(kOtherAlphabetic) && range->first <= character;
}

}  // namespace

bool IsLetterOrDigit(char32_t character) {
  if (character < 0x80) return absl::ascii_isalnum(static_cast<unsigned char>(character));
  if (character == kInvalidCodePoint) return false;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
      return true;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_SO:
      return IsOtherAlphabetic(character);
    default:
      return false;
  }
}

char32_t LowerOf(char32_t character) {
  if (character < 0x80) return static_cast<unsigned char>(absl::ascii_tolower(static_cast<unsigned char>(character)));
  if (character == kInvalidCodePoint) return character;
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(character)));
}

void AppendLower(char32_t character, absl::string_view bytes, std::string& out) {
  if (character < 0x80) {
    out.push_back(static_cast<char>(LowerOf(character)));
  } else if (character == kInvalidCodePoint) {
    out.append(bytes.data(), bytes.size());
  } else {
    utf8proc_uint8_t lower[4];
    const utf8proc_ssize_t size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(LowerOf(character)), lower);
    out.append(reinterpret_cast<const char*>(lower), static_cast<size_t>(size));
  }
}

std::string LowerCase(absl::string_view text) {
  std::string lower;
  absl::string_view rest = text;
  while (!rest.empty()) {
    const absl::string_view before = rest;
    const char32_t character = NextCodePoint(rest);
    AppendLower(character, before.substr(0, before.size() - rest.size()), lower);
  }
  return lower;
}

}  // namespace toolcatalog
