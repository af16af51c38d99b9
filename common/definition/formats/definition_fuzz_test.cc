// Definitions of random content, as no author would write them but a caller can send them.

#include <cmath>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/definition/definition_limits.h"
#include "common/definition/validation/definition_validator.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Fills messages with random texts, numbers and messages.
class RandomContent {
 public:
  explicit RandomContent(int seed) : random_(seed) {}

  void Fill(Message& message, int levels) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message.GetDescriptor()->field(i);
      if (field->is_map() || Draw(4) == 0) continue;
      for (int count = field->is_repeated() ? Draw(3) : 1; count > 0; --count) Set(message, field, levels);
    }
  }

 private:
  int Draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  // Pieces of expressions, of regular expressions, and of neither.
  std::string Text() {
    static constexpr char kCharacters[] = "aN1()[]*+/\\ -.\xFF\0{}^";
    std::string text;
    for (int length = Draw(12); length > 0; --length) text += kCharacters[Draw(sizeof(kCharacters) - 1)];
    return text;
  }

  void Set(Message& message, const FieldDescriptor* field, int levels) {
    const auto* reflection = message.GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      field->is_repeated() ? reflection->AddString(&message, field, Text())
                           : reflection->SetString(&message, field, Text());
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
      reflection->SetDouble(&message, field, std::ldexp(1 - Draw(3), Draw(1100)));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && levels > 0) {
      Fill(field->is_repeated() ? *reflection->AddMessage(&message, field)
                                : *reflection->MutableMessage(&message, field),
           levels - 1);
    }
  }

  std::mt19937 random_;
};

TEST(DefinitionFuzz, AnyDefinitionIsCheckedInBoundedTime) {
  const DefinitionValidator validator(DefaultVocabulary());
  RandomContent content(7);
  const absl::Time start = absl::Now();
  for (int i = 0; i < 500; ++i) {
    v1::Tool tool;
    content.Fill(tool, 6);
    EXPECT_THAT(validator.Validate(tool), Not(IsEmpty()));
  }
  EXPECT_LT(absl::Now() - start, absl::Seconds(30));
}

// As many expressions with as many variables, and as many regular expressions, as a definition has room for.
TEST(DefinitionFuzz, TheLargestDefinitionIsCheckedInBoundedTime) {
  v1::Tool tool;
  std::string sum = "v0";
  while (sum.size() < 490) absl::StrAppend(&sum, "+v", sum.size());
  for (int i = 0; tool.ByteSizeLong() < kMaxDefinitionBytes - 50 * 5000; ++i) {
    v1::Capability& capability = *tool.add_capabilities();
    for (int j = 0; j < 50; ++j) {
      v1::Pattern& pattern = *capability.add_patterns();
      pattern.set_time_estimate_ms(sum);
      for (int k = 0; k < 100; ++k) {
        v1::Parameter& input = *pattern.add_required_inputs();
        input.set_name(absl::StrCat("in", k));
        input.set_validation(absl::StrCat("\\pL{3}", i, ".", j, ".", k));
        input.add_examples()->set_string_value("aaaaaaaaaa");
      }
    }
  }
  ASSERT_LE(tool.ByteSizeLong(), kMaxDefinitionBytes);
  const absl::Time start = absl::Now();
  EXPECT_THAT(DefinitionValidator(DefaultVocabulary()).Check(tool).warnings, SizeIs(kMaxViolations));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

}  // namespace
}  // namespace toolcatalog
