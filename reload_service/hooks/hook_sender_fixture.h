#ifndef RELOAD_SERVICE_HOOKS_HOOK_SENDER_FIXTURE_H_
#define RELOAD_SERVICE_HOOKS_HOOK_SENDER_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "reload_service/events/reload_history.h"
#include "reload_service/hooks/hook_hosts.h"
#include "reload_service/hooks/hook_sender.h"
#include "tests/support/hook_receiver.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// A sender that tries three times and may send to this machine, and the history that it follows.
class HookSenderFixture : public ::testing::Test {
 protected:
  // Of the name "signing".
  static constexpr char kSigningSecret[] = "a secret of 24 bytes....";
  // How long a test waits for what comes in milliseconds.
  static constexpr absl::Duration kPatience = absl::Seconds(10);

  HookSenderFixture() {
    options_.hosts = *HookHosts::FromList({"127.0.0.1"});
    options_.secrets = {{"signing", kSigningSecret}};
    options_.max_attempts = 3;
    options_.first_wait = absl::Milliseconds(1);
    options_.max_wait = absl::Milliseconds(4);
  }
  ~HookSenderFixture() override {
    if (sender_ != nullptr) sender_->Stop();
  }

  void Start() { sender_ = HookSender::Start(&history_, options_); }

  static v1::Hook Hook(const std::string& name, const std::string& url) {
    v1::Hook hook;
    hook.set_name(name);
    hook.set_url(url);
    return hook;
  }

  void Record(const std::string& trigger = "manual") {
    v1::ReloadEvent event;
    event.set_trigger(trigger);
    event.set_replica("r1");
    event.set_boot_id("b1");
    event.set_success(true);
    history_.Record(event);
  }

  v1::HookStatus Listed(const std::string& name) {
    for (const v1::HookStatus& status : sender_->ListHooks()) {
      if (status.hook().name() == name) return status;
    }
    return v1::HookStatus();
  }

  v1::ListDeadLettersResponse DeadLetters(const std::string& hook, int limit, const std::string& token = "") {
    return sender_->ListDeadLetters(hook, limit, token).value_or(v1::ListDeadLettersResponse());
  }

  v1::ReloadStatistics Statistics() {
    v1::ReloadStatistics statistics;
    sender_->Describe(&statistics);
    return statistics;
  }

  static std::vector<std::string> EventIds(const std::vector<HookReceiver::Request>& requests) {
    std::vector<std::string> ids;
    for (const auto& request : requests) ids.push_back(request.headers.at("x-event-id"));
    return ids;
  }

  ReloadHistory history_{1000, {"r1", "b1", absl::UnixEpoch()}};
  HookSender::Options options_;
  std::shared_ptr<HookSender> sender_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_HOOK_SENDER_FIXTURE_H_
