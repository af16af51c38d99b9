#include "catalog_service/read/state_reader.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/definition/definition.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using StateReaderTest = StoreFixture;

TEST_F(StateReaderTest, ContentHashesArePagedByName) {
  StateReader state(pool_.get());
  v1::GetRevisionResponse empty;
  ASSERT_THAT(state.Revision(&empty), IsOk());
  EXPECT_EQ(empty.revision(), 0);
  v1::ListContentHashesResponse none;
  ASSERT_THAT(state.ContentHashes({}, &none), IsOk());
  EXPECT_THAT(none.tools(), IsEmpty());
  for (const char* name : {"c", "A", "b"}) ASSERT_THAT(Create(name), IsOk());
  ASSERT_THAT(Create("A", "2.0"), IsOk());
  v1::ListContentHashesRequest request;
  request.set_page_size(2);
  std::vector<std::string> found;
  do {
    v1::ListContentHashesResponse page;
    ASSERT_THAT(state.ContentHashes(request, &page), IsOk());
    EXPECT_EQ(page.revision(), 4);
    for (const auto& tool : page.tools()) {
      found.push_back(absl::StrCat(tool.tool_name(), " ", tool.version()));
      const auto stored = reader_->Get(NameKey(tool.tool_name()), "");
      ASSERT_THAT(stored, IsOk());
      EXPECT_EQ(tool.content_hash(), stored->content_hash());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(found, ElementsAre("A 2.0", "b 1.0", "c 1.0"));
  request.set_page_token("nonsense");
  v1::ListContentHashesResponse page;
  EXPECT_THAT(state.ContentHashes(request, &page), HasCode(absl::StatusCode::kInvalidArgument));
  v1::GetRevisionResponse revision;
  ASSERT_THAT(state.Revision(&revision), IsOk());
  EXPECT_EQ(revision.revision(), 4);
  EXPECT_EQ(revision.state_hash(), Sql("select encode(state_hash, 'hex') from counter")[0][0]);
}

}  // namespace
}  // namespace toolcatalog
