#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "dfs/types.h"
#include "namenode/edits.h"
#include "namenode/tree/permission.h"

namespace mrd::namenode {

struct Directory;
struct File;
struct Inode;
class Namespace;
class PathGuard;
class ResolvedPath;
class Tree;

// What the tree decides by; constant after construction. Names of the configuration keys in comments.
struct TreeOptions {
  bool permissions = true;                         // dfs.permissions.enabled; off: everybody passes as superuser
  std::string superuser = "hdfs";                  // owner of the root when formatted, and of /.reserved
  std::string supergroup = "supergroup";           // dfs.permissions.superusergroup
  std::size_t component_bytes_max = 255;           // dfs.namenode.fs-limits.max-component-length; 0: no limit
  std::size_t directory_items_max = 1'048'576;     // dfs.namenode.fs-limits.max-directory-items
  std::uint64_t block_size_min = 1u << 20;         // dfs.namenode.fs-limits.min-block-size
  std::uint32_t blocks_per_file_max = 10'000;      // dfs.namenode.fs-limits.max-blocks-per-file
  std::uint32_t replication_min = 1;               // dfs.namenode.replication.min
  std::uint32_t replication_max = 512;             // dfs.replication.max
  std::int64_t access_time_precision_ms = 3'600'000;  // dfs.namenode.accesstime.precision; 0: never kept
  std::size_t list_limit = 1000;                   // dfs.ls.limit
  // Up to so many inodes a deletion removes at once; larger subtrees are unlinked and collected in portions.
  std::size_t delete_at_once_max = 1000;
};

// What every changing operation has in common.
struct Context {
  const Caller& caller;
  std::int64_t now_ms = 0;  // wall clock; becomes mtime
  MutationSink& sink;       // gets the durable side of the change; untouched when the operation fails
};

// A file of the tree, for reading. Cheap to copy. Valid until the file is removed or renamed: keep the id across other
// operations, not this. Default-constructed: no file.
class FileRef {
 public:
  FileRef() = default;
  explicit operator bool() const { return file_ != nullptr; }

  dfs::InodeId id() const;
  std::string Path() const;
  std::uint32_t replication() const;
  std::uint64_t block_size() const;
  std::size_t block_count() const;
  // REQUIRES: index < block_count().
  dfs::Block block(std::size_t index) const;
  std::vector<dfs::Block> blocks() const;
  // Sum of all blocks' lengths, the open last one with the length that is known of it.
  std::uint64_t length() const;

  bool under_construction() const;
  // The last block is charged as a whole block: it is being written. False for closed files.
  bool last_block_open() const;
  // Of an open file; "" when closed.
  const std::string& client_name() const;
  const std::string& client_machine() const;

  friend bool operator==(const FileRef&, const FileRef&) = default;

 private:
  friend class Namespace;
  FileRef(const Namespace* space, const File* file) : space_(space), file_(file) {}
  const Namespace* space_ = nullptr;
  const File* file_ = nullptr;
};

// What went away with a deletion, an overwrite or a concat, for the parts that hold the rest of it.
struct Removed {
  std::vector<dfs::Block> blocks;
  std::vector<dfs::InodeId> files;       // every removed file
  std::vector<dfs::InodeId> open_files;  // those under construction: their leases end
};

struct DeleteResult {
  bool deleted = false;  // what the client gets
  Removed removed;
  // The subtree was too large: it is no longer in the namespace, and CollectDetached() will give its blocks.
  bool detached = false;
};

struct CreateRequest {
  std::string path;
  std::uint16_t permission = 0644;
  std::string client_name;
  std::string client_machine;
  std::uint32_t flags = dfs::kCreateFlagCreate;
  bool create_parent = true;
  std::uint32_t replication = 3;
  std::uint64_t block_size = 128u << 20;
};

struct CreateResult {
  FileRef file;
  Removed replaced;  // by OVERWRITE
};

struct RenameResult {
  bool renamed = false;  // the classic rename's answer; always true for rename2, which fails instead
  Removed replaced;      // by rename2 with overwrite
};

struct QuotaUsage {
  std::uint64_t files_and_directories = 0;
  std::int64_t quota = dfs::kQuotaUnset;
  std::uint64_t space_consumed = 0;
  std::int64_t space_quota = dfs::kQuotaUnset;
};

// The tree of directories and files, and everything of ClientProtocol that follows from it alone.
//
// Operation: each method checks (name, permission, kinds, limits, quotas) in HDFS's order and with its messages, and
// then either changes everything or nothing. Failures are Status with the Java class as tag (dfs/errors.h). Each change
// also goes to the sink as mutations of the durable map (keys.h): applying them in order to an empty tree gives this
// tree. Start-up: Load() every pair of a checkpoint, Apply() every mutation after it, Finish(); before Finish() nothing
// else may be called. A new file system: Format() instead.
// Deletion of a large subtree only unlinks it, durably; CollectDetached() takes it away in portions. Unlinked inodes
// are found by no method, by id neither.
// Threads: one owner; no locks. No clock: instants are arguments. No I/O.
// Memory: about 105 bytes per file of one block with a name of a dozen bytes, everything included.
class Namespace {
 public:
  explicit Namespace(TreeOptions options);
  ~Namespace();
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;

