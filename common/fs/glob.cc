#include "common/fs/glob.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace mrd::fs {
namespace {

// Braces multiply; a pattern of more alternatives is a mistake or an attack.
constexpr std::size_t kAlternativesMax = 10'000;

Status Bad(std::string_view pattern, std::size_t position, std::string_view what) {
  return InvalidArgument("pattern " + std::string(pattern) + ": " + std::string(what) +
                         " at position " + std::to_string(position + 1));
}

// The end of the bracket expression that opens at `open`: the index of its ']'. A ']' that comes
// first is a member.
Result<std::size_t> BracketEnd(std::string_view pattern, std::size_t open) {
  std::size_t i = open + 1;
  if (i < pattern.size() && (pattern[i] == '^' || pattern[i] == '!')) ++i;
  if (i < pattern.size() && pattern[i] == ']') ++i;
  for (; i < pattern.size() && pattern[i] != '/'; ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == ']') {
      return i;
    }
  }
  return Bad(pattern, open, "the bracket is never closed, opened");
}

// ---- Braces ----------------------------------------

// The outermost first brace group: the bounds of its alternatives. Not found: close is 0.
struct BraceGroup {
  std::size_t open = 0;
  std::size_t close = 0;
  std::vector<std::size_t> commas;
};

Result<BraceGroup> FirstBraceGroup(std::string_view pattern) {
  BraceGroup group;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      if (i + 1 == pattern.size()) return Bad(pattern, i, "nothing follows the backslash");
      ++i;
    } else if (c == '[') {
      MRD_ASSIGN_OR_RETURN(i, BracketEnd(pattern, i));
    } else if (c == '{') {
      if (depth++ == 0) group.open = i;
    } else if (c == ',' && depth == 1) {
      group.commas.push_back(i);
    } else if (c == '}' && depth > 0 && --depth == 0) {
      group.close = i;
      return group;
    }
  }
  if (depth > 0) return Bad(pattern, group.open, "the brace is never closed, opened");
  return BraceGroup();
}

// Appends every pattern without braces that `pattern` stands for.
Status ExpandBraces(std::string pattern, std::vector<std::string>& expanded) {
  std::vector<std::string> open_work{std::move(pattern)};
  while (!open_work.empty()) {
    const std::string current = std::move(open_work.back());
    open_work.pop_back();
    MRD_ASSIGN_OR_RETURN(BraceGroup group, FirstBraceGroup(current));
    if (group.close == 0) {
      expanded.push_back(current);
    } else {
      const std::string head = current.substr(0, group.open);
      const std::string tail = current.substr(group.close + 1);
      std::size_t begin = group.open + 1;
      group.commas.push_back(group.close);
      for (const std::size_t end : group.commas) {
        open_work.push_back(head + current.substr(begin, end - begin) + tail);
        begin = end + 1;
      }
    }
    if (expanded.size() + open_work.size() > kAlternativesMax) {
      return InvalidArgument("pattern " + current.substr(0, 80) +
                             "...: its braces stand for more than " +
                             std::to_string(kAlternativesMax) + " alternatives");
    }
  }
  return Status::Ok();
}

// ---- Matching one pattern without braces ----------------------------------------

constexpr char32_t kNotUtf8 = 0x110000;  // plus the byte

// Takes one character off the front: a UTF-8 sequence, or a byte that begins none.
char32_t TakeCharacter(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  bool valid = length > 0 && length <= text.size();
  char32_t value = length <= 1 ? first : first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xC0) == 0x80;
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  if (!valid) value = kNotUtf8 + first;
  text.remove_prefix(valid ? length : 1);
  return value;
}

// One step of a pattern: a star, or a set of characters of which exactly one must follow.
struct Step {
  bool star = false;
  bool negated = false;  // any character but these; '/' never
  std::vector<std::pair<char32_t, char32_t>> ranges;

  bool Takes(char32_t c) const {
    const bool found = std::any_of(ranges.begin(), ranges.end(), [c](const auto& range) {
      return range.first <= c && c <= range.second;
    });
    return negated ? !found && c != U'/' : found;
  }
};

char32_t TakeMember(std::string_view& members) {
  if (members.size() > 1 && members[0] == '\\') members.remove_prefix(1);
  return TakeCharacter(members);
}

// `members` is what stands between the brackets, which open at `position` of `pattern`.
Result<Step> ParseBracket(std::string_view pattern,
                          std::size_t position,
                          std::string_view members) {
  Step step;
  if (members.starts_with('^') || members.starts_with('!')) {
    step.negated = true;
    members.remove_prefix(1);
  }
  while (!members.empty()) {
    const char32_t first = TakeMember(members);
    char32_t last = first;
    if (members.size() > 1 && members[0] == '-') {
      members.remove_prefix(1);
      last = TakeMember(members);
    }
    if (last < first)
      return Bad(pattern, position, "the range ends before it begins in the bracket");
    step.ranges.emplace_back(first, last);
  }
  return step;
}

using Steps = std::vector<Step>;

