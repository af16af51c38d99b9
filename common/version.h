#ifndef COMMON_VERSION_H_
#define COMMON_VERSION_H_

namespace toolcatalog {

// The release, as in the file VERSION at the root: "0.9.0".
extern const char kVersion[];

}  // namespace toolcatalog

#endif  // COMMON_VERSION_H_
