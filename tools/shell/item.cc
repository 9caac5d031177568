#include "tools/shell/item.h"

#include <algorithm>
#include <utility>

#include "common/fs/glob.h"
#include "tools/shell/faults.h"

namespace mrd::shell {
namespace {

std::string WithoutBackslashes(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    result += text[i];
  }
  return result;
}

// Without "." and "..", which name nothing in a DFS. By the text alone, as Hadoop's paths do it.
std::string WithoutDots(const std::string& path) {
  std::string result;
  std::size_t begin = 0;
  while (begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view component = std::string_view(path).substr(begin, end - begin);
    if (component == "..") {
      result.resize(std::min(result.rfind('/'), result.size()));
    } else if (!component.empty() && component != ".") {
      result.append("/").append(component);
    }
    begin = end + 1;
  }
  return result.empty() ? "/" : result;
}

// Qualified path and file system; the text stays to be filled in.
Result<Item> Located(fs::Registry& file_systems, const fs::Path& path) {
  Item item;
  MRD_ASSIGN_OR_RETURN(const fs::Path qualified, file_systems.Qualify(path));
  item.path = qualified.WithPath(WithoutDots(qualified.path()));
  MRD_ASSIGN_OR_RETURN(item.file_system, file_systems.For(item.path));
  return item;
}

Result<fs::Path> ParsePath(const std::string& text) {
  Result<fs::Path> path = fs::Path::Parse(text);
  if (!path.ok()) return UsageFault(path.status().message());
  return path;
}

// The last directory that two absolute paths share: the index of the slash behind it.
std::size_t SharedPrefix(const std::string& base, const std::string& path) {
  std::size_t shared = 0;
  std::size_t i = 0;
  for (; i < base.size() && i < path.size() && base[i] == path[i]; ++i) {
    if (base[i] == '/') shared = i;
  }
  // One ends where the other goes on below it.
  if (i == base.size() && i < path.size() && path[i] == '/') shared = i;
  if (i == path.size() && i < base.size() && base[i] == '/') shared = i;
  return shared;
}

// How to say `path` from the directory `base`; both absolute.
std::string Relative(const std::string& base, const std::string& path) {
  if (base == path) return ".";
  const std::size_t shared = SharedPrefix(base, path);
  std::string result = shared < path.size() ? path.substr(shared + 1) : "";
  for (std::size_t slash = shared; slash < base.size() && base != "/"; slash = base.find('/', slash + 1)) {
    result = result.empty() ? ".." : "../" + result;
  }
  return result;
}

// How a match is printed: as the pattern was written.
std::string TextOf(const fs::Path& pattern, const fs::Path& match, const std::string& working_directory) {
  if (!pattern.scheme().empty()) return fs::Path(pattern.scheme(), pattern.authority(), match.path()).ToString();
  if (pattern.is_absolute()) return match.path();
  return Relative(working_directory, match.path());
}

}  // namespace

Status Item::Refresh() {
  Result<fs::FileStatus> found = file_system->Stat(path);
  if (found.ok()) {
    status = *std::move(found);
    return Status::Ok();
  }
  status.reset();
  if (found.status().code() == Code::kNotFound) return Status::Ok();
  return Worded(found.status(), text);
}

Result<bool> Item::ParentExists() const {
  Result<fs::FileStatus> parent = file_system->Stat(path.parent());
  if (parent.ok()) return true;
  if (parent.status().code() == Code::kNotFound) return false;
  return Worded(parent.status(), path.parent().ToString());
}

Item Item::Child(std::string_view name) const {
  Item child;
  child.path = path.Child(name);
  child.file_system = file_system;
  if (text == ".") {
    child.text = name;
  } else {
    child.text = text + (text.ends_with('/') ? "" : "/") + std::string(name);
  }
  return child;
}

Item Item::WithSuffix(std::string_view suffix) const {
  Item item;
  item.text = text + std::string(suffix);
  item.path = path.WithPath(path.path() + std::string(suffix));
  item.file_system = file_system;
  return item;
}

bool Item::LooksLikeDirectory() const {
  return text.ends_with('/') || text == "." || text == ".." || text.ends_with("/.") || text.ends_with("/..");
}

