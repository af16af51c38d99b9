#include "tests/support/reload_history_checker.h"

#include <cmath>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace toolcatalog {
namespace {

// Names that an event lists at most.
constexpr size_t kMaxNames = 100;

// Tools of each revision in the log, in lower case.
std::map<int64_t, std::set<std::string>> ToolsByRevision(const std::vector<v1::Change>& log) {
  std::map<int64_t, std::set<std::string>> tools;
  for (const v1::Change& change : log) tools[change.revision()].insert(absl::AsciiStrToLower(change.tool_name()));
  return tools;
}

std::string Describe(const v1::ReloadEvent& event) {
  return absl::StrCat("event ", event.event_id(), " (", event.trigger(), ", revision ", event.from_revision(), " to ",
                      event.revision(), ")");
}

// What is wrong with the event of the one write `tools` is about; "" if nothing.
std::string CheckWrite(const v1::ReloadEvent& event, const std::set<std::string>& tools) {
  if (event.tool_count() != static_cast<int>(tools.size())) {
    return absl::StrCat(Describe(event), " counts ", event.tool_count(), " tools, the write is about ", tools.size());
  }
  if (event.has_tool_name() && tools.count(absl::AsciiStrToLower(event.tool_name())) == 0) {
    return absl::StrCat(Describe(event), " names ", event.tool_name(), ", the write ", absl::StrJoin(tools, ", "));
  }
  for (const std::string& name : event.tool_names()) {
    if (tools.count(absl::AsciiStrToLower(name)) == 0) {
      return absl::StrCat(Describe(event), " names ", name, ", the write ", absl::StrJoin(tools, ", "));
    }
  }
  const size_t touched = event.added() + event.changed() + event.removed();
  if (touched <= kMaxNames && touched != static_cast<size_t>(event.tool_names_size())) {
    return absl::StrCat(Describe(event), " counts ", touched, " profiles and names ", event.tool_names_size());
  }
  return "";
}

}  // namespace

std::vector<std::string> CheckReloadHistory(const std::vector<v1::ReloadEvent>& events,
                                            const std::vector<v1::Change>& log) {
  std::vector<std::string> problems;
  const auto tools = ToolsByRevision(log);
  int64_t id = 0, reached = 0;
  for (const v1::ReloadEvent& event : events) {
    if (event.event_id() != ++id) problems.push_back(absl::StrCat(Describe(event), " follows event ", id - 1));
    id = event.event_id();
    if (event.from_revision() != reached) {
      problems.push_back(absl::StrCat(Describe(event), " follows one that reached ", reached));
    }
    reached = event.revision();
    const bool one_write = event.has_propagation_ms();
    if (one_write && event.revision() != event.from_revision() + 1) {
      problems.push_back(absl::StrCat(Describe(event), " is of one write"));
    }
    auto found = tools.find(event.revision());
    if (!one_write || found == tools.end()) continue;
    std::string problem = CheckWrite(event, found->second);
    if (!problem.empty()) problems.push_back(std::move(problem));
  }
  if (!tools.empty() && reached != tools.rbegin()->first) {
    problems.push_back(absl::StrCat("the events reach revision ", reached, ", the log ", tools.rbegin()->first));
  }
  return problems;
}

std::vector<std::string> CheckReloadStatistics(const std::vector<v1::ReloadEvent>& events,
                                               const v1::ReloadStatistics& statistics) {
  std::map<std::string, std::pair<int, int>> triggers;
  int successes = 0, propagations = 0;
  double duration_ms = 0;
  for (const v1::ReloadEvent& event : events) {
    auto& [count, good] = triggers[event.trigger()];
    ++count;
    good += event.success() ? 1 : 0;
    successes += event.success() ? 1 : 0;
    propagations += event.has_propagation_ms() ? 1 : 0;
    duration_ms += event.duration_ms();
  }
  std::vector<std::string> problems;
  const auto expect = [&problems](const std::string& what, double got, double want) {
    if (std::abs(got - want) > 0.01) problems.push_back(absl::StrCat(what, " is ", got, ", the events say ", want));
  };
  const int total = static_cast<int>(events.size());
  expect("total_reloads", statistics.total_reloads(), total);
  expect("successful_reloads", statistics.successful_reloads(), successes);
  expect("failed_reloads", statistics.failed_reloads(), total - successes);
  expect("success_rate", statistics.success_rate(), total == 0 ? 0 : 100.0 * successes / total);
  expect("average_duration_ms", statistics.average_duration_ms(), total == 0 ? 0 : duration_ms / total);
  expect("duration.count", statistics.duration().count(), total);
  expect("propagation.count", statistics.propagation().count(), propagations);
  for (const auto& trigger : statistics.by_trigger()) {
    const auto& [count, good] = triggers[trigger.trigger()];
    expect(absl::StrCat(trigger.trigger(), ".total_reloads"), trigger.total_reloads(), count);
    expect(absl::StrCat(trigger.trigger(), ".successful_reloads"), trigger.successful_reloads(), good);
  }
  if (!events.empty()) expect("applied_revision", statistics.applied_revision(), events.back().revision());
  return problems;
}

}  // namespace toolcatalog
