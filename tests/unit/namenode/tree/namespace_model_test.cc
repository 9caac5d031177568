// Thousands of random operations by three callers, against a model that is nothing but a map from paths to attributes
// and HDFS's rules written down a second time, slowly. Every answer must agree in kind, every state in content, and a
// replay of the mutations must give the same tree.

#include <algorithm>
#include <map>

#include "common/base/random.h"
#include "tests/unit/namenode/tree/tree_fixture.h"

namespace mrd::namenode {
namespace {

struct Node {
  bool directory = true;
  unsigned mode = 0755;
  std::string owner = "hdfs";
  std::string group = "supergroup";
  std::uint64_t length = 0;
};

class Model {
 public:
  Model() { nodes_["/"] = Node{}; }

  std::string Mkdirs(const Caller& who, const std::string& path, unsigned mode) {
    if (auto bad = Traverse(who, path, "ParentNotDirectoryException"); !bad.empty()) return bad;
    if (const Node* node = Find(path)) return node->directory ? "true" : "FileAlreadyExistsException";
    if (!May(who, *Find(Ancestor(path)), 2)) return "AccessControlException";
    Fill(who, path, [&](const std::string& at) { return at == path ? mode : (mode & 0777) | 0300; });
    return "true";
  }

  std::string Create(const Caller& who, const std::string& path, bool overwrite, std::uint64_t length) {
    if (auto bad = Traverse(who, path, "ParentNotDirectoryException"); !bad.empty()) return bad;
    const Node* node = Find(path);
    if (node && node->directory) return "FileAlreadyExistsException";
    if (node && overwrite && !May(who, *node, 2)) return "AccessControlException";
    if (!May(who, *Find(Ancestor(path)), 2)) return "AccessControlException";
    if (node && !overwrite) return "FileAlreadyExistsException";
    nodes_.erase(path);
    const unsigned inherited = (Find(Ancestor(path))->mode & 0777) | 0300;
    Fill(who, path, [&](const std::string&) { return inherited; });
    Node& made = nodes_[path];
    made.directory = false;
    made.mode = 0640;
    made.length = length;
    return "true";
  }

  std::string Delete(const Caller& who, const std::string& path, bool recursive) {
    if (auto bad = Traverse(who, path, "AccessControlException"); !bad.empty()) return bad;
    const Node* node = Find(path);
    if (!MayChangeEntry(who, path)) return "AccessControlException";
    if (node && node->directory) {
      for (const std::string& each : Subtree(path)) {
        const Node& inside = nodes_.at(each);
        if (!inside.directory || Children(each).empty()) continue;
        if (!May(who, inside, 7)) return "AccessControlException";
        for (const std::string& child : Children(each)) {
          if (Sticky(who, inside, nodes_.at(child))) return "AccessControlException";
        }
      }
      if (!recursive && !Children(path).empty()) return "PathIsNotEmptyDirectoryException";
    }
    if (!node || path == "/") return "false";
    for (const std::string& each : Subtree(path)) nodes_.erase(each);
    return "true";
  }

  std::string Rename(const Caller& who, const std::string& from, std::string to) {
    if (auto bad = Traverse(who, from, "AccessControlException"); !bad.empty()) return bad;
    if (auto bad = Traverse(who, to, "ParentNotDirectoryException"); !bad.empty()) return bad;
    if (Find(to) && Find(to)->directory && from != "/") {
      to = (to == "/" ? "" : to) + from.substr(from.rfind('/'));
      if (auto bad = Traverse(who, to, "ParentNotDirectoryException"); !bad.empty()) return bad;
    }
    if (!MayChangeEntry(who, from)) return "AccessControlException";
    if (to != "/" && !May(who, *Find(Ancestor(to)), 2)) return "AccessControlException";
    if (!Find(from) || from == "/") return "false";
    if (from == to) return "true";
    if (to.starts_with(from + "/") || Find(to) || !Find(Parent(to))) return "false";
    Move(from, to);
    return "true";
  }

