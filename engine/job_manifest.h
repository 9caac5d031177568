#pragma once

#include <string>
#include <vector>

#include "engine/job.h"
#include "engine/job_definition.h"
#include "engine/manifest.h"

namespace mrd::engine {

// The manifest of a job whose tasks are all done. Of `result` name, numbers of tasks and ledger are taken; with them it
// says the same wherever the job ran.
Manifest MakeManifest(const JobDefinition& definition,
                      const std::string& plugin_sha256,
                      const JobResult& result,
                      std::vector<ManifestPart> parts);

}  // namespace mrd::engine
