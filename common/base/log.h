#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mrd {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kFatal, kOff };

// "INFO", in any case; also WARNING. Nothing for other words.
std::optional<LogLevel> ParseLogLevel(std::string_view name);

// Where the messages of a process go, made in main and passed down. Lines have Hadoop's shape:
// "2026-01-31 12:00:00,123 INFO mapreduce.Job: text", local time. Thread-safe; a line is written in one piece.
class Log {
 public:
  // Receives each line with its newline, one call at a time.
  using Sink = std::function<void(std::string_view line)>;

  explicit Log(LogLevel level);  // to stderr
  Log(LogLevel level, Sink sink);
  ~Log();

  bool Enabled(LogLevel level) const;
  void Write(LogLevel level, std::string_view component, std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Messages of one component ("mapreduce.Job"). Refers to its Log, which must outlive it.
class Logger {
 public:
  Logger(Log& log, std::string component) : log_(&log), component_(std::move(component)) {}

  void Debug(std::string_view text) const { log_->Write(LogLevel::kDebug, component_, text); }
  void Info(std::string_view text) const { log_->Write(LogLevel::kInfo, component_, text); }
  void Warn(std::string_view text) const { log_->Write(LogLevel::kWarn, component_, text); }
  void Error(std::string_view text) const { log_->Write(LogLevel::kError, component_, text); }

 private:
  Log* log_;
  std::string component_;
};

}  // namespace mrd
