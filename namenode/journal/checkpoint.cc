#include "namenode/journal/checkpoint.h"

#include <charconv>
#include <optional>
#include <vector>

#include <leveldb/db.h>
#include <leveldb/options.h>
#include <leveldb/write_batch.h>

#include "common/base/check.h"
#include "namenode/journal/bytes.h"
#include "namenode/journal/table_files.h"

namespace mrd::namenode {
namespace {

// Keys in LevelDB begin with a byte that says whose they are: ours sort first.
constexpr char kOwn = '\0';
constexpr char kRow = '\1';
const std::string kAppliedKey = std::string(1, kOwn) + "applied";
const std::string kNamespaceKey = std::string(1, kOwn) + "namespace";
constexpr const char* kMarkSuffix = ".synced";
// Each open table holds a descriptor and its index.
constexpr int kOpenFilesMax = 256;
constexpr std::size_t kCopyBytes = std::size_t{1} << 20;

leveldb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

class LevelDbCheckpoint final : public Checkpoint {
 public:
  LevelDbCheckpoint(Env& env, std::string path, std::uint32_t namespace_id, CrashPoints& crash_points)
      : env_(env), path_(std::move(path)), namespace_id_(namespace_id), crash_points_(crash_points) {}

  Status Start() {
    MRD_RETURN_IF_ERROR(OpenDb());
    MRD_RETURN_IF_ERROR(ReadMark());
    MRD_RETURN_IF_ERROR(CheckNamespace());
    MRD_ASSIGN_OR_RETURN(const std::optional<std::uint64_t> applied, GetNumber(kAppliedKey));
    applied_ = {applied.value_or(0)};
    // The hint lies in the unflushed part, so it may be gone while the mark is not.
    if (applied_ < synced_) applied_ = synced_;
    return Status::Ok();
  }

  TxId applied() const override { return applied_; }
  TxId synced() const override { return synced_; }
  const std::string& path() const override { return path_; }

  Status Apply(std::span<const Edit> edits) override {
    if (edits.empty()) return Status::Ok();
    MRD_CHECK(edits.front().id.value <= applied_.value + 1);
    crash_points_.Pass("checkpoint.before_apply");
    leveldb::WriteBatch batch;
    for (const Edit& edit : edits) {
      for (const Mutation& mutation : edit.mutations) Add(batch, mutation);
    }
    return Commit(batch, std::max(applied_, edits.back().id));
  }

  Status Sync() override {
    if (synced_ == applied_) return Status::Ok();
    crash_points_.Pass("checkpoint.before_sync");
    // LevelDB moves its memory to flushed table files before it compacts a range; that this range is empty spares the
    // rest. It reports a failure of that with the next write only.
    const std::string nothing(1, kOwn);
    const leveldb::Slice empty(nothing);
    db_->CompactRange(&empty, &empty);
    leveldb::WriteBatch batch;
    MRD_RETURN_IF_ERROR(Commit(batch, applied_));
    crash_points_.Pass("checkpoint.before_mark");
    MRD_RETURN_IF_ERROR(WriteFileDurably(env_, path_ + kMarkSuffix, std::to_string(applied_.value) + "\n"));
    crash_points_.Pass("checkpoint.after_sync");
    synced_ = applied_;
    return Status::Ok();
  }

  Status Scan(const Row& row) override {
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(options));
    for (it->Seek(std::string(1, kRow)); it->Valid(); it->Next()) {
      const leveldb::Slice key = it->key();
      const leveldb::Slice value = it->value();
      MRD_RETURN_IF_ERROR(row({key.data() + 1, key.size() - 1}, {value.data(), value.size()}));
    }
    return Convert(it->status());
  }

 private:
  Status LoadRows(std::span<const Mutation> rows, TxId applied) override {
    leveldb::WriteBatch batch;
    for (const Mutation& row : rows) Add(batch, row);
    return Commit(batch, applied);
  }

  void Add(leveldb::WriteBatch& batch, const Mutation& mutation) {
    key_.assign(1, kRow);
    key_ += mutation.key;
    if (mutation.value) {
      batch.Put(key_, ToSlice(*mutation.value));
    } else {
      batch.Delete(key_);
    }
  }

  Status Commit(leveldb::WriteBatch& batch, TxId applied) {
    batch.Put(kAppliedKey, std::to_string(applied.value));
    MRD_RETURN_IF_ERROR(Convert(db_->Write(leveldb::WriteOptions(), &batch)));
    applied_ = applied;
    return Status::Ok();
  }

