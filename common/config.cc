#include "common/config.h"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxBytes = 1 << 20;

// The texts of a list; empty if it is none, or holds something else.
std::vector<std::string> TextsOf(const YAML::Node& node) {
  std::vector<std::string> texts;
  if (!node.IsSequence()) return texts;
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) return {};
    texts.push_back(item.Scalar());
  }
  return texts;
}

}  // namespace

Config::Config() : root_(std::make_unique<YAML::Node>(YAML::NodeType::Map)) {}
Config::Config(Config&&) = default;
Config::~Config() = default;

absl::StatusOr<Config> Config::FromFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat("cannot open configuration file \"", path, "\""));
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), text.size());
  text.resize(file.gcount());
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(absl::StrCat("configuration file \"", path, "\" is larger than 1 MiB"));
  }
  Config config;
  config.path_ = path;
  try {
    *config.root_ = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("configuration file \"", path, "\": ", error.what()));
  }
  if (config.root_->IsNull()) *config.root_ = YAML::Node(YAML::NodeType::Map);
  if (!config.root_->IsMap()) {
    return absl::InvalidArgumentError(absl::StrCat("configuration file \"", path, "\" must be a map of keys"));
  }
  return config;
}

const YAML::Node* Config::Find(const std::string& key) {
  known_.insert(key);
  YAML::Node node = static_cast<const YAML::Node&>(*root_)[key];
  if (!node.IsDefined() || node.IsNull()) return nullptr;
  found_ = std::make_unique<YAML::Node>(node);
  return found_.get();
}

void Config::Read(const std::string& key, std::string* value) {
  const YAML::Node* node = Find(key);
  if (node == nullptr) return;
  if (!node->IsScalar()) {
    problems_.push_back(absl::StrCat(key, ": must be a text"));
    return;
  }
  *value = node->Scalar();
}

void Config::Read(const std::string& key, std::vector<std::string>* value) {
  const YAML::Node* node = Find(key);
  if (node == nullptr) return;
  std::vector<std::string> items = TextsOf(*node);
  if (items.empty()) {
    problems_.push_back(absl::StrCat(key, ": must be a list of at least one text"));
    return;
  }
  *value = std::move(items);
}

void Config::Read(const std::string& key, std::map<std::string, std::vector<std::string>>* value) {
  const YAML::Node* node = Find(key);
  if (node == nullptr) return;
  std::map<std::string, std::vector<std::string>> lists;
  if (!node->IsMap()) {
    problems_.push_back(absl::StrCat(key, ": must be a map of lists"));
    return;
  }
  for (const auto& entry : *node) {
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "(not a text)";
    std::vector<std::string> items = TextsOf(entry.second);
    if (!entry.first.IsScalar() || items.empty()) {
      problems_.push_back(absl::StrCat(key, ".", name, ": must be a list of at least one text"));
    } else if (!lists.emplace(name, std::move(items)).second) {
      problems_.push_back(absl::StrCat(key, ".", name, ": must stand once only"));
    }
  }
  *value = std::move(lists);
}

void Config::Read(const std::string& key, int min, int max, int* value) {
  const YAML::Node* node = Find(key);
  if (node == nullptr) return;
  int number = 0;
  if (!node->IsScalar() || !absl::SimpleAtoi(node->Scalar(), &number) || number < min || number > max) {
    problems_.push_back(absl::StrCat(key, ": must be a whole number from ", min, " to ", max,
                                     node->IsScalar() ? absl::StrCat(", got \"", node->Scalar(), "\"") : ""));
    return;
  }
  *value = number;
}

void Config::ReadSeconds(const std::string& key, int min, int max, absl::Duration* value) {
  int seconds = -1;
  Read(key, min, max, &seconds);
  if (seconds >= 0) *value = absl::Seconds(seconds);
}

absl::Status Config::Finish() const {
  std::vector<std::string> problems = problems_;
  for (const auto& entry : *root_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "(not a text)";
    if (known_.count(key) == 0) {
      problems.push_back(absl::StrCat(key, ": unknown key; known: ", absl::StrJoin(known_, ", ")));
    }
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("configuration file \"", path_, "\": ", absl::StrJoin(problems, "; ")));
}

}  // namespace toolcatalog
