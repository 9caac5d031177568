#include "engine/output_claim.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string_view>

namespace mrd::engine {
namespace {

// docs/formats.md, "Output directory". Never change.
constexpr std::string_view kClaim = ".claim";        // and .claim.1, .claim.2, …, of those that took over
constexpr std::string_view kClaimant = ".claimant.";  // JOB.MADE.run.RUN or JOB.MADE.sender.SENDER or JOB.MADE.none.
constexpr std::size_t kWordsMax = 160;  // of a run or a sender: a name of a file has 255 bytes
constexpr int kNumberMax = 1'000'000;

constexpr std::string_view kChoose = "; choose another or remove it first";
constexpr std::string_view kWrittenTo = ": another job is writing to it";

fs::Path RootOf(const fs::Path& output) { return output.Child("_temporary"); }

Status Taken(const fs::Path& output, std::string_view why) {
  return AlreadyExists("Output directory " + output.ToString() + " already exists" + std::string(why));
}

std::string Words(const std::string& text) {
  std::string words = text.substr(0, kWordsMax);
  for (char& c : words) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-_.@").find(c) != std::string_view::npos;
    if (!plain) c = '_';
  }
  return words;
}

std::string NameOf(const Claimant& claimant) {
  std::string name = std::string(kClaimant) + claimant.job + "." + std::to_string(claimant.made_ms) + ".";
  if (!claimant.run.empty()) return name + "run." + Words(claimant.run);
  return claimant.sender.empty() ? name + "none." : name + "sender." + Words(claimant.sender);
}

std::string NameOf(int number) { return number == 0 ? std::string(kClaim) : std::string(kClaim) + "." + std::to_string(number); }

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::string_view TakeWord(std::string_view* text) {
  const std::size_t end = text->find('.');
  const std::string_view word = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return word;
}

std::optional<Claimant> ParseClaimant(std::string_view name) {
  if (!name.starts_with(kClaimant)) return std::nullopt;
  name.remove_prefix(kClaimant.size());
  Claimant claimant;
  claimant.job = std::string(TakeWord(&name));
  const std::optional<std::int64_t> made_ms = ParseNumber<std::int64_t>(TakeWord(&name));
  const std::string_view kind = TakeWord(&name);
  if (claimant.job.empty() || !made_ms) return std::nullopt;
  claimant.made_ms = *made_ms;
  if (kind == "run") {
    claimant.run = std::string(name);
  } else if (kind == "sender") {
    claimant.sender = std::string(name);
  } else if (kind != "none") {
    return std::nullopt;
  }
  return claimant;
}

// The number of a claim's name; nothing for other names.
std::optional<int> ParseClaim(std::string_view name) {
  if (name == kClaim) return 0;
  if (!name.starts_with(kClaim) || name.size() <= kClaim.size() || name[kClaim.size()] != '.') return std::nullopt;
  const std::optional<int> number = ParseNumber<int>(name.substr(kClaim.size() + 1));
  return number && *number > 0 && *number < kNumberMax ? number : std::nullopt;
}

struct Found {
  std::vector<Claimant> claimants;
  int claims = 0;         // one more than the highest number
  bool untouched = true;  // besides these there are empty directories only: no attempt has written
};

Result<Found> Look(fs::FileSystem& system, const fs::Path& output) {
  Found found;
  MRD_ASSIGN_OR_RETURN(const std::vector<fs::FileStatus> entries, system.List(RootOf(output)));
  for (const fs::FileStatus& entry : entries) {
    const std::string name = entry.path.name();
    if (entry.is_directory) {
      MRD_ASSIGN_OR_RETURN(const std::vector<fs::FileStatus> written, system.List(entry.path));
      if (!written.empty()) found.untouched = false;
    } else if (std::optional<Claimant> claimant = ParseClaimant(name)) {
      found.claimants.push_back(*std::move(claimant));
    } else if (const std::optional<int> number = ParseClaim(name)) {
      found.claims = std::max(found.claims, *number + 1);
    } else {
      found.untouched = false;
    }
  }
  return found;
}

Status MakeEmpty(fs::FileSystem& system, const fs::Path& path, bool create_parents) {
  fs::CreateOptions exclusive;
  exclusive.create_parents = create_parents;
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::OutputFile> file, system.Create(path, exclusive));
  return file->Close();
}

