#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "common/base/env.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/environment.h"
#include "tools/templates.h"

namespace mrd::tools {
namespace {

// Where a template goes in the new folder; what is not listed keeps its name.
std::string_view Place(std::string_view name) {
  if (name == "plugin.cc") return "@NAME@.cc";
  if (name == "test.cc") return "@NAME@_test.cc";
  if (name == "sample.txt") return "input/sample.txt";
  return name;
}

std::string Filled(std::string_view text, const std::string& name) {
  constexpr std::string_view kMark = "@NAME@";
  std::string out;
  while (true) {
    const std::size_t at = text.find(kMark);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += name;
    text.remove_prefix(at + kMark.size());
  }
}

// The name becomes a C++ identifier, a CMake target and a file name.
Status CheckName(const std::string& name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  constexpr std::string_view kDigits = "0123456789";
  // Names of the standard library and of CMake's own targets, besides keywords.
  static constexpr std::array<std::string_view, 104> kTaken = {
      "all",       "alignas",   "alignof",   "and",        "and_eq",   "asm",           "auto",         "bitand",
      "bitor",     "bool",      "break",     "case",       "catch",    "char",          "char16_t",     "char32_t",
      "char8_t",   "class",     "clean",     "co_await",   "co_return", "co_yield",     "compl",        "concept",
      "const",     "const_cast", "consteval", "constexpr", "constinit", "continue",     "decltype",     "default",
      "delete",    "do",        "double",    "dynamic_cast", "else",   "enum",          "explicit",     "export",
      "extern",    "false",     "float",     "for",        "friend",   "goto",          "help",         "if",
      "inline",    "input",     "install",   "int",        "job",      "long",          "main",         "mr",
      "mutable",   "namespace", "new",       "noexcept",   "not",      "not_eq",        "nullptr",      "operator",
      "or",        "or_eq",     "package",   "private",    "protected", "public",       "register",     "reinterpret_cast",
      "requires",  "return",    "short",     "signed",     "sizeof",   "static",        "static_assert", "static_cast",
      "std",       "struct",    "switch",    "template",   "test",     "this",          "thread_local", "throw",
      "true",      "try",       "typedef",   "typeid",     "typename", "union",         "unsigned",     "using",
      "virtual",   "void",      "volatile",  "wchar_t",    "while",    "xor",           "xor_eq",       "edit_cache"};
  const bool letters = !name.empty() && name.find_first_not_of(std::string(kLetters) + std::string(kDigits)) ==
                                            std::string::npos && kDigits.find(name[0]) == std::string_view::npos;
  if (!letters) {
    return InvalidArgument("\"" + Printable(name, 80) +
                           "\" is no name for a plugin: letters, digits and _ only, not beginning with a digit");
  }
  if (std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end()) {
    return InvalidArgument("\"" + name + "\" means something in C++ or CMake; choose another name");
  }
  return {};
}

Status WriteFolder(const std::string& name) {
  Env& env = Env::Posix();
  MRD_RETURN_IF_ERROR(env.CreateDir(name));
  for (const Template& file : Templates()) {
    const std::string path = name + "/" + Filled(Place(file.name), name);
    MRD_RETURN_IF_ERROR(CreateDirs(env, path.substr(0, path.rfind('/'))));
    MRD_ASSIGN_OR_RETURN(const auto out, env.Create(path));
    const std::string text = Filled(file.text, name);
    MRD_RETURN_IF_ERROR(out->Append(text.data(), text.size()));
    MRD_RETURN_IF_ERROR(out->Close());
  }
  return {};
}

int Run(const std::vector<std::string>& words) {
  if (words.size() != 1) return UsageError(kNewCommand, "needs the new plugin's name");
  const std::string& name = words[0];
  if (const Status good = CheckName(name); !good.ok()) return UsageError(kNewCommand, good.message());
  if (PathExists(name)) {
    PrintError("new", name + " exists already; nothing was changed. Choose another name or remove it first.");
    return kExitFailed;
  }
  if (const Status written = WriteFolder(name); !written.ok()) {
    PrintError("new", written.message());
    (void)RemoveTree(Env::Posix(), name);
    return kExitFailed;
  }
  WriteAll(kStdout, "wrote " + name + "/: a plugin, its tests and a sample input. To build and test it:\n  cd " + name +
                        "\n  cmake -S . -B build -DCMAKE_PREFIX_PATH=" + ShellQuoted(Prefix()) +
                        "\n  cmake --build build && (cd build && ctest)\n  mr jar build/" + name +
                        ".so input output\n");
  return kExitOk;
}

}  // namespace

const Command kNewCommand = {
    "new",
    "NAME",
    "Writes a folder with a plugin to start from.",
    "Makes the folder NAME: a commented job, a CMake project, a test of its functions, a test of the whole job on a\n"
    "sample input, a README. It builds and passes its tests as it is. NAME is an identifier.\n\n"
    "Exit status: 0 written, 1 the folder exists or cannot be written, 255 NAME cannot be used.\n",
    Run,
};

}  // namespace mrd::tools
