// Quotas of directories.

#include <array>
#include <utility>

#include "tools/admin/command.h"
#include "tools/admin/size_text.h"
#include "tools/shell/faults.h"

namespace mrd::admin {
namespace {

struct TypeName {
  const char* name;
  dfs::StorageType type;
};
constexpr std::array kTypes = {
    TypeName{"DISK", dfs::StorageType::kDisk},         TypeName{"SSD", dfs::StorageType::kSsd},
    TypeName{"ARCHIVE", dfs::StorageType::kArchive},   TypeName{"PROVIDED", dfs::StorageType::kProvided},
    TypeName{"NVDIMM", dfs::StorageType::kNvdimm},
};

// "-storageType T" is taken out of the words.
Result<std::optional<dfs::StorageType>> TakeStorageType(Words& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != "-storageType") continue;
    if (i + 1 == words.size()) return shell::UsageFault("-storageType: needs a type");
    const std::string name = words[i + 1];
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(i + 2));
    std::string names;
    for (const TypeName& known : kTypes) {
      if (name == known.name) return std::optional(known.type);
      names += (names.empty() ? "" : ", ") + std::string(known.name);
    }
    return shell::UsageFault("Storage type " + name + " is not available. Available storage types are [" + names + "]");
  }
  return std::optional<dfs::StorageType>();
}

Result<std::int64_t> TakeQuota(Words& words, std::int64_t least) {
  const std::string text = words[0];
  words.erase(words.begin());
  const Result<std::int64_t> quota = ParseSize(text);
  if (!quota.ok()) return shell::UsageFault(quota.status().message());
  if (*quota < least) {
    return shell::UsageFault(text + " is no quota: the least is " + std::to_string(least) +
                             "; -clrQuota and -clrSpaceQuota remove one");
  }
  return *quota;
}

// Each directory gets its try, whatever becomes of the others.
Status SetOnAll(Session& session, const Words& directories, const QuotaChange& change) {
  if (directories.empty()) return shell::UsageFault("Not enough arguments: no directory is named");
  for (const std::string& text : directories) {
    const Result<Session::Place> place = session.Resolve(text);
    const Status status = place.ok() ? place->namenode->SetQuota(place->path, change) : place.status();
    if (!status.ok()) session.Fail(status);
  }
  return Status::Ok();
}

Status RunSetQuota(Session& session, const Words& given) {
  Words words = given;
  QuotaChange change;
  MRD_ASSIGN_OR_RETURN(change.names, TakeQuota(words, 1));
  return SetOnAll(session, words, change);
}

Status RunClearQuota(Session& session, const Words& words) {
  QuotaChange change;
  change.names = dfs::kQuotaUnset;
  return SetOnAll(session, words, change);
}

Status RunSetSpaceQuota(Session& session, const Words& given) {
  Words words = given;
  QuotaChange change;
  MRD_ASSIGN_OR_RETURN(change.storage, TakeStorageType(words));
  if (words.empty()) return shell::UsageFault("Not enough arguments: no quota is given");
  MRD_ASSIGN_OR_RETURN(change.space, TakeQuota(words, 0));
  return SetOnAll(session, words, change);
}

Status RunClearSpaceQuota(Session& session, const Words& given) {
  Words words = given;
  QuotaChange change;
  MRD_ASSIGN_OR_RETURN(change.storage, TakeStorageType(words));
  change.space = dfs::kQuotaUnset;
  return SetOnAll(session, words, change);
}

constexpr std::array kCommands = {
    Command{"setQuota", "<quota> <dirname>...<dirname>",
            "Limits how many names each directory may hold below it, itself counted. Quotas take k, m, g, t, p\n"
            "and e for powers of 1024.\n",
            2, kAnyNumber, RunSetQuota},
    Command{"clrQuota", "<dirname>...<dirname>", "Removes that limit; fine when there is none.\n", 1, kAnyNumber,
            RunClearQuota},
    Command{"setSpaceQuota", "<quota> [-storageType <storagetype>] <dirname>...<dirname>",
            "Limits how many bytes the files below each directory may take, every replica counted: a file of 1g with\n"
            "three replicas takes 3g.\n",
            2, kAnyNumber, RunSetSpaceQuota},
    Command{"clrSpaceQuota", "[-storageType <storagetype>] <dirname>...<dirname>",
            "Removes that limit; fine when there is none.\n", 1, kAnyNumber, RunClearSpaceQuota},
};

}  // namespace

std::span<const Command> QuotaCommands() { return kCommands; }

}  // namespace mrd::admin
