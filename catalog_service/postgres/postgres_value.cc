#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>

#include <cstring>

#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {
namespace {

// Type OIDs of PostgreSQL's catalog (pg_type.dat), which never change.
constexpr uint32_t kBool = 16, kBytea = 17, kInt8 = 20, kText = 25, kTimestamptz = 1184;
constexpr uint32_t kBoolArray = 1000, kByteaArray = 1001, kTextArray = 1009, kInt8Array = 1016,
                   kTimestamptzArray = 1185;

// PostgreSQL counts microseconds from 2000-01-01 UTC.
absl::Time PostgresEpoch() { return absl::FromUnixSeconds(946684800); }

void AppendInt32(std::string& out, uint32_t value) {
  value = htonl(value);
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

std::string Int64Bytes(int64_t value) {
  const uint64_t big = htobe64(static_cast<uint64_t>(value));
  return std::string(reinterpret_cast<const char*>(&big), sizeof(big));
}

int64_t ReadInt64(const char* bytes) {
  uint64_t big;
  std::memcpy(&big, bytes, sizeof(big));
  return static_cast<int64_t>(be64toh(big));
}

// Format of array_send in the server's arrayfuncs.c: dimensions, null flag, element type, length, lower bound,
// elements.
template <typename Values, typename ToBytes>
std::string ArrayBytes(uint32_t element_oid, const Values& values, ToBytes to_bytes) {
  std::string out;
  AppendInt32(out, values.empty() ? 0 : 1);
  AppendInt32(out, 0);
  AppendInt32(out, element_oid);
  if (values.empty()) return out;
  AppendInt32(out, values.size());
  AppendInt32(out, 1);
  for (const auto& value : values) {
    const auto& bytes = to_bytes(value);
    AppendInt32(out, bytes.size());
    out.append(bytes.data(), bytes.size());
  }
  return out;
}

std::string TimeBytes(absl::Time time) { return Int64Bytes(absl::ToInt64Microseconds(time - PostgresEpoch())); }

const std::string& Same(const std::string& value) { return value; }

}  // namespace

PgParam PgParam::Int(int64_t value) { return PgParam(kInt8, Int64Bytes(value)); }
PgParam PgParam::Text(absl::string_view value) { return PgParam(kText, std::string(value)); }
PgParam PgParam::Bytes(absl::string_view value) { return PgParam(kBytea, std::string(value)); }
PgParam PgParam::Time(absl::Time value) { return PgParam(kTimestamptz, TimeBytes(value)); }
PgParam PgParam::IntArray(absl::Span<const int64_t> values) {
  return PgParam(kInt8Array, ArrayBytes(kInt8, values, Int64Bytes));
}
PgParam PgParam::TextArray(absl::Span<const std::string> values) {
  return PgParam(kTextArray, ArrayBytes(kText, values, Same));
}
PgParam PgParam::BytesArray(absl::Span<const std::string> values) {
  return PgParam(kByteaArray, ArrayBytes(kBytea, values, Same));
}
PgParam PgParam::BoolArray(absl::Span<const bool> values) {
  return PgParam(kBoolArray, ArrayBytes(kBool, values, [](bool value) { return std::string(1, value ? 1 : 0); }));
}
PgParam PgParam::TimeArray(absl::Span<const absl::Time> values) {
  return PgParam(kTimestamptzArray, ArrayBytes(kTimestamptz, values, TimeBytes));
}

PgResult::PgResult(pg_result* result) : result_(result) {}
void PgResult::Free::operator()(pg_result* result) const { PQclear(result); }

int PgResult::rows() const { return PQntuples(result_.get()); }
bool PgResult::IsNull(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
int64_t PgResult::Int(int row, int column) const {
  const char* bytes = PQgetvalue(result_.get(), row, column);
  switch (PQgetlength(result_.get(), row, column)) {
    case 8:
      return ReadInt64(bytes);
    case 4: {
      uint32_t big;
      std::memcpy(&big, bytes, sizeof(big));
      return static_cast<int32_t>(ntohl(big));
    }
    default:
      return 0;
  }
}
bool PgResult::Bool(int row, int column) const {
  return PQgetlength(result_.get(), row, column) == 1 && PQgetvalue(result_.get(), row, column)[0] != 0;
}
absl::string_view PgResult::Text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}
absl::Time PgResult::Time(int row, int column) const { return PostgresEpoch() + absl::Microseconds(Int(row, column)); }
absl::string_view PgResult::command_tag() const { return PQcmdStatus(result_.get()); }

}  // namespace toolcatalog
