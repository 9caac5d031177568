#pragma once

#include <optional>
#include <string>

// What the command line tools ask of the process they run in and of the machine: variables, the installation, programs.
namespace mrd::tools {

std::optional<std::string> Environment(const char* name);  // nullopt when unset or empty
std::string EnvironmentOr(const char* name, const char* fallback);

std::string OwnExecutable();     // where this binary lies, links resolved
// The installed prefix that this binary belongs to: two levels above it. No slash at the end.
std::string Prefix();

std::string ExamplesDirectory();
std::string IncludeDirectory();
std::string DefaultConfigDirectory();

// The file that execvp() would run for `name`; nullopt when there is none.
std::optional<std::string> FindProgram(const std::string& name);

bool IsRegularFile(const std::string& path);
bool IsDirectory(const std::string& path);
bool PathExists(const std::string& path);
// "/cwd/x" for "x"; absolute paths stay.
std::string AbsolutePath(const std::string& path);
// Last component.
std::string BaseName(const std::string& path);

}  // namespace mrd::tools
