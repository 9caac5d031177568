#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tools/shell/command.h"
#include "tools/shell/dates.h"
#include "tools/shell/faults.h"
#include "tools/shell/item.h"
#include "tools/shell/permission.h"
#include "tools/shell/text_columns.h"

namespace mrd::shell {
namespace {

// Prints entries in columns. These are as wide as the widest entry so far, so that they stay aligned over several
// directories but nothing has to be held back.
class Listing {
 public:
  enum class Order { kName, kTime, kSize };
  struct Choices {
    bool paths_only = false;
    bool directories_themselves = false;
    bool sizes_for_people = false;
    bool hide_unprintable = false;
    bool descend = false;
    bool reverse = false;
    bool access_time = false;
    bool erasure_policy = false;
    Order order = Order::kName;
  };

  Listing(Session& session, Choices choices) : session_(session), choices_(choices) {}

  // What a word on the command line stands for.
  Status Show(Item& item) {
    if (item.is_directory() && !choices_.directories_themselves) return ShowContent(item);
    const std::array<const Item*, 1> one = {&item};
    Widen(one);
    Print(item);
    return Status::Ok();
  }

 private:
  Status ShowContent(const Item& directory) {
    MRD_ASSIGN_OR_RETURN(std::vector<Item> children, ChildrenOf(directory));
    if (!choices_.descend && !choices_.paths_only && !children.empty()) {
      session_.PrintLine("Found " + std::to_string(children.size()) + " items");
    }
    std::vector<const Item*> sorted;
    sorted.reserve(children.size());
    for (const Item& child : children) sorted.push_back(&child);
    Sort(sorted);
    Widen(sorted);
    for (const Item* child : sorted) {
      if (!session_.has_reader()) return Status::Ok();
      Print(*child);
      if (choices_.descend && child->is_directory()) session_.FailUnlessOk(ShowContent(*child));
    }
    return Status::Ok();
  }

  std::int64_t TimeOf(const Item& item) const {
    return choices_.access_time ? item.status->accessed_ms : item.status->modified_ms;
  }

  // Newest and largest first; equal ones by name, which is how they come.
  void Sort(std::vector<const Item*>& items) const {
    const auto before = [this](const Item* a, const Item* b) {
      if (choices_.order == Order::kTime) return TimeOf(*a) > TimeOf(*b);
      return a->size_bytes() > b->size_bytes();
    };
    if (choices_.order != Order::kName) std::stable_sort(items.begin(), items.end(), before);
    if (choices_.reverse) std::reverse(items.begin(), items.end());
  }

  std::string Replication(const Item& item) const {
    return item.is_directory() ? "-" : std::to_string(item.status->replication);
  }
  std::string SizeOf(const Item& item) const { return Size(item.size_bytes(), choices_.sizes_for_people); }

  template <typename Items>
  void Widen(const Items& items) {
    for (const Item* item : items) {
      replication_width_ = std::max(replication_width_, Replication(*item).size());
      owner_width_ = std::max(owner_width_, item->status->owner.size());
      group_width_ = std::max(group_width_, item->status->group.size());
      size_width_ = std::max(size_width_, SizeOf(*item).size());
    }
  }

  void Print(const Item& item) {
    const std::string path = choices_.hide_unprintable ? Printable(item.text) : item.text;
    if (choices_.paths_only) {
      session_.PrintLine(path);
      return;
    }
    const fs::FileStatus& status = *item.status;
    std::string line = status.is_directory ? "d" : "-";
    line += PermissionLetters(status.mode) + " ";
    line += PaddedLeft(Replication(item), replication_width_) + " ";
    if (owner_width_ > 0) line += PaddedRight(status.owner, owner_width_) + " ";
    if (group_width_ > 0) line += PaddedRight(status.group, group_width_) + " ";
    if (choices_.erasure_policy) line += status.is_directory ? "- " : "Replicated ";
    line += PaddedLeft(SizeOf(item), size_width_) + " ";
    line += ListTime(TimeOf(item)) + " " + path;
    session_.PrintLine(line);
  }

  Session& session_;
  const Choices choices_;
  std::size_t replication_width_ = 3;
  std::size_t owner_width_ = 0;
  std::size_t group_width_ = 0;
  std::size_t size_width_ = 10;
};

Status List(Session& session, Words words, bool descend) {
  OptionWords options(0, OptionWords::kMany, {"C", "d", "h", "q", "R", "t", "S", "r", "u", "e"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  Listing::Choices choices;
  choices.paths_only = options.Has("C");
  choices.directories_themselves = options.Has("d");
  choices.sizes_for_people = options.Has("h");
  choices.hide_unprintable = options.Has("q");
  choices.descend = (descend || options.Has("R")) && !choices.directories_themselves;
  choices.reverse = options.Has("r");
  choices.access_time = options.Has("u");
  choices.erasure_policy = options.Has("e");
  if (options.Has("t")) {
    choices.order = Listing::Order::kTime;
  } else if (options.Has("S")) {
    choices.order = Listing::Order::kSize;
  }
  if (words.empty()) words.emplace_back(".");
  Listing listing(session, choices);
  VisitWords(session, words, [&](Item& item) { return listing.Show(item); });
  return Status::Ok();
}

}  // namespace

Status RunLs(Session& session, Words words) { return List(session, std::move(words), false); }
Status RunLsr(Session& session, Words words) { return List(session, std::move(words), true); }

}  // namespace mrd::shell
