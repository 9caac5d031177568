#pragma once

#include <string>
#include <string_view>

namespace mrd::tools {

inline constexpr int kStdout = 1;
inline constexpr int kStderr = 2;

// Writes everything, or as much as the reader on the other side takes. Commands print through this and not through
// iostreams, which cost a noticeable part of the start-up time.
void WriteAll(int descriptor, std::string_view text);

// True when stderr is a terminal that understands cursor movements.
bool StderrIsLive();
// Columns of the terminal on stderr; 80 when unknown.
int StderrColumns();

// "2026-01-31 12:00:00,123 INFO component: text\n" in local time.
std::string LogLine(std::string_view level, std::string_view component, std::string_view text);

// Bytes as something a terminal can show: what is printable ASCII or well-formed UTF-8 stays, everything else is \xNN.
// Cut after `limit` bytes of input, with "..." then.
std::string Printable(std::string_view bytes, std::size_t limit);

// The same line by line, each with its "\n", for what a job says of itself: safe for a terminal.
std::string PrintableLines(std::string_view text);

// "1.2 M", "350".
std::string HumanCount(double count);

// In single quotes where a shell would need them.
std::string ShellQuoted(std::string_view word);

}  // namespace mrd::tools
