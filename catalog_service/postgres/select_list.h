#ifndef CATALOG_SERVICE_POSTGRES_SELECT_LIST_H_
#define CATALOG_SERVICE_POSTGRES_SELECT_LIST_H_

#include <string>

#include "absl/strings/string_view.h"

namespace toolcatalog {

// The columns that a statement selects. A struct with one member for each column writes each of them once, with its SQL
// and with its place in the result:
//
//   struct ToolColumns {
//     SelectList list;
//     const int name = list.Add("t.tool_name");
//     const int body = list.Add("d.body");
//   };
class SelectList {
 public:
  // Adds a column and returns its place.
  int Add(absl::string_view sql) {
    if (size_ > 0) sql_ += ", ";
    sql_.append(sql.data(), sql.size());
    return size_++;
  }

  // The columns with commas between them.
  const std::string& sql() const { return sql_; }

 private:
  std::string sql_;
  int size_ = 0;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_POSTGRES_SELECT_LIST_H_
