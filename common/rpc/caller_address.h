#ifndef COMMON_RPC_CALLER_ADDRESS_H_
#define COMMON_RPC_CALLER_ADDRESS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// Believes what gateways at these IP addresses say of their callers, beside those on this machine. Call once, before
// the process serves. INVALID_ARGUMENT that names the first text that is no IP address.
absl::Status TrustGateways(const std::vector<std::string>& addresses);

// Where a call comes from. `peer` is the address of its connection as gRPC has it, and `forwarded` the metadata
// `x-forwarded-for`, "" if there is none. If the peer is a gateway and has forwarded an address with a port, this is
// that address, " via ", and the peer; otherwise the peer alone. Thread-safe.
std::string CallerAddress(absl::string_view peer, absl::string_view forwarded);
// The address in what `CallerAddress` has answered, without the port, and without the gateway.
absl::string_view AddressOf(absl::string_view caller);

}  // namespace toolcatalog

#endif  // COMMON_RPC_CALLER_ADDRESS_H_
