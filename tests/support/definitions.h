#ifndef TESTS_SUPPORT_DEFINITIONS_H_
#define TESTS_SUPPORT_DEFINITIONS_H_

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// A valid definition with one capability, one pattern and something in every kind of field.
v1::Tool SampleTool(absl::string_view name, absl::string_view version = "1.0");

// Equal messages, and only they, give equal bytes.
std::string Deterministic(const google::protobuf::Message& message);

// A definition file of the shared test data.
struct DefinitionFile {
  // Relative to the folder of definitions.
  std::string path;
  std::string text;
};

// All definition files, ordered by path. NOT_FOUND, with the reason to give for skipping a test, if the environment
// variable TOOLCATALOG_TEST_DATA does not name the folder with the test data.
absl::StatusOr<std::vector<DefinitionFile>> ReadDefinitionFiles();

// The files as one text of several YAML documents.
std::string JoinDocuments(const std::vector<DefinitionFile>& files);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_DEFINITIONS_H_
