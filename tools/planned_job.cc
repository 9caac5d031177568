#include "tools/planned_job.h"

#include <algorithm>
#include <optional>

#include <boost/json.hpp>

#include "tools/nearest.h"

namespace mrd::tools {
namespace {

namespace json = boost::json;

Status Wrong(std::string_view field, std::string_view wanted) {
  return InvalidArgument("the request's field \"" + std::string(field) + "\" must be " + std::string(wanted));
}

Result<std::string> TextOf(std::string_view field, const json::value& value) {
  if (!value.is_string()) return Wrong(field, "a text");
  return std::string(value.as_string());
}

Result<std::vector<std::string>> TextsOf(std::string_view field, const json::value& value) {
  if (!value.is_array()) return Wrong(field, "a list of texts");
  std::vector<std::string> texts;
  for (const json::value& one : value.as_array()) {
    if (!one.is_string()) return Wrong(field, "a list of texts");
    texts.emplace_back(one.as_string());
  }
  return texts;
}

// Numbers and truth values are written as configurations write them.
std::optional<std::string> PlainText(const json::value& value) {
  if (value.is_string()) return std::string(value.as_string());
  if (value.is_bool() || value.is_number()) return json::serialize(value);
  return std::nullopt;
}

Result<std::map<std::string, std::string>> PropertiesOf(std::string_view field, const json::value& value) {
  if (!value.is_object()) return Wrong(field, "an object of names and texts");
  std::map<std::string, std::string> properties;
  for (const auto& property : value.as_object()) {
    const std::optional<std::string> text = PlainText(property.value());
    if (!text) return Wrong(std::string(field) + "." + std::string(property.key()), "a text, a number, true or false");
    properties[std::string(property.key())] = *text;
  }
  return properties;
}

bool IsHash(const std::string& text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

Result<PlannedJobRequest> PlannedJobRequest::Parse(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) return InvalidArgument("the request is no JSON: " + error.message());
  if (!value.is_object()) return InvalidArgument("the request must be a JSON object");
  PlannedJobRequest request;
  for (const auto& field : value.as_object()) {
    const std::string name(field.key());
    if (name == "pack") {
      MRD_ASSIGN_OR_RETURN(request.pack, TextOf(name, field.value()));
      if (!IsHash(request.pack)) return Wrong(name, "a SHA-256 in 64 digits of 0-9 and a-f");
    } else if (name == "plugin") {
      MRD_ASSIGN_OR_RETURN(request.plugin, TextOf(name, field.value()));
      if (request.plugin.find('/') != std::string::npos) return Wrong(name, "the name of a file at the top of the pack");
    } else if (name == "job") {
      MRD_ASSIGN_OR_RETURN(request.job, TextOf(name, field.value()));
    } else if (name == "jobName") {
      MRD_ASSIGN_OR_RETURN(request.config["mapreduce.job.name"], TextOf(name, field.value()));
    } else if (name == "inputs") {
      MRD_ASSIGN_OR_RETURN(request.inputs, TextsOf(name, field.value()));
    } else if (name == "output") {
      MRD_ASSIGN_OR_RETURN(request.output, TextOf(name, field.value()));
    } else if (name == "config") {
      MRD_ASSIGN_OR_RETURN(const auto properties, PropertiesOf(name, field.value()));
      for (const auto& [key, text_of_key] : properties) request.config[key] = text_of_key;
    } else if (name == "options") {
      MRD_ASSIGN_OR_RETURN(request.options, PropertiesOf(name, field.value()));
    } else {
      static const std::vector<std::string> kFields = {"pack",   "plugin", "job",    "jobName",
                                                       "inputs", "output", "config", "options"};
      return InvalidArgument("the request has an unknown field \"" + name + "\"" + DidYouMean(name, kFields));
    }
  }
  return request;
}

Status SetRequested(Config& config, const KeyRegistry& keys, const std::string& name, const std::string& value,
                    const std::string& source) {
  const ConfigKey* const known = keys.Find(name);
  const std::string_view key = known != nullptr ? known->name : std::string_view(name);
  for (const std::string_view refused :
       {"fs.defaultFS", "mapreduce.jobtracker.address", "mapreduce.framework.name", "mapreduce.cluster.local.dir",
        "mapreduce.jobtracker.system.dir", "hadoop.tmp.dir", "tmpfiles", "tmparchives"}) {
    if (key == refused) return InvalidArgument(name + " cannot be set by a request; leave it out");
  }
  return config.Set(name, value, source);
}

}  // namespace mrd::tools
