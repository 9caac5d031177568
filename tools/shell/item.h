#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/fs/file_system.h"
#include "common/fs/registry.h"
#include "tools/shell/session.h"
#include "tools/shell/words.h"

namespace mrd::shell {

// A path as the user addressed it, which is how it is printed, and what is known of it. A relative path stays relative,
// a URI a URI, also for what is found below it. A value; not kept up to date by itself.
struct Item {
  std::string text;
  fs::Path path;  // qualified
  std::shared_ptr<fs::FileSystem> file_system;
  std::optional<fs::FileStatus> status;  // none when nothing is there

  bool exists() const { return status.has_value(); }
  bool is_directory() const { return status && status->is_directory; }
  std::uint64_t size_bytes() const { return status ? status->size_bytes : 0; }

  // What is known now. That nothing is there is no error.
  Status Refresh();
  Result<bool> ParentExists() const;
  // The item below it; nothing is looked up.
  Item Child(std::string_view name) const;
  Item WithSuffix(std::string_view suffix) const;
  // The user wrote "dir/" or "dir/.": it means a directory even when nothing is there.
  bool LooksLikeDirectory() const;
  // With scheme and host, for messages; the local file system's without.
  std::string FullText() const { return path.ToString(); }
};

// The item of a word; a wildcard is an ordinary character. kInvalidArgument for an empty word or an unknown scheme.
Result<Item> MakeItem(fs::Registry& file_systems, const std::string& text);
// The same, but a word without scheme is a path of the local file system.
Result<Item> MakeLocalItem(fs::Registry& file_systems, const std::string& text);
// What a word with wildcards stands for, sorted by path. A word without, or with quoted ones, gives one item that may
// not exist; wildcards that match nothing give none.
Result<std::vector<Item>> ExpandGlob(fs::Registry& file_systems, const std::string& pattern);
// What a directory holds, sorted by name; a file's is itself.
Result<std::vector<Item>> ChildrenOf(const Item& directory);

// What all the words stand for. A word that stands for nothing is told as a failure; plain words give an item also where
// nothing is there.
std::vector<Item> ExpandWords(Session& session, const Words& words);

using Visit = std::function<Status(Item& item)>;

// Expands all words first, then visits what they stand for. A word that stands for nothing fails, as does a visit; the
// others go on. `missing` is called instead for a plain word where nothing is there; by default that fails.
void VisitWords(Session& session, const Words& words, const Visit& visit, const Visit& missing = nullptr);

// Visits the item, then what lies below it when it is a directory; `after` once that is done. Failures are told and the
// rest goes on.
void VisitTree(Session& session, Item& item, const Visit& visit, const Visit& after = nullptr);

}  // namespace mrd::shell
