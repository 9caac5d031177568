#include "namenode/journal/table_files.h"

#include <memory>
#include <string>
#include <utility>

#include "common/base/env.h"

namespace mrd::namenode {
namespace {

leveldb::Status Failed(const std::string& path, const Status& why) {
  if (why.code() == Code::kNotFound) return leveldb::Status::NotFound(path, why.message());
  return leveldb::Status::IOError(path, why.message());
}

class TableFile final : public leveldb::RandomAccessFile {
 public:
  TableFile(std::string path, std::unique_ptr<File> file) : path_(std::move(path)), file_(std::move(file)) {}

  leveldb::Status Read(std::uint64_t offset, std::size_t size, leveldb::Slice* result, char* scratch) const override {
    const Result<std::size_t> read = file_->ReadAt(offset, scratch, size);
    *result = leveldb::Slice(scratch, read.ok() ? *read : 0);
    return read.ok() ? leveldb::Status::OK() : Failed(path_, read.status());
  }

 private:
  const std::string path_;
  const std::unique_ptr<File> file_;
};

class UnmappedEnv final : public leveldb::EnvWrapper {
 public:
  UnmappedEnv() : leveldb::EnvWrapper(leveldb::Env::Default()) {}

  leveldb::Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** file) override {
    *file = nullptr;
    Result<std::unique_ptr<File>> opened = mrd::Env::Posix().OpenForRead(path);
    if (!opened.ok()) return Failed(path, opened.status());
    *file = std::make_unique<TableFile>(path, *std::move(opened)).release();  // LevelDB's from here on
    return leveldb::Status::OK();
  }
};

}  // namespace

leveldb::Env* TableFileEnv() {
  static UnmappedEnv env;
  return &env;
}

}  // namespace mrd::namenode
