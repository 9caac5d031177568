#include "jobtracker/journal/job_store.h"

#include <utility>

#include <leveldb/db.h>
#include <leveldb/options.h>
#include <leveldb/write_batch.h>

namespace mrd::jobtracker {
namespace {

constexpr const char* kVersionKey = "!version";
constexpr const char* kVersion = "1";
// The store is small and read once: LevelDB's own 8 MiB of cache and 4 MiB of buffer would be most of an idle process.
constexpr std::size_t kWriteBufferBytes = std::size_t{1} << 20;

leveldb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

class LevelDbStore final : public JobStore {
 public:
  explicit LevelDbStore(std::string path) : path_(std::move(path)) {}

  Status Start(Env& env) {
    MRD_RETURN_IF_ERROR(CreateDirs(env, path_));
    leveldb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = kWriteBufferBytes;
    // A torn end of the log is what a crash leaves, but LevelDB calls it damage like any other when it is told to be
    // strict. So the second try is the lenient one; from then on it is strict again.
    options.paranoid_checks = true;
    const Status strict = OpenWith(options);
    if (strict.code() == Code::kCorruption) {
      options.paranoid_checks = false;
      MRD_RETURN_IF_ERROR(OpenWith(options));
      db_.reset();
      options.paranoid_checks = true;
      MRD_RETURN_IF_ERROR(OpenWith(options));
    } else if (!strict.ok()) {
      return strict;
    }
    return CheckVersion();
  }

  Status Write(std::span<const StoreWrite> writes, bool sync) override {
    leveldb::WriteBatch batch;
    for (const StoreWrite& write : writes) {
      if (write.value) {
        batch.Put(write.key, *write.value);
      } else {
        batch.Delete(write.key);
      }
    }
    leveldb::WriteOptions options;
    options.sync = sync;
    return Convert(db_->Write(options, &batch));
  }

  Status Scan(std::string_view prefix, const Row& row) override {
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(options));
    for (it->Seek(ToSlice(prefix)); it->Valid() && it->key().starts_with(ToSlice(prefix)); it->Next()) {
      const leveldb::Slice key = it->key();
      const leveldb::Slice value = it->value();
      MRD_RETURN_IF_ERROR(row({key.data(), key.size()}, {value.data(), value.size()}));
    }
    return Convert(it->status());
  }

  Result<std::optional<std::string>> Get(const std::string& key) override {
    std::string value;
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    const leveldb::Status status = db_->Get(options, key, &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    MRD_RETURN_IF_ERROR(Convert(status));
    return std::optional<std::string>(std::move(value));
  }

 private:
  Status OpenWith(const leveldb::Options& options) {
    leveldb::DB* db = nullptr;
    const leveldb::Status status = leveldb::DB::Open(options, path_, &db);
    db_.reset(db);
    return Convert(status);
  }

  Status CheckVersion() {
    MRD_ASSIGN_OR_RETURN(const std::optional<std::string> found, Get(kVersionKey));
    if (found == kVersion) return Status::Ok();
    if (found) {
      return FailedPrecondition("job store " + path_ + " has version " + *found + ", this program writes version " +
                                kVersion + "; start the newer program, or give mr.jobtracker.dir an empty directory and "
                                "lose what runs");
    }
    const StoreWrite version = {kVersionKey, kVersion};
    return Write({&version, 1}, true);
  }

  // LevelDB's messages name the file and, of a system call, the reason.
  Status Convert(const leveldb::Status& status) const {
    if (status.ok()) return Status::Ok();
    const std::string text = "job store " + path_ + ": " + status.ToString();
    if (status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound()) {
      return Corruption(text + "; move the directory away to start without the jobs that were running");
    }
    if (text.find("No space left") != std::string::npos || text.find("quota exceeded") != std::string::npos) {
      return ResourceExhausted(text);
    }
    if (text.find("/LOCK") != std::string::npos) return Unavailable(text + "; another jobtracker runs on it");
    return IoError(text);
  }

  const std::string path_;
  std::unique_ptr<leveldb::DB> db_;
};

}  // namespace

Result<std::unique_ptr<JobStore>> JobStore::Open(Env& env, const std::string& path) {
  auto store = std::make_unique<LevelDbStore>(path);
  MRD_RETURN_IF_ERROR(store->Start(env));
  return std::unique_ptr<JobStore>(std::move(store));
}

}  // namespace mrd::jobtracker
