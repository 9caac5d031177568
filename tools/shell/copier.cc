#include "tools/shell/copier.h"

#include <limits>
#include <utility>

#include "tools/shell/copy_progress.h"
#include "tools/shell/destination.h"
#include "tools/shell/faults.h"
#include "tools/shell/interrupt.h"
#include "tools/shell/work_queue.h"

namespace mrd::shell {
namespace {

constexpr std::string_view kUnfinished = "._COPYING_";
constexpr std::uint64_t kWhole = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Copier::Copier(Session& session, Item destination, CopyChoices choices)
    : session_(session),
      destination_(std::move(destination)),
      choices_(choices),
      progress_(std::make_unique<CopyProgress>(session)),
      queue_(std::make_unique<WorkQueue>(choices.threads, choices.queued_max)) {}

Copier::~Copier() = default;

void Copier::CopyAll(std::vector<Item>& sources) {
  const InterruptScope scope;
  if (Status fits = CheckDestination(destination_, sources.size(), choices_.overwrite); !fits.ok()) {
    session_.Fail(fits);
    return;
  }
  for (Item& source : sources) {
    if (session_.interrupted()) break;
    session_.FailUnlessOk(source.exists() ? CopyTop(source) : NoSuchFile(source.text));
  }
  queue_->Drain();
  FinishDirectories();
  progress_->Finish();
}

Status Copier::CopyTop(Item& source) {
  if (source.is_directory()) {
    MRD_ASSIGN_OR_RETURN(const Item target, TargetFor(destination_, source));
    MRD_RETURN_IF_ERROR(CheckNotBelowItself(source, target));
    if (!choices_.merge_directories && target.is_directory()) return FileExists(target.text);
  }
  return CopyTree(source, destination_);
}

Status Copier::CopyTree(Item& source, const Item& destination) {
  if (InterruptScope::Raised()) return Interrupted();
  MRD_ASSIGN_OR_RETURN(Item target, TargetFor(destination, source));
  if (source.is_directory()) return CopyDirectory(source, target);
  if (target.exists() && (target.is_directory() || !choices_.overwrite)) return FileExists(target.text);
  progress_->Expect(source.size_bytes());
  queue_->Add([this, source, target] {
    if (session_.interrupted()) return;
    session_.FailUnlessOk(CopyFile(source, target));
    progress_->FileDone();
  });
  return Status::Ok();
}

Status Copier::CopyDirectory(Item& source, Item& target) {
  if (target.exists()) {
    if (!target.is_directory()) return IsNotDirectory(target.text);
  } else {
    Status made = target.file_system->Mkdirs(target.path);
    if (!made.ok()) return Worded(std::move(made), target.text);
    MRD_RETURN_IF_ERROR(target.Refresh());
  }
  MRD_ASSIGN_OR_RETURN(std::vector<Item> children, ChildrenOf(source));
  directories_.push_back({source, target});
  for (Item& child : children) {
    if (session_.interrupted()) return Status::Ok();
    session_.FailUnlessOk(CopyTree(child, target));
  }
  return Status::Ok();
}

// After all files, since these change a directory's time and a permission may forbid to add them.
void Copier::FinishDirectories() {
  for (auto pair = directories_.rbegin(); pair != directories_.rend(); ++pair) {
    if (session_.interrupted()) return;
    session_.FailUnlessOk(PreserveAttributes(pair->source, pair->target));
    if (choices_.remove_sources) session_.FailUnlessOk(RemoveSource(pair->source));
  }
}

Status Copier::CopyFile(const Item& source, const Item& target) {
  auto file = source.file_system->Open(source.path);
  if (!file.ok()) return Worded(file.status(), source.text);
  MRD_RETURN_IF_ERROR(WriteFile(target, [&](const ByteSink& sink) -> Status {
    return CopyBytes(**file, 0, kWhole, sink).status();
  }));
  MRD_RETURN_IF_ERROR(PreserveAttributes(source, target));
  return choices_.remove_sources ? RemoveSource(source) : Status::Ok();
}

Status Copier::CopyStandardInput() {
  const InterruptScope scope;
  MRD_RETURN_IF_ERROR(CheckDestination(destination_, 1, choices_.overwrite));
  // Standard input has no name that a directory could give it.
  if (destination_.exists() && (destination_.is_directory() || !choices_.overwrite)) return FileExists(destination_.text);
  progress_->Expect(0);
  Status status = WriteFile(destination_, [&](const ByteSink& sink) -> Status {
    return CopyInput(session_.console(), sink).status();
  });
  progress_->Finish();
  return status;
}

Status Copier::WriteFile(const Item& target, const std::function<Status(const ByteSink&)>& fill) {
  const Item written = choices_.direct ? target : target.WithSuffix(kUnfinished);
  fs::FileSystem& file_system = *target.file_system;
  fs::CreateOptions options;
  options.overwrite = true;
  if (choices_.lazy_persist) options.replication = 1;
  auto file = file_system.Create(written.path, options);
  if (!file.ok()) return Worded(file.status(), written.text);

  const auto write = [&]() -> Status {
    MRD_RETURN_IF_ERROR(fill([&](const char* data, std::size_t size) {
      progress_->Advance(size);
      return (*file)->Append(data, size);
    }));
    MRD_RETURN_IF_ERROR((*file)->Close());
    if (choices_.direct) return Status::Ok();
    if (target.exists()) {
      Result<bool> deleted = file_system.Delete(target.path, false);
      if (!deleted.ok()) return deleted.status();
    }
    Status renamed = file_system.Rename(written.path, target.path);
    return renamed;
  };
  Status status = write();
  if (status.ok()) return status;
  file->reset();
  // The first failure is what the user should hear of, not that clearing away failed too.
  Result<bool> cleared = file_system.Delete(written.path, false);
  return Worded(std::move(status), target.text);
}

Status Copier::PreserveAttributes(const Item& source, const Item& target) {
  const fs::FileStatus& status = *source.status;
  fs::FileSystem& file_system = *target.file_system;
  const auto set = [&]() -> Status {
    if (choices_.preserve.owner) {
      MRD_RETURN_IF_ERROR(file_system.SetOwner(target.path, status.owner, status.group));
    }
    if (choices_.preserve.permission) {
      MRD_RETURN_IF_ERROR(file_system.SetPermission(target.path, status.mode & 01777));
    }
    // Last: the others may change them.
    if (choices_.preserve.times) {
      MRD_RETURN_IF_ERROR(file_system.SetTimes(target.path, status.modified_ms, status.accessed_ms));
    }
    return Status::Ok();
  };
  return Worded(set(), target.text);
}

Status Copier::RemoveSource(const Item& source) {
  Result<bool> deleted = source.file_system->Delete(source.path, false);
  if (!deleted.ok()) return Worded(deleted.status(), source.text);
  return *deleted ? Status::Ok() : OperationFault("remove", source.text, "");
}

}  // namespace mrd::shell
