#ifndef COMMON_CONFIG_H_
#define COMMON_CONFIG_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace YAML {
class Node;
}

namespace toolcatalog {

// A YAML configuration file: a map from keys to scalars, lists of scalars, maps of either, or lists of sections. Read
// every known key, then call `Finish`, which reports wrong types and keys that nobody read. Not thread-safe.
class Config {
 public:
  // A map from given keys to texts or lists of texts, where a list of them may be.
  struct Section {
    std::map<std::string, std::string> texts;
    std::map<std::string, std::vector<std::string>> lists;
  };

  // INVALID_ARGUMENT that names file and position if the file cannot be read; at most 1 MiB is accepted.
  static absl::StatusOr<Config> FromFile(const std::string& path);
  // A configuration without any key.
  Config();
  Config(Config&&) noexcept;
  ~Config();

  // Each sets `*value` if the key is there, and leaves it alone otherwise.
  void Read(const std::string& key, std::string* value);
  void Read(const std::string& key, std::vector<std::string>* value);
  // A map from texts to lists; it may be empty, its lists may not.
  void Read(const std::string& key, std::map<std::string, std::vector<std::string>>* value);
  // A map from texts to texts; it may be empty.
  void Read(const std::string& key, std::map<std::string, std::string>* value);
  // A list of sections, which may be empty. Each may have texts and lists under the keys that are named here.
  void Read(const std::string& key, const std::set<std::string>& texts, const std::set<std::string>& lists,
            std::vector<Section>* value);
  // A whole number within the bounds.
  void Read(const std::string& key, int min, int max, int* value);
  // A whole number of seconds within the bounds, under a key that ends in "_seconds".
  void ReadSeconds(const std::string& key, int min, int max, absl::Duration* value);

  // INVALID_ARGUMENT that names file and key of each problem.
  absl::Status Finish() const;

 private:
  const YAML::Node* Find(const std::string& key);
  void ReadSection(const std::string& path, const YAML::Node& node, const std::set<std::string>& texts,
                   const std::set<std::string>& lists, Section* section);

  std::string path_;
  std::unique_ptr<YAML::Node> root_;
  std::unique_ptr<YAML::Node> found_;
  std::set<std::string> known_;
  std::vector<std::string> problems_;
};

}  // namespace toolcatalog

#endif  // COMMON_CONFIG_H_
