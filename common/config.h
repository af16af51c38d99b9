#ifndef COMMON_CONFIG_H_
#define COMMON_CONFIG_H_

#include <cstdint>
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

// A YAML configuration file: a map whose values are scalars, lists of scalars, maps of either, or lists of sections.
// Call `Read` for every key that the program knows, then `Finish`: it reports values of a wrong type and keys that
// nobody read. Not thread-safe.
class Config {
 public:
  // One entry of a list of sections: a map whose values are texts or lists of texts.
  struct Section {
    std::map<std::string, std::string> texts;
    std::map<std::string, std::vector<std::string>> lists;
  };

  // Reads a file of at most 1 MiB. INVALID_ARGUMENT, with the file's name and the position, if it cannot be read.
  static absl::StatusOr<Config> FromFile(const std::string& path);
  // A configuration without any key.
  Config();
  Config(Config&&) noexcept;
  ~Config();

  // Each sets `*value` if the file has the key, and leaves `*value` unchanged otherwise. `Finish` reports a wrong
  // value; `*value` is of no use then.
  void Read(const std::string& key, std::string* value);
  void Read(const std::string& key, std::vector<std::string>* value);
  // A map from texts to lists; it may be empty, its lists may not.
  void Read(const std::string& key, std::map<std::string, std::vector<std::string>>* value);
  // A map from texts to texts; it may be empty.
  void Read(const std::string& key, std::map<std::string, std::string>* value);
  // A list of sections; it may be empty. `texts` and `lists` are the keys that a section may have, with a text or with
  // a list of texts as value.
  void Read(const std::string& key, const std::set<std::string>& texts, const std::set<std::string>& lists,
            std::vector<Section>* value);
  // A whole number from `min` to `max`.
  void Read(const std::string& key, int min, int max, int* value);
  // A whole number of seconds from `min` to `max`, where `min` is at least 0. By convention the key ends in "_seconds".
  void ReadSeconds(const std::string& key, int min, int max, absl::Duration* value);

  // `memory_limit_mib`, a whole number of MiB, at least 256, in bytes.
  void ReadMemoryLimit(int64_t* value);

  // OK, or INVALID_ARGUMENT with the file's name and, for each problem, the key.
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
