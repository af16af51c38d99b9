#ifndef COMMON_DEFINITION_DEFINITION_LIMITS_H_
#define COMMON_DEFINITION_DEFINITION_LIMITS_H_

#include <cstddef>

namespace toolcatalog {

// Bounds of a tool definition. Each is about four times the largest value in real definitions. The comments in
// tool.proto tell users of them.

// Size of a definition in Protobuf's binary form.
inline constexpr size_t kMaxDefinitionBytes = 256 * 1024;

// Characters are Unicode code points.
inline constexpr size_t kMaxToolNameCharacters = 100;
inline constexpr size_t kMaxVersionCharacters = 20;
inline constexpr size_t kMaxShortTextCharacters = 100;
inline constexpr size_t kMaxPhraseCharacters = 1000;  // a use case, a limitation
inline constexpr size_t kMaxRegexCharacters = 1000;
inline constexpr size_t kMaxExpressionCharacters = 500;
inline constexpr size_t kMaxDescriptionBytes = 4 * 1024;

// Levels of an expression: parentheses, calls, signs, `not` and exponents nest at most so deep.
inline constexpr int kMaxExpressionDepth = 20;
// Operations in an expression.
inline constexpr int kMaxExpressionSteps = 200;
// The largest exponent, and the negative of the smallest.
inline constexpr double kMaxExponent = 100;

// Entries of lists.
inline constexpr int kMaxCapabilities = 50;
inline constexpr int kMaxPatterns = 50;
inline constexpr int kMaxEntries = 100;  // every other list

// Levels of free objects and values (`metadata`, `extra`, `default` and so on). The field's own object or list is level
// 1, an object or list in it is level 2.
inline constexpr int kMaxFreeLevels = 5;

// Problems that are reported of one definition. When there are so many, the check stops.
inline constexpr size_t kMaxViolations = 100;

// Size of the text of one import.
inline constexpr size_t kMaxImportBytes = 64 * 1024 * 1024;

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_DEFINITION_LIMITS_H_
