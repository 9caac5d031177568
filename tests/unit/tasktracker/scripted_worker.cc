// Plays mr-worker by a script, which is the job's entry, so that tests see a tracker with attempts of every kind:
//   count    a map writes spills, with records for some reduces and none for others; a reduce counts the records that it is
//            given, verifies their checksums, asks for the commit and tells the number as its part's
//   stuck    as count, but a reduce that may publish takes for ever
//   hang     says that it runs, then nothing, and heeds no SIGTERM
//   crash    dies by a signal; exit: leaves without a word
//   grow     takes memory without end
//   leave    leaves a child in a session of its own
//   fail     says why it failed
//   refuse   the plugin does not load; die: the zygote ends at once; sleep: it never answers

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <poll.h>

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/env.h"
#include "engine/segment.h"
#include "proto/mr/umbilical.pb.h"
#include "tasktracker/worker/umbilical.h"

namespace {

using namespace mrd;                // NOLINT: a program
using namespace mrd::mapred::proto;  // NOLINT: its messages
using tasktracker::Umbilical;

void Say(Umbilical& umbilical, const WorkerMessageProto& message) { (void)umbilical.Send(message); }

void SayDone(Umbilical& umbilical, std::uint64_t records) {
  WorkerMessageProto message;
  message.mutable_done()->mutable_counters();
  message.mutable_done()->mutable_ledger();
  PartProto* const part = message.mutable_done()->add_parts();
  part->set_name("part");
  part->set_bytes(0);
  part->set_records(records);
  part->set_hash("");
  Say(umbilical, message);
}

[[noreturn]] void Fail(Umbilical& umbilical, FailureKindProto kind, const std::string& text) {
  WorkerMessageProto message;
  message.mutable_failed()->set_kind(kind);
  message.mutable_failed()->set_message(text);
  Say(umbilical, message);
  ::_exit(1);
}

// Two spills; reduce r of map m has (m + 1) * 100 records in each, but none where m + r is odd.
int CountMap(Umbilical& umbilical, const SetupProto& setup, const LaunchProto& launch) {
  Env& env = Env::Posix();
  const std::string dir = setup.localdirs(0) + "/" + launch.attemptid();
  if (!CreateDirs(env, dir).ok()) return 2;
  const int reduces = static_cast<int>(setup.spec().reduces());
  WorkerMessageProto message;
  for (std::uint32_t sequence = 0; sequence < 2; ++sequence) {
    const std::string path = dir + "/spill_" + std::to_string(sequence);
    auto writer = engine::SpillWriter::Create(env, path, reduces, false);
    if (!writer.ok()) return 2;
    for (int reduce = 0; reduce < reduces; ++reduce) {
      if (!(*writer)->StartSegment(reduce).ok()) return 2;
      if ((launch.number() + static_cast<std::uint32_t>(reduce)) % 2 != 0) continue;
      for (std::uint32_t i = 0; i < (launch.number() + 1) * 100; ++i) {
        const std::string key = "key" + std::to_string(1'000'000 + i);
        if (!(*writer)->Append(key, std::string(50, 'v')).ok()) return 2;
      }
    }
    auto spill = (*writer)->Finish();
    if (!spill.ok()) return 2;
    SpillProto* const told = message.mutable_mapoutput()->add_spills();
    told->set_sequence(sequence);
    told->set_path(path);
    for (const engine::SegmentRange& range : spill->segments) {
      SegmentProto* const segment = told->add_segments();
      segment->set_offset(range.offset);
      segment->set_bytes(range.bytes);
      segment->set_records(range.records);
    }
  }
  Say(umbilical, message);
  SayDone(umbilical, 0);
  return 0;
}

std::uint64_t CountSegment(Umbilical& umbilical, const TrackerMessageProto::Segment& segment) {
  engine::SpillFile spill;
  spill.path = segment.path();
  auto file = Env::Posix().OpenForRead(spill.path);
  if (!file.ok()) Fail(umbilical, FAILED_SHUFFLE, file.status().message());
  spill.file = std::move(*file);
  engine::SegmentRange range;
  range.offset = segment.offset();
  range.bytes = segment.bytes();
  range.records = segment.records();
  spill.segments.push_back(range);
  engine::SegmentCursor cursor(spill, 0, 64 << 10);
  std::uint64_t records = 0;
  while (cursor.Next()) ++records;
  if (!cursor.status().ok() || records != segment.records()) {
    WorkerMessageProto message;
    message.mutable_badsegment()->set_map(segment.map());
    message.mutable_badsegment()->set_sequence(segment.sequence());
    message.mutable_badsegment()->set_reason(cursor.status().message());
    Say(umbilical, message);
    Fail(umbilical, FAILED_SHUFFLE, cursor.status().message());
  }
  return records;
}

int CountReduce(Umbilical& umbilical, const LaunchProto& launch, bool stuck) {
  std::uint64_t records = 0;
  std::uint32_t done = 0;
  while (done < launch.maps()) {
    TrackerMessageProto message;
    const Result<bool> got = umbilical.Receive(&message);
    if (!got.ok() || !*got) return 3;
    for (const auto& segment : message.segments().segments()) records += CountSegment(umbilical, segment);
    done = message.segments().mapsdone();
  }
  WorkerMessageProto ask;
  ask.mutable_commitrequest();
  Say(umbilical, ask);
  TrackerMessageProto answer;
  while (!answer.has_commit()) {  // before it, perhaps, the news that there are no maps
    const Result<bool> got = umbilical.Receive(&answer);
    if (!got.ok() || !*got) return 3;
  }
  while (stuck && answer.commit().granted()) ::pause();
  if (!answer.commit().granted()) Fail(umbilical, FAILED_OUTPUT, "not granted: " + answer.commit().reason());
  SayDone(umbilical, records);
  return 0;
}

void Grow() {
  for (;;) {
    const std::size_t size = 8 << 20;
    std::memset(::malloc(size), 1, size);
    ::usleep(5'000);
  }
}

// Returns when the child has told its number: the tracker may end it from the moment that the attempt is done.
void LeaveChild(const LaunchProto& launch) {
  int told[2];
  if (::pipe(told) != 0) ::_exit(2);
  if (::fork() != 0) {
    ::close(told[1]);
    char byte = 0;
    if (::read(told[0], &byte, 1) != 1) ::_exit(2);
    return;
  }
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  const std::string pid = std::to_string(::getpid());
  (void)CreateDirs(Env::Posix(), launch.logdir());
  auto file = Env::Posix().CreateOrTruncate(launch.logdir() + "/stray");
  if (file.ok()) {
    (void)(*file)->Append(pid.data(), pid.size());
    (void)(*file)->Close();
  }
  if (::write(told[1], "t", 1) != 1) ::_exit(2);
  for (;;) ::pause();
}

int Attempt(UniqueFd socket, const SetupProto& setup, const LaunchProto& launch) {
  Umbilical umbilical(std::move(socket));
  const std::string& script = setup.spec().entry();
  WorkerMessageProto progress;
  progress.mutable_progress()->set_phase(PHASE_MAP);
  progress.mutable_progress()->set_progress(0.5);
  Say(umbilical, progress);
  if (script == "count" || script == "stuck") {
    if (launch.kind() == MAP) return CountMap(umbilical, setup, launch);
    return CountReduce(umbilical, launch, script == "stuck");
  }
  if (script == "hang") {
    ::signal(SIGTERM, SIG_IGN);
    for (;;) ::pause();
  }
  if (script == "crash") ::raise(SIGABRT);
  if (script == "exit") ::_exit(0);
  if (script == "grow") Grow();
  if (script == "fail") Fail(umbilical, FAILED_USER, "it did not want to");
  if (script == "leave") LeaveChild(launch);
  SayDone(umbilical, 0);
  return 0;
}

void Reap(Umbilical& zygote, std::map<pid_t, std::string>& running) {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto at = running.find(pid);
    if (at == running.end()) continue;
    ZygoteMessageProto message;
    message.mutable_exited()->set_attemptid(at->second);
    message.mutable_exited()->set_waitstatus(status);
    running.erase(at);
    (void)zygote.Send(message);
  }
}

int Run() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Umbilical zygote(UniqueFd(3));
  SetupProto setup;
  Result<bool> got = zygote.Receive(&setup);
  if (!got.ok() || !*got) return 0;
  if (setup.spec().entry() == "die") return 7;
  while (setup.spec().entry() == "sleep") ::pause();
  ZygoteMessageProto ready;
  ready.mutable_ready();
  if (setup.spec().entry() == "refuse") {
    ready.mutable_ready()->mutable_failure()->set_kind(FAILED_USER);
    ready.mutable_ready()->mutable_failure()->set_message("no such job in it");
  }
  (void)zygote.Send(ready);
  std::map<pid_t, std::string> running;
  for (;;) {
    pollfd readable{3, POLLIN, 0};
    if (::poll(&readable, 1, 2) <= 0) {
      Reap(zygote, running);
      continue;
    }
    LaunchProto launch;
    UniqueFd socket;
    got = zygote.Receive(&launch, &socket);
    if (!got.ok() || !*got) return 0;
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::setpgid(0, 0);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::_exit(Attempt(std::move(socket), setup, launch));
    }
    ::setpgid(pid, pid);
    running[pid] = launch.attemptid();
    ZygoteMessageProto message;
    message.mutable_started()->set_attemptid(launch.attemptid());
    message.mutable_started()->set_processid(static_cast<std::uint64_t>(pid));
    (void)zygote.Send(message);
  }
}

}  // namespace

int main() { return Run(); }
