#include "common/rpc/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {
namespace {

// The kernel lowers it to net.core.somaxconn.
constexpr int kBacklog = 65535;
// How often another free port is tried when the one that the first address got is taken on the next.
constexpr int kPortAttempts = 10;

struct HostPort {
  std::string host;
  int port;
};

// One address to bind.
struct Endpoint {
  sockaddr_storage address = {};
  socklen_t size = 0;
  int family() const { return address.ss_family; }
};

absl::StatusOr<HostPort> Split(absl::string_view address) {
  const size_t colon = address.rfind(':');
  HostPort split = {"", -1};
  if (colon != absl::string_view::npos && absl::SimpleAtoi(address.substr(colon + 1), &split.port)) {
    absl::string_view host = address.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    // The last part of an IPv6 address without brackets would be taken for the port.
    if (bracketed || host.find_first_of(":[]") == host.npos) split.host = std::string(host);
  }
  if (!split.host.empty() && split.port >= 0 && split.port <= 65535) return split;
  return absl::InvalidArgumentError(
      absl::StrCat("listen: must be host:port with a port from 0 to 65535, got \"", address, "\""));
}

void SetPort(Endpoint& endpoint, int port) {
  // The port lies at the same place in both families.
  reinterpret_cast<sockaddr_in*>(&endpoint.address)->sin_port = htons(port);
}

bool IsAny(const Endpoint& endpoint) {
  if (endpoint.family() == AF_INET) {
    return reinterpret_cast<const sockaddr_in*>(&endpoint.address)->sin_addr.s_addr == htonl(INADDR_ANY);
  }
  return IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(&endpoint.address)->sin6_addr);
}

Endpoint Any(int family) {
  Endpoint any;
  any.address.ss_family = family;
  any.size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  return any;
}

// The addresses of a host, each once. The error is a reason only.
absl::StatusOr<std::vector<Endpoint>> Resolve(const std::string& host) {
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error == EAI_NONAME) return absl::UnavailableError("unknown host");
  if (error != 0) return absl::UnavailableError(gai_strerror(error));
  std::vector<Endpoint> endpoints;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
    Endpoint endpoint;
    memcpy(&endpoint.address, each->ai_addr, each->ai_addrlen);
    endpoint.size = each->ai_addrlen;
    const bool is_new = std::none_of(endpoints.begin(), endpoints.end(), [&endpoint](const Endpoint& other) {
      return memcmp(&other.address, &endpoint.address, sizeof(endpoint.address)) == 0;
    });
    if (is_new) endpoints.push_back(endpoint);
  }
  freeaddrinfo(found);
  if (endpoints.empty()) return absl::UnavailableError("unknown host");
  return endpoints;
}

// A socket that listens there, or -1 with errno set.
int Listen(const Endpoint& endpoint, absl::Duration unacknowledged) {
  const int made = socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return -1;
  const auto set = [made](int level, int option, int value) { setsockopt(made, level, option, &value, sizeof(value)); };
  set(SOL_SOCKET, SO_REUSEADDR, 1);
  // Accepted connections inherit these two.
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(absl::ToInt64Milliseconds(unacknowledged)));
  if (endpoint.family() == AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, IsAny(endpoint) ? 0 : 1);
  if (bind(made, reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size) == 0 &&
      listen(made, kBacklog) == 0) {
    return made;
  }
  const int error = errno;
  close(made);
  errno = error;
  return -1;
}

Endpoint BoundTo(int socket) {
  Endpoint bound;
  bound.size = sizeof(bound.address);
  getsockname(socket, reinterpret_cast<sockaddr*>(&bound.address), &bound.size);
  return bound;
}

int PortOf(const Endpoint& endpoint) {
  return ntohs(reinterpret_cast<const sockaddr_in*>(&endpoint.address)->sin_port);
}

std::string TargetOf(const Endpoint& endpoint) {
  if (IsAny(endpoint)) return absl::StrCat("ipv4:127.0.0.1:", PortOf(endpoint));
  char host[NI_MAXHOST];
  // With the scope of a link-local address.
  getnameinfo(reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size, host, sizeof(host), nullptr, 0,
              NI_NUMERICHOST);
  if (endpoint.family() == AF_INET) return absl::StrCat("ipv4:", host, ":", PortOf(endpoint));
  return absl::StrCat("ipv6:[", absl::string_view(host), "]:", PortOf(endpoint));
}

std::string Reason(int error) {
  std::string reason = strerror(error);
  if (!reason.empty()) reason[0] = absl::ascii_tolower(reason[0]);
  return reason;
}

// Listens on one port at all endpoints that this machine has. Answers 0 or an errno; `sockets` then holds what was
// opened.
int ListenOnAll(std::vector<Endpoint> endpoints, int port, absl::Duration unacknowledged, std::vector<int>& sockets) {
  int first_error = 0;
  for (Endpoint& endpoint : endpoints) {
    SetPort(endpoint, port);
    int socket = Listen(endpoint, unacknowledged);
    // A machine without IPv6 still has all addresses of the other family.
    if (socket < 0 && errno != EADDRINUSE && endpoint.family() == AF_INET6 && IsAny(endpoint)) {
      Endpoint other = Any(AF_INET);
      SetPort(other, port);
      socket = Listen(other, unacknowledged);
    }
    if (socket < 0) {
      if (first_error == 0) first_error = errno;
      // Half a service would be harder to notice than none.
      if (errno == EADDRINUSE) return errno;
      continue;
    }
    sockets.push_back(socket);
    port = PortOf(BoundTo(socket));
  }
  return sockets.empty() ? first_error : 0;
}

void CloseAll(std::vector<int>& sockets) {
  for (int socket : sockets) close(socket);
  sockets.clear();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const std::string& address, absl::Duration unacknowledged) {
  const absl::StatusOr<HostPort> split = Split(address);
  if (!split.ok()) return split.status();
  const auto failed = [&address](absl::string_view reason) {
    return absl::UnavailableError(absl::StrCat("cannot listen on \"", address, "\": ", reason));
  };
  absl::StatusOr<std::vector<Endpoint>> endpoints = Resolve(split->host);
  if (!endpoints.ok()) return failed(endpoints.status().message());
  if (std::any_of(endpoints->begin(), endpoints->end(), IsAny)) endpoints = std::vector<Endpoint>{Any(AF_INET6)};
  std::unique_ptr<Listener> listener(new Listener());
  int error = EADDRINUSE;
  for (int attempt = 0; error == EADDRINUSE && attempt < (split->port == 0 ? kPortAttempts : 1); ++attempt) {
    CloseAll(listener->sockets_);
    error = ListenOnAll(*endpoints, split->port, unacknowledged, listener->sockets_);
  }
  if (error != 0) return failed(Reason(error));
  const Endpoint bound = BoundTo(listener->sockets_.front());
  listener->port_ = PortOf(bound);
  listener->own_target_ = TargetOf(bound);
  return listener;
}

Listener::~Listener() { CloseAll(sockets_); }

}  // namespace toolcatalog