Result<Item> MakeItem(fs::Registry& file_systems, const std::string& text) {
  MRD_ASSIGN_OR_RETURN(const fs::Path path, ParsePath(text));
  MRD_ASSIGN_OR_RETURN(Item item, Located(file_systems, path));
  item.text = text;
  MRD_RETURN_IF_ERROR(item.Refresh());
  return item;
}

Result<Item> MakeLocalItem(fs::Registry& file_systems, const std::string& text) {
  MRD_ASSIGN_OR_RETURN(const fs::Path path, ParsePath(text));
  const fs::Path local = path.scheme().empty() ? fs::Path("file", "", path.path()) : path;
  MRD_ASSIGN_OR_RETURN(Item item, Located(file_systems, local));
  item.text = text;
  MRD_RETURN_IF_ERROR(item.Refresh());
  return item;
}

Result<std::vector<Item>> ExpandGlob(fs::Registry& file_systems, const std::string& pattern) {
  if (!fs::HasGlob(pattern)) {
    MRD_ASSIGN_OR_RETURN(Item item, MakeItem(file_systems, WithoutBackslashes(pattern)));
    return std::vector<Item>{std::move(item)};
  }
  MRD_ASSIGN_OR_RETURN(const fs::Path path, ParsePath(pattern));
  MRD_ASSIGN_OR_RETURN(const Item located, Located(file_systems, path));
  std::string working_directory;
  if (path.scheme().empty() && !path.is_absolute()) {
    MRD_ASSIGN_OR_RETURN(const fs::Path here, file_systems.Qualify(fs::Path("", "", ".")));
    working_directory = WithoutDots(here.path());
  }
  Result<std::vector<fs::FileStatus>> found = fs::Glob(*located.file_system, located.path);
  if (!found.ok()) return Worded(found.status(), pattern);
  std::vector<Item> items;
  for (fs::FileStatus& status : *found) {
    Item item;
    item.text = TextOf(path, status.path, working_directory);
    item.path = located.path.WithPath(status.path.path());
    item.file_system = located.file_system;
    item.status = std::move(status);
    items.push_back(std::move(item));
  }
  return items;
}

Result<std::vector<Item>> ChildrenOf(const Item& directory) {
  Result<std::vector<fs::FileStatus>> entries = directory.file_system->List(directory.path);
  if (!entries.ok()) return Worded(entries.status(), directory.text);
  std::vector<Item> items;
  items.reserve(entries->size());
  for (fs::FileStatus& status : *entries) {
    Item item = directory.is_directory() ? directory.Child(status.path.name()) : directory;
    item.status = std::move(status);
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<Item> ExpandWords(Session& session, const Words& words) {
  std::vector<Item> items;
  for (const std::string& word : words) {
    Result<std::vector<Item>> expanded = ExpandGlob(session.file_systems(), word);
    if (!expanded.ok()) {
      session.Fail(expanded.status());
    } else if (expanded->empty()) {
      session.Fail(NoSuchFile(word));
    } else {
      std::move(expanded->begin(), expanded->end(), std::back_inserter(items));
    }
  }
  return items;
}

void VisitWords(Session& session, const Words& words, const Visit& visit, const Visit& missing) {
  std::vector<Item> items = ExpandWords(session, words);
  for (Item& item : items) {
    if (!session.has_reader() || session.interrupted()) return;
    if (item.exists()) {
      session.FailUnlessOk(visit(item));
    } else {
      session.FailUnlessOk(missing ? missing(item) : NoSuchFile(item.text));
    }
  }
}

void VisitTree(Session& session, Item& item, const Visit& visit, const Visit& after) {
  if (Status status = visit(item); !status.ok()) {
    session.Fail(status);
    return;
  }
  if (item.is_directory()) {
    Result<std::vector<Item>> children = ChildrenOf(item);
    if (!children.ok()) {
      session.Fail(children.status());
      return;
    }
    for (Item& child : *children) {
      if (!session.has_reader() || session.interrupted()) return;
      VisitTree(session, child, visit, after);
    }
  }
  if (after) session.FailUnlessOk(after(item));
}

}  // namespace mrd::shell
