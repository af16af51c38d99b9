#include "catalog_service/rpc/import_text.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "catalog_service/rpc/import_budget.h"
#include "common/definition/definition_limits.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {

absl::Status ImportText::Add(v1::StreamImportRequest message) {
  ++messages_;
  switch (message.part_case()) {
    case v1::StreamImportRequest::kOptions:
      return AddOptions(std::move(*message.mutable_options()));
    case v1::StreamImportRequest::kYamlContent:
      return AddPiece(std::move(*message.mutable_yaml_content()));
    case v1::StreamImportRequest::PART_NOT_SET:
      break;
  }
  return InvalidArgumentError(
      "part", absl::StrCat("must be options or yaml_content, message ", messages_, " has neither of them"));
}

absl::Status ImportText::AddOptions(v1::ImportOptions options) {
  if (messages_ > 1) {
    return InvalidArgumentError("options",
                                absl::StrCat("must be in the first message only, got them in message ", messages_));
  }
  request_.set_overwrite(options.overwrite());
  request_.set_validate_only(options.validate_only());
  request_.set_atomic(options.atomic());
  request_.set_request_id(std::move(*options.mutable_request_id()));
  request_.set_reason(std::move(*options.mutable_reason()));
  return absl::OkStatus();
}

absl::Status ImportText::AddPiece(std::string piece) {
  if (messages_ == 1) return InvalidArgumentError("options", "must be in the first message, got yaml_content there");
  if (piece.size() > kMaxImportPieceBytes) {
    return InvalidArgumentError("yaml_content", absl::StrCat("must be at most ", kMaxImportPieceBytes,
                                                             " bytes in one message, got ", piece.size()));
  }
  if (bytes_ + piece.size() > kMaxImportBytes) {
    return InvalidArgumentError("yaml_content",
                                absl::StrCat("must be at most ", kMaxImportBytes,
                                             " bytes in all messages together, got at least ", bytes_ + piece.size()));
  }
  bytes_ += piece.size();
  if (!pieces_.empty() && pieces_.back().size() + piece.size() <= kMaxImportPieceBytes) {
    pieces_.back() += piece;
  } else {
    pieces_.push_back(std::move(piece));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ImportToolsRequest> ImportText::Join() {
  if (messages_ == 0) return InvalidArgumentError("options", "is required: the first message must hold them, got none");
  std::string& text = *request_.mutable_yaml_content();
  text.reserve(bytes_);
  for (std::string& piece : pieces_) {
    text += piece;
    std::string().swap(piece);
  }
  pieces_.clear();
  if (const size_t invalid = FindInvalidUtf8(text); invalid != absl::string_view::npos) {
    return InvalidArgumentError("yaml_content", absl::StrFormat("must be UTF-8, got byte 0x%02x at offset %d",
                                                                static_cast<unsigned char>(text[invalid]), invalid));
  }
  return std::move(request_);
}

}  // namespace toolcatalog
