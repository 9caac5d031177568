#include "datanode/store/volume_scan.h"

#include <map>
#include <optional>
#include <utility>

#include "datanode/store/replica_name.h"
#include "datanode/store/replica_tail.h"
#include "dfs/wire/meta_header.h"

namespace mrd::datanode {
namespace {

using dfs::ReplicaState;

struct MetaFile {
  dfs::GenerationStamp stamp;
  std::uint64_t size_bytes = 0;
};

// What was found of one replica in finalized and in rbw.
struct Found {
  std::optional<std::uint64_t> data_finalized, data_rbw;  // their sizes
  std::optional<MetaFile> meta_finalized, meta_rbw;
};

class Scan {
 public:
  Scan(Env& env, const Volume& volume, CrashPoints& crash_points)
      : env_(env), volume_(volume), crash_points_(crash_points) {}

  Result<VolumeContent> Run() {
    MRD_RETURN_IF_ERROR(EmptyTmp());
    MRD_RETURN_IF_ERROR(ListFinalized());
    MRD_RETURN_IF_ERROR(List(volume_.PoolDir() + "/current/rbw", ReplicaState::kRbw));
    for (const auto& [id, found] : found_) MRD_RETURN_IF_ERROR(Settle(id, found));
    return std::move(content_);
  }

 private:
  void Note(std::string finding) { content_.findings.push_back(std::move(finding)); }

  Status EmptyTmp() {
    const std::string tmp = volume_.PoolDir() + "/tmp";
    MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> entries, env_.ListDir(tmp));
    for (const FileInfo& entry : entries) MRD_RETURN_IF_ERROR(RemoveTree(env_, tmp + "/" + entry.name));
    return Status::Ok();
  }

