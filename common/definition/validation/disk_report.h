#ifndef COMMON_DEFINITION_VALIDATION_DISK_REPORT_H_
#define COMMON_DEFINITION_VALIDATION_DISK_REPORT_H_

#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// A small valid definition for tests: the tool "disk-report", with one capability that has one pattern. It is not in
// normal form yet.
inline v1::Tool DiskReport() {
  v1::Tool tool;
  tool.set_tool_name("disk-report");
  tool.set_description("Reports how full disks are.");
  tool.set_platform("linux");
  tool.set_category("monitoring");
  v1::Capability* capability = tool.add_capabilities();
  capability->set_capability_name("disk_usage");
  capability->add_patterns()->set_pattern_name("all_disks");
  return tool;
}

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_VALIDATION_DISK_REPORT_H_
