#ifndef COMMON_RPC_DESCRIPTOR_LIMIT_H_
#define COMMON_RPC_DESCRIPTOR_LIMIT_H_

#include <cstdint>

namespace toolcatalog {

// How many descriptors this process may have open at once, as it is now.
int64_t DescriptorLimit();

// Raises the limit as far as an unprivileged process may. It starts low for the sake of programs that call select(),
// which this one does not.
void RaiseDescriptorLimit();

// How many connections a server may hold open: what the limit leaves when a quarter of it, at most 1,024, is kept for
// the database, files and outgoing connections; at most 10,000, since each takes about 17 kB.
int MaxConnectionsWithin(int64_t descriptor_limit);

}  // namespace toolcatalog

#endif  // COMMON_RPC_DESCRIPTOR_LIMIT_H_
