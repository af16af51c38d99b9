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

// A real definition file.
struct DefinitionFile {
  // Relative to the folder `tools` of the test data.
  std::string path;
  std::string text;
};

// All YAML files below the folder `tools` of the test data, ordered by path. The environment variable
// TOOLCATALOG_TEST_DATA names the folder of the test data. NOT_FOUND, with the reason to give for skipping a test, if
// that variable is not set or there are no such files.
absl::StatusOr<std::vector<DefinitionFile>> ReadDefinitionFiles();

// The files as one text of several YAML documents.
std::string JoinDocuments(const std::vector<DefinitionFile>& files);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_DEFINITIONS_H_
