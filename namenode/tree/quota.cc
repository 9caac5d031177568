#include "namenode/tree/quota.h"

#include <array>
#include <cstdio>
#include <vector>

#include "dfs/errors.h"

namespace mrd::namenode {
namespace {

// Sums that a hostile block size pushed beyond 63 bits count as "very much", not as negative.
std::int64_t Clamped(std::uint64_t value) {
  return value > static_cast<std::uint64_t>(INT64_MAX) ? INT64_MAX : static_cast<std::int64_t>(value);
}

bool Exceeds(std::int64_t quota, std::uint64_t used, std::int64_t delta) {
  return quota >= 0 && delta > 0 && Clamped(used) > quota - delta;
}

std::int64_t Sum(std::uint64_t used, std::int64_t delta) {
  const std::int64_t base = Clamped(used);
  return delta > INT64_MAX - base ? INT64_MAX : base + delta;
}

Status NamesExceeded(const Directory& directory, std::int64_t count) {
  return dfs::Exception(dfs::java::kNsQuotaExceeded, "The NameSpace quota (directories and files) of directory " +
                                                         PathOfInode(directory) + " is exceeded: quota=" +
                                                         std::to_string(directory.quota->names) +
                                                         " file count=" + std::to_string(count));
}

Status SpaceExceeded(const Directory& directory, std::int64_t consumed) {
  const std::int64_t quota = directory.quota->space;
  return dfs::Exception(dfs::java::kDsQuotaExceeded,
                        "The DiskSpace quota of " + PathOfInode(directory) + " is exceeded: quota = " +
                            std::to_string(quota) + " B = " + TraditionalSize(quota) +
                            " but diskspace consumed = " + std::to_string(consumed) + " B = " + TraditionalSize(consumed));
}

}  // namespace

Status CheckQuota(const Directory* from, const Usage& delta, const Directory* stop) {
  // Differences wrap: what is "negative" has the top bit.
  const auto names = static_cast<std::int64_t>(delta.inodes());
  const auto space = static_cast<std::int64_t>(delta.space);
  if (names <= 0 && space <= 0) return {};
  for (const Directory* directory = from; directory != nullptr && directory != stop; directory = directory->parent) {
    if (directory->quota == nullptr) continue;
    const Usage used = directory->WithSelf();
    if (Exceeds(directory->quota->names, used.inodes(), names)) {
      return NamesExceeded(*directory, Sum(used.inodes(), names));
    }
    if (Exceeds(directory->quota->space, used.space, space)) return SpaceExceeded(*directory, Sum(used.space, space));
  }
  return {};
}

std::uint64_t Charge(std::uint64_t bytes, std::uint64_t copies) {
  std::uint64_t product = 0;
  const bool overflow = __builtin_mul_overflow(bytes, copies, &product);
  return overflow ? static_cast<std::uint64_t>(INT64_MAX) : static_cast<std::uint64_t>(Clamped(product));
}

std::string TraditionalSize(std::int64_t bytes) {
  static constexpr std::array<char, 6> kPrefixes = {'K', 'M', 'G', 'T', 'P', 'E'};
  std::string sign;
  auto size = static_cast<std::uint64_t>(bytes);
  if (bytes < 0) {
    sign = "-";
    size = 0 - size;
  }
  if (size < 1024) return sign + std::to_string(size) + " B";
  std::size_t prefix = 0;
  while (prefix + 1 < kPrefixes.size() && size >> (10 * (prefix + 2)) != 0) ++prefix;
  const unsigned shift = 10 * (static_cast<unsigned>(prefix) + 1);
  std::string number;
  if ((size & ((std::uint64_t{1} << shift) - 1)) == 0) {
    number = std::to_string(size >> shift);
  } else {
    char text[32];
    const auto print = [&](unsigned by) {
      std::snprintf(text, sizeof text, "%.2f", static_cast<double>(size) / static_cast<double>(std::uint64_t{1} << by));
    };
    print(shift);
    if (std::string_view(text).starts_with("1024") && prefix + 1 < kPrefixes.size()) {
      ++prefix;  // rounded up to the next unit
      print(shift + 10);
    }
    number = text;
  }
  return sign + number + ' ' + kPrefixes[prefix] + 'B';
}

std::string PathOfInode(const Inode& inode) {
  std::vector<std::string_view> names;
  std::size_t bytes = 0;
  for (const Inode* at = &inode; at->parent != nullptr; at = at->parent) {
    names.push_back(at->name());
    bytes += at->name().size() + 1;
  }
  if (names.empty()) return "/";
  std::string path;
  path.reserve(bytes);
  for (auto name = names.rbegin(); name != names.rend(); ++name) path.append("/").append(*name);
  return path;
}

}  // namespace mrd::namenode
