#ifndef COMMON_VERSION_LINE_H_
#define COMMON_VERSION_LINE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// What `--version` prints: "NAME VERSION (COMMIT)". COMMIT is the commit that was checked out when the program was last
// linked; a commit that changes none of the program's sources does not link it again. In tests and outside of a git
// repository COMMIT is "unknown". Only programs depend on this file: libraries use `kVersion`, which does not change
// with every commit.
std::string VersionLine(absl::string_view program);

}  // namespace toolcatalog

#endif  // COMMON_VERSION_LINE_H_
