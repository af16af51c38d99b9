#include "reload_service/hooks/webhook_body.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/definition/yaml/json_reader.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

absl::Status ReadText(YamlValue object, absl::string_view field, std::string* text) {
  const auto entry = object.Find(field);
  if (!entry.has_value() || entry->value.kind() == YamlValue::Kind::kNull) return absl::OkStatus();
  const YamlValue value = entry->value;
  if (value.kind() != YamlValue::Kind::kScalar) {
    return InvalidArgumentError(field, absl::StrCat("must be a text, got ", value.KindName()));
  }
  // In JSON what is not quoted is a number, true or false.
  if (value.is_plain()) return InvalidArgumentError(field, absl::StrCat("must be a text, got ", value.text()));
  *text = std::string(value.text());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<WebhookBody> ReadWebhookBody(absl::string_view json) {
  if (json.size() > kMaxWebhookBytes) {
    return InvalidArgumentError("body",
                                absl::StrCat("must be at most ", kMaxWebhookBytes, " bytes, got ", json.size()));
  }
  if (FindInvalidUtf8(json) != absl::string_view::npos) return InvalidArgumentError("body", "must be UTF-8");
  const std::optional<YamlDocument> document = ReadJson(json);
  if (!document.has_value() || document->root().kind() != YamlValue::Kind::kMap) {
    return InvalidArgumentError("body", "must be a JSON object whose keys differ from each other");
  }
  for (const YamlValue::Entry& entry : document->root().Entries()) {
    if (entry.key.text() == "tool_name" || entry.key.text() == "source") continue;
    return InvalidArgumentError(
        "body", absl::StrCat("unknown field ", Quoted(entry.key.text()), "; allowed: tool_name, source"));
  }
  WebhookBody body;
  absl::Status status = ReadText(document->root(), "tool_name", &body.tool_name);
  if (status.ok()) status = ReadText(document->root(), "source", &body.source);
  if (status.ok()) status = CheckOptionalToolName(body.tool_name);
  if (status.ok()) status = CheckShortText("source", body.source);
  if (!status.ok()) return status;
  return body;
}

}  // namespace toolcatalog
