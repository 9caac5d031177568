#include "common/fs/registry.h"

#include <mutex>
#include <utility>

#include "common/base/environment.h"

namespace mrd::fs {
namespace {

constexpr char kLocalScheme[] = "file";

Result<Path> ParseDefault(const std::string& uri) {
  if (uri == "local") return Path(kLocalScheme, "", "/");
  Result<Path> path = Path::Parse(uri);
  if (!path.ok() || path->scheme().empty()) {
    return InvalidArgument("fs.defaultFS=" + uri +
                           ": not a URI such as file:/// or hdfs://host:8020");
  }
  return path->WithPath("/");
}

// Whom relative paths on a shared file system belong to.
std::string FileSystemUser() {
  auto name = EnvironmentVariable("HADOOP_USER_NAME");
  return name && !name->empty() ? *name : CurrentUserName();
}

}  // namespace

struct Registry::Impl {
  // Constant after construction.
  Result<Path> default_root;
  std::string working_dir;
  // Constant after the last Register().
  std::map<std::string, Factory> factories;
  // Guarded by the mutex; by scheme, then authority.
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<FileSystem>> file_systems;

  std::string KnownSchemes() const {
    if (factories.empty()) return "none";
    std::string names;
    for (const auto& [scheme, factory] : factories) names += (names.empty() ? "" : ", ") + scheme;
    return names;
  }
};

Registry::Registry(std::string default_uri, std::string working_dir)
    : impl_(std::make_shared<Impl>()) {
  impl_->default_root = ParseDefault(default_uri);
  impl_->working_dir = std::move(working_dir);
}

void Registry::Register(std::string scheme, Factory factory) {
  impl_->factories[std::move(scheme)] = std::move(factory);
}

Result<Path> Registry::Qualify(const Path& path) const {
  MRD_ASSIGN_OR_RETURN(const Path root, Result<Path>(impl_->default_root));
  const bool default_is_local = root.scheme() == kLocalScheme;
  const std::string scheme = path.scheme().empty() ? root.scheme() : path.scheme();

  std::string absolute = path.path();
  if (!path.is_absolute()) {
    const std::string base =
        scheme == kLocalScheme ? impl_->working_dir : "/user/" + FileSystemUser();
    absolute = base + "/" + absolute;
  }
  // "hdfs:///x" means the default's host.
  const std::string authority =
      path.authority().empty() && scheme == root.scheme() ? root.authority() : path.authority();
  if (scheme == kLocalScheme && default_is_local && authority.empty())
    return Path("", "", absolute);
  return Path(scheme, authority, absolute);
}

Result<std::shared_ptr<FileSystem>> Registry::For(const Path& path) {
  MRD_ASSIGN_OR_RETURN(const Path full, Qualify(path));
  const std::string scheme = full.scheme().empty() ? kLocalScheme : full.scheme();
  const auto factory = impl_->factories.find(scheme);
  if (factory == impl_->factories.end()) {
    return InvalidArgument(path.ToString() + ": no file system for the scheme \"" + scheme +
                           "\"; known: " + impl_->KnownSchemes());
  }
  const std::lock_guard lock(impl_->mutex);
  auto& file_system = impl_->file_systems[{scheme, full.authority()}];
  if (file_system == nullptr) {
    Result<std::shared_ptr<FileSystem>> made = factory->second(full.authority());
    if (!made.ok()) return made.status().WithContext(path.ToString());
    file_system = *std::move(made);
  }
  return file_system;
}

std::map<std::string, IoStatistics> Registry::Statistics() const {
  const std::lock_guard lock(impl_->mutex);
  std::map<std::string, IoStatistics> by_scheme;
  for (const auto& [key, file_system] : impl_->file_systems) {
    if (file_system == nullptr) continue;  // its factory failed
    const IoStatistics one = file_system->Statistics();
    IoStatistics& sum = by_scheme[key.first];
    sum.bytes_read += one.bytes_read;
    sum.bytes_written += one.bytes_written;
    sum.read_operations += one.read_operations;
    sum.large_read_operations += one.large_read_operations;
    sum.write_operations += one.write_operations;
  }
  return by_scheme;
}

}  // namespace mrd::fs
