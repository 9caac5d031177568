// MR_JOB, MR_ROUND, MR_DRIVER: how a plugin says what it holds, and the one symbol that it exports.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "abi.h"
#include "driver.h"
#include "error.h"
#include "job.h"

#define MR_SDK_VERSION "0.1.0"

namespace mr::detail {

// Hidden, lest two plugins in one process share one list.
__attribute__((visibility("hidden"))) inline std::vector<const mr_job_entry*>& entries() {
  static std::vector<const mr_job_entry*> all;
  return all;
}

// A static object of one of these stands behind each macro.
class Registration {
 public:
  explicit Registration(const mr_job_entry& entry) : entry_(entry) {
    entry_.size = sizeof entry_;
    entries().push_back(&entry_);
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  mr_job_entry entry_;
};

inline mr_job_entry job_entry(const char* name, const char* description, std::int32_t (*configure)(mr_job*), bool round) {
  mr_job_entry entry{};
  entry.name = name;
  entry.description = description;
  entry.configure = configure;
  entry.internal = round ? 1 : 0;
  return entry;
}

inline mr_job_entry driver_entry(const char* name,
                                 const char* description,
                                 const char* usage,
                                 std::int32_t (*main)(mr_driver*, int, const char* const*)) {
  mr_job_entry entry{};
  entry.name = name;
  entry.description = description;
  entry.main = main;
  entry.usage = usage;
  return entry;
}

inline std::int32_t configure(mr_job* raw, const char* name, void (*describe)(Job&)) {
  try {
    Job job(raw, name);
    describe(job);
    job.install();
    return MR_OK;
  } catch (const Unwind&) {
  } catch (...) {
    raw->api->fail(raw, to_bytes(describe_exception()));
  }
  return MR_FAILED;
}

inline std::int32_t drive(mr_driver* raw,
                          int argc,
                          const char* const* argv,
                          const char* name,
                          int (*main)(Driver&)) {
  try {
    Driver driver(raw, argc, argv);
    return main(driver);
  } catch (const JobFailed&) {
    return 1;  // the host tells of the rounds that it ran, or why it could not run one
  } catch (...) {
    std::fprintf(stderr, "%s: %s\n", name, describe_exception().c_str());
    return 1;
  }
}

__attribute__((visibility("hidden"))) inline const mr_plugin* plugin_table() {
  static mr_plugin plugin{};
  plugin.size = sizeof plugin;
  plugin.abi_version = MR_ABI_VERSION;
  plugin.sdk_version = MR_SDK_VERSION;
#if defined(__clang__)
  plugin.compiler = "clang " __clang_version__;
#else
  plugin.compiler = "g++ " __VERSION__;
#endif
  plugin.job_count = entries().size();
  plugin.jobs = entries().data();
  return &plugin;
}

}  // namespace mr::detail

// `used` makes the compiler emit it although nobody calls it; being inline, it is there once.
extern "C" __attribute__((visibility("default"), used)) inline const mr_plugin* mr_plugin_entry(std::uint32_t) {
  return mr::detail::plugin_table();
}

#define MR_DETAIL_JOB(NAME, DESCRIPTION, ROUND)                                                                   \
  static void mr_describe_##NAME(::mr::Job& job);                                                                 \
  static const ::mr::detail::Registration mr_registration_##NAME(::mr::detail::job_entry(                         \
      #NAME,                                                                                                      \
      DESCRIPTION,                                                                                                \
      [](mr_job* raw) -> std::int32_t { return ::mr::detail::configure(raw, #NAME, &mr_describe_##NAME); },       \
      ROUND));                                                                                                    \
  static void mr_describe_##NAME([[maybe_unused]] ::mr::Job& job)

// A job of this plugin, described by the body that follows, in which it is called `job`.
#define MR_JOB(NAME, DESCRIPTION) MR_DETAIL_JOB(NAME, DESCRIPTION, false)

// A job that a driver uses, not offered to users by itself.
#define MR_ROUND(NAME, DESCRIPTION) MR_DETAIL_JOB(NAME, DESCRIPTION, true)

// A driver: the body that follows gets `driver` and returns an exit status, 0 for success. USAGE names the arguments.
#define MR_DRIVER(NAME, DESCRIPTION, USAGE)                                                                       \
  static int mr_drive_##NAME(::mr::Driver& driver);                                                               \
  static const ::mr::detail::Registration mr_registration_##NAME(::mr::detail::driver_entry(                      \
      #NAME, DESCRIPTION, USAGE, [](mr_driver* raw, int argc, const char* const* argv) -> std::int32_t {          \
        return ::mr::detail::drive(raw, argc, argv, #NAME, &mr_drive_##NAME);                                     \
      }));                                                                                                        \
  static int mr_drive_##NAME([[maybe_unused]] ::mr::Driver& driver)