  const TreeOptions& options() const { return options_; }

  // ---- Life ----------------------------------------------------------------------------------------------------
  // An empty namespace: a root owned by superuser:supergroup, mode 755. REQUIRES: nothing was loaded.
  void Format(std::int64_t now_ms, MutationSink& sink);
  // One pair of a checkpoint. Keys of other parts are refused with kInvalidArgument, damaged ones with kCorruption.
  Status Load(std::string_view key, std::string_view value);
  // One mutation of an edit that came after the checkpoint. Order within the journal matters.
  Status Apply(const Mutation& mutation);
  // True for keys that Load() and Apply() take.
  static bool OwnsKey(std::string_view key);
  // Connects what was loaded. kCorruption naming the inode when the parts make no tree; the namespace is then unusable.
  Status Finish();

  // ---- Counters ------------------------------------------------------------------------------------------------
  // A named number that survives: the core's next block id and generation stamp. `initial` until first set.
  std::uint64_t Counter(std::string_view name, std::uint64_t initial) const;
  void SetCounter(std::string_view name, std::uint64_t value, MutationSink& sink);
  // Returns the counter's value and adds one to it.
  std::uint64_t TakeFromCounter(std::string_view name, std::uint64_t initial, MutationSink& sink);

  // ---- Reading -------------------------------------------------------------------------------------------------
  // nullopt when the path or a parent is missing. `path` of the result is empty. /.reserved works.
  Result<std::optional<dfs::FileStatus>> GetFileInfo(const Caller& caller, std::string_view path) const;
  // The children after `start_after` in byte order, at most list_limit; a file lists itself with an empty path. nullopt
  // when missing. A `start_after` of the form "/.reserved/.inodes/<id>" means that child's name.
  // With `blocks_max` the page also ends once its files have so many blocks (a listing with locations); 0: no such end.
  Result<std::optional<dfs::DirectoryListing>> GetListing(const Caller& caller,
                                                          std::string_view path,
                                                          std::string_view start_after,
                                                          std::size_t blocks_max = 0) const;
  Result<dfs::ContentSummary> GetContentSummary(const Caller& caller, std::string_view path) const;
  Result<QuotaUsage> GetQuotaUsage(const Caller& caller, std::string_view path) const;
  Result<std::uint64_t> GetPreferredBlockSize(const Caller& caller, std::string_view path) const;
  Result<bool> IsFileClosed(const Caller& caller, std::string_view path) const;
  Status CheckAccess(const Caller& caller, std::string_view path, Access access) const;
  // Always "/": there are no encryption zones. Missing paths are fine as long as the caller may pass.
  Result<std::string> GetEnclosingRoot(const Caller& caller, std::string_view path) const;
  // The file for getBlockLocations: READ. FileNotFoundException "File does not exist: <p>" or "Path is not a file:
  // <p>".
  Result<FileRef> FileForRead(const Caller& caller, std::string_view path) const;
  // The file for truncate, recoverLease: WRITE, the same exceptions.
  Result<FileRef> FileForWrite(const Caller& caller, std::string_view path) const;
  // The file for append: WRITE, with append's own messages for missing paths and directories.
  Result<FileRef> FileForAppend(const Caller& caller, std::string_view path, std::string_view client_machine) const;
  // The open file of addBlock, complete, fsync, abandonBlock …: by id when it is not 0, else by path. Checks that it is
  // under construction and that `client_name` writes it: FileNotFoundException or LeaseExpiredException as HDFS has
  // them. No permission check: who holds the lease may write.
  Result<FileRef> FileForLease(std::string_view path, dfs::InodeId id, std::string_view client_name) const;
  // By id or by path without any check on a caller; none when missing, unlinked or a directory.
  FileRef FindFile(dfs::InodeId id) const;
  FileRef FindFile(std::string_view path) const;
  // Path of any inode; "" when there is none.
  std::string PathOf(dfs::InodeId id) const;
  dfs::FileStatus StatusOf(FileRef file) const;  // `path` empty, as getFileInfo gives it

