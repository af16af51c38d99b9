#include "common/config.h"

#include <yaml-cpp/yaml.h>

#include <exception>
#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/memory_limit.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxBytes = 1 << 20;
constexpr int kMaxMemoryLimitMiB = 64 << 20;

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

std::string KeyOf(const YAML::Node& key) { return key.IsScalar() ? key.Scalar() : "(not a text)"; }

}  // namespace

Config::Config() : root_(std::make_unique<YAML::Node>(YAML::NodeType::Map)) {}
Config::Config(Config&&) noexcept = default;
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
  } catch (const std::exception& error) {
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
    const std::string name = KeyOf(entry.first);
    std::vector<std::string> items = TextsOf(entry.second);
    if (!entry.first.IsScalar() || items.empty()) {
      problems_.push_back(absl::StrCat(key, ".", name, ": must be a list of at least one text"));
    } else if (!lists.emplace(name, std::move(items)).second) {
      problems_.push_back(absl::StrCat(key, ".", name, ": must stand once only"));
    }
  }
  *value = std::move(lists);
}

void Config::Read(const std::string& key, std::map<std::string, std::string>* value) {
  const YAML::Node* node = Find(key);
  if (node == nullptr) return;
  if (!node->IsMap()) {
    problems_.push_back(absl::StrCat(key, ": must be a map of texts"));
    return;
  }
  std::map<std::string, std::string> texts;
  for (const auto& entry : *node) {
    const std::string name = KeyOf(entry.first);
    if (!entry.first.IsScalar() || !entry.second.IsScalar()) {
      problems_.push_back(absl::StrCat(key, ".", name, ": must be a text"));
    } else if (!texts.emplace(name, entry.second.Scalar()).second) {
      problems_.push_back(absl::StrCat(key, ".", name, ": must stand once only"));
    }
  }
  *value = std::move(texts);
}

void Config::Read(const std::string& key, const std::set<std::string>& texts, const std::set<std::string>& lists,
                  std::vector<Section>* value) {
  const YAML::Node* node = Find(key);
  if (node == nullptr) return;
  if (!node->IsSequence()) {
    problems_.push_back(absl::StrCat(key, ": must be a list"));
    return;
  }
  std::vector<Section> sections;
  for (const YAML::Node& item : *node) {
    const std::string path = absl::StrCat(key, "[", sections.size(), "]");
    ReadSection(path, item, texts, lists, &sections.emplace_back());
  }
  *value = std::move(sections);
}

void Config::ReadSection(const std::string& path, const YAML::Node& node, const std::set<std::string>& texts,
                         const std::set<std::string>& lists, Section* section) {
  if (!node.IsMap()) {
    problems_.push_back(absl::StrCat(path, ": must be a map"));
    return;
  }
  for (const auto& entry : node) {
    const std::string name = KeyOf(entry.first), at = absl::StrCat(path, ".", name);
    const bool is_text = texts.count(name) > 0, is_list = lists.count(name) > 0;
    if (section->texts.count(name) > 0 || section->lists.count(name) > 0) {
      problems_.push_back(absl::StrCat(at, ": must stand once only"));
    } else if (is_text && entry.second.IsScalar()) {
      section->texts[name] = entry.second.Scalar();
    } else if (is_list && !TextsOf(entry.second).empty()) {
      section->lists[name] = TextsOf(entry.second);
    } else if (is_text || is_list) {
      problems_.push_back(absl::StrCat(at, is_text ? ": must be a text" : ": must be a list of at least one text"));
    } else {
      std::set<std::string> known = texts;
      known.insert(lists.begin(), lists.end());
      problems_.push_back(absl::StrCat(at, ": unknown key; known: ", absl::StrJoin(known, ", ")));
    }
  }
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

void Config::ReadMemoryLimit(int64_t* value) {
  int mebibytes = 0;
  Read("memory_limit_mib", static_cast<int>(kMinMemoryLimit >> 20), kMaxMemoryLimitMiB, &mebibytes);
  if (mebibytes > 0) *value = int64_t{mebibytes} << 20;
}

absl::Status Config::Finish() const {
  std::vector<std::string> problems = problems_;
  for (const auto& entry : *root_) {
    const std::string key = KeyOf(entry.first);
    if (known_.count(key) == 0) {
      problems.push_back(absl::StrCat(key, ": unknown key; known: ", absl::StrJoin(known_, ", ")));
    }
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("configuration file \"", path_, "\": ", absl::StrJoin(problems, "; ")));
}

}  // namespace toolcatalog
