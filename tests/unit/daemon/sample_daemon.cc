// A daemon without work, to be started, signalled and stopped by process_test.cc.

#include <cstdio>
#include <thread>

#include "common/daemon/daemon.h"

namespace {

using mrd::daemon::Context;

class Idle final : public mrd::daemon::Service {
 public:
  explicit Idle(const Context& context) : context_(context) {
    if (context.Has("fail-later")) {
      thread_ = std::thread([this] { context_.fail(mrd::IoError("the disk is gone")); });
    }
  }
  ~Idle() override {
    if (thread_.joinable()) thread_.join();
  }
  mrd::daemon::Ports ports() const override { return {{"rpc", 8020}, {"http", 9870}}; }
  mrd::Status Stop() override {
    while (context_.Has("never-stop")) std::this_thread::yield();
    mrd::Logger(context_.log, "idle").Info("work is finished");
    return mrd::Status::Ok();
  }

 private:
  const Context context_;
  std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
  mrd::daemon::Program program;
  program.name = "idle";
  program.summary = "Does nothing.";
  program.switches = {{"format", nullptr, "Formats nothing."},
                      {"refuse", "WHY", "Does not start."},
                      {"fail-later", nullptr, "Ends by itself."},
                      {"never-stop", nullptr, "Hangs when it is to stop."}};
  program.instead = [](const Context& context) -> std::optional<mrd::Status> {
    if (!context.Has("format")) return std::nullopt;
    std::puts("formatted");
    return mrd::Status::Ok();
  };
  program.start = [](const Context& context) -> mrd::Result<std::unique_ptr<mrd::daemon::Service>> {
    if (context.Has("refuse")) return mrd::Unavailable(context.switches.at("refuse"));
    return std::unique_ptr<mrd::daemon::Service>(std::make_unique<Idle>(context));
  };
  return mrd::daemon::Run(program, argc, argv);
}
