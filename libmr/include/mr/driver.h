// Drivers: functions that run several jobs of their plugin and look at what came out in between.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "abi.h"
#include "bytes.h"
#include "error.h"
#include "text.h"

namespace mr {

// A round that went well.
class JobResult {
 public:
  JobResult(mr_driver* driver, std::uint32_t run) : driver_(driver), run_(run) {}

  // 0 for a counter that nobody touched.
  std::int64_t counter(std::string_view group, std::string_view name) const {
    std::int64_t value = 0;
    static_cast<void>(driver_->api->counter(driver_, run_, to_bytes(group), to_bytes(name), &value));
    return value;
  }

 private:
  mr_driver* driver_;
  std::uint32_t run_;
};

// A round being put together. It runs when wait() is called, or where a mr::JobResult is wanted from it:
//
//   mr::JobResult first = driver.run("count").input(in).output(out).option("min", 2);
//   driver.run("sort").input(out).output(sorted).wait();
class [[nodiscard]] Round {
 public:
  Round(mr_driver* driver, std::string_view job) : driver_(driver), job_(job) {}

  Round&& input(std::string_view path) && {
    inputs_.emplace_back(path);
    return std::move(*this);
  }
  Round&& output(std::string_view path) && {
    output_ = path;
    return std::move(*this);
  }
  // One of the job's own options or arguments, by name.
  template <class T>
  Round&& option(std::string_view name, const T& value) && {
    options_.emplace_back(name, text_of(value));
    return std::move(*this);
  }
  // A property of the configuration.
  template <class T>
  Round&& set(std::string_view name, const T& value) && {
    properties_.emplace_back(name, text_of(value));
    return std::move(*this);
  }

  // Runs the job to its end. Throws JobFailed, whose message says why.
  JobResult wait() &&;
  operator JobResult() && { return std::move(*this).wait(); }  // NOLINT

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  template <class T>
  static std::string text_of(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      return std::string(std::string_view(value));
    } else {
      return to_text(value);
    }
  }
  static std::vector<mr_pair> raw(const Pairs& pairs) {
    std::vector<mr_pair> result;
    for (const auto& [name, value] : pairs) result.push_back({to_bytes(name), to_bytes(value)});
    return result;
  }

  mr_driver* driver_;
  std::string job_;
  std::vector<std::string> inputs_;
  std::string output_;
  Pairs options_;
  Pairs properties_;
};

// Given to the driver's function; lives as long as it runs. All its paths are those of the file system that the jobs
// run on.
class Driver {
 public:
  Driver(mr_driver* raw, int argc, const char* const* argv) : raw_(raw), args_(argv, argv + argc) {}
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // What the user wrote after the driver's name.
  const std::vector<std::string>& args() const { return args_; }
  // A round of this job of the same plugin. Nothing runs yet.
  Round run(std::string_view job) { return Round(raw_, job); }

  template <class T>
  T conf(std::string_view name, T otherwise) const {
    mr_bytes value{};
    return raw_->api->conf_get(raw_, to_bytes(name), &value) == MR_OK ? parse<T>(to_view(value)) : otherwise;
  }
  std::string conf(std::string_view name, const char* otherwise) const {
    return conf<std::string>(name, std::string(otherwise));
  }

  bool exists(std::string_view path) const { return raw_->api->exists(raw_, to_bytes(path)) == 1; }
  // A file, or a directory with all it holds. Throws mr::Error where that fails.
  void remove(std::string_view path) { must(raw_->api->remove(raw_, to_bytes(path)), "remove", path); }
  std::string read(std::string_view path) const {
    std::string content;
    must(raw_->api->read_file(raw_, to_bytes(path), &content,
                              [](void* sink, mr_bytes chunk) {
                                static_cast<std::string*>(sink)->append(chunk.data, chunk.size);
                              }),
         "read", path);
    return content;
  }
  // The files below a directory.
  std::vector<std::string> list(std::string_view path) const {
    std::vector<std::string> files;
    must(raw_->api->list_files(raw_, to_bytes(path), &files,
                               [](void* sink, mr_bytes file) {
                                 static_cast<std::vector<std::string>*>(sink)->emplace_back(to_view(file));
                               }),
         "list", path);
    return files;
  }
  void write(std::string_view path, std::string_view content) {
    must(raw_->api->write_file(raw_, to_bytes(path), to_bytes(content)), "write", path);
  }

 private:
  void must(std::int32_t code, const char* what, std::string_view path) const {
    if (code == MR_OK) return;
    const std::string why(to_view(raw_->api->error(raw_)));
    throw Error(std::string("cannot ") + what + " " + std::string(path) + (why.empty() ? "" : ": " + why));
  }

  mr_driver* raw_;
  std::vector<std::string> args_;
};

inline JobResult Round::wait() && {
  const std::vector<mr_pair> options = raw(options_);
  const std::vector<mr_pair> properties = raw(properties_);
  std::vector<mr_bytes> inputs;
  for (const std::string& input : inputs_) inputs.push_back(to_bytes(input));
  mr_job_request request{};
  request.size = sizeof request;
  request.job = to_bytes(job_);
  request.inputs = inputs.data();
  request.input_count = inputs.size();
  request.output = to_bytes(output_);
  request.options = options.data();
  request.option_count = options.size();
  request.properties = properties.data();
  request.property_count = properties.size();
  std::uint32_t run = 0;
  if (driver_->api->run(driver_, &request, &run) != MR_OK) {
    const std::string why(to_view(driver_->api->error(driver_)));
    throw JobFailed("job " + job_ + " failed" + (why.empty() ? "" : ": " + why));
  }
  return JobResult(driver_, run);
}

}  // namespace mr
