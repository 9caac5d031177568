#include "engine/drop_behind.h"

#include "common/base/machine_memory.h"
#include "engine/job_definition.h"
#include "engine/job_settings.h"

namespace mrd::engine {

namespace {

Status DropPiece(fs::Registry& file_systems, const InputPiece& piece) {
  MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(piece.path));
  MRD_ASSIGN_OR_RETURN(const fs::Path path, file_systems.Qualify(parsed));
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> system, file_systems.For(path));
  if (system->scheme() != "file") return Status::Ok();
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::InputFile> file, system->Open(path));
  file->DropCached(piece.start, piece.length);
  return Status::Ok();
}

}  // namespace

bool ShouldDropBehind(const JobSettings& settings, const JobDefinition& definition, const InputPlan& plan) {
  if (settings.drop_behind_reads) return *settings.drop_behind_reads;
  // A combiner leaves little of the input; without reduces nothing is read again.
  if (definition.combiner || settings.reduces == 0) return false;
  return plan.bytes > MemoryAvailable() / 3;
}

void DropBehind(fs::Registry& file_systems, const InputSplit& split) {
  for (const InputPiece& piece : split.pieces) static_cast<void>(DropPiece(file_systems, piece));
}

}  // namespace mrd::engine
