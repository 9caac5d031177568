#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mrd::jobtracker::web {

// A job that came over HTTP and has to be planned: what is wanted, as JSON, and the files that came along. Whether the
// request makes sense is for whoever plans it to say.
struct JobUpload {
  struct File {
    std::string folder;  // "", "files" or "archives", as in a job pack
    std::string name;    // a plain name: no path, nothing that starts with a dot
    std::string_view bytes;
  };
  std::string request;  // a JSON object; names the plugin among the files, or a pack
  std::string_view site;  // further properties of the job as a site file (XML); empty: none
  std::vector<File> files;
};

// Whether the body of POST /api/jobs is for ReadUpload(): it has parts, or is a JSON object without splits.
bool NeedsPlanning(std::string_view content_type, std::string_view body);

// The views of the result lie in `body`. Of parts, `job` is the JSON, `plugin` the plugin, `library` a library that it
// needs beside it, `file` and `archive` side files, `conf` a site file. kInvalidArgument names the part that is unknown,
// missing, there twice, or named so that it could not be a file.
Result<JobUpload> ReadUpload(std::string_view content_type, std::string_view body);

}  // namespace mrd::jobtracker::web
