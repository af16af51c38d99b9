#include "catalog_service/write/request_sql.h"

#include <string>

namespace toolcatalog {
namespace {

constexpr PgStatement kReadRequests = {"read_requests",
                                       "select r.actor, r.request_id, r.method, r.request_hash, r.answer "
                                       "from unnest($1::text[], $2::text[]) as k(actor, request_id) "
                                       "join requests r on r.actor = k.actor and r.request_id = k.request_id "
                                       "where r.created_at > clock_timestamp() - interval '24 hours'"};

// One that is older than 24 hours may be there still.
constexpr PgStatement kInsertRequests = {
    "insert_requests",
    "insert into requests (actor, request_id, method, request_hash, answer, created_at) "
    "select a, r, m, h, b, $6 from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[]) "
    "as u(a, r, m, h, b) on conflict (actor, request_id) do update set method = excluded.method, "
    "request_hash = excluded.request_hash, answer = excluded.answer, created_at = excluded.created_at"};

}  // namespace

std::optional<PgCommand> ReadRequests(absl::Span<const Mutation* const> mutations) {
  std::vector<std::string> actors, ids;
  for (const Mutation* mutation : mutations) {
    if (mutation->identity.id.empty()) continue;
    actors.push_back(mutation->actor);
    ids.push_back(mutation->identity.id);
  }
  if (ids.empty()) return std::nullopt;
  return PgCommand{&kReadRequests, {PgParam::TextArray(actors), PgParam::TextArray(ids)}};
}

void LoadRequests(const PgResult& rows, CatalogState& state) {
  for (int i = 0; i < rows.rows(); ++i) {
    state.LoadRequest(std::string(rows.Text(i, 0)), std::string(rows.Text(i, 1)),
                      {std::string(rows.Text(i, 2)), std::string(rows.Text(i, 3)), std::string(rows.Text(i, 4))});
  }
}

void AddRequests(const CatalogState& state, std::vector<PgCommand>& commands) {
  std::vector<std::string> actors, ids, methods, hashes, answers;
  for (const RequestKey& key : state.new_requests()) {
    const RememberedRequest& request = state.request(key);
    actors.push_back(key.first);
    ids.push_back(key.second);
    methods.push_back(request.method);
    hashes.push_back(request.hash);
    answers.push_back(request.answer);
  }
  if (ids.empty()) return;
  commands.push_back({&kInsertRequests,
                      {PgParam::TextArray(actors), PgParam::TextArray(ids), PgParam::TextArray(methods),
                       PgParam::BytesArray(hashes), PgParam::BytesArray(answers), PgParam::Time(state.now())}});
}

}  // namespace toolcatalog
