#ifndef TESTS_SUPPORT_RELOAD_HISTORY_CHECKER_H_
#define TESTS_SUPPORT_RELOAD_HISTORY_CHECKER_H_

#include <string>
#include <vector>

#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// How the events of one process, from its first on, contradict each other or the catalog's log, one text each: ids are
// consecutive; each event begins at the revision that the one before reached; every revision after the first snapshot
// is covered by one event, and an event of one write names the tools of that write. `log` is what the catalog keeps,
// oldest first; revisions before it are not looked at.
std::vector<std::string> CheckReloadHistory(const std::vector<v1::ReloadEvent>& events,
                                            const std::vector<v1::Change>& log);

// How the statistics of the process contradict its events.
std::vector<std::string> CheckReloadStatistics(const std::vector<v1::ReloadEvent>& events,
                                               const v1::ReloadStatistics& statistics);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_RELOAD_HISTORY_CHECKER_H_
