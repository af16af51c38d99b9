#ifndef TESTS_SUPPORT_DEFINITION_TESTING_H_
#define TESTS_SUPPORT_DEFINITION_TESTING_H_

#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/definition/formats/definition_yaml.h"
#include "common/definition/validation/definition_validator.h"
#include "gtest/gtest.h"

namespace toolcatalog {

// What `ReadDefinitions` hands out for a text, by the default vocabulary; fails the test if the text cannot be read.
inline std::vector<ImportItem> ReadItems(absl::string_view yaml) {
  const DefinitionValidator validator(DefaultVocabulary());
  std::vector<ImportItem> items;
  const absl::Status status = ReadDefinitions(yaml, validator, [&](ImportItem item) {
    items.push_back(std::move(item));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return items;
}

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_DEFINITION_TESTING_H_
