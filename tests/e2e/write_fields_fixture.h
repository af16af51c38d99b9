#ifndef TESTS_E2E_WRITE_FIELDS_FIXTURE_H_
#define TESTS_E2E_WRITE_FIELDS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/e2e/request_fields_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {

// Shows the effects of what all requests that write have in common.
class WriteFieldsFixture : public RequestFieldsFixture {
 protected:
  // A request id, or the name of a tool, that the test has not used yet.
  std::string NewId() { return absl::StrFormat("00000000-0000-4000-8000-%012d", ++ids_); }
  std::string NewName() { return absl::StrCat("tool-", ++names_); }

  // With `validate_only` the request succeeds and writes nothing; without it, it writes.
  template <typename Request, typename Response, typename Set>
  void ShowValidateOnly(Method<Stub, Request, Response> method, Request request, Set set) {
    const Request in_earnest = request;
    set(request);
    const int64_t before = Revision(catalog()).value();
    Ok(method, request);
    EXPECT_EQ(Revision(catalog()).value(), before);
    Ok(method, in_earnest);
    EXPECT_EQ(Revision(catalog()).value(), before + 1);
  }

  // The second of two equal requests answers as the first one and adds nothing to the log.
  template <typename Request, typename Response>
  void ShowRequestId(Method<Stub, Request, Response> method, const Request& request) {
    const auto first = Ok(method, request);
    const int64_t revision = Revision(catalog()).value_or(-1);
    EXPECT_EQ(Ok(method, request).SerializeAsString(), first.SerializeAsString());
    EXPECT_EQ(Revision(catalog()).value_or(-2), revision);
  }

  // The last change in the log has the reason "because", which the request gives.
  template <typename Request, typename Response>
  void ShowReason(Method<Stub, Request, Response> method, const Request& request) {
    Ok(method, request);
    EXPECT_EQ(LastChange().reason(), "because");
  }

  // The request fails with another etag and succeeds with `etag`.
  template <typename Request, typename Response>
  void ShowEtag(Method<Stub, Request, Response> method, Request request, const std::string& etag) {
    request.set_etag("1-0000000000000000");
    EXPECT_THAT(Call(method, request).status(), HasCode(absl::StatusCode::kAborted));
    request.set_etag(etag);
    Ok(method, request);
  }

 private:
  int ids_ = 0;
  int names_ = 0;
};

}  // namespace toolcatalog

#endif  // TESTS_E2E_WRITE_FIELDS_FIXTURE_H_
