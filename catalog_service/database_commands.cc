#include "catalog_service/database_commands.h"

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catalog_service/compactor.h"
#include "catalog_service/database_options.h"
#include "catalog_service/postgres/migrations.h"
#include "catalog_service/postgres/postgres.h"
#include "catalog_service/search/index_sql.h"
#include "common/log.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kProgressInterval = absl::Seconds(1);

}  // namespace

absl::Status MigrateDatabase(const CatalogConfig& config) {
  absl::StatusOr<int> applied = Migrate(PlainOptions(config));
  if (!applied.ok()) return applied.status();
  LogInfo("schema is up to date", {{"steps_applied", *applied}});
  absl::StatusOr<std::unique_ptr<PgConnection>> writer = PgConnection::Connect(FillOptions(config));
  if (!writer.ok()) return writer.status();
  return FillIndex(**writer);
}

absl::Status CompactDatabase(const CatalogConfig& config) {
  SteadyTime logged = SteadyTime::Now();
  const auto progress = [&](const Compaction& done) {
    if (SteadyTime::Now() - logged < kProgressInterval) return;
    logged = SteadyTime::Now();
    LogCompaction("compacting", done);
  };
  const auto pause = [](absl::Duration time) {
    absl::SleepFor(time);
    return true;
  };
  absl::StatusOr<Compaction> done = Compactor(PlainOptions(config), config.retention).Run(progress, pause);
  if (done.ok()) LogCompaction("compacted", *done);
  return done.status();
}

}  // namespace toolcatalog
