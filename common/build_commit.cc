// Compiled anew whenever a program is linked, with what build_status printed: Bazel's "linkstamp". Bazel defines the
// macro; this file can include nothing.

namespace toolcatalog {

extern const char kBuildCommit[];
const char kBuildCommit[] = BUILD_SCM_REVISION;

}  // namespace toolcatalog
