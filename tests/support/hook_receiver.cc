#include "tests/support/hook_receiver.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

// Reads one request; false if the connection ends before.
bool ReadRequest(int connection, HookReceiver::Request* request) {
  std::string text;
  size_t head_end, wanted = std::string::npos;
  while (text.size() < wanted) {
    char bytes[4096];
    const ssize_t count = read(connection, bytes, sizeof bytes);
    if (count <= 0) return false;
    text.append(bytes, count);
    if (wanted != std::string::npos || (head_end = text.find("\r\n\r\n")) == std::string::npos) continue;
    const std::vector<std::string> lines = absl::StrSplit(text.substr(0, head_end), "\r\n");
    request->target = std::vector<std::string>(absl::StrSplit(lines[0], ' '))[1];
    for (size_t i = 1; i < lines.size(); ++i) {
      const std::pair<std::string, std::string> header = absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
      request->headers[absl::AsciiStrToLower(header.first)] = header.second;
    }
    size_t length = 0;
    if (!absl::SimpleAtoi(request->headers["content-length"], &length)) return false;
    wanted = head_end + 4 + length;
    if (text.size() >= wanted) break;
  }
  request->body = text.substr(head_end + 4);
  return true;
}

}  // namespace

std::string HttpAnswer(int status, const std::string& more_headers) {
  return absl::StrCat("HTTP/1.1 ", status, " X\r\nContent-Length: 0\r\n", more_headers, "\r\n");
}

HookReceiver::HookReceiver(Answer answer)
    : answer_(std::move(answer)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) {
    std::perror("a port on loopback");
    std::abort();
  }
  listen(listener_, 100);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

HookReceiver::~HookReceiver() {
  std::vector<std::thread> servers;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (int connection : connections_) shutdown(connection, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    absl::MutexLock lock(&mutex_);
    servers.swap(servers_);
  }
  for (std::thread& server : servers) server.join();
  close(listener_);
  for (int connection : connections_) close(connection);
}

std::string HookReceiver::Url(const std::string& path) const { return absl::StrCat("http://127.0.0.1:", port_, path); }

std::vector<HookReceiver::Request> HookReceiver::Requests() {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

std::vector<HookReceiver::Request> HookReceiver::Await(size_t count) {
  absl::MutexLock lock(&mutex_);
  const auto there = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return requests_.size() >= count; };
  mutex_.AwaitWithTimeout(absl::Condition(&there), kPatience);
  return requests_;
}

void HookReceiver::Accept() {
  for (int connection; (connection = accept(listener_, nullptr, nullptr)) >= 0;) {
    absl::MutexLock lock(&mutex_);
    connections_.push_back(connection);
    if (stopping_) return;
    servers_.emplace_back([this, connection] { Serve(connection); });
  }
}

void HookReceiver::Serve(int connection) {
  for (Request request; ReadRequest(connection, &request); request = {}) {
    {
      absl::MutexLock lock(&mutex_);
      requests_.push_back(request);
    }
    const std::string answer = answer_(request);
    if (!answer.empty()) send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
  }
}

}  // namespace toolcatalog
