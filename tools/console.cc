#include "tools/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "common/base/clock.h"
#include "tools/environment.h"

namespace mrd::tools {

void WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool StderrIsLive() {
  if (::isatty(kStderr) == 0) return false;
  const std::string term = EnvironmentOr("TERM", "dumb");
  return term != "dumb" && !term.empty();
}

int StderrColumns() {
  winsize size{};
  if (::ioctl(kStderr, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string LogLine(std::string_view level, std::string_view component, std::string_view text) {
  const std::int64_t now_ms = Clock::System().WallMillis();
  const std::time_t seconds = static_cast<std::time_t>(now_ms / 1000);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 48> stamp;
  const std::size_t used = std::strftime(stamp.data(), stamp.size(), "%Y-%m-%d %H:%M:%S", &parts);
  std::string line(stamp.data(), used);
  std::snprintf(stamp.data(), stamp.size(), ",%03d ", static_cast<int>(now_ms % 1000));
  line.append(stamp.data()).append(level).append(" ").append(component).append(": ");
  line.append(text).append("\n");
  return line;
}

namespace {
// Length of the well-formed UTF-8 sequence at the start of `bytes`; 0 if there is none.
std::size_t Utf8Length(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char lead = at(0);
  std::size_t length = 0;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (length == 0 || bytes.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, beyond U+10FFFF, and the C1 controls.
  if (lead == 0xE0 && at(1) < 0xA0) return 0;
  if (lead == 0xED && at(1) > 0x9F) return 0;
  if (lead == 0xF0 && at(1) < 0x90) return 0;
  if (lead == 0xF4 && at(1) > 0x8F) return 0;
  if (lead == 0xC2 && at(1) < 0xA0) return 0;
  return length;
}
}  // namespace

std::string Printable(std::string_view bytes, std::size_t limit) {
  const bool cut = bytes.size() > limit;
  bytes = bytes.substr(0, limit);
  std::string out;
  while (!bytes.empty()) {
    const auto c = static_cast<unsigned char>(bytes[0]);
    std::size_t length = c >= 0x20 && c < 0x7F ? 1 : 0;
    if (c >= 0x80) length = Utf8Length(bytes);
    if (length > 0) {
      out.append(bytes.substr(0, length));
    } else if (c == '\t') {
      out.append("\\t");
    } else if (c == '\r') {
      out.append("\\r");
    } else {
      std::array<char, 8> hex;
      std::snprintf(hex.data(), hex.size(), "\\x%02x", c);
      out.append(hex.data());
    }
    bytes.remove_prefix(length > 0 ? length : 1);
  }
  if (cut) out.append("...");
  return out;
}

std::string PrintableLines(std::string_view text) {
  constexpr std::size_t kLineShownMax = 4000;
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out += Printable(text.substr(0, end), kLineShownMax) + "\n";
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

std::string HumanCount(double count) {
  static constexpr const char* kUnits[] = {"", " k", " M", " G", " T"};
  std::size_t unit = 0;
  while (count >= 1000 && unit + 1 < std::size(kUnits)) {
    count /= 1000;
    ++unit;
  }
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), unit == 0 || count >= 100 ? "%.0f%s" : "%.1f%s", count, kUnits[unit]);
  return text.data();
}

std::string ShellQuoted(std::string_view word) {
  const bool plain = !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                              "0123456789_-+=./:,@%") == std::string_view::npos;
  if (plain) return std::string(word);
  std::string out = "'";
  for (char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace mrd::tools
