#ifndef COMMON_DEFINITION_DEFINITION_LIMITS_H_
#define COMMON_DEFINITION_DEFINITION_LIMITS_H_

#include <cstddef>

namespace toolcatalog {

// Bounds of a tool definition: about four times the largest real value. The comments of tool.proto state them to users.

// Serialized definition.
inline constexpr size_t kMaxDefinitionBytes = 256 * 1024;

// Characters are Unicode code points.
inline constexpr size_t kMaxToolNameCharacters = 100;
inline constexpr size_t kMaxVersionCharacters = 20;
inline constexpr size_t kMaxShortTextCharacters = 100;
inline constexpr size_t kMaxPhraseCharacters = 1000;  // a use case, a limitation
inline constexpr size_t kMaxRegexCharacters = 1000;
inline constexpr size_t kMaxExpressionCharacters = 500;
inline constexpr size_t kMaxDescriptionBytes = 4 * 1024;

// Of an expression: nesting of parentheses, calls, signs, `not` and exponents; operations; size of an exponent.
inline constexpr int kMaxExpressionDepth = 20;
inline constexpr int kMaxExpressionSteps = 200;
inline constexpr double kMaxExponent = 100;

// Entries of lists.
inline constexpr int kMaxCapabilities = 50;
inline constexpr int kMaxPatterns = 50;
inline constexpr int kMaxEntries = 100;  // every other list

// Nesting of free objects (`metadata`, `extra`, `default` and so on). The field's own object or list is level 1, an
// object or list in it level 2.
inline constexpr int kMaxFreeLevels = 5;

// Problems that are reported of one definition; more are not looked for.
inline constexpr size_t kMaxViolations = 100;

// Text of one import.
inline constexpr size_t kMaxImportBytes = 64 * 1024 * 1024;

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_DEFINITION_LIMITS_H_
