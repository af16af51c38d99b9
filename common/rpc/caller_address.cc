#include "common/rpc/caller_address.h"

#include <arpa/inet.h>

#include <cstdint>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

constexpr absl::string_view kVia = " via ";

// The bytes of an IP address, "" if the text is none.
std::string BytesOf(const std::string& address) {
  if (absl::StrContains(address, '\0')) return "";
  char bytes[sizeof(in6_addr)];
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) return std::string(bytes, sizeof(in_addr));
  if (inet_pton(AF_INET6, address.c_str(), bytes) == 1) return std::string(bytes, sizeof(in6_addr));
  return "";
}

bool IsPort(absl::string_view text) {
  uint32_t port;
  return absl::c_all_of(text, absl::ascii_isdigit) && absl::SimpleAtoi(text, &port) && port <= UINT16_MAX;
}

// The bytes of the IP address in "address:port", where brackets enclose one of version 6; "" if the text is no such.
std::string HostOf(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || !IsPort(text.substr(colon + 1))) return "";
  absl::string_view host = text.substr(0, colon);
  const bool is_bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  return absl::StrContains(host, ':') == is_bracketed ? BytesOf(std::string(host)) : "";
}

// Of a peer as gRPC writes it, such as "ipv4:127.0.0.1:80", "ipv6:%5B::1%5D:80" or "unix:/path".
std::string HostOfPeer(absl::string_view peer) {
  if (!absl::ConsumePrefix(&peer, "ipv4:") && !absl::ConsumePrefix(&peer, "ipv6:")) return "";
  return HostOf(absl::StrReplaceAll(peer, {{"%5B", "["}, {"%5D", "]"}}));
}

bool IsOnThisMachine(const std::string& host) {
  return host == BytesOf("::1") || (host.size() == sizeof(in_addr) && host[0] == 127);
}

std::set<std::string>& Gateways() {
  static auto* const gateways = new std::set<std::string>;
  return *gateways;
}

bool IsGateway(absl::string_view peer) {
  if (absl::StartsWith(peer, "unix:")) return true;
  const std::string host = HostOfPeer(peer);
  return IsOnThisMachine(host) || Gateways().count(host) > 0;
}

}  // namespace

absl::Status TrustGateways(const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    std::string host = BytesOf(address);
    if (host.empty()) {
      return InvalidArgumentError("gateways", absl::StrCat("must be IP addresses, got ", Quoted(address)));
    }
    Gateways().insert(std::move(host));
  }
  return absl::OkStatus();
}

std::string CallerAddress(absl::string_view peer, absl::string_view forwarded) {
  const bool is_believed = !HostOf(forwarded).empty() && IsGateway(peer);
  return is_believed ? absl::StrCat(forwarded, kVia, peer) : std::string(peer);
}

absl::string_view AddressOf(absl::string_view caller) {
  caller = caller.substr(0, caller.find(kVia));
  return caller.substr(0, caller.rfind(':'));
}

}  // namespace toolcatalog
