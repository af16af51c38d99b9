#ifndef COMMON_RPC_PORT_CHECK_H_
#define COMMON_RPC_PORT_CHECK_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/wake.h"

namespace toolcatalog {

// Asks a server's own port for its health on a new connection now and then, and logs when it does not answer, and when
// it does again. A server that serves nobody new looks healthy to itself and to those who are connected already. The
// check restarts nothing: what would be wrong then is not known, and a supervisor's probe of the port sees the same.
// Thread-safe.
class PortCheck {
 public:
  // `target` as gRPC writes it.
  PortCheck(std::string target, absl::Duration interval);
  ~PortCheck() { Stop(); }
  PortCheck(const PortCheck&) = delete;
  PortCheck& operator=(const PortCheck&) = delete;

  // Gives up the check in flight. A second call has no effect, and must not come while the first one runs.
  void Stop();

  // Whether the last check was answered; true before the first.
  bool answers() const { return answers_; }

 private:
  void Run();
  void Check();
  // Whether it is time to stop; waits for that until the next check is due.
  bool AwaitStop();
  grpc::Status Ask();

  const std::string target_;
  const absl::Duration interval_;
  std::atomic<bool> answers_{true};
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // The call in flight.
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Wake stop_;
  std::thread thread_;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_PORT_CHECK_H_