  std::string Rename2(const Caller& who, const std::string& from, const std::string& to, bool overwrite) {
    if (auto bad = Traverse(who, from, "AccessControlException"); !bad.empty()) return bad;
    if (auto bad = Traverse(who, to, "ParentNotDirectoryException"); !bad.empty()) return bad;
    if (!MayChangeEntry(who, from)) return "AccessControlException";
    if (to != "/" && !May(who, *Find(Ancestor(to)), 2)) return "AccessControlException";
    if (!Find(from)) return "FileNotFoundException";
    if (from == "/") return "IOException";
    if (from == to) return "FileAlreadyExistsException";
    if (to.starts_with(from + "/") || to == "/") return "IOException";
    if (const Node* old = Find(to)) {
      if (!overwrite) return "FileAlreadyExistsException";
      if (old->directory != Find(from)->directory || !Children(to).empty()) return "IOException";
      nodes_.erase(to);
    }
    if (!Find(Parent(to))) return "FileNotFoundException";
    Move(from, to);
    return "true";
  }

  std::string SetPermission(const Caller& who, const std::string& path, unsigned mode) {
    if (auto bad = Traverse(who, path, "AccessControlException"); !bad.empty()) return bad;
    Node* node = Find(path);
    if (node && !who.superuser && who.user != node->owner) return "AccessControlException";
    if (!node) return "FileNotFoundException";
    node->mode = mode;
    return "true";
  }

  std::string SetGroup(const Caller& who, const std::string& path, const std::string& group) {
    if (auto bad = Traverse(who, path, "AccessControlException"); !bad.empty()) return bad;
    Node* node = Find(path);
    if (node && !who.superuser && who.user != node->owner) return "AccessControlException";
    if (!node) return "FileNotFoundException";
    if (!who.superuser && !who.IsMemberOf(group)) return "AccessControlException";
    node->group = group;
    return "true";
  }

  std::string Read(const Caller& who, const std::string& path) {
    if (auto bad = Traverse(who, path, "AccessControlException"); !bad.empty()) return bad;
    const Node* node = Find(path);
    if (!node || node->directory) return "FileNotFoundException";
    return May(who, *node, 4) ? "true" : "AccessControlException";
  }

  std::string Summary(const Caller& who, const std::string& path) {
    if (auto bad = Traverse(who, path, "AccessControlException"); !bad.empty()) return bad;
    if (!Find(path)) return "FileNotFoundException";
    std::uint64_t files = 0, directories = 0, length = 0;
    for (const std::string& each : Subtree(path)) {
      const Node& node = nodes_.at(each);
      if (node.directory && !May(who, node, 5)) return "AccessControlException";
      ++(node.directory ? directories : files);
      length += node.length;
    }
    return std::to_string(files) + "/" + std::to_string(directories) + "/" + std::to_string(length);
  }

  const std::map<std::string, Node>& nodes() const { return nodes_; }
  Node* Find(const std::string& path) {
    const auto at = nodes_.find(path);
    return at == nodes_.end() ? nullptr : &at->second;
  }
  std::vector<std::string> Children(const std::string& path) const {
    std::vector<std::string> children;
    for (const auto& [each, node] : nodes_) {
      if (each != "/" && Parent(each) == path) children.push_back(each);
    }
    return children;
  }
  static std::string Parent(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
  }

