#ifndef CATALOG_SERVICE_REPLICAS_RELOAD_HOOK_STORE_H_
#define CATALOG_SERVICE_REPLICAS_RELOAD_HOOK_STORE_H_

#include <string>

#include "absl/status/status.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "toolcatalog/v1/hook.pb.h"

namespace toolcatalog {

// Keeps the outbound webhooks of the reload services in PostgreSQL. Every answer to a report carries all of them. Every
// method may block. UNAVAILABLE when the database cannot be reached; the change may then be stored or not. Thread-safe.
class ReloadHookStore {
 public:
  // `pool` must outlive this.
  explicit ReloadHookStore(PgPool* pool) : pool_(*pool) {}

  // Keeps a hook. ALREADY_EXISTS if there is one of that name; RESOURCE_EXHAUSTED if there are 100. With
  // `validate_only` the answer is the same, and nothing is kept.
  absl::Status Add(const v1::Hook& hook, bool validate_only);
  // Removes a hook, or only says whether it could. NOT_FOUND if there is none of that name.
  absl::Status Remove(const std::string& name, bool validate_only);

 private:
  PgPool& pool_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_REPLICAS_RELOAD_HOOK_STORE_H_
