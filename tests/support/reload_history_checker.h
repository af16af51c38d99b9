#ifndef TESTS_SUPPORT_RELOAD_HISTORY_CHECKER_H_
#define TESTS_SUPPORT_RELOAD_HISTORY_CHECKER_H_

#include <string>
#include <vector>

#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Checks the events of one process, from its first one on, and returns a text for each contradiction. The ids must be
// consecutive. Each event must begin at the revision that the event before it reached. Each revision after the first
// snapshot must belong to exactly one event. An event of one write must name the tools of that write. `log` is what the
// catalog keeps, oldest first; revisions before it are not checked.
std::vector<std::string> CheckReloadHistory(const std::vector<v1::ReloadEvent>& events,
                                            const std::vector<v1::Change>& log);

// Checks the statistics of the process against its events, and returns a text for each contradiction.
std::vector<std::string> CheckReloadStatistics(const std::vector<v1::ReloadEvent>& events,
                                               const v1::ReloadStatistics& statistics);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_RELOAD_HISTORY_CHECKER_H_