 private:
  std::string Ancestor(std::string path) {
    do {
      path = Parent(path);
    } while (!Find(path));
    return path;
  }
  static bool May(const Caller& who, const Node& node, unsigned bits) {
    if (who.superuser) return true;
    const unsigned granted = who.user == node.owner           ? node.mode >> 6
                             : who.IsMemberOf(node.group) ? node.mode >> 3
                                                          : node.mode;
    return (granted & bits) == bits;
  }
  static bool Sticky(const Caller& who, const Node& parent, const Node& entry) {
    return !who.superuser && (parent.mode & 01000) && who.user != parent.owner && who.user != entry.owner;
  }
  bool MayChangeEntry(const Caller& who, const std::string& path) {
    if (path == "/") return true;
    const Node* parent = Find(Parent(path));
    if (!parent) return true;
    if (Find(path) && Sticky(who, *parent, *Find(path))) return false;
    return May(who, *parent, 2);
  }
  std::string Traverse(const Caller& who, const std::string& path, const std::string& not_directory) {
    if (path == "/") return "";
    for (std::size_t slash = 0; slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const Node* node = Find(slash == 0 ? "/" : path.substr(0, slash));
      if (!node) return "";
      if (!node->directory) return not_directory;
      if (!May(who, *node, 1)) return "AccessControlException";
    }
    return "";
  }
  std::vector<std::string> Subtree(const std::string& path) const {
    std::vector<std::string> all;
    for (const auto& [each, node] : nodes_) {
      if (each == path || path == "/" || each.starts_with(path + "/")) all.push_back(each);
    }
    return all;
  }
  template <typename Mode>
  void Fill(const Caller& who, const std::string& path, Mode mode) {
    if (Find(path)) return;
    if (!Find(Parent(path))) Fill(who, Parent(path), mode);
    const std::string group = Find(Parent(path))->group;
    nodes_[path] = Node{true, static_cast<unsigned>(mode(path)), who.user, group, 0};
  }
  void Move(const std::string& from, const std::string& to) {
    for (const std::string& each : Subtree(from)) {
      Node node = nodes_.at(each);
      nodes_.erase(each);
      nodes_[to + each.substr(from.size())] = node;
    }
  }

