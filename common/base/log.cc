#include "common/base/log.h"

#include <array>
#include <cerrno>
#include <mutex>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

namespace mrd {
namespace {

// Indexed by LogLevel; the order is spdlog's too.
constexpr std::array<std::string_view, 7> kNames = {"TRACE", "DEBUG", "INFO", "WARN",
                                                    "ERROR", "FATAL", "OFF"};

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  return static_cast<spdlog::level::level_enum>(level);
}

// Our level names in upper case, as Hadoop writes them.
class LevelFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message,
              const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view name = kNames[static_cast<std::size_t>(message.level)];
    out.append(name.data(), name.data() + name.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelFlag>();
  }
};

class CallingSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit CallingSink(Log::Sink sink) : sink_(std::move(sink)) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<LevelFlag>('*').set_pattern("%Y-%m-%d %H:%M:%S,%e %* %n: %v");
    set_formatter_(std::move(formatter));
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    sink_(std::string_view(line.data(), line.size()));
  }
  void flush_() override {}

  const Log::Sink sink_;
};

// With write(2): stderr is not buffered anyway, and a full pipe must not mix two lines.
void WriteToStderr(std::string_view line) {
  while (!line.empty()) {
    const ssize_t put = ::write(STDERR_FILENO, line.data(), line.size());
    if (put < 0 && errno != EINTR) return;  // there is nowhere left to complain
    if (put > 0) line.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

struct Log::Impl {
  LogLevel level;
  CallingSink sink;
};

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  if (upper == "WARNING") return LogLevel::kWarn;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (upper == kNames[i]) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

Log::Log(LogLevel level) : Log(level, &WriteToStderr) {}
Log::Log(LogLevel level, Sink sink) : impl_(new Impl{level, CallingSink(std::move(sink))}) {}
Log::~Log() = default;

bool Log::Enabled(LogLevel level) const { return level >= impl_->level && level != LogLevel::kOff; }

void Log::Write(LogLevel level, std::string_view component, std::string_view text) {
  if (!Enabled(level)) return;
  const auto view = [](std::string_view s) { return spdlog::string_view_t(s.data(), s.size()); };
  impl_->sink.log(spdlog::details::log_msg(view(component), ToSpdlog(level), view(text)));
}

}  // namespace mrd
