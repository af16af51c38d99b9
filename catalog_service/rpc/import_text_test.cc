#include "catalog_service/rpc/import_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

using testing::HasSubstr;

constexpr size_t kMiB = 1 << 20;

v1::StreamImportRequest Options() {
  v1::StreamImportRequest message;
  message.mutable_options();
  return message;
}

v1::StreamImportRequest Piece(absl::string_view text) {
  v1::StreamImportRequest message;
  message.set_yaml_content(std::string(text));
  return message;
}

std::string Problem(const absl::Status& status) {
  EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
  return std::string(status.message());
}

TEST(ImportText, HasTheOptionsAndThePiecesInOrder) {
  ImportText text;
  v1::StreamImportRequest first = Options();
  first.mutable_options()->set_overwrite(true);
  first.mutable_options()->set_validate_only(true);
  first.mutable_options()->set_atomic(true);
  first.mutable_options()->set_request_id("id");
  first.mutable_options()->set_reason("why");
  ASSERT_THAT(text.Add(first), IsOk());
  std::string expected;
  // Among them a piece that ends within a character, an empty one, and more than one piece of memory has.
  for (const std::string& piece : {std::string("a\xC3"), std::string("\xA9"), std::string(), std::string(kMiB, 'b'),
                                   std::string(kMiB - 1, 'c'), std::string("d"), std::string("e")}) {
    ASSERT_THAT(text.Add(Piece(piece)), IsOk());
    expected += piece;
  }
  EXPECT_EQ(text.bytes(), expected.size());
  const absl::StatusOr<v1::ImportToolsRequest> request = text.Join();
  ASSERT_THAT(request, IsOk());
  EXPECT_TRUE(request->yaml_content() == expected);
  EXPECT_TRUE(request->overwrite());
  EXPECT_TRUE(request->validate_only());
  EXPECT_TRUE(request->atomic());
  EXPECT_EQ(request->request_id(), "id");
  EXPECT_EQ(request->reason(), "why");
}

TEST(ImportText, OptionsMustBeFirstAndOnce) {
  ImportText late;
  EXPECT_THAT(Problem(late.Add(Piece("a"))), HasSubstr("options: must be in the first message, got yaml_content"));
  ImportText twice;
  ASSERT_THAT(twice.Add(Options()), IsOk());
  ASSERT_THAT(twice.Add(Piece("a")), IsOk());
  EXPECT_THAT(Problem(twice.Add(Options())),
              HasSubstr("options: must be in the first message only, got them in message 3"));
  ImportText nothing;
  EXPECT_THAT(Problem(nothing.Join().status()), HasSubstr("options: is required"));
  ImportText empty;
  EXPECT_THAT(Problem(empty.Add({})), HasSubstr("part: must be options or yaml_content, message 1 has neither"));
}

TEST(ImportText, APieceHasABound) {
  ImportText text;
  ASSERT_THAT(text.Add(Options()), IsOk());
  ASSERT_THAT(text.Add(Piece(std::string(kMiB, 'x'))), IsOk());
  EXPECT_THAT(Problem(text.Add(Piece(std::string(kMiB + 1, 'x')))),
              HasSubstr("yaml_content: must be at most 1048576 bytes in one message, got 1048577"));
}

TEST(ImportText, TheTextHasABound) {
  ImportText text;
  ASSERT_THAT(text.Add(Options()), IsOk());
  for (int i = 0; i < 64; ++i) ASSERT_THAT(text.Add(Piece(std::string(kMiB, 'x'))), IsOk());
  EXPECT_THAT(
      Problem(text.Add(Piece("x"))),
      HasSubstr("yaml_content: must be at most 67108864 bytes in all messages together, got at least 67108865"));
  EXPECT_EQ(text.bytes(), 64 * kMiB);
}

TEST(ImportText, TheWholeMustBeUtf8) {
  ImportText text;
  ASSERT_THAT(text.Add(Options()), IsOk());
  ASSERT_THAT(text.Add(Piece("ab\xC3")), IsOk());
  ASSERT_THAT(text.Add(Piece("c")), IsOk());
  EXPECT_THAT(Problem(text.Join().status()), HasSubstr("yaml_content: must be UTF-8, got byte 0xc3 at offset 2"));
}

}  // namespace
}  // namespace toolcatalog
