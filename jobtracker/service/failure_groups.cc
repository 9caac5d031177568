#include "jobtracker/service/failure_groups.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

constexpr std::size_t kSignatureBytesMax = 200;
constexpr std::size_t kAttemptsListedMax = 20;
constexpr std::size_t kTrackersListedMax = 100;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsWord(char c) { return IsHex(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// Errors of the user's own code say most, then what they did to the machine, then what the machine did to them.
int Rank(proto::FailureKindProto kind) {
  switch (kind) {
    case proto::FAILED_USER: return 0;
    case proto::FAILED_CRASH: return 1;
    case proto::FAILED_MEMORY: return 2;
    case proto::FAILED_TIMEOUT: return 3;
    case proto::FAILED_INPUT: return 4;
    case proto::FAILED_OUTPUT: return 5;
    case proto::FAILED_DISK: return 6;
    case proto::FAILED_SHUFFLE: return 7;
    case proto::FAILED_TRACKER: return 8;
  }
  return 9;
}

const char* Word(proto::FailureKindProto kind) {
  switch (kind) {
    case proto::FAILED_USER: return "USER";
    case proto::FAILED_CRASH: return "CRASH";
    case proto::FAILED_MEMORY: return "MEMORY";
    case proto::FAILED_TIMEOUT: return "TIMEOUT";
    case proto::FAILED_INPUT: return "INPUT";
    case proto::FAILED_OUTPUT: return "OUTPUT";
    case proto::FAILED_DISK: return "DISK";
    case proto::FAILED_SHUFFLE: return "SHUFFLE";
    case proto::FAILED_TRACKER: return "TRACKER";
  }
  return "OTHER";
}

// A word of a message without what differs from one failure to the next. Numbers become '#', paths and identifiers too.
std::string Generalised(std::string_view word) {
  if (word.starts_with("attempt_") || word.starts_with("task_") || word.starts_with("job_")) return "ID";
  if (word.find('/') != std::string_view::npos) return "PATH";
  if (word.starts_with("0x")) return "#";
  // Hex numbers without a mark: long, and with a digit in it.
  const bool hex = word.size() >= 8 && std::all_of(word.begin(), word.end(), IsHex) && std::any_of(word.begin(), word.end(), IsDigit);
  if (hex) return "#";
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (!IsDigit(word[i])) {
      text += word[i];
    } else if (text.empty() || text.back() != '#') {
      text += '#';
    }
  }
  return text;
}

std::string GeneralisedLine(std::string_view line) {
  std::string text;
  std::size_t at = 0;
  while (at < line.size() && text.size() < kSignatureBytesMax) {
    std::size_t end = at;
    const auto belongs = [&](char c) { return IsWord(c) || c == '/' || (c == '.' && end > at) || (c == '-' && end > at); };
    while (end < line.size() && belongs(line[end])) ++end;
    if (end == at) {
      text += line[at++];
      continue;
    }
    text += Generalised(line.substr(at, end - at));
    at = end;
  }
  return text;
}

// The frame that is the user's: the innermost one that is not of the run-time library.
std::string_view TellingFrame(const proto::FailureProto& failure) {
  for (const std::string& frame : failure.backtrace()) {
    const std::string_view text = frame;
    const bool runtime = text.find("__") != std::string_view::npos || text.find("std::") != std::string_view::npos ||
                         text.find("abort") != std::string_view::npos || text.find("raise") != std::string_view::npos;
    if (!runtime) return text;
  }
  return {};
}

std::string Count(std::size_t count, const char* noun) { return std::to_string(count) + " " + noun + (count == 1 ? "" : "s"); }

std::string MiB(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

class Commonalities {
 public:
  Commonalities(const std::vector<const FailedAttempt*>& members, const FailureSetting& setting)
      : members_(members), setting_(setting) {}

  std::vector<std::string> Sentences() {
    Tasks();
    Hosts();
    Places();
    Memory();
    return std::move(sentences_);
  }

 private:
  template <typename Get>
  std::set<std::string> Values(Get get) const {
    std::set<std::string> values;
    for (const FailedAttempt* const member : members_) values.insert(get(*member));
    return values;
  }
  std::string All() const { return members_.size() == 2 ? "Both attempts" : "All " + std::to_string(members_.size()) + " attempts"; }

  void Tasks() {
    const std::set<std::string> tasks = Values([](const FailedAttempt& a) { return a.task; });
    if (members_.size() > 1 && tasks.size() == 1) {
      const std::string& split = members_.front()->split;
      sentences_.push_back(All() + " were of one task, " + *tasks.begin() + (split.empty() ? "" : ", which reads " + split) +
                           ": its data, not the machines, seems to be the cause.");
    } else if (tasks.size() > 1 && members_.size() == setting_.attempts) {
      sentences_.push_back("Every attempt of the job failed in this way.");
    }
  }

  void Hosts() {
    const std::set<std::string> hosts = Values([](const FailedAttempt& a) { return a.host; });
    if (members_.size() < 2 || hosts.contains("")) return;
    if (hosts.size() == 1 && setting_.hosts > 1) {
      sentences_.push_back(All() + " ran on host " + *hosts.begin() + "; the job used " +
                           Count(setting_.hosts, "host") + ".");
    } else if (hosts.size() > 1) {
      sentences_.push_back("It happened on " + Count(hosts.size(), "host") + " of " + std::to_string(setting_.hosts) + ".");
    }
  }

  // The record, if the same; else the file, if the same.
  void Places() {
    if (members_.size() < 2) return;
    const std::set<std::string> files = Values([](const FailedAttempt& a) { return a.failure.file(); });
    if (files.size() != 1 || files.begin()->empty()) return;
    const std::set<std::string> offsets = Values([](const FailedAttempt& a) {
      return a.failure.has_offset() ? std::to_string(a.failure.offset()) : std::string();
    });
    if (offsets.size() == 1 && !offsets.begin()->empty()) {
      sentences_.push_back(All() + " failed at the same record: " + *files.begin() + ", offset " + *offsets.begin() + ".");
    } else {
      sentences_.push_back(All() + " read " + *files.begin() + ".");
    }
  }

  void Memory() {
    std::uint64_t least = UINT64_MAX;
    std::uint64_t most = 0;
    for (const FailedAttempt* const member : members_) {
      if (!member->failure.has_peakbytes() || member->failure.peakbytes() == 0) return;
      least = std::min(least, member->failure.peakbytes());
      most = std::max(most, member->failure.peakbytes());
    }
    const bool matters = members_.front()->failure.kind() == proto::FAILED_MEMORY || least >= (std::uint64_t{1} << 30);
    if (!matters) return;
    sentences_.push_back("Peak memory was " + (MiB(least) == MiB(most) ? MiB(most) : MiB(least) + " to " + MiB(most)) + ".");
  }

  const std::vector<const FailedAttempt*>& members_;
  const FailureSetting& setting_;
  std::vector<std::string> sentences_;
};

proto::FailureGroupProto MakeGroup(const std::string& signature, const std::vector<const FailedAttempt*>& members,
                                   const FailureSetting& setting) {
  const FailedAttempt& first = *members.front();
  proto::FailureGroupProto group;
  group.set_signature(signature);
  group.set_kind(first.failure.kind());
  group.set_count(static_cast<std::uint32_t>(members.size()));
  *group.mutable_first() = first.failure;
  group.set_attemptid(first.attempt);
  group.set_tracker(first.tracker);
  std::set<std::string> trackers;
  for (const FailedAttempt* const member : members) {
    if (static_cast<std::size_t>(group.attempts_size()) < kAttemptsListedMax) group.add_attempts(member->attempt);
    if (!member->tracker.empty()) trackers.insert(member->tracker);
  }
  for (const std::string& tracker : trackers) {
    if (static_cast<std::size_t>(group.trackers_size()) < kTrackersListedMax) group.add_trackers(tracker);
  }
  for (std::string& sentence : Commonalities(members, setting).Sentences()) group.add_common(std::move(sentence));
  return group;
}

}  // namespace

std::string FailureSignature(const proto::FailureProto& failure) {
  const std::string_view message = failure.message();
  std::string text = std::string(Word(failure.kind())) + ": " + GeneralisedLine(message.substr(0, message.find('\n')));
  const std::string_view frame = TellingFrame(failure);
  if (!frame.empty()) text += " in " + GeneralisedLine(frame.substr(0, frame.find('\n')));
  if (text.size() > 2 * kSignatureBytesMax) text.resize(2 * kSignatureBytesMax);
  return text;
}

std::vector<proto::FailureGroupProto> GroupFailures(const std::vector<FailedAttempt>& failures,
                                                    const FailureSetting& setting) {
  std::map<std::string, std::vector<const FailedAttempt*>> groups;
  for (const FailedAttempt& failure : failures) groups[FailureSignature(failure.failure)].push_back(&failure);
  struct Ranked {
    int rank;
    std::size_t count;
    std::int64_t first_ms;
    proto::FailureGroupProto group;
  };
  std::vector<Ranked> ranked;
  for (auto& [signature, members] : groups) {
    std::stable_sort(members.begin(), members.end(),
                     [](const FailedAttempt* a, const FailedAttempt* b) { return a->at_ms < b->at_ms; });
    ranked.push_back({Rank(members.front()->failure.kind()), members.size(), members.front()->at_ms,
                      MakeGroup(signature, members, setting)});
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return std::tuple(a.rank, -static_cast<std::int64_t>(a.count), a.first_ms) <
           std::tuple(b.rank, -static_cast<std::int64_t>(b.count), b.first_ms);
  });
  std::vector<proto::FailureGroupProto> result;
  for (Ranked& one : ranked) result.push_back(std::move(one.group));
  return result;
}

}  // namespace mrd::jobtracker
