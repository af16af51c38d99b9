#ifndef COMMON_RPC_REQUEST_BYTES_H_
#define COMMON_RPC_REQUEST_BYTES_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace toolcatalog {

// What a method takes. Most requests are a few names and numbers; the few that carry more say so.
struct RequestBounds {
  // The name of the method, without its service.
  const char* method;
  // Of the encoded request.
  size_t max_bytes = 64 << 10;
  // How many bytes of memory a byte of a hostile request can cost while it is parsed: a field of two bytes that the
  // message does not know costs 32.
  int parse_factor = 32;
  // Whether it writes. What was done is answered even if memory is short, or the caller could not tell.
  bool is_write = false;
};

// What a server takes of any request.
inline constexpr size_t kMaxRequestBytes = 4 << 20;

constexpr RequestBounds WriteBounds(const char* method) {
  RequestBounds bounds = {method};
  bounds.is_write = true;
  return bounds;
}

// For requests that hold a definition. An empty entry of one of its lists is two bytes and costs up to 300.
inline constexpr size_t kMaxDefinitionRequestBytes = 1 << 20;
inline constexpr int kDefinitionParseFactor = 160;

// What the memory of the parsed request may be, in bytes. 0 for a small one, which the constant part of a call covers.
int64_t ParseCost(const grpc::ByteBuffer& request, const RequestBounds& bounds);

// INVALID_ARGUMENT, reason REQUEST_TOO_LARGE or MALFORMED_REQUEST; CANCELLED if the client was gone before the request
// had come.
absl::Status ParseRequest(const grpc::ByteBuffer& request, const RequestBounds& bounds,
                          google::protobuf::Message& parsed);

// Frees the bytes of a request, which gRPC would keep until the call is over.
void ReleaseRequest(const grpc::ByteBuffer* request);

// INTERNAL if the message is too large to be encoded.
absl::Status EncodeResponse(const google::protobuf::Message& response, grpc::ByteBuffer& bytes);

}  // namespace toolcatalog

#endif  // COMMON_RPC_REQUEST_BYTES_H_
