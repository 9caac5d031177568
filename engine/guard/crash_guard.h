#pragma once

namespace mrd::engine::guard {

// Plugins run in this process. When one of them crashes (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) the guard says
// which task was at which record, prints the back trace, removes what the job has left on disk and ends the process
// with status 1. Crashes of several threads at once are told of once.
//
// A debugger sees the signals first, as always, and SIGTRAP is left alone. Handlers run on the thread's signal stack
// (ThreadSignalStack) where it has one.
//
// In a process whose last words are recorded (RecordSignalText) the end is the signal itself, for the parent to see.
//
// `subject` is what is said to have crashed, such as the plugin's name; it must live until the process ends.
void InstallCrashGuard(const char* subject);

// The same for SIGXFSZ, where the size of files is limited. REQUIRES: the guard is installed.
void GuardFileSize();

}  // namespace mrd::engine::guard
