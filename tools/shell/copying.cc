// put, get, cp, moveFromLocal, moveToLocal.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/shell/command.h"
#include "tools/shell/copier.h"
#include "tools/shell/destination.h"
#include "tools/shell/faults.h"

namespace mrd::shell {
namespace {

constexpr Preserve kPreserveAll = {true, true, true};

// "-t" and "-q"; a number that makes no sense falls back to the default with a word about it, as Hadoop does.
void ReadThreads(Session& session, const OptionWords& options, CopyChoices& choices) {
  const auto read = [&](const char* name, std::size_t& into) {
    const auto text = options.Value(name);
    if (!text) return;
    const auto number = ParseNumber(*text);
    if (number && *number >= 1) {
      into = static_cast<std::size_t>(*number);
    } else {
      session.Warn("-" + std::string(name) + " " + *text + " is no positive number; " + std::to_string(into) + " is used");
    }
  };
  read("t", choices.threads);
  read("q", choices.queued_max);
}

// Takes "-p" or "-ptop" from among the options. nullopt: none is there.
Result<std::optional<Preserve>> TakePreserve(Words& words) {
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (!word->starts_with('-') || *word == "-" || *word == "--") break;
    if (!word->starts_with("-p")) continue;
    const std::string letters = word->substr(2);
    words.erase(word);
    if (letters.empty()) return std::optional<Preserve>(kPreserveAll);
    Preserve preserve;
    for (const char letter : letters) {
      switch (letter) {
        case 't':
          preserve.times = true;
          break;
        case 'o':
          preserve.owner = true;
          break;
        case 'p':
          preserve.permission = true;
          break;
        case 'a':  // Lists are part of the permission where there are any.
          preserve.permission = true;
          break;
        case 'x':
          break;
        default:
          return UsageFault(std::string("No enum constant for the attribute ") + letter);
      }
    }
    return std::optional<Preserve>(preserve);
  }
  return std::optional<Preserve>();
}

std::vector<Item> Locals(Session& session, const Words& words) {
  std::vector<Item> items;
  for (const std::string& word : words) {
    Result<Item> item = MakeLocalItem(session.file_systems(), word);
    if (item.ok()) {
      items.push_back(*std::move(item));
    } else {
      session.Fail(item.status());
    }
  }
  return items;
}

Status Upload(Session& session, Words words, bool move) {
  OptionWords options(1, OptionWords::kMany, {"f", "p", "l", "d"}, {"t", "q"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  CopyChoices choices;
  choices.overwrite = options.Has("f");
  choices.lazy_persist = options.Has("l");
  choices.direct = options.Has("d");
  if (options.Has("p")) choices.preserve = kPreserveAll;
  choices.remove_sources = move;
  choices.merge_directories = !move;
  ReadThreads(session, options, choices);
  MRD_ASSIGN_OR_RETURN(Item destination, RemoteDestination(session.file_systems(), words));
  Copier copier(session, std::move(destination), choices);
  if (!move && words.size() == 1 && words[0] == "-") return copier.CopyStandardInput();
  std::vector<Item> sources = Locals(session, words);
  if (!sources.empty()) copier.CopyAll(sources);
  return Status::Ok();
}

}  // namespace

Status RunPut(Session& session, Words words) { return Upload(session, std::move(words), false); }
Status RunMoveFromLocal(Session& session, Words words) { return Upload(session, std::move(words), true); }

Status RunMoveToLocal(Session&, Words) { return Unimplemented("Option '-moveToLocal' is not implemented yet."); }

Status RunGet(Session& session, Words words) {
  // The local file system keeps no checksum files, so there is none to write for -crc.
  OptionWords options(1, OptionWords::kMany, {"crc", "ignoreCrc", "p", "f"}, {"t", "q"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  CopyChoices choices;
  choices.overwrite = options.Has("f");
  if (options.Has("p")) choices.preserve = kPreserveAll;
  ReadThreads(session, options, choices);
  MRD_ASSIGN_OR_RETURN(Item destination, LocalDestination(session.file_systems(), words));
  std::vector<Item> sources = ExpandWords(session, words);
  if (sources.empty()) return Status::Ok();
  Copier(session, std::move(destination), choices).CopyAll(sources);
  return Status::Ok();
}

Status RunCp(Session& session, Words words) {
  MRD_ASSIGN_OR_RETURN(const std::optional<Preserve> preserve, TakePreserve(words));
  OptionWords options(2, OptionWords::kMany, {"f", "d"}, {"t", "q"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  CopyChoices choices;
  choices.overwrite = options.Has("f");
  choices.direct = options.Has("d");
  if (preserve) choices.preserve = *preserve;
  ReadThreads(session, options, choices);
  MRD_ASSIGN_OR_RETURN(Item destination, RemoteDestination(session.file_systems(), words));
  std::vector<Item> sources = ExpandWords(session, words);
  if (sources.empty()) return Status::Ok();
  Copier(session, std::move(destination), choices).CopyAll(sources);
  return Status::Ok();
}

}  // namespace mrd::shell
