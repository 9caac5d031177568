#include "tasktracker/worker/task_limits.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/resource.h>

namespace mrd::tasktracker {

namespace {

// What an attempt's last words may take, which are a file as well.
constexpr std::uint64_t kFileBytesMin = 64 << 10;

constexpr const char* kCore = "mapreduce.task.rlimit.core";
constexpr const char* kFiles = "mapreduce.task.rlimit.nofile";
constexpr const char* kProcesses = "mapreduce.task.rlimit.nproc";
constexpr const char* kFileSize = "mapreduce.task.rlimit.fsize";
constexpr const char* kMapSpace = "mapreduce.map.ulimit";
constexpr const char* kReduceSpace = "mapreduce.reduce.ulimit";

Status Limit(decltype(RLIMIT_CORE) resource, std::uint64_t value, const char* key) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return FromErrno(errno, std::string("read the limit of ") + key);
  limit.rlim_max = std::min<rlim_t>(value, limit.rlim_max);
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(resource, &limit) == 0) return Status::Ok();
  return FromErrno(errno, std::string(key) + "=" + std::to_string(value));
}

std::string Sentence(const char* key, std::uint64_t value, const char* unit) {
  return std::string(key) + " permits " + std::to_string(value) + unit + "; raise it if that is too little.";
}

}  // namespace

Result<TaskLimits> TaskLimits::Read(const Config& config) {
  TaskLimits limits;
  const auto size = [&config](const char* key, std::uint64_t* out) {
    const Result<std::int64_t> value = config.GetSize(key);
    if (value.ok()) *out = static_cast<std::uint64_t>(*value);
    return value.status();
  };
  const auto number = [&config](const char* key, std::uint64_t* out) {
    const Result<std::int64_t> value = config.GetInt(key);
    if (value.ok()) *out = static_cast<std::uint64_t>(*value);
    return value.status();
  };
  MRD_RETURN_IF_ERROR(size(kCore, &limits.core_bytes_));
  MRD_RETURN_IF_ERROR(number(kFiles, &limits.open_files_));
  MRD_RETURN_IF_ERROR(number(kProcesses, &limits.processes_));
  MRD_RETURN_IF_ERROR(size(kFileSize, &limits.file_bytes_));
  MRD_RETURN_IF_ERROR(number(kMapSpace, &limits.map_space_bytes_));
  MRD_RETURN_IF_ERROR(number(kReduceSpace, &limits.reduce_space_bytes_));
  if (limits.file_bytes_ != 0 && limits.file_bytes_ < kFileBytesMin) {
    return InvalidArgument(std::string(kFileSize) + "=" + std::to_string(limits.file_bytes_) + ": 0 or at least " +
                           std::to_string(kFileBytesMin) + " is expected");
  }
  limits.map_space_bytes_ <<= 10;
  limits.reduce_space_bytes_ <<= 10;
  return limits;
}

Status TaskLimits::Apply(mapred::proto::TaskKindProto kind) const {
  MRD_RETURN_IF_ERROR(Limit(RLIMIT_CORE, core_bytes_, kCore));
  if (kind == mapred::proto::COMMIT || kind == mapred::proto::ABORT) return Status::Ok();
  if (open_files_ != 0) MRD_RETURN_IF_ERROR(Limit(RLIMIT_NOFILE, open_files_, kFiles));
  if (processes_ != 0) MRD_RETURN_IF_ERROR(Limit(RLIMIT_NPROC, processes_, kProcesses));
  if (file_bytes_ != 0) MRD_RETURN_IF_ERROR(Limit(RLIMIT_FSIZE, file_bytes_, kFileSize));
  const bool reduce = kind == mapred::proto::REDUCE;
  const std::uint64_t space = reduce ? reduce_space_bytes_ : map_space_bytes_;
  if (space != 0) MRD_RETURN_IF_ERROR(Limit(RLIMIT_AS, space, reduce ? kReduceSpace : kMapSpace));
  return Status::Ok();
}

std::string TaskLimits::Hint(std::string_view failure) const {
  const auto says = [failure](int error) { return failure.find(std::strerror(error)) != std::string_view::npos; };
  if (open_files_ != 0 && says(EMFILE)) return Sentence(kFiles, open_files_, " open files");
  if (processes_ != 0 && says(EAGAIN)) return Sentence(kProcesses, processes_, " processes and threads of the user");
  if (file_bytes_ != 0 && (says(EFBIG) || failure.find("SIGXFSZ") != std::string_view::npos)) {
    return Sentence(kFileSize, file_bytes_, " bytes in a file");
  }
  return "";
}

}  // namespace mrd::tasktracker