  Status OpenDb() {
    leveldb::Options options;
    options.create_if_missing = true;
    options.env = TableFileEnv();
    options.max_open_files = kOpenFilesMax;
    // A torn log is what a crash leaves and what the edits after synced() make good, but LevelDB calls it damage like
    // any other when it is told to be strict. So the second try is the lenient one; from then on it is strict again.
    options.paranoid_checks = true;
    const Status strict = Convert(OpenWith(options));
    if (strict.code() != Code::kCorruption) return strict;
    options.paranoid_checks = false;
    MRD_RETURN_IF_ERROR(Convert(OpenWith(options)));
    db_.reset();
    options.paranoid_checks = true;
    return Convert(OpenWith(options));
  }

  leveldb::Status OpenWith(const leveldb::Options& options) {
    leveldb::DB* db = nullptr;
    const leveldb::Status status = leveldb::DB::Open(options, path_, &db);
    db_.reset(db);
    return status;
  }

  Status ReadMark() {
    const std::string path = path_ + kMarkSuffix;
    const Result<std::string> text = ReadWholeFile(env_, path);
    if (text.status().code() == Code::kNotFound) return Status::Ok();
    if (!text.ok()) return text.status();
    const std::string_view line = text.value();
    const std::optional<std::uint64_t> number =
        line.ends_with('\n') ? ParseNumber(line.substr(0, line.size() - 1)) : std::nullopt;
    if (!number) return Corruption(path + " does not hold the number of an edit");
    synced_ = {*number};
    return Status::Ok();
  }

  Status CheckNamespace() {
    MRD_ASSIGN_OR_RETURN(const std::optional<std::uint64_t> found, GetNumber(kNamespaceKey));
    if (found && *found != namespace_id_) {
      return FailedPrecondition("checkpoint " + path_ + " belongs to namespace " + std::to_string(*found) +
                                ", not to " + std::to_string(namespace_id_) + "; take it away");
    }
    if (found) return Status::Ok();
    if (synced_.value > 0) return Corruption("checkpoint " + path_ + " is damaged: it says nothing of its namespace");
    leveldb::WriteOptions options;
    options.sync = true;
    return Convert(db_->Put(options, kNamespaceKey, std::to_string(namespace_id_)));
  }

  Result<std::optional<std::uint64_t>> GetNumber(const std::string& key) {
    std::string text;
    const leveldb::Status status = db_->Get(leveldb::ReadOptions(), key, &text);
    if (status.IsNotFound()) return std::optional<std::uint64_t>();
    MRD_RETURN_IF_ERROR(Convert(status));
    const std::optional<std::uint64_t> number = ParseNumber(text);
    if (!number) return Corruption("checkpoint " + path_ + " is damaged: a number of it does not parse");
    return number;
  }

  // LevelDB's messages name the file and, of a system call, the reason.
  Status Convert(const leveldb::Status& status) const {
    if (status.ok()) return Status::Ok();
    const std::string text = status.ToString();
    if (status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound())
      return Corruption("checkpoint " + path_ + " is damaged: " + text);
    if (text.find("No space left") != std::string::npos || text.find("quota exceeded") != std::string::npos)
      return ResourceExhausted("checkpoint " + path_ + ": " + text);
    if (text.find("/LOCK") != std::string::npos) return Unavailable("checkpoint " + path_ + " is in use: " + text);
    return IoError("checkpoint " + path_ + ": " + text);
  }

  Env& env_;
  const std::string path_;
  const std::uint32_t namespace_id_;
  CrashPoints& crash_points_;
  std::unique_ptr<leveldb::DB> db_;
  TxId applied_;
  TxId synced_;
  std::string key_;
};

}  // namespace

Result<std::unique_ptr<Checkpoint>> Checkpoint::Open(Env& env,
                                                     const std::string& path,
                                                     std::uint32_t namespace_id,
                                                     CrashPoints& crash_points) {
  auto checkpoint = std::make_unique<LevelDbCheckpoint>(env, path, namespace_id, crash_points);
  MRD_RETURN_IF_ERROR(checkpoint->Start());
  return std::unique_ptr<Checkpoint>(std::move(checkpoint));
}

Status Checkpoint::CopyFrom(Checkpoint& other) {
  std::vector<Mutation> rows;
  std::size_t bytes = 0;
  // Nothing counts as applied before all of it is there.
  MRD_RETURN_IF_ERROR(other.Scan([&](std::string_view key, std::string_view value) {
    rows.push_back({std::string(key), std::string(value)});
    bytes += key.size() + value.size();
    if (bytes < kCopyBytes) return Status::Ok();
    Status loaded = LoadRows(rows, {});
    rows.clear();
    bytes = 0;
    return loaded;
  }));
  MRD_RETURN_IF_ERROR(LoadRows(rows, other.applied()));
  return Sync();
}

Status Checkpoint::Remove(Env& env, const std::string& path) {
  // The mark first: without it the rest counts as empty.
  const Status unmarked = env.RemoveFile(path + kMarkSuffix);
  if (!unmarked.ok() && unmarked.code() != Code::kNotFound) return unmarked;
  return RemoveTree(env, path);
}

}  // namespace mrd::namenode
