#ifndef COMMON_VERSION_LINE_H_
#define COMMON_VERSION_LINE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// What `--version` prints: "NAME VERSION (COMMIT)". COMMIT is the one that was checked out when the program was last
// linked: a commit that changes none of its sources does not link it again. It is "unknown" in tests and outside of a
// git repository. Programs depend on this, libraries on `kVersion` alone.
std::string VersionLine(absl::string_view program);

}  // namespace toolcatalog

#endif  // COMMON_VERSION_LINE_H_