  Status ListFinalized() {
    const std::string root = volume_.FinalizedRoot();
    MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> outer, env_.ListDir(root));
    for (const FileInfo& a : outer) {
      if (!IsSubdir(a, root)) continue;
      MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> inner, env_.ListDir(root + "/" + a.name));
      for (const FileInfo& b : inner) {
        if (IsSubdir(b, root + "/" + a.name)) {
          MRD_RETURN_IF_ERROR(List(root + "/" + a.name + "/" + b.name, ReplicaState::kFinalized));
        }
      }
    }
    return Status::Ok();
  }

  bool IsSubdir(const FileInfo& entry, const std::string& parent) {
    if (entry.type == FileType::kDirectory) return true;
    Note(parent + "/" + entry.name + " is not a directory and was passed over");
    return false;
  }

  Status List(const std::string& dir, ReplicaState state) {
    MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> entries, env_.ListDir(dir));
    for (const FileInfo& entry : entries) {
      const std::string path = dir + "/" + entry.name;
      const std::optional<ReplicaFileName> name = ParseReplicaFileName(entry.name);
      if (!name || entry.type != FileType::kFile) {
        Note(path + " is no replica's file and was passed over");
        continue;
      }
      if (dir != volume_.DirOf(name->id, state)) {
        Note(path + " lies in the wrong directory and was passed over; it belongs into " +
             volume_.DirOf(name->id, state));
        continue;
      }
      Found& found = found_[name->id];
      const bool finalized = state == ReplicaState::kFinalized;
      if (!name->stamp) {
        (finalized ? found.data_finalized : found.data_rbw) = entry.size_bytes;
        continue;
      }
      std::optional<MetaFile>& meta = finalized ? found.meta_finalized : found.meta_rbw;
      if (meta) Note(path + " is one of two meta files of its replica; the larger stamp counts");
      if (!meta || meta->stamp < *name->stamp) meta = MetaFile{*name->stamp, entry.size_bytes};
    }
    return Status::Ok();
  }

  Status Settle(dfs::BlockId id, const Found& found) {
    if (found.meta_finalized && found.meta_rbw)
      Note(DataFileName(id) + " has a meta file both among the finalized and in rbw on " + volume_.dir());
    // The finalized pair first: if it is whole, nothing else can be better.
    if (found.meta_finalized && found.data_finalized) {
      Keep(id, *found.meta_finalized, *found.data_finalized, ReplicaState::kFinalized);
      return Status::Ok();
    }
    if (found.meta_rbw && (found.data_rbw || found.data_finalized)) {
      if (!found.data_rbw) MRD_RETURN_IF_ERROR(MoveData(id, ReplicaState::kFinalized, ReplicaState::kRbw));
      return KeepUnfinished(id, *found.meta_rbw);
    }
    if (found.meta_finalized && found.data_rbw) {
      MRD_RETURN_IF_ERROR(MoveData(id, ReplicaState::kRbw, ReplicaState::kFinalized));
      Keep(id, *found.meta_finalized, *found.data_rbw, ReplicaState::kFinalized);
      return Status::Ok();
    }
    if (found.data_finalized) {
      Note(volume_.DirOf(id, ReplicaState::kFinalized) + "/" + DataFileName(id) +
           " has lost its meta file; it is kept, but not served");
      return Status::Ok();
    }
    if (found.data_rbw) MRD_RETURN_IF_ERROR(Remove(id, ReplicaState::kRbw, DataFileName(id)));
    if (found.meta_rbw) MRD_RETURN_IF_ERROR(Remove(id, ReplicaState::kRbw, MetaFileName(id, found.meta_rbw->stamp)));
    if (found.meta_finalized)
      MRD_RETURN_IF_ERROR(Remove(id, ReplicaState::kFinalized, MetaFileName(id, found.meta_finalized->stamp)));
    return Status::Ok();
  }

  Status MoveData(dfs::BlockId id, ReplicaState from, ReplicaState to) {
    const std::string target = volume_.DirOf(id, to) + "/" + DataFileName(id);
    Note("moved " + DataFileName(id) + " to its meta file in " + volume_.DirOf(id, to));
    return env_.Rename(volume_.DirOf(id, from) + "/" + DataFileName(id), target);
  }

  Status Remove(dfs::BlockId id, ReplicaState state, const std::string& name) {
    Note("removed " + volume_.DirOf(id, state) + "/" + name + ", the remains of an unfinished creation or deletion");
    return env_.RemoveFile(volume_.DirOf(id, state) + "/" + name);
  }

  void Keep(dfs::BlockId id, const MetaFile& meta, std::uint64_t length, ReplicaState state) {
    dfs::ReportedReplica replica;
    replica.block = dfs::Block{id, meta.stamp, length};
    replica.state = state;
    content_.replicas.push_back(replica);
    content_.used_bytes += length + meta.size_bytes;
  }

  Status KeepUnfinished(dfs::BlockId id, const MetaFile& meta) {
    const std::string dir = volume_.DirOf(id, ReplicaState::kRbw);
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> data_file, env_.OpenForUpdate(dir + "/" + DataFileName(id)));
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> meta_file,
                         env_.OpenForUpdate(dir + "/" + MetaFileName(id, meta.stamp)));
    const ReplicaFiles files{*data_file, *meta_file};
    const Result<ValidPrefix> prefix = FindValidPrefix(files);
    if (!prefix.ok() && prefix.status().code() == Code::kCorruption) {
      // Without a header nothing can have been acknowledged.
      MRD_RETURN_IF_ERROR(Remove(id, ReplicaState::kRbw, DataFileName(id)));
      return Remove(id, ReplicaState::kRbw, MetaFileName(id, meta.stamp));
    }
    MRD_RETURN_IF_ERROR(prefix.status());
    MRD_ASSIGN_OR_RETURN(const std::uint64_t data_bytes, data_file->Size());
    MRD_RETURN_IF_ERROR(CutReplica(files, prefix->spec, prefix->length, crash_points_).status());
    if (prefix->length != data_bytes) {
      Note("cut " + dir + "/" + DataFileName(id) + " from " + std::to_string(data_bytes) + " to " +
           std::to_string(prefix->length) + " bytes, which its checksums vouch for");
    }
    const MetaFile cut{meta.stamp, dfs::wire::kMetaHeaderBytes + prefix->spec.ChecksumBytes(prefix->length)};
    Keep(id, cut, prefix->length, ReplicaState::kRwr);
    return Status::Ok();
  }

  Env& env_;
  const Volume& volume_;
  CrashPoints& crash_points_;
  std::map<dfs::BlockId, Found> found_;
  VolumeContent content_;
};

}  // namespace

Result<VolumeContent> ScanVolume(Env& env, const Volume& volume, CrashPoints& crash_points) {
  return Scan(env, volume, crash_points).Run();
}

}  // namespace mrd::datanode
