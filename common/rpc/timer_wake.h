#ifndef COMMON_RPC_TIMER_WAKE_H_
#define COMMON_RPC_TIMER_WAKE_H_

namespace toolcatalog {

// Has gRPC look at its timers now. Deadlines of calls, alarms, and pauses between attempts to connect depend on them. A
// thread of gRPC's sleeps until the next of them is due, but by the system's clock: when that is set back by an hour,
// all of them are an hour late, unless somebody calls this now and then. Thread-safe; does not block.
void WakeGrpcTimers();

}  // namespace toolcatalog

#endif  // COMMON_RPC_TIMER_WAKE_H_
