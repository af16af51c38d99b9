#include "common/guarded.h"

#include <exception>

#include "common/log.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

void Log(absl::string_view where, absl::string_view what) {
  LogError("unexpected exception", {{"where", where}, {"what", what}});
}

}  // namespace

absl::Status CaughtException(absl::string_view where) {
  try {
    throw;
  } catch (const std::exception& error) {
    Log(where, error.what());
  } catch (...) {
    Log(where, "no std::exception");
  }
  return MakeError(Reason::kInternalError, "internal error; the log of the server has its cause");
}

}  // namespace toolcatalog
