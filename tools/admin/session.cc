#include "tools/admin/session.h"

#include <utility>

#include "dfs/client/dfs_path.h"
#include "dfs/client/hdfs_file_system.h"
#include "dfs/client/options.h"

namespace mrd::admin {
namespace {

constexpr const char* kScheme = "hdfs";

}  // namespace

void Session::Fail(const Status& status) {
  failed_ = true;
  const std::string& message = status.message();
  console_.Err(name_ + ": " + message.substr(0, message.find('\n')) + "\n");
}

Result<std::string> DefaultAuthority(const Config& config) {
  const std::string uri = config.GetString("fs.defaultFS", "file:///");
  const Result<fs::Path> parsed = fs::Path::Parse(uri);
  if (!parsed.ok() || parsed->scheme() != kScheme || parsed->authority().empty()) {
    return InvalidArgument("FileSystem " + uri +
                           " is not an HDFS file system; set fs.defaultFS to hdfs://HOST:PORT, give "
                           "-fs hdfs://HOST:PORT, or start a private cluster with mr up");
  }
  return parsed->authority();
}

Result<Namenode*> Session::NamenodeAt(const std::string& authority) {
  std::unique_ptr<Namenode>& namenode = namenodes_[authority];
  if (!namenode) {
    MRD_ASSIGN_OR_RETURN(const dfs::client::NamenodeAddress address,
                         dfs::client::ParseAuthority(authority, dfs::client::kDefaultNamenodePort));
    MRD_ASSIGN_OR_RETURN(const dfs::client::Options options, dfs::client::ReadOptions(config_));
    namenode = std::make_unique<Namenode>(ServerAddress{address.host, address.port}, options);
  }
  return namenode.get();
}

Result<Namenode*> Session::DefaultNamenode() {
  MRD_ASSIGN_OR_RETURN(const std::string authority, DefaultAuthority(config_));
  return NamenodeAt(authority);
}

Result<Session::Place> Session::Resolve(const std::string& text) {
  MRD_ASSIGN_OR_RETURN(fs::Path path, fs::Path::Parse(text));
  if (!path.scheme().empty() && path.scheme() != kScheme) {
    return InvalidArgument("FileSystem " + text + " is not an HDFS file system");
  }
  std::string authority = path.authority();
  if (authority.empty()) {
    MRD_ASSIGN_OR_RETURN(authority, DefaultAuthority(config_));
  }
  if (!path.is_absolute()) {
    MRD_ASSIGN_OR_RETURN(const dfs::client::Options options, dfs::client::ReadOptions(config_));
    path = path.WithPath("/user/" + options.user + "/" + path.path());
  }
  Place place;
  MRD_ASSIGN_OR_RETURN(place.namenode, NamenodeAt(authority));
  place.path = dfs::client::DfsPath(path);
  return place;
}

Result<std::unique_ptr<Datanode>> Session::DatanodeAt(const std::string& text) const {
  MRD_ASSIGN_OR_RETURN(ServerAddress address, ParseServerAddress(text));
  MRD_ASSIGN_OR_RETURN(const dfs::client::Options options, dfs::client::ReadOptions(config_));
  return std::make_unique<Datanode>(std::move(address), options);
}

}  // namespace mrd::admin
