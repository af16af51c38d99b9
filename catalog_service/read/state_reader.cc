#include "catalog_service/read/state_reader.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "common/page_token.h"

namespace toolcatalog {
namespace {

constexpr int kDefaultPageSize = 1000;
constexpr char kTokenMark[] = "content hashes";

constexpr PgStatement kRevision = {"get_revision", "select revision, state_hash from counter"};

constexpr PgStatement kHashes = {
    "list_content_hashes",
    "select c.revision, p.name_key, p.tool_name, p.version, p.content_hash from counter c left join "
    "(select t.name_key, t.tool_name, v.version, d.content_hash from tools t "
    "join versions v on v.name_key = t.name_key and v.version_key = t.latest_version_key "
    "join definitions d on d.name_key = v.name_key and d.version_key = v.version_key and d.revision = v.revision "
    "where t.name_key > $1 order by t.name_key limit $2) p on true order by p.name_key"};

}  // namespace

absl::Status StateReader::Revision(v1::GetRevisionResponse* response) {
  absl::StatusOr<PgResult> rows = pool_.Read(kRevision, {});
  if (!rows.ok()) return rows.status();
  response->set_revision(rows->Int(0, 0));
  response->set_state_hash(absl::BytesToHexString(rows->Text(0, 1)));
  return absl::OkStatus();
}

absl::Status StateReader::ContentHashes(const v1::ListContentHashesRequest& request,
                                        v1::ListContentHashesResponse* response) {
  absl::StatusOr<int> page_size = kDefaultPageSize;
  if (request.has_page_size()) page_size = CheckPageSize("page_size", true, request.page_size());
  if (!page_size.ok()) return page_size.status();
  std::string after;
  if (!request.page_token().empty()) {
    absl::StatusOr<std::string> place = DecodePageToken(kTokenMark, request.page_token());
    if (!place.ok()) return place.status();
    after = *std::move(place);
  }
  // One row more than is needed shows whether another page follows.
  absl::StatusOr<PgResult> rows = pool_.Read(kHashes, {PgParam::Text(after), PgParam::Int(*page_size + 1)});
  if (!rows.ok()) return rows.status();
  response->set_revision(rows->Int(0, 0));
  for (int i = 0; i < rows->rows() && !rows->IsNull(i, 1); ++i) {
    if (i == *page_size) {
      response->set_next_page_token(EncodePageToken(kTokenMark, rows->Text(i - 1, 1)));
      break;
    }
    auto& tool = *response->add_tools();
    tool.set_tool_name(std::string(rows->Text(i, 2)));
    tool.set_version(std::string(rows->Text(i, 3)));
    tool.set_content_hash(absl::BytesToHexString(rows->Text(i, 4)));
  }
  return absl::OkStatus();
}

}  // namespace toolcatalog