  std::map<std::string, Node> nodes_;
};

template <typename T>
std::string Kind(const Result<T>& result, bool value) {
  if (!result.ok()) return Told(result).substr(0, Told(result).find(':'));
  return value ? "true" : "false";
}
std::string Kind(const Status& status) { return status.ok() ? "true" : Told(status).substr(0, Told(status).find(':')); }

std::string RandomPath(Random& random) {
  static const char* const kNames[] = {"a", "b", "cc", "d-longer-name", "e"};
  if (random.Below(60) == 0) return "/";
  std::string path;
  for (std::uint64_t depth = 1 + random.Below(4); depth > 0; --depth) {
    path += "/" + std::string(kNames[random.Below(std::size(kNames))]);
  }
  return path;
}

unsigned RandomMode(Random& random) {
  static constexpr unsigned kModes[] = {0777, 0777, 0777, 0755, 0750, 0700, 01777, 0711, 0733, 0070, 0007, 0};
  return kModes[random.Below(std::size(kModes))];
}

void RequireSameContent(TreeFixture& t, Model& model) {
  for (const auto& [path, node] : model.nodes()) {
    INFO(path);
    const auto status = t.Stat(path);
    REQUIRE(status);
    REQUIRE((status->type == dfs::FileType::kDirectory) == node.directory);
    REQUIRE(status->permission == node.mode);
    REQUIRE(status->owner == node.owner);
    REQUIRE(status->group == node.group);
    REQUIRE(status->length == node.length);
    if (!node.directory) continue;
    std::vector<std::string> children = model.Children(path);
    for (std::string& child : children) child = child.substr(child.rfind('/') + 1);
    std::sort(children.begin(), children.end());
    REQUIRE(t.List(path) == children);
  }
  REQUIRE(t.space.inode_count() == model.nodes().size());
}

TEST_CASE("namespace: random operations of three callers agree with a model, and replay gives the same tree", "[tree]") {
  const auto seed = GENERATE(range(1, 13));
  INFO("seed " << seed);
  Random random(static_cast<std::uint64_t>(seed));
  TreeOptions options = TreeFixture::SmallBlocks();
  options.delete_at_once_max = seed % 3 == 0 ? 3 : 1000;
  TreeFixture t(options);
  Model model;
  std::map<std::string, int> outcomes;
  for (int step = 0; step < 3000; ++step) {
    const Caller* const callers[] = {&t.root, &t.alice, &t.bob, &t.alice};
    const Caller& who = *callers[random.Below(4)];
    const std::string path = RandomPath(random);
    const std::string other = RandomPath(random);
    const bool flag = random.Below(2) == 0;
    const unsigned mode = RandomMode(random);
    ++t.now;
    std::string got;
    std::string expected;
    const auto choice = random.Below(100);
    if (step == 0) {
      expected = model.SetPermission(t.root, "/", 0777);
      got = Kind(t.space.SetPermission(t.As(t.root), "/", 0777));
    } else if (choice < 18) {
      expected = model.Mkdirs(who, path, mode);
      auto result = t.space.Mkdirs(t.As(who), path, static_cast<std::uint16_t>(mode), true);
      got = Kind(result, result.ok() && *result);
    } else if (choice < 38) {
      const std::uint64_t length = random.Below(200);
      expected = path == "/" ? "FileAlreadyExistsException" : model.Create(who, path, flag, length);
      CreateRequest request = TreeFixture::Request(path);
      request.permission = 0640;
      if (flag) request.flags |= dfs::kCreateFlagOverwrite;
      auto result = t.space.CreateFile(t.As(who), request);
      got = Kind(result, result.ok());
      if (result.ok()) {
        dfs::Block block = t.NewBlock();
        block.length = length;
        REQUIRE(t.space.AddBlock(result->file, block, t.sink).ok());
        if (random.Below(4) != 0) t.space.Close(result->file, t.now, t.sink);
      }
    } else if (choice < 48) {
      expected = model.Delete(who, path, flag);
      auto result = t.space.Delete(t.As(who), path, flag);
      got = Kind(result, result.ok() && result->deleted);
    } else if (choice < 60) {
      expected = model.Rename(who, path, other);
      auto result = t.space.Rename(t.As(who), path, other);
      got = Kind(result, result.ok() && result->renamed);
    } else if (choice < 72) {
      expected = model.Rename2(who, path, other, flag);
      auto result = t.space.Rename2(t.As(who), path, other, flag);
      got = Kind(result, result.ok() && result->renamed);
    } else if (choice < 82) {
      expected = model.SetPermission(who, path, mode);
      got = Kind(t.space.SetPermission(t.As(who), path, static_cast<std::uint16_t>(mode)));
    } else if (choice < 87) {
      expected = model.SetGroup(who, path, flag ? "users" : "staff");
      got = Kind(t.space.SetOwner(t.As(who), path, "", flag ? "users" : "staff"));
    } else if (choice < 94) {
      expected = model.Read(who, path);
      auto result = t.space.FileForRead(who, path);
      got = Kind(result, result.ok());
    } else if (choice < 98) {
      expected = model.Summary(who, path);
      auto result = t.space.GetContentSummary(who, path);
      got = result.ok() ? std::to_string(result->files) + "/" + std::to_string(result->directories) + "/" +
                              std::to_string(result->length)
                        : Kind(result.status());
    } else {
      t.space.CollectDetached(random.Below(4), t.sink);
    }
    INFO("step " << step << " " << who.user << " choice " << choice << " " << path << " " << other);
    REQUIRE(got == expected);
    ++outcomes[got];
    t.Journal();
    if (step % 100 == 0) RequireSameContent(t, model);
    if (step % 500 == 499) t.RequireDualApply();
  }
  RequireSameContent(t, model);
  t.RequireDualApply();
  // The run must have met both success and each kind of refusal, or it showed nothing.
  CHECK(outcomes["true"] > 300);
  CHECK(outcomes["false"] > 30);
  for (const char* kind : {"AccessControlException", "FileNotFoundException", "FileAlreadyExistsException",
                           "ParentNotDirectoryException"}) {
    INFO(kind);
    CHECK(outcomes[kind] > 10);
  }
}

}  // namespace
}  // namespace mrd::namenode
