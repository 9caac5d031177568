#include "engine/attempt_files.h"

#include <algorithm>
#include <string>

#include "common/fs/file_system.h"
#include "engine/attempt.h"
#include "engine/output_writer.h"

// One open file of a plugin: exactly one of the three is set.
struct mr_file {
  mrd::engine::Attempt* attempt = nullptr;
  mrd::engine::AttemptFiles* owner = nullptr;
  std::unique_ptr<mrd::fs::InputFile> input;
  std::unique_ptr<mrd::engine::OutputStream> output;
  mrd::engine::OutputStream* borrowed = nullptr;
};

namespace mrd::engine {

namespace {
int32_t Failed(mr_file* file, Status why) {
  file->attempt->Fail(std::move(why));
  return MR_FAILED;
}
}  // namespace

AttemptFiles::AttemptFiles(Attempt& attempt) : attempt_(attempt) {}
AttemptFiles::~AttemptFiles() = default;

int32_t AttemptFiles::Open(std::string_view path, mr_file** file) {
  auto opened = [&]() -> Result<std::unique_ptr<fs::InputFile>> {
    fs::Registry& file_systems = attempt_.job().file_systems;
    MRD_ASSIGN_OR_RETURN(fs::Path parsed, fs::Path::Parse(path));
    MRD_ASSIGN_OR_RETURN(fs::Path full, file_systems.Qualify(parsed));
    MRD_ASSIGN_OR_RETURN(std::shared_ptr<fs::FileSystem> system, file_systems.For(full));
    return system->Open(full);
  }();
  if (!opened.ok()) {
    attempt_.Fail(opened.status());
    return MR_FAILED;
  }
  auto entry = std::make_unique<mr_file>();
  entry->attempt = &attempt_;
  entry->owner = this;
  entry->input = std::move(*opened);
  *file = entry.get();
  open_.push_back(std::move(entry));
  return MR_OK;
}

int32_t AttemptFiles::Create(std::string_view path, mr_file** file) {
  auto created = [&]() -> Result<std::unique_ptr<OutputStream>> {
    if (path.empty() || path.front() == '/' || path.find("..") != std::string_view::npos) {
      return InvalidArgument("create \"" + std::string(path) +
                             "\": a task creates files below its own output directory; use a relative path");
    }
    return attempt_.CreateOutput(path);
  }();
  if (!created.ok()) {
    attempt_.Fail(created.status());
    return MR_FAILED;
  }
  auto entry = std::make_unique<mr_file>();
  entry->attempt = &attempt_;
  entry->owner = this;
  entry->output = std::move(*created);
  *file = entry.get();
  open_.push_back(std::move(entry));
  return MR_OK;
}

mr_file* AttemptFiles::Wrap(OutputStream& stream) {
  auto entry = std::make_unique<mr_file>();
  entry->attempt = &attempt_;
  entry->owner = this;
  entry->borrowed = &stream;
  open_.push_back(std::move(entry));
  return open_.back().get();
}

int32_t AttemptFiles::Size(mr_file* file, int64_t* size) {
  if (!file->attempt->OnOwnThread()) return file->attempt->RefuseForeignThread();
  if (file->input == nullptr) return Failed(file, InvalidArgument("size of a file that is being written"));
  Result<std::uint64_t> known = file->input->Size();
  if (!known.ok()) return Failed(file, known.status());
  *size = static_cast<int64_t>(*known);
  return MR_OK;
}

int32_t AttemptFiles::Read(mr_file* file, int64_t offset, char* buffer, size_t size, size_t* got) {
  if (!file->attempt->OnOwnThread()) return file->attempt->RefuseForeignThread();
  if (file->input == nullptr || offset < 0) {
    return Failed(file, InvalidArgument("read of a file that is being written, or at a negative offset"));
  }
  if (file->attempt->ShouldStop()) return MR_FAILED;
  Result<std::size_t> read = file->input->ReadAt(static_cast<std::uint64_t>(offset), buffer, size);
  if (!read.ok()) return Failed(file, read.status());
  *got = *read;
  return MR_OK;
}

int32_t AttemptFiles::Write(mr_file* file, const char* data, size_t size) {
  if (!file->attempt->OnOwnThread()) return file->attempt->RefuseForeignThread();
  OutputStream* stream = file->borrowed != nullptr ? file->borrowed : file->output.get();
  if (stream == nullptr) return Failed(file, InvalidArgument("write to a file that was opened for reading"));
  if (Status written = stream->Append(data, size); !written.ok()) return Failed(file, std::move(written));
  return MR_OK;
}

int32_t AttemptFiles::Close(mr_file* file) {
  if (!file->attempt->OnOwnThread()) return file->attempt->RefuseForeignThread();
  Status closed;
  if (file->output != nullptr) closed = file->output->Close();
  if (!closed.ok()) return Failed(file, std::move(closed));
  auto& open = file->owner->open_;
  open.erase(std::find_if(open.begin(), open.end(), [&](const auto& entry) { return entry.get() == file; }));
  return MR_OK;
}

}  // namespace mrd::engine
