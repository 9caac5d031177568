// getmerge, appendToFile, concat.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tools/shell/byte_copy.h"
#include "tools/shell/command.h"
#include "tools/shell/destination.h"
#include "tools/shell/faults.h"
#include "tools/shell/interrupt.h"

namespace mrd::shell {
namespace {

constexpr std::uint64_t kWhole = std::numeric_limits<std::uint64_t>::max();

Status AppendFile(const Item& source, fs::OutputFile& out) {
  auto file = source.file_system->Open(source.path);
  if (!file.ok()) return Worded(file.status(), source.text);
  return CopyBytes(**file, 0, kWhole, [&](const char* data, std::size_t size) { return out.Append(data, size); }).status();
}

// The files of the words, those of a directory in the order of their names. An error leaves nothing half done.
std::vector<Item> FilesOf(Session& session, const Words& words) {
  std::vector<Item> files;
  VisitWords(session, words, [&](Item& item) -> Status {
    if (!item.is_directory()) {
      files.push_back(item);
      return Status::Ok();
    }
    MRD_ASSIGN_OR_RETURN(std::vector<Item> children, ChildrenOf(item));
    for (Item& child : children) {
      if (!child.is_directory()) files.push_back(std::move(child));
    }
    return Status::Ok();
  });
  return files;
}

}  // namespace

Status RunGetmerge(Session& session, Words words) {
  OptionWords options(2, OptionWords::kMany, {"nl", "skip-empty-file"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  MRD_ASSIGN_OR_RETURN(const Item target, LocalDestination(session.file_systems(), words));
  if (target.is_directory()) return IsDirectory(target.text);
  // Looked for before the target is touched: a word that stands for nothing must not empty it.
  const std::vector<Item> files = FilesOf(session, words);
  if (session.failed()) return Status::Ok();
  const InterruptScope scope;
  auto out = target.file_system->Create(target.path, true);
  if (!out.ok()) return Worded(out.status(), target.text);
  for (const Item& file : files) {
    if (options.Has("skip-empty-file") && file.size_bytes() == 0) continue;
    MRD_RETURN_IF_ERROR(AppendFile(file, **out));
    if (options.Has("nl")) MRD_RETURN_IF_ERROR((*out)->Append("\n", 1));
  }
  return (*out)->Close();
}

Status RunAppendToFile(Session& session, Words words) {
  OptionWords options(2, OptionWords::kMany, {"n"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  MRD_ASSIGN_OR_RETURN(const Item target, RemoteDestination(session.file_systems(), words));
  if (target.is_directory()) return IsDirectory(target.text);
  std::vector<Item> sources;
  const bool from_input = std::find(words.begin(), words.end(), "-") != words.end();
  if (from_input && words.size() > 1) {
    return InvalidArgument("stdin (-) must be the sole input argument when present");
  }
  for (const std::string& word : words) {
    if (from_input) break;
    MRD_ASSIGN_OR_RETURN(Item source, MakeLocalItem(session.file_systems(), word));
    if (!source.exists()) return NoSuchFile(source.text);
    if (source.is_directory()) return IsDirectory(source.text);
    sources.push_back(std::move(source));
  }
  if (!target.exists()) {
    auto made = target.file_system->Create(target.path, false);
    if (!made.ok()) return Worded(made.status(), target.text);
    MRD_RETURN_IF_ERROR((*made)->Close());
  }
  const InterruptScope scope;
  auto out = target.file_system->Append(target.path);
  if (!out.ok()) return Worded(out.status(), target.text);
  const auto append_all = [&]() -> Status {
    for (const Item& source : sources) MRD_RETURN_IF_ERROR(AppendFile(source, **out));
    if (!from_input) return Status::Ok();
    const auto append = [&](const char* data, std::size_t size) { return (*out)->Append(data, size); };
    return CopyInput(session.console(), append).status();
  };
  const Status appended = append_all();
  // Closed in any case, so that nobody else waits for the file.
  const Status closed = (*out)->Close();
  return appended.ok() ? closed : appended;
}

Status RunConcat(Session& session, Words words) {
  OptionWords options(2, OptionWords::kMany, {});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  MRD_ASSIGN_OR_RETURN(const Item target, MakeItem(session.file_systems(), words[0]));
  if (!target.exists() || target.is_directory()) {
    return NotFound("Target path " + target.FullText() + " does not exist or is not file.");
  }
  words.erase(words.begin());
  std::vector<fs::Path> paths;
  for (const Item& source : ExpandWords(session, words)) {
    if (!source.exists()) return NoSuchFile(source.text);
    if (source.is_directory()) return IsDirectory(source.text);
    if (source.file_system != target.file_system) return PathFault(source.text, "Does not match target filesystem");
    paths.push_back(source.path);
  }
  if (session.failed()) return Status::Ok();
  Status status = target.file_system->Concat(target.path, paths);
  if (status.code() == Code::kUnimplemented) {
    return Unimplemented("Dest filesystem '" + target.file_system->scheme() + "' doesn't support concat");
  }
  return Worded(std::move(status), target.text);
}

}  // namespace mrd::shell
