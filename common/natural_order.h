#ifndef COMMON_NATURAL_ORDER_H_
#define COMMON_NATURAL_ORDER_H_

#include "absl/strings/string_view.h"

namespace toolcatalog {

// Whether `a` comes before `b` in the order in which people sort versions:
//  - digits count as numbers: "1.9" < "1.10";
//  - a version comes before a longer one that begins with it: "2.0" < "2.0.1" and "2.0" < "2.0+build";
//  - but a hyphen and letters mark a version that is not finished yet: "2.0-rc1" < "2.0";
//  - in the same place, a letter comes before a number: "1.a" < "1.1".
// Upper and lower case of ASCII letters are the same. The order is a strict weak order; two texts are equal in it only
// if they differ in nothing but case and leading zeros.
bool NaturalLess(absl::string_view a, absl::string_view b);

}  // namespace toolcatalog

#endif  // COMMON_NATURAL_ORDER_H_
