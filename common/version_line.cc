#include "common/version_line.h"

#include "absl/strings/str_cat.h"
#include "common/version.h"

namespace toolcatalog {

// Defined in build_commit.cc.
extern const char kBuildCommit[];

std::string VersionLine(absl::string_view program) {
  // What Bazel says where it is not asked to stamp, as in tests.
  constexpr absl::string_view kNoCommit = "0";
  const absl::string_view commit = kBuildCommit == kNoCommit ? "unknown" : kBuildCommit;
  return absl::StrCat(program, " ", kVersion, " (", commit, ")");
}

}  // namespace toolcatalog