// Our name is there: makes the claim, or takes the name back.
Status MakeClaim(fs::FileSystem& system, const fs::Path& output, const Claimant& mine, int number) {
  const fs::Path claim = RootOf(output).Child(NameOf(number));
  // In a directory that is there: one that is gone was given up with all that was in it.
  const Status made = MakeEmpty(system, claim, /*create_parents=*/false);
  if (made.ok()) return Status::Ok();
  static_cast<void>(system.Delete(RootOf(output).Child(NameOf(mine)), /*recursive=*/false).ok());
  return system.Stat(claim).ok() ? Taken(output, kWrittenTo) : made;
}

Result<int> TakeNew(fs::FileSystem& system, const fs::Path& output, const Claimant& mine) {
  // It comes with its directories: without a name in it an output is nobody's to take over.
  MRD_RETURN_IF_ERROR(MakeEmpty(system, RootOf(output).Child(NameOf(mine)), /*create_parents=*/true));
  MRD_RETURN_IF_ERROR(MakeClaim(system, output, mine, 0));
  MRD_ASSIGN_OR_RETURN(const std::vector<fs::FileStatus> entries, system.List(output));
  if (entries.size() > 1) {  // another came and was done meanwhile: what it published must not go
    MRD_RETURN_IF_ERROR(system.Delete(RootOf(output), /*recursive=*/true).status());
    return Taken(output, kChoose);
  }
  return 0;
}

Result<int> TakeOver(fs::FileSystem& system, const fs::Path& output, const Claimant& mine, const ClaimJudge& abandoned) {
  MRD_ASSIGN_OR_RETURN(const std::vector<fs::FileStatus> published, system.List(output));
  const bool bare = published.size() == 1 && published[0].path.name() == RootOf(output).name();
  const Result<Found> found = bare ? Look(system, output) : Result<Found>(Taken(output, kChoose));
  if (!found.ok() || !found->untouched || found->claimants.empty()) return Taken(output, kChoose);
  for (const Claimant& other : found->claimants) {
    if (!abandoned(other)) return Taken(output, std::string(kWrittenTo) + ", " + other.job);
  }
  // An earlier try of ours may have been in the same millisecond.
  const fs::Path own = RootOf(output).Child(NameOf(mine));
  if (!system.Stat(own).ok()) MRD_RETURN_IF_ERROR(MakeEmpty(system, own, /*create_parents=*/false));
  MRD_RETURN_IF_ERROR(MakeClaim(system, output, mine, found->claims));
  // One of the others may have lived and cleaned up meanwhile, and somebody else have claimed what was free then.
  for (const Claimant& other : found->claimants) {
    if (system.Stat(RootOf(output).Child(NameOf(other))).ok()) continue;
    for (const fs::Path& path : {RootOf(output).Child(NameOf(found->claims)), own}) {
      static_cast<void>(system.Delete(path, /*recursive=*/false).ok());
    }
    return Taken(output, kWrittenTo);
  }
  return found->claims;
}

}  // namespace

bool IsSame(const std::string& read, const std::string& given) { return !given.empty() && read == Words(given); }

Result<int> TakeClaim(fs::FileSystem& system, const fs::Path& output, const Claimant& mine, const ClaimJudge& abandoned) {
  const Result<fs::FileStatus> there = system.Stat(output);
  if (there.ok()) return abandoned ? TakeOver(system, output, mine, abandoned) : Result<int>(Taken(output, kChoose));
  if (there.status().code() != Code::kNotFound) return there.status();
  return TakeNew(system, output, mine);
}

bool HasPassedOn(fs::FileSystem& system, const fs::Path& output, int number) {
  return system.Stat(RootOf(output).Child(NameOf(number + 1))).ok();
}

Result<std::vector<Claimant>> Claimants(fs::FileSystem& system, const fs::Path& output) {
  MRD_ASSIGN_OR_RETURN(Found found, Look(system, output));
  return std::move(found.claimants);
}

}  // namespace mrd::engine
