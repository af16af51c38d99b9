#ifndef RELOAD_SERVICE_HOOKS_HOOK_HOSTS_H_
#define RELOAD_SERVICE_HOOKS_HOOK_HOSTS_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

typedef struct Curl_URL CURLU;

namespace toolcatalog {

// A URL as libcurl reads it, so that what is checked is what is called.
class HookUrl {
 public:
  // INVALID_ARGUMENT that names rule and value, without a field, unless the text is an absolute http or https URL of at
  // most 2,000 printable ASCII characters, without user info and fragment.
  static absl::StatusOr<HookUrl> Parse(const std::string& text);
  ~HookUrl();
  HookUrl(HookUrl&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  HookUrl& operator=(HookUrl&&) = delete;

  // The host in lower case; an IPv6 address is in brackets.
  std::string host() const;
  // "host:port", also if the port is the scheme's own.
  std::string host_and_port() const;
  // Whether the URL has nothing but scheme, host and perhaps a port.
  bool is_bare() const;
  // Whether the port is spelled out.
  bool has_port() const;
  // Belongs to this object.
  CURLU* handle() const { return handle_; }

 private:
  explicit HookUrl(CURLU* handle) : handle_(handle) {}

  CURLU* handle_;
};

// The hosts to which hooks may lead. Immutable.
class HookHosts {
 public:
  // No host is allowed.
  HookHosts() = default;
  // Each text is "host", which allows any port, or "host:port". Letter case does not matter; an IPv6 address is in
  // brackets. INVALID_ARGUMENT that names rule and value.
  static absl::StatusOr<HookHosts> FromList(const std::vector<std::string>& hosts);

  // FAILED_PRECONDITION that names the URL's host unless that is allowed.
  absl::Status Check(const HookUrl& url) const;

 private:
  std::set<std::string> allowed_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_HOOK_HOSTS_H_
