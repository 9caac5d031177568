#include "jobtracker/web/upload.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <boost/json.hpp>

#include "common/http/multipart.h"

namespace mrd::jobtracker::web {
namespace {

namespace json = boost::json;

constexpr std::size_t kNameSizeMax = 200;

// The last component, since some senders tell the whole path.
std::string BaseName(const std::string& name) { return name.substr(name.find_last_of("/\\") + 1); }

bool IsFileName(const std::string& name) {
  return !name.empty() && name.size() <= kNameSizeMax && name[0] != '.' && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != ',' && c != '#' && c != '/';
         });
}

// The folder of a job pack for what comes under this name; nothing for other names.
std::optional<std::string> FolderOf(const std::string& part) {
  if (part == "plugin" || part == "library") return "";
  if (part == "file") return "files";
  if (part == "archive") return "archives";
  return std::nullopt;
}

Result<json::object> ParseObject(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error) return InvalidArgument("The job is no JSON: " + error.message() + ".");
  if (!value.is_object()) return InvalidArgument("The job must be a JSON object.");
  return std::move(value.as_object());
}

Status AddFile(const http::FormPart& part, const std::string& folder, JobUpload* upload) {
  JobUpload::File file;
  file.folder = folder;
  file.name = BaseName(part.file_name.value_or(""));
  if (!IsFileName(file.name)) {
    return InvalidArgument("The part \"" + part.name + "\" needs a filename without path, comma, # and leading dot.");
  }
  if (folder.empty() && (file.name == "files" || file.name == "archives")) {
    return InvalidArgument("The part \"" + part.name + "\" cannot be called " + file.name + ".");
  }
  const auto same = [&](const JobUpload::File& other) { return other.folder == folder && other.name == file.name; };
  if (std::any_of(upload->files.begin(), upload->files.end(), same)) {
    return InvalidArgument("Two parts are called " + file.name + ".");
  }
  file.bytes = part.body;
  upload->files.push_back(std::move(file));
  return Status::Ok();
}

Result<JobUpload> ReadParts(const std::vector<http::FormPart>& parts) {
  JobUpload upload;
  std::set<std::string> once;
  json::object job;
  std::string plugin;
  for (const http::FormPart& part : parts) {
    const bool single = part.name == "job" || part.name == "conf" || part.name == "plugin";
    if (single && !once.insert(part.name).second) return InvalidArgument("The part \"" + part.name + "\" is there twice.");
    if (part.name == "job") {
      MRD_ASSIGN_OR_RETURN(job, ParseObject(part.body));
    } else if (part.name == "conf") {
      upload.site = part.body;
    } else if (const std::optional<std::string> folder = FolderOf(part.name)) {
      MRD_RETURN_IF_ERROR(AddFile(part, *folder, &upload));
      if (part.name == "plugin") plugin = upload.files.back().name;
    } else {
      return InvalidArgument("The part \"" + part.name + "\" is none of job, conf, plugin, library, file and archive.");
    }
  }
  if (!once.contains("job")) return InvalidArgument("There is no part \"job\", which says in JSON what to run.");
  const bool packed = job.contains("pack");
  if (packed && !upload.files.empty()) {
    return InvalidArgument("The job names a pack, which holds all files that it needs, and there are files besides.");
  }
  if (!packed && plugin.empty()) return InvalidArgument("There is no part \"plugin\" with the plugin, and no \"pack\" is named.");
  if (!plugin.empty()) job["plugin"] = plugin;
  upload.request = json::serialize(job);
  return upload;
}

}  // namespace

bool NeedsPlanning(std::string_view content_type, std::string_view body) {
  if (http::IsMultipart(content_type)) return true;
  const Result<json::object> job = ParseObject(body);
  const json::value* pack = job.ok() ? job->if_contains("pack") : nullptr;
  return pack != nullptr && pack->is_string() && !job->contains("splits");
}

Result<JobUpload> ReadUpload(std::string_view content_type, std::string_view body) {
  if (http::IsMultipart(content_type)) {
    MRD_ASSIGN_OR_RETURN(const std::vector<http::FormPart> parts, http::ParseMultipart(content_type, body));
    return ReadParts(parts);
  }
  MRD_ASSIGN_OR_RETURN(const json::object job, ParseObject(body));
  JobUpload upload;
  upload.request = json::serialize(job);
  return upload;
}

}  // namespace mrd::jobtracker::web
