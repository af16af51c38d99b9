#include "tests/support/catalog_model.h"

#include <algorithm>

namespace toolcatalog {

CatalogModel::Changes CatalogModel::Apply(int64_t revision, const Write& write) {
  Changes changes;
  switch (write.kind) {
    case Write::kCreate:
      changes = Create(revision, write);
      break;
    case Write::kUpdate:
    case Write::kEnable:
      changes = Edit(write);
      break;
    case Write::kDelete:
      changes = Delete(write);
      break;
    case Write::kPromote:
      changes = Promote(write);
      break;
    case Write::kRollback:
      changes = RollBack(write);
      break;
    case Write::kImport:
      changes = Import(revision, write);
      break;
  }
  if (tools_[write.name].versions.empty()) tools_.erase(write.name);
  auto tool = tools_.find(write.name);
  past_[write.name][revision] = tool == tools_.end() ? Tool() : tool->second;
  for (auto& [version, change] : changes) {
    if (tool == tools_.end() || tool->second.versions.count(version) == 0) continue;
    change.after = tool->second.versions.at(version);
    change.is_latest = tool->second.latest == version;
  }
  return changes;
}

const CatalogModel::Tool* CatalogModel::At(const std::string& name, int64_t revision) const {
  auto states = past_.find(name);
  if (states == past_.end()) return nullptr;
  auto after = states->second.upper_bound(revision);
  if (after == states->second.begin()) return nullptr;
  const Tool& tool = std::prev(after)->second;
  return tool.versions.empty() ? nullptr : &tool;
}

CatalogModel::Changes CatalogModel::Create(int64_t revision, const Write& write) {
  Tool& tool = tools_[write.name];
  if (tool.versions.count(write.version) > 0) return {};
  tool.versions[write.version] = {write.description, true, write.actor, {revision, 0}};
  tool.latest = write.version;
  return {{write.version, {"created", {}, false}}};
}

CatalogModel::Changes CatalogModel::Edit(const Write& write) {
  Tool& tool = tools_[write.name];
  const std::string key = write.version.empty() ? tool.latest : write.version;
  if (tool.versions.count(key) == 0) return {};
  Version& version = tool.versions[key];
  if (write.kind == Write::kUpdate) {
    version.description = write.description;
    return {{key, {"updated", {}, false}}};
  }
  if (version.enabled == write.enabled) return {};
  version.enabled = write.enabled;
  return {{key, {write.enabled ? "enabled" : "disabled", {}, false}}};
}

CatalogModel::Changes CatalogModel::Delete(const Write& write) {
  Tool& tool = tools_[write.name];
  Changes changes;
  if (write.version.empty()) {
    for (const auto& [key, version] : tool.versions) changes[key] = {"deleted", {}, false};
    tool.versions.clear();
    return changes;
  }
  if (tool.versions.erase(write.version) == 0) return {};
  changes[write.version] = {"deleted", {}, false};
  if (tool.latest == write.version && !tool.versions.empty()) {
    tool.latest = std::max_element(tool.versions.begin(), tool.versions.end(), [](const auto& a, const auto& b) {
                    return a.second.created < b.second.created;
                  })->first;
    changes[tool.latest] = {"promoted", {}, false};
  }
  return changes;
}

CatalogModel::Changes CatalogModel::Promote(const Write& write) {
  Tool& tool = tools_[write.name];
  if (tool.versions.count(write.version) == 0 || tool.latest == write.version) return {};
  tool.latest = write.version;
  return {{write.version, {"promoted", {}, false}}};
}

CatalogModel::Changes CatalogModel::RollBack(const Write& write) {
  const Tool* past = At(write.name, write.to_revision);
  if (past == nullptr) return {};
  Tool& tool = tools_[write.name];
  Changes changes;
  const Tool before = tool;
  for (const auto& [key, version] : past->versions) {
    if (!write.version.empty() && key != write.version) continue;
    auto now = tool.versions.find(key);
    if (now != tool.versions.end() && now->second.SameContent(version)) continue;
    Version restored = version;
    if (now != tool.versions.end()) restored.created = now->second.created;
    tool.versions[key] = restored;
    changes[key] = {"restored", {}, false};
  }
  if (!write.version.empty()) {
    if (before.versions.empty()) tool.latest = write.version;
    return changes;
  }
  if (tool.latest != past->latest) changes.try_emplace(past->latest, Change{"promoted", {}, false});
  tool.latest = past->latest;
  for (const auto& [key, version] : before.versions) {
    if (past->versions.count(key) > 0) continue;
    tool.versions.erase(key);
    changes[key] = {"deleted", {}, false};
  }
  return changes;
}

CatalogModel::Changes CatalogModel::Import(int64_t revision, const Write& write) {
  Tool& tool = tools_[write.name];
  Changes changes;
  for (const auto& [key, description] : write.items) {
    auto now = tool.versions.find(key);
    if (now == tool.versions.end()) {
      tool.versions[key] = {description, true, write.actor, {revision, static_cast<int>(changes.size())}};
      tool.latest = key;
      changes[key] = {"imported", {}, false};
    } else if (write.overwrite && !(now->second.description == description && now->second.enabled)) {
      now->second.description = description;
      now->second.enabled = true;
      changes[key] = {"imported", {}, false};
    }
  }
  return changes;
}

}  // namespace toolcatalog
