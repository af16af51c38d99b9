#ifndef TESTS_SUPPORT_TCP_PROXY_H_
#define TESTS_SUPPORT_TCP_PROXY_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/support/commit_finder.h"

namespace toolcatalog {

// Stands between clients and a server and breaks what passes through it. Addresses are "unix:<path>" or
// "<IPv4>:<port>"; to stand before PostgreSQL, listen on "unix:<folder>/.s.PGSQL.5432". Thread-safe.
class TcpProxy {
 public:
  enum class Cut {
    // The server gets the request, and the client never hears of it.
    kAfterRequest,
    // The server does not get it either.
    kBeforeRequest,
  };

  // UNAVAILABLE if it cannot listen. The server need not be there yet.
  static absl::StatusOr<std::unique_ptr<TcpProxy>> Start(std::string listen_address, std::string server_address);
  // Closes all connections.
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  // As listened on, with the port that was given.
  const std::string& address() const { return address_; }

  // Closes every connection; returns when that is done.
  void DropConnections();
  // Whether new connections are closed as soon as they come.
  void SetRefusing(bool refusing);
  // Which directions pass; bytes of the others wait, as on a network that loses every packet. Holds when it returns.
  void SetForwarding(bool to_server, bool to_client);
  // Cuts the next `times` connections that send a PostgreSQL request with `trigger` in it, see CommitFinder. From the
  // request on nothing reaches the client. Replaces what was set before.
  void CutAt(std::string trigger, Cut cut, int times);

  // Cuts made so far.
  int cuts() const;
  // Whether that many cuts were made in time.
  bool AwaitCuts(int count, absl::Duration timeout) const;
  // Open connections.
  int connections() const;

 private:
  struct Connection;

  TcpProxy(std::string server_address, std::string address, int listener, int wake);
  void Run();
  // Takes over what callers have asked for; false when it is time to stop.
  bool BeginRound();
  bool CanReadClient(const Connection& connection) const;
  bool CanReadServer(const Connection& connection) const;
  void Accept();
  // Both move what can be moved now.
  void MoveToServer(Connection& connection);
  void MoveToClient(Connection& connection);
  // Passes `bytes` on, or cuts the connection.
  void Inspect(Connection& connection, std::string bytes);
  void Wake();
  // Returns when the thread has taken over what was asked of it before.
  void AwaitRound() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string server_address_;
  const std::string address_;
  const int listener_;
  const int wake_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool dropping_ ABSL_GUARDED_BY(mutex_) = false;
  bool refusing_ ABSL_GUARDED_BY(mutex_) = false;
  bool to_server_ ABSL_GUARDED_BY(mutex_) = true;
  bool to_client_ ABSL_GUARDED_BY(mutex_) = true;
  std::string trigger_ ABSL_GUARDED_BY(mutex_);
  Cut cut_ ABSL_GUARDED_BY(mutex_) = Cut::kAfterRequest;
  int cuts_left_ ABSL_GUARDED_BY(mutex_) = 0;
  int cuts_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t rounds_asked_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t rounds_begun_ ABSL_GUARDED_BY(mutex_) = 0;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;

  // Only the thread touches these.
  bool reading_clients_ = true;
  bool reading_servers_ = true;
  std::list<Connection> connections_;
  std::thread thread_;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_TCP_PROXY_H_
