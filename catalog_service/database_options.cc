#include "catalog_service/database_options.h"

namespace toolcatalog {

PgConnection::Options PlainOptions(const CatalogConfig& config, int interrupt_fd) {
  PgConnection::Options options{config.database, "toolcatalog"};
  options.interrupt_fd = interrupt_fd;
  return options;
}

PgConnection::Options ReadOptions(const CatalogConfig& config, int interrupt_fd) {
  PgConnection::Options options = PlainOptions(config, interrupt_fd);
  options.application_name = "toolcatalog-reader";
  // An old snapshot keeps the server from pruning, which slows writers down.
  options.settings = {{"statement_timeout", "5000"}, {"idle_in_transaction_session_timeout", "5000"}};
  return options;
}

// Holds the counter lock now and then, so it may be ended as a writer may.
PgConnection::Options FillOptions(const CatalogConfig& config) {
  PgConnection::Options options = PlainOptions(config);
  options.application_name = "toolcatalog-writer";
  options.settings = {{"idle_in_transaction_session_timeout", "5000"}};
  return options;
}

// Statements of streams and the feed have one good plan, and making it takes longer than running it.
PgConnection::Options WatchOptions(const CatalogConfig& config, int interrupt_fd) {
  PgConnection::Options options = ReadOptions(config, interrupt_fd);
  options.settings.push_back({"plan_cache_mode", "force_generic_plan"});
  return options;
}

PgConnection::Options ReportOptions(const CatalogConfig& config, int interrupt_fd) {
  PgConnection::Options options = ReadOptions(config, interrupt_fd);
  options.application_name = "toolcatalog-reports";
  return options;
}

}  // namespace toolcatalog
