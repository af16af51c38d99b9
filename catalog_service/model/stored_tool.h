#ifndef CATALOG_SERVICE_MODEL_STORED_TOOL_H_
#define CATALOG_SERVICE_MODEL_STORED_TOOL_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// One state of one version as it is stored. The body is a deterministically serialized Tool. It lacks `revision`,
// `etag` and `is_latest`, because these may change while the definition stays.
struct StoredTool {
  absl::string_view body;
  absl::string_view content_hash;
  int64_t revision = 0;
  bool is_latest = false;
};

// Differs whenever the revision, the content, or `is_latest` differs.
std::string EtagOf(const StoredTool& stored);

// The serialized Tool that callers get: the body with the varying fields appended.
std::string EncodeTool(const StoredTool& stored);
// The same as a message.
v1::Tool DecodeTool(const StoredTool& stored);

// Adds an encoded message to a field of a response. It is sent like any other entry of the field, but cannot be read
// there: decoded, a definition may take twenty times the memory of its bytes.
void AddEncoded(int field, std::string encoded, google::protobuf::Message& response);

// Appends a length-delimited field to serialized messages: a sub-message, string or bytes.
void AppendField(int number, absl::string_view bytes, std::string& out);
// Appends what comes before the `size` bytes of such a field.
void AppendFieldHead(int number, size_t size, std::string& out);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_STORED_TOOL_H_
