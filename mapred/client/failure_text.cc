#include "mapred/client/failure_text.h"

#include <string_view>
#include <vector>

namespace mrd::mapred {
namespace {

constexpr int kTrackersShown = 5;

// Each line of `text` with blanks before it.
std::string Indented(std::string_view text, std::string_view blanks) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    out.append(blanks).append(line).append("\n");
  }
  return out;
}

std::string Place(const proto::FailureProto& failure) {
  std::string text;
  if (!failure.file().empty()) {
    text = failure.file();
    if (failure.has_offset()) text += " at byte " + std::to_string(failure.offset());
  }
  if (!failure.record().empty()) text += (text.empty() ? "record " : ", record ") + failure.record();
  return text;
}

std::string GroupText(const proto::FailureGroupProto& group, int number) {
  const proto::FailureProto& failure = group.first();
  std::string text = std::to_string(number) + ". " + FailureKindWords(group.kind()) + ", " +
                     std::to_string(group.count()) + (group.count() == 1 ? " attempt" : " attempts") + ", first " +
                     group.attemptid() + " on " + group.tracker() + "\n";
  text += Indented(failure.message(), "   ");
  // The message of an attempt names the place itself, as a rule.
  const std::string place = Place(failure);
  if (!place.empty() && failure.message().find(failure.file()) == std::string::npos) text += "   read: " + place + "\n";
  if (failure.peakbytes() > 0 && group.kind() == proto::FAILED_MEMORY) {
    text += "   peak: " + std::to_string(failure.peakbytes() >> 20) + " MiB resident\n";
  }
  if (!failure.backtrace().empty()) {
    text += "   back trace:\n";
    for (const std::string& frame : failure.backtrace()) text += Indented(frame, "     ");
  }
  if (!failure.stderrtail().empty()) text += "   stderr ended with:\n" + Indented(failure.stderrtail(), "     ");
  for (const std::string& sentence : group.common()) text += "   in common: " + sentence + "\n";
  if (group.trackers_size() > 1) {
    text += "   on:";
    for (int at = 0; at < group.trackers_size() && at < kTrackersShown; ++at) text += " " + group.trackers(at);
    const int more = group.trackers_size() - kTrackersShown;
    if (more > 0) text += " and " + std::to_string(more) + " more";
    text += "\n";
  }
  return text;
}

}  // namespace

const char* FailureKindWords(proto::FailureKindProto kind) {
  switch (kind) {
    case proto::FAILED_USER:
      return "the job's code reported an error";
    case proto::FAILED_CRASH:
      return "the job's code crashed";
    case proto::FAILED_TIMEOUT:
      return "no progress";
    case proto::FAILED_MEMORY:
      return "over the memory limit";
    case proto::FAILED_DISK:
      return "local disk full or broken";
    case proto::FAILED_INPUT:
      return "input could not be read";
    case proto::FAILED_SHUFFLE:
      return "map output could not be fetched";
    case proto::FAILED_TRACKER:
      return "the tasktracker was lost or could not start it";
    case proto::FAILED_OUTPUT:
      return "output could not be written";
  }
  return "unknown";
}

std::string WaitingText(const proto::ReasonProto& reason) {
  if (reason.tasks() == 0) return reason.text();
  return std::to_string(reason.tasks()) + (reason.tasks() == 1 ? " task waits: " : " tasks wait: ") + reason.text();
}

std::string FailureText(std::span<const proto::FailureGroupProto* const> groups) {
  std::string text;
  int number = 0;
  for (const proto::FailureGroupProto* group : groups) text += GroupText(*group, ++number);
  return text;
}

std::string FailureText(const proto::GetJobResultResponseProto& result) {
  std::vector<const proto::FailureGroupProto*> groups;
  for (const proto::FailureGroupProto& group : result.failures()) groups.push_back(&group);
  return FailureText(groups);
}

}  // namespace mrd::mapred