  // Every file of the tree, depth first in byte order of the names. For the block map at start.
  void ForEachFile(const std::function<void(FileRef)>& visit) const;
  // Every file under construction, ordered by id. For leases at start.
  void ForEachOpenFile(const std::function<void(FileRef)>& visit) const;
  // Depth first in byte order below `path` with its full path, directories first told with an empty FileRef; for fsck.
  // Stops early when `visit` returns false. Missing path: FileNotFoundException.
  using Visit = std::function<bool(const std::string& path, FileRef file)>;
  Status Walk(std::string_view path, const Visit& visit) const;
  // The rest of that walk behind `after`, an entry that it visited and that may have gone since; "" is all of it. So a
  // long walk can be cut into pieces between which the tree changes: what is there all the time is visited once.
  // IllegalArgumentException for an `after` that is not below `path`.
  Status WalkBehind(std::string_view path, std::string_view after, const Visit& visit) const;
  std::uint64_t file_count() const;
  std::uint64_t directory_count() const;  // with the root
  // Files and directories, what quotas count.
  std::uint64_t inode_count() const { return file_count() + directory_count(); }

  // ---- Changing names ------------------------------------------------------------------------------------------
  // True also for an existing directory.
  Result<bool> Mkdirs(const Context& context, std::string_view path, std::uint16_t permission, bool create_parent);
  // Checks of create in HDFS's order up to the point where an existing file matters, and that file if there is one. The
  // core then applies the rules of leases when OVERWRITE is not set, and calls CreateFile().
  Result<FileRef> CheckCreate(const Caller& caller, const CreateRequest& request) const;
  // All checks of CheckCreate() again, then the new file, under construction and empty. An existing one is replaced
  // with OVERWRITE, else FileAlreadyExistsException. REQUIRES: request.replication was defaulted by the caller.
  Result<CreateResult> CreateFile(const Context& context, const CreateRequest& request);
  Result<DeleteResult> Delete(const Context& context, std::string_view path, bool recursive);
  Result<RenameResult> Rename(const Context& context, std::string_view source, std::string_view destination);
  Result<RenameResult> Rename2(const Context& context,
                               std::string_view source,
                               std::string_view destination,
                               bool overwrite);
  // Moves the blocks of `sources` behind those of `target`; the sources vanish. Returns the ids of the files that
  // vanished, so that the core knows the blocks' new file; no blocks, since none goes away.
  Result<Removed> Concat(const Context& context, std::string_view target, const std::vector<std::string>& sources);
  // Always UnsupportedOperationException "Symlinks not supported".
  Status CreateSymlink() const;

  // True while unlinked subtrees wait.
  bool HasDetached() const;
  // Takes up to `max` inodes of unlinked subtrees away, leaves first. Call until HasDetached() is false.
  Removed CollectDetached(std::size_t max, MutationSink& sink);

  // ---- Changing attributes -------------------------------------------------------------------------------------
  Status SetPermission(const Context& context, std::string_view path, std::uint16_t permission);
  // Empty: unchanged.
  Status SetOwner(const Context& context, std::string_view path, std::string_view owner, std::string_view group);
  // -1: unchanged.
  Status SetTimes(const Context& context, std::string_view path, std::int64_t modified_ms, std::int64_t accessed_ms);
  // The file whose replication was set, for the block side; none for directories and missing paths (the client gets
  // false).
  Result<FileRef> SetReplication(const Context& context, std::string_view path, std::uint32_t replication);
  // kQuotaUnchanged leaves, kQuotaUnset clears.
  Status SetQuota(const Context& context, std::string_view path, std::int64_t names, std::int64_t space);
  // A read of the file: keeps context.now_ms as access time if the kept one is older than the precision. Returns
  // whether it changed. Call it with the answer of FileForRead().
  bool TouchAccessTime(FileRef file, std::int64_t now_ms, MutationSink& sink);

