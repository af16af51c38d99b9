#ifndef TESTS_E2E_READ_FIELDS_FIXTURE_H_
#define TESTS_E2E_READ_FIELDS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/request_fields_fixture.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Makes the tools that the tests of reads look for.
class ReadFieldsFixture : public RequestFieldsFixture {
 protected:
  // Names of tools in a response, in their order.
  template <typename List>
  static std::vector<std::string> NamesOf(const List& list) {
    std::vector<std::string> names;
    for (const auto& element : list) names.push_back(element.tool_name());
    return names;
  }

  v1::Tool WithCapability(const std::string& name, const std::string& capability) {
    v1::Tool tool = Definition(name);
    tool.add_capabilities()->set_capability_name(capability);
    tool.mutable_capabilities(0)->add_patterns()->set_pattern_name("basic");
    return tool;
  }
  // "a" with a capability, a tag, on windows, disabled and deprecated; "b" and "c" are plain.
  void MakeThree() {
    v1::Tool tool = WithCapability("a", "file_reading");
    tool.set_platform("windows");
    tool.set_category("network");
    tool.set_status("deprecated");
    tool.set_enabled(false);
    (*tool.mutable_metadata()->mutable_fields())["tags"].mutable_list_value()->add_values()->set_string_value("Red");
    Made(tool);
    Made("b");
    Made("c");
  }
};

}  // namespace toolcatalog

#endif  // TESTS_E2E_READ_FIELDS_FIXTURE_H_
