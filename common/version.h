#ifndef COMMON_VERSION_H_
#define COMMON_VERSION_H_

namespace toolcatalog {

// What `--version` prints.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace toolcatalog

#endif  // COMMON_VERSION_H_
