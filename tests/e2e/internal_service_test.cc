// Which methods each address of the catalog serves: what is for reload services alone is not on the public one.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {
namespace {

using ::google::protobuf::DescriptorPool;
using ::google::protobuf::ServiceDescriptor;

constexpr char kPublic[] = "toolcatalog.v1.CatalogService";
constexpr char kInternal[] = "toolcatalog.internal.v1.ReplicaService";

class InternalServiceTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (!HasFatalFailure()) Start(1, {});
  }

  // How a call of the method with an empty request ends.
  static grpc::StatusCode CodeOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& method) {
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    const grpc::Slice empty;
    const grpc::ByteBuffer request(&empty, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, method, grpc::StubOptions(), &request, &response,
                   [&done](grpc::Status status) { done.set_value(status); });
    return done.get_future().get().error_code();
  }

  // Expects of every unary method of a service that it is, or is not, served at an address.
  static void ExpectServed(const std::string& address, const char* service_name, bool served) {
    const ServiceDescriptor* service = DescriptorPool::generated_pool()->FindServiceByName(service_name);
    ASSERT_NE(service, nullptr) << service_name;
    const auto channel = NewChannel(address);
    for (int i = 0; i < service->method_count(); ++i) {
      if (service->method(i)->client_streaming() || service->method(i)->server_streaming()) continue;
      const std::string method = absl::StrCat("/", service_name, "/", service->method(i)->name());
      EXPECT_EQ(CodeOf(channel, method) != grpc::StatusCode::UNIMPLEMENTED, served) << method << " at " << address;
    }
  }
};

TEST_F(InternalServiceTest, EachAddressServesItsOwnServiceOnly) {
  const ServiceProcess& process = services().catalog_process();
  ExpectServed(process.address(), kPublic, true);
  ExpectServed(process.address(), kInternal, false);
  ExpectServed(process.internal_address(), kInternal, true);
  ExpectServed(process.internal_address(), kPublic, false);
}

TEST_F(InternalServiceTest, BothAddressesTellTheSameHealth) {
  ServiceProcess& process = services().catalog_process();
  const auto channel = NewChannel(process.internal_address());
  EXPECT_EQ(CodeOf(channel, "/grpc.health.v1.Health/Check"), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace toolcatalog
