#include "catalog_service/model/stored_tool.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/wire_format_lite.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace toolcatalog {

std::string EtagOf(const StoredTool& stored) {
  return absl::StrCat(stored.revision, "-", absl::BytesToHexString(stored.content_hash.substr(0, 8)),
                      stored.is_latest ? "-latest" : "");
}

namespace {

v1::Tool VaryingFields(const StoredTool& stored) {
  v1::Tool varying;
  varying.set_revision(stored.revision);
  varying.set_etag(EtagOf(stored));
  varying.set_is_latest(stored.is_latest);
  return varying;
}

}  // namespace

std::string EncodeTool(const StoredTool& stored) {
  return absl::StrCat(stored.body, VaryingFields(stored).SerializeAsString());
}

v1::Tool DecodeTool(const StoredTool& stored) {
  v1::Tool tool;
  tool.ParseFromArray(stored.body.data(), static_cast<int>(stored.body.size()));
  tool.MergeFrom(VaryingFields(stored));
  return tool;
}

void AddEncoded(int field, std::string encoded, google::protobuf::Message& response) {
  *response.GetReflection()->MutableUnknownFields(&response)->AddLengthDelimited(field) = std::move(encoded);
}

void AppendField(int number, absl::string_view bytes, std::string& out) {
  AppendFieldHead(number, bytes.size(), out);
  out.append(bytes.data(), bytes.size());
}

void AppendFieldHead(int number, size_t size, std::string& out) {
  using google::protobuf::internal::WireFormatLite;
  uint8_t head[20];
  uint8_t* end = google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(
      WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED), head);
  end = google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size), end);
  out.append(reinterpret_cast<const char*>(head), end - head);
}

}  // namespace toolcatalog