  // ---- Changing content ----------------------------------------------------------------------------------------
  // Blocks of files that FileForLease() or the core found; no checks of permission. All keep usage and quotas right.
  // Whether a stamp was ever handed out is the core's to check; one beyond 48 bits is kept as the largest of these.
  //
  // Appends an open block, charged as a whole one. REQUIRES: under construction. DSQuotaExceededException, or
  // IOException at blocks_per_file_max. The block before it becomes charged by its length.
  Status AddBlock(FileRef file, const dfs::Block& block, MutationSink& sink);
  // Only the quota part of AddBlock, for a check before targets are chosen.
  Status CheckBlockQuota(FileRef file) const;
  // REQUIRES: under construction, block_count() > 0.
  void RemoveLastBlock(FileRef file, MutationSink& sink);
  // Replaces stamp and length (or all) of one block. For the last block `open` says how it is charged: true as a whole
  // block, false by its length (committed or complete). Ignored for others.
  void SetBlock(FileRef file, std::size_t index, const dfs::Block& block, bool open, MutationSink& sink);
  // Replaces all blocks, for truncate. `last_open` as in SetBlock.
  void SetBlocks(FileRef file, const std::vector<dfs::Block>& blocks, bool last_open, MutationSink& sink);
  // A closed file is written again. `reopen_last`: its last block is written further and charged as a whole, which may
  // fail with DSQuotaExceededException. Changes no time.
  Status OpenForAppend(FileRef file,
                       std::string_view client_name,
                       std::string_view client_machine,
                       bool reopen_last,
                       MutationSink& sink);
  // Another client, or the namenode itself, becomes the writer. REQUIRES: under construction.
  void SetClient(FileRef file, std::string_view client_name, std::string_view client_machine, MutationSink& sink);
  // Ends the writing: all blocks are charged by their lengths; mtime is `now_ms`. REQUIRES: under construction.
  void Close(FileRef file, std::int64_t now_ms, MutationSink& sink);
  void SetModified(FileRef file, std::int64_t now_ms, MutationSink& sink);

  // ---- For tests and tools -------------------------------------------------------------------------------------
  // A text with one line per inode, counter and open file, in order of ids: equal for equal trees, for dual apply.
  std::string Dump() const;
  // Recounts everything that is kept incrementally and compares. OK, or kInternal naming the first difference.
  Status CheckInvariants() const;

 private:
  friend class FileRef;

  PathGuard Guard(const Caller& caller) const;
  // Resolves and checks that the caller may pass.
  Status ResolveFor(const Caller& caller, std::string_view path, bool creating, ResolvedPath* resolved) const;
  FileRef Ref(const File* file) const { return {this, file}; }
  static File& Mutable(FileRef file) { return const_cast<File&>(*file.file_); }
  dfs::FileStatus StatusOfInode(const Inode& inode) const;

  // Reserved names and the length of a new entry's name; `is_top` when its directory is the root.
  Status CheckNewName(const std::string& parent_path, std::string_view name, bool is_top) const;
  Status CheckItems(const Directory& parent, const std::string& parent_path) const;
  Status CheckReplication(std::string_view path, std::uint32_t replication, std::string_view client) const;
  // Whether the missing components of a path may be made: names, number of entries, quota of names.
  Status CheckMissing(const ResolvedPath& path) const;
  Status ResolveCreate(const Caller& caller, const CreateRequest& request, ResolvedPath* resolved) const;
  // Makes directories for the missing components up to `depth`; returns the last one. `mode(depth)` gives each its
  // mode.
  Directory* MakeDirectories(const Context& context,
                             const ResolvedPath& path,
                             std::size_t depth,
                             const std::function<std::uint16_t(std::size_t depth)>& mode);
  void Touch(Directory& directory, const Context& context);
  // Takes an unlinked inode and what is below it away, leaves first, at most `max` inodes. A file is one.
  void Collect(Inode* unlinked, std::size_t max, Removed* removed, MutationSink& sink);
  void ReleaseFile(File& file, Removed* removed, MutationSink& sink);
  void MoveInode(const Context& context, const ResolvedPath& from, const ResolvedPath& to, Removed* replaced);
  Status CheckMove(const ResolvedPath& from, const ResolvedPath& to) const;
  Status ResolveConcat(const Context& context,
                       std::string_view target,
                       const std::vector<std::string>& sources,
                       File** target_file,
                       std::vector<File*>* source_files) const;

  const TreeOptions options_;
  const std::unique_ptr<Tree> tree_;
};

}  // namespace mrd::namenode
