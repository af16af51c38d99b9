#include "reload_service/hooks/hook_hosts.h"

#include <curl/curl.h>

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxUrlCharacters = 2000;

// "" if there is no such part.
std::string Part(CURLU* handle, CURLUPart what, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle, what, &text, flags) != CURLUE_OK) return "";
  std::string part(text);
  curl_free(text);
  return part;
}

bool HasPart(CURLU* handle, CURLUPart what) {
  char* text = nullptr;
  const bool has = curl_url_get(handle, what, &text, 0) == CURLUE_OK;
  curl_free(text);
  return has;
}

absl::Status Broken(absl::string_view rule, absl::string_view value) {
  return absl::InvalidArgumentError(absl::StrCat("must ", rule, ", got ", Quoted(value)));
}

}  // namespace

absl::StatusOr<HookUrl> HookUrl::Parse(const std::string& text) {
  if (text.size() > kMaxUrlCharacters) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be at most ", kMaxUrlCharacters, " characters, got ", text.size()));
  }
  const auto is_plain = [](unsigned char c) { return c > ' ' && c < 0x7F && c != '\\'; };
  if (!absl::c_all_of(text, is_plain)) {
    return Broken("consist of ASCII characters other than spaces and backslashes", text);
  }
  HookUrl url(curl_url());
  if (url.handle_ == nullptr) return absl::ResourceExhaustedError("no memory is left for a URL");
  if (curl_url_set(url.handle_, CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) == CURLUE_USER_NOT_ALLOWED) {
    // What the URL says there is a secret.
    return absl::InvalidArgumentError("must not have user info");
  }
  const std::string scheme = Part(url.handle_, CURLUPART_SCHEME);
  if (absl::StrContains(text.substr(0, text.find('/')), '@')) {
    return absl::InvalidArgumentError("must be an absolute http or https URL without user info");
  }
  if ((scheme != "http" && scheme != "https") || !HasPart(url.handle_, CURLUPART_HOST)) {
    return Broken("be an absolute http or https URL", text);
  }
  if (HasPart(url.handle_, CURLUPART_ZONEID)) return Broken("not have an IPv6 zone", text);
  if (absl::StrContains(text, '#')) return Broken("not have a fragment", text);
  return url;
}

HookUrl::~HookUrl() { curl_url_cleanup(handle_); }

std::string HookUrl::host() const { return absl::AsciiStrToLower(Part(handle_, CURLUPART_HOST)); }

std::string HookUrl::host_and_port() const {
  return absl::StrCat(host(), ":", Part(handle_, CURLUPART_PORT, CURLU_DEFAULT_PORT));
}

bool HookUrl::is_bare() const { return Part(handle_, CURLUPART_PATH) == "/" && !HasPart(handle_, CURLUPART_QUERY); }

bool HookUrl::has_port() const { return HasPart(handle_, CURLUPART_PORT); }

absl::StatusOr<HookHosts> HookHosts::FromList(const std::vector<std::string>& hosts) {
  HookHosts result;
  for (const std::string& host : hosts) {
    const auto url = HookUrl::Parse(absl::StrCat("http://", host));
    if (!url.ok() || !url->is_bare() || absl::StrContains(host, '/') || absl::StrContains(host, '?') ||
        absl::EndsWith(host, ":")) {
      return Broken("be a host, or host:port, with IPv6 in brackets", host);
    }
    result.allowed_.insert(url->has_port() ? url->host_and_port() : url->host());
  }
  return result;
}

absl::Status HookHosts::Check(const HookUrl& url) const {
  if (allowed_.count(url.host()) > 0 || allowed_.count(url.host_and_port()) > 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("host ", Quoted(url.host_and_port()), " is not on the configured list of hook_hosts"));
}

}  // namespace toolcatalog
