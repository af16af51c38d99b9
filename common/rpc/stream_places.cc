#include "common/rpc/stream_places.h"

namespace toolcatalog {

absl::Status TooManyStreams(absl::string_view message) { return MakeError(Reason::kTooManyStreams, message); }

}  // namespace toolcatalog
