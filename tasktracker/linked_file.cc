#include "tasktracker/linked_file.h"

#include <unistd.h>

#include <cerrno>

namespace mrd::tasktracker {

Status LinkNamedFile(Env& env, const NamedFile& file, const std::string& link) {
  MRD_RETURN_IF_ERROR(CreateDirs(env, link.substr(0, link.rfind('/'))));
  if (::link(file.path.c_str(), link.c_str()) != 0) return FromErrno(errno, "link " + file.path + " to " + link);
  // Compared afterwards, so that it is the linked file that is known to be the right one.
  Result<FileInfo> info = env.LinkStat(link);
  if (info.ok() && info->type == FileType::kFile && info->device == file.device && info->inode == file.inode) {
    return Status::Ok();
  }
  (void)env.RemoveFile(link);
  if (!info.ok()) return info.status();
  return FailedPrecondition(file.path + " is another file here than on the tracker that names it");
}

}  // namespace mrd::tasktracker
