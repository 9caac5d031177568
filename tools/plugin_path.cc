#include "tools/plugin_path.h"

#include <vector>

#include "common/base/env.h"
#include "common/base/environment.h"
#include "tools/environment.h"
#include "tools/nearest.h"

namespace mrd::tools {
namespace {

std::vector<std::string> ExampleNames() {
  std::vector<std::string> names;
  auto files = Env::Posix().ListDir(ExamplesDirectory());
  if (!files.ok()) return names;
  for (const FileInfo& file : *files) {
    if (file.name.ends_with(".so")) names.push_back(file.name);
  }
  return names;
}

std::string WithSuffix(const std::string& name) { return name.ends_with(".so") ? name : name + ".so"; }

}  // namespace

Result<std::string> FindPlugin(const std::string& name) {
  const bool bare = name.find('/') == std::string::npos;
  std::vector<std::string> directories;
  if (bare) {
    directories = {".", ExamplesDirectory()};
  } else {
    directories = {""};
  }
  for (const std::string& directory : directories) {
    const std::string path = directory.empty() ? name : directory + "/" + name;
    for (const std::string& candidate : {path, WithSuffix(path)}) {
      if (IsRegularFile(candidate)) return candidate;
    }
  }
  if (!bare) {
    return IsDirectory(name) ? InvalidArgument(name + " is a directory; a plugin is a shared object (.so)")
                             : NotFound("no plugin " + name + ": there is no such file");
  }
  std::string message = "no plugin " + name + ": looked in the current directory, " + CurrentDirectory() +
                        ", and in " + ExamplesDirectory();
  const std::vector<std::string> examples = ExampleNames();
  message += DidYouMean(WithSuffix(name), examples);
  if (name.ends_with(".jar")) message += "; a Java archive cannot run here, plugins are C++ (see `mr help new`)";
  return NotFound(message);
}

}  // namespace mrd::tools