Result<Steps> Compile(std::string_view pattern) {
  Steps steps;
  for (std::size_t i = 0; i < pattern.size();) {
    Step step;
    if (pattern[i] == '*') {
      step.star = true;
      ++i;
    } else if (pattern[i] == '?') {
      step.negated = true;
      ++i;
    } else if (pattern[i] == '[') {
      MRD_ASSIGN_OR_RETURN(const std::size_t end, BracketEnd(pattern, i));
      MRD_ASSIGN_OR_RETURN(step, ParseBracket(pattern, i, pattern.substr(i + 1, end - i - 1)));
      i = end + 1;
    } else {
      if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
      std::string_view rest = pattern.substr(i);
      const char32_t c = TakeCharacter(rest);
      step.ranges.emplace_back(c, c);
      i = pattern.size() - rest.size();
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

// A star first takes nothing; on a mismatch the latest star takes one character more. That is
// enough because a star never passes a '/', so an earlier one could not change what is left.
bool Matches(const Steps& steps, std::string_view text) {
  std::size_t at = 0;
  std::optional<std::size_t> star;
  std::string_view star_text;
  while (true) {
    if (at == steps.size() && text.empty()) return true;
    if (at < steps.size() && steps[at].star) {
      star = at++;
      star_text = text;
      continue;
    }
    if (at < steps.size() && !text.empty()) {
      std::string_view rest = text;
      if (steps[at].Takes(TakeCharacter(rest))) {
        text = rest;
        ++at;
        continue;
      }
    }
    if (!star || star_text.empty() || TakeCharacter(star_text) == U'/') return false;
    text = star_text;
    at = *star + 1;
  }
}

std::string WithoutBackslashes(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    result += text[i];
  }
  return result;
}

// ---- Walking ----------------------------------------

// One component of a path pattern: a plain name, or steps.
struct Component {
  bool has_glob;
  std::string name;
  Steps steps;
};

Result<std::vector<Component>> SplitPattern(std::string_view pattern) {
  std::vector<Component> components;
  std::size_t begin = 0;
  while (begin < pattern.size()) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    const std::string_view text = pattern.substr(begin, end - begin);
    begin = end + 1;
    if (text.empty()) continue;
    Component component{HasGlob(text), WithoutBackslashes(text), {}};
    if (component.has_glob) {
      MRD_ASSIGN_OR_RETURN(component.steps, Compile(text));
    }
    components.push_back(std::move(component));
  }
  return components;
}

// What `call` says of a path that may be absent.
template <typename T>
Result<std::optional<T>> IfFound(Result<T> result) {
  if (result.ok()) return std::optional<T>(*std::move(result));
  if (result.status().code() == Code::kNotFound) return std::optional<T>();
  return result.status();
}

// Appends the children of `dir` that match; nothing when it is no directory.
Status AppendMatches(FileSystem& fs,
                     const Path& dir,
                     const Steps& steps,
                     std::vector<Path>& found) {
  MRD_ASSIGN_OR_RETURN(auto status, IfFound(fs.Stat(dir)));
  if (!status || !status->is_directory) return Status::Ok();  // a file would list itself
  MRD_ASSIGN_OR_RETURN(auto children, IfFound(fs.List(dir)));
  if (!children) return Status::Ok();
  for (const FileStatus& child : *children) {
    if (Matches(steps, child.path.name())) found.push_back(child.path);
  }
  return Status::Ok();
}

Status AppendGlob(FileSystem& fs,
                  const Path& root,
                  const std::vector<Component>& components,
                  std::vector<FileStatus>& found) {
  std::vector<Path> paths{root};
  for (const Component& component : components) {
    std::vector<Path> next;
    for (const Path& path : paths) {
      if (component.has_glob) {
        MRD_RETURN_IF_ERROR(AppendMatches(fs, path, component.steps, next));
      } else {
        next.push_back(path.Child(component.name));
      }
    }
    paths = std::move(next);
  }
  for (const Path& path : paths) {
    MRD_ASSIGN_OR_RETURN(auto status, IfFound(fs.Stat(path)));
    if (status) found.push_back(*std::move(status));
  }
  return Status::Ok();
}

}  // namespace

bool HasGlob(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (std::string_view("*?[{").find(text[i]) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

Result<bool> GlobMatches(std::string_view pattern, std::string_view name) {
  std::vector<std::string> expanded;
  MRD_RETURN_IF_ERROR(ExpandBraces(std::string(pattern), expanded));
  bool matches = false;
  for (const std::string& one : expanded) {
    MRD_ASSIGN_OR_RETURN(const Steps steps, Compile(one));
    matches = matches || Matches(steps, name);
  }
  return matches;
}

Result<std::vector<FileStatus>> Glob(FileSystem& fs, const Path& path) {
  if (!path.is_absolute())
    return InvalidArgument(path.ToString() + ": a pattern must be an absolute path");
  std::vector<std::string> expanded;
  MRD_RETURN_IF_ERROR(ExpandBraces(path.path(), expanded));
  // All of it is checked before anything is looked up.
  std::vector<std::vector<Component>> patterns;
  for (const std::string& one : expanded) {
    MRD_ASSIGN_OR_RETURN(std::vector<Component> components, SplitPattern(one));
    patterns.push_back(std::move(components));
  }
  std::vector<FileStatus> found;
  for (const auto& components : patterns) {
    MRD_RETURN_IF_ERROR(AppendGlob(fs, path.WithPath("/"), components, found));
  }
  std::sort(found.begin(), found.end(), [](const FileStatus& a, const FileStatus& b) {
    return a.path.ToString() < b.path.ToString();
  });
  found.erase(
      std::unique(found.begin(), found.end(),
                  [](const FileStatus& a, const FileStatus& b) { return a.path == b.path; }),
      found.end());
  return found;
}

}  // namespace mrd::fs
