#ifndef TESTS_E2E_PROXIED_FIXTURE_H_
#define TESTS_E2E_PROXIED_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tcp_proxy.h"
#include "tests/support/temporary_folder.h"

namespace toolcatalog {

// Two catalogs on one database. Catalog 0 reaches the database through a proxy that can cut its connections, catalog 1
// directly.
class ProxiedFixture : public EndToEndFixture {
 protected:
  // The name of the catalog's prepared statement COMMIT, for `TcpProxy::CutAt`.
  static constexpr char kCommit[] = "toolcatalog_commit";

  void SetUp() override {
    EndToEndFixture::SetUp();
    if (HasFatalFailure()) return;
    folder_ = TemporaryFolder::Create().value();
    auto proxy = TcpProxy::Start(absl::StrCat("unix:", folder_->path(), "/.s.PGSQL.5432"),
                                 absl::StrCat("unix:", cluster().socket_folder(), "/.s.PGSQL.5432"));
    ASSERT_THAT(proxy, IsOk());
    proxy_ = *std::move(proxy);
    Start({absl::StrCat("user=postgres dbname=", database(), " host=", folder_->path()), conninfo()}, {});
  }

  std::unique_ptr<TemporaryFolder> folder_;
  std::unique_ptr<TcpProxy> proxy_;
};

}  // namespace toolcatalog

#endif  // TESTS_E2E_PROXIED_FIXTURE_H_
