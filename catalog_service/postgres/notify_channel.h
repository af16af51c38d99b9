#ifndef CATALOG_SERVICE_POSTGRES_NOTIFY_CHANNEL_H_
#define CATALOG_SERVICE_POSTGRES_NOTIFY_CHANNEL_H_

namespace toolcatalog {

// The PostgreSQL channel on which each commit of the writer is announced, and to which the change feed listens.
inline constexpr char kNotifyChannel[] = "toolcatalog_changes";

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_POSTGRES_NOTIFY_CHANNEL_H_
