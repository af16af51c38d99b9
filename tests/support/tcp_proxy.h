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

// Passes bytes between clients and a server, and breaks connections as the test says. An address is "unix:<path>" or
// "<IPv4>:<port>". Before PostgreSQL, listen on "unix:<folder>/.s.PGSQL.5432". Thread-safe.
class TcpProxy {
 public:
  enum class Cut {
    // The server gets the request; the client gets no answer.
    kAfterRequest,
    // The server does not get the request; the client gets no answer.
    kBeforeRequest,
  };

  // An error if it cannot listen. The server may come later.
  static absl::StatusOr<std::unique_ptr<TcpProxy>> Start(std::string listen_address, std::string server_address);
  // Closes all connections.
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  // The address that it listens on. A port 0 is replaced by the one that the system chose.
  const std::string& address() const { return address_; }

  // Closes every connection. Returns when all are closed.
  void DropConnections();
  // While `refusing`, closes each new connection at once.
  void SetRefusing(bool refusing);
  // Which directions pass. The bytes of the other directions wait, as on a network that loses every packet. In effect
  // when this returns.
  void SetForwarding(bool to_server, bool to_client);
  // Cuts the next `times` connections on which a client sends a PostgreSQL request that contains `trigger` (see
  // CommitFinder). Nothing reaches the client from then on. Replaces what an earlier call asked for.
  void CutAt(std::string trigger, Cut cut, int times);

  // The number of cuts so far.
  int cuts() const;
  // Whether the number of cuts reached `count` within `timeout`.
  bool AwaitCuts(int count, absl::Duration timeout) const;
  // The number of open connections.
  int connections() const;

 private:
  struct Connection;

  TcpProxy(std::string server_address, std::string address, int listener, int wake);
  void Run();
  // Reads what callers have asked for. False in the destructor.
  bool BeginRound();
  bool CanReadClient(const Connection& connection) const;
  bool CanReadServer(const Connection& connection) const;
  void Accept();
  // Both pass on what can be passed on without waiting.
  void MoveToServer(Connection& connection);
  void MoveToClient(Connection& connection);
  // Passes `bytes` on, or cuts the connection.
  void Inspect(Connection& connection, std::string bytes);
  void Wake();
  // Returns when the thread has read what was asked of it before.
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
