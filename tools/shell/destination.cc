#include "tools/shell/destination.h"

#include <utility>

#include "tools/shell/faults.h"

namespace mrd::shell {
namespace {

std::string TakeLast(Words& words) {
  if (words.size() < 2) return ".";
  std::string last = std::move(words.back());
  words.pop_back();
  return last;
}

}  // namespace

Result<Item> RemoteDestination(fs::Registry& file_systems, Words& words) {
  const std::string word = TakeLast(words);
  MRD_ASSIGN_OR_RETURN(std::vector<Item> items, ExpandGlob(file_systems, word));
  if (items.empty()) return NoSuchFile(word);
  if (items.size() > 1) return PathFault(word, "Too many matches");
  return std::move(items[0]);
}

Result<Item> LocalDestination(fs::Registry& file_systems, Words& words) {
  return MakeLocalItem(file_systems, TakeLast(words));
}

Status CheckDestination(const Item& destination, std::size_t sources, bool overwrite) {
  if (sources > 1) {
    if (!destination.exists()) return NoSuchFile(destination.text);
    return destination.is_directory() ? Status::Ok() : IsNotDirectory(destination.text);
  }
  if (destination.exists()) {
    return destination.is_directory() || overwrite ? Status::Ok() : FileExists(destination.text);
  }
  // "new/" asks for a directory that is there already.
  if (!destination.LooksLikeDirectory()) {
    MRD_ASSIGN_OR_RETURN(const bool has_parent, destination.ParentExists());
    if (has_parent) return Status::Ok();
  }
  const std::string full = destination.FullText();
  std::string message = NoSuchFile(destination.text).message();
  if (full != destination.text) message += ": `" + full + "'";
  return NotFound(std::move(message));
}

Result<Item> TargetFor(const Item& destination, const Item& source) {
  if (!destination.is_directory() && !destination.LooksLikeDirectory()) return destination;
  Item target = destination.Child(source.path.name());
  MRD_RETURN_IF_ERROR(target.Refresh());
  return target;
}

Status CheckNotBelowItself(const Item& source, const Item& target) {
  if (!source.is_directory() || source.file_system != target.file_system) return Status::Ok();
  const std::string from = source.path.ToString();
  const std::string to = target.path.ToString();
  const auto fault = [&](const std::string& shown, const char* reason) {
    return FailedPrecondition("`" + source.text + "' to `" + shown + "': " + reason);
  };
  if (from == to) return fault(to, "are identical");
  if (to.starts_with(from.ends_with('/') ? from : from + "/")) return fault(target.text, "is a subdirectory of itself");
  return Status::Ok();
}

}  // namespace mrd::shell
