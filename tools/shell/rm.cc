// rm, rmr, expunge.
#include <string>
#include <utility>

#include "common/fs/glob.h"
#include "tools/shell/command.h"
#include "tools/shell/faults.h"
#include "tools/shell/item.h"
#include "tools/shell/trash.h"

namespace mrd::shell {
namespace {

// Asks on stderr until the answer begins with y or n; no answer is a no.
Result<bool> Confirmed(Session& session, const std::string& question) {
  while (true) {
    session.Flush();
    session.console().Err(question + " (Y or N) ");
    std::string answer;
    char c = 0;
    while (true) {
      MRD_ASSIGN_OR_RETURN(const std::size_t got, session.console().In(&c, 1));
      if (got == 0 && answer.empty()) return false;
      if (got == 0 || c == '\n') break;
      answer += c;
    }
    if (answer == "Y" || answer == "y" || answer == "Yes" || answer == "yes" || answer == "YES") return true;
    if (answer == "N" || answer == "n" || answer == "No" || answer == "no" || answer == "NO") return false;
    session.console().Err("Invalid input: " + answer + "\n");
  }
}

struct RemoveChoices {
  bool quiet_when_missing = false;
  bool directories = false;
  bool skip_trash = false;
  bool safely = false;
};

Result<bool> MovedToTrash(Session& session, const Item& item) {
  Result<Trash> trash = Trash::Of(session, item.file_system, item.path);
  if (!trash.ok()) return trash.status();
  Result<bool> taken = trash->Take(item);
  if (taken.ok()) return taken;
  return Status(taken.status().code(), taken.status().message() + ". Consider using -skipTrash option");
}

Status Remove(Session& session, const RemoveChoices& choices, const Item& item) {
  if (item.is_directory() && !choices.directories) return IsDirectory(item.text);
  if (!choices.skip_trash) {
    MRD_ASSIGN_OR_RETURN(const bool taken, MovedToTrash(session, item));
    if (taken) return Status::Ok();
  }
  const std::int64_t files_max = session.settings().safe_delete_files_max;
  if (choices.safely && files_max > 0) {
    Result<fs::ContentSummary> summary = item.file_system->Summarize(item.path);
    if (!summary.ok()) return Worded(summary.status(), item.text);
    if (summary->files > static_cast<std::uint64_t>(files_max)) {
      MRD_ASSIGN_OR_RETURN(const bool yes,
                           Confirmed(session, "Proceed deleting " + std::to_string(summary->files) + " files?"));
      if (!yes) {
        session.console().Err("Delete aborted at user request.\n\n");
        return Status::Ok();
      }
    }
  }
  Result<bool> deleted = item.file_system->Delete(item.path, choices.directories);
  if (!deleted.ok()) return Worded(deleted.status(), item.text);
  if (!*deleted) return PathFault(item.text);
  session.PrintLine("Deleted " + item.text);
  return Status::Ok();
}

Status RemoveAll(Session& session, Words words, RemoveChoices choices) {
  OptionWords options(1, OptionWords::kMany, {"f", "r", "R", "skipTrash", "safely"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  choices.quiet_when_missing = options.Has("f");
  choices.directories = choices.directories || options.Has("r") || options.Has("R");
  choices.skip_trash = options.Has("skipTrash");
  choices.safely = options.Has("safely");
  if (choices.quiet_when_missing) {
    // Wildcards that match nothing are no failure then.
    std::erase_if(words, [&](const std::string& word) {
      if (!fs::HasGlob(word)) return false;
      const Result<std::vector<Item>> items = ExpandGlob(session.file_systems(), word);
      return items.ok() && items->empty();
    });
  }
  const auto missing = [&](Item& item) { return choices.quiet_when_missing ? Status::Ok() : NoSuchFile(item.text); };
  VisitWords(session, words, [&](Item& item) { return Remove(session, choices, item); }, missing);
  return Status::Ok();
}

}  // namespace

Status RunRm(Session& session, Words words) { return RemoveAll(session, std::move(words), {}); }

Status RunRmr(Session& session, Words words) {
  RemoveChoices choices;
  choices.directories = true;
  return RemoveAll(session, std::move(words), choices);
}

Status RunExpunge(Session& session, Words words) {
  OptionWords options(0, 0, {"immediate"}, {"fs"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  const std::string where = options.Value("fs").value_or("");
  MRD_ASSIGN_OR_RETURN(const Item place, MakeItem(session.file_systems(), where.empty() ? "/" : where));
  MRD_ASSIGN_OR_RETURN(Trash trash, Trash::Of(session, place.file_system, place.path));
  if (options.Has("immediate")) {
    MRD_RETURN_IF_ERROR(trash.Checkpoint());
    return trash.Expunge(true);
  }
  if (!trash.enabled()) return Status::Ok();
  MRD_RETURN_IF_ERROR(trash.Expunge(false));
  return trash.Checkpoint();
}

}  // namespace mrd::shell
