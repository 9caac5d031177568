#pragma once

#include <string_view>

#include "engine/local_runner.h"

namespace mrd::tools {

// SIGINT, SIGTERM and SIGHUP ask the running job to end: they set `flag`, which must live until the process ends. A
// second signal, or a job that does not end within kPatienceSeconds, removes the temporary files at once and ends the
// process with 128 + signal. Signals that were ignored at start (nohup, a background job of a script) stay so.
// SIGPIPE and SIGXFSZ are ignored: the write that caused them fails with an error that names the file.
void InstallInterruptHandlers(engine::CancelFlag& flag);

// For a job that runs on a cluster: it is "this command" that is ended by such a second signal, and `text`, which must live
// for ever and ends with "\n", says what becomes of the job.
void SetInterruptFarewell(const char* text);

// "an interrupt (SIGINT)" for people.
std::string_view SignalWord(int signal);

inline constexpr unsigned kPatienceSeconds = 3;

}  // namespace mrd::tools
