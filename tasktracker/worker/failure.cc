#include "tasktracker/worker/failure.h"

#include <charconv>
#include <csignal>
#include <cstring>

#include <sys/wait.h>

#include "engine/failure_source.h"

namespace mrd::tasktracker {

namespace {

using mapred::proto::FailureKindProto;
using mapred::proto::FailureProto;

// Takes "map task 3, attempt_…, file F, offset N, record "…" (hex …, n bytes)" apart.
void TakePlace(std::string_view place, FailureProto* failure) {
  constexpr std::string_view kFile = ", file ";
  constexpr std::string_view kOffset = ", offset ";
  const auto record_at = [&] {
    const std::size_t record = place.find(", record \"");
    return record != std::string_view::npos ? record : place.find(", key \"");
  }();
  if (record_at != std::string_view::npos) {
    std::string_view record = place.substr(record_at + 2);
    record.remove_prefix(record.find(' ') + 1);
    failure->set_record(Legible(record));
    place = place.substr(0, record_at);
  }
  if (const std::size_t at = place.rfind(kOffset); at != std::string_view::npos) {
    const std::string_view digits = place.substr(at + kOffset.size());
    std::uint64_t offset = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), offset);
    if (error == std::errc() && end == digits.data() + digits.size()) {
      failure->set_offset(offset);
      place = place.substr(0, at);
    }
  }
  if (const std::size_t at = place.find(kFile); at != std::string_view::npos) {
    failure->set_file(Legible(place.substr(at + kFile.size())));
  }
}

FailureKindProto KindOf(const Status& why) {
  const std::string& source = why.tag();
  if (source == engine::kFromInput) return mapred::proto::FAILED_INPUT;
  if (source == engine::kFromOutput) return mapred::proto::FAILED_OUTPUT;
  if (source == engine::kFromLocalDisk) return mapred::proto::FAILED_DISK;
  if (source == engine::kFromMapOutput) return mapred::proto::FAILED_SHUFFLE;
  return mapred::proto::FAILED_USER;
}

std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::string Legible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3
                               : lead >= 0xF0 && lead < 0xF5                                            ? 4
                                                                                                        : 0;
    bool valid = length != 0 && i + length <= text.size();
    for (std::size_t k = 1; valid && k < length; ++k) valid = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
    if (valid && length >= 3) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      // Overlong forms, surrogates, and what lies beyond the last code point.
      valid = !((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second >= 0xA0) || (lead == 0xF0 && second < 0x90) ||
                (lead == 0xF4 && second >= 0x90));
    }
    if (!valid) {
      out += '?';
      ++i;
      continue;
    }
    out += text.substr(i, length);
    i += length;
  }
  return out;
}

FailureProto FailureOf(const Status& why) {
  FailureProto failure;
  failure.set_kind(KindOf(why));
  std::string_view message = why.message();
  for (const std::string_view begin : {" [map task ", " [reduce task "}) {
    const std::size_t at = message.rfind(begin);
    if (at == std::string_view::npos || !message.ends_with(']')) continue;
    TakePlace(message.substr(at + 2, message.size() - at - 3), &failure);
    message = message.substr(0, at);
    break;
  }
  failure.set_message(Legible(message));
  return failure;
}

FailureProto FailureOfCrash(std::string_view last_words) {
  constexpr std::string_view kError = "Error: ";
  constexpr std::string_view kWhere = "Where: ";
  constexpr std::string_view kRecord = "Record: ";
  FailureProto failure;
  failure.set_kind(mapred::proto::FAILED_CRASH);
  while (!last_words.empty()) {
    std::string_view line = TakeLine(last_words);
    if (line.starts_with(kError)) {
      failure.set_message(Legible(line.substr(kError.size())));
    } else if (line.starts_with(kWhere)) {
      TakePlace(line.substr(kWhere.size()), &failure);
    } else if (line.starts_with(kRecord)) {
      const std::string_view digits = line.substr(kRecord.size());
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
      if (error == std::errc() && end == digits.data() + digits.size()) failure.set_badrecord(number);
    } else if (line.starts_with("    #")) {
      failure.add_backtrace(Legible(line.substr(4)));
    } else if (line.starts_with("        ") && failure.backtrace_size() > 0) {
      // Function, file and line of the frame above.
      std::string* frame = failure.mutable_backtrace(failure.backtrace_size() - 1);
      *frame += " " + Legible(line.substr(8));
    }
  }
  if (!failure.has_message()) failure.set_message("the plugin crashed, and could not say where");
  return failure;
}

FailureProto FailureOfSilence(std::string_view attempt_id, int wait_status) {
  FailureProto failure;
  failure.set_kind(mapred::proto::FAILED_CRASH);
  const std::string name(attempt_id);
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    const char* const abbreviation = ::sigabbrev_np(signal);
    failure.set_message(name + " was ended by SIG" + (abbreviation == nullptr ? "?" : abbreviation) +
                        (signal == SIGKILL ? ": by its tracker, or by the system when the machine's memory was used up"
                                           : ", sent by the plugin or from outside"));
  } else {
    failure.set_message(name + " ended with status " + std::to_string(WEXITSTATUS(wait_status)) +
                        " in the middle of its task, going around exit()");
  }
  return failure;
}

}  // namespace mrd::tasktracker
