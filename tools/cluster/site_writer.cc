#include "tools/cluster/site_writer.h"

#include <string_view>
#include <vector>

#include "common/base/site_file.h"

namespace mrd::tools {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

Status SiteWriter::Include(Env& env, const std::string& path) {
  MRD_ASSIGN_OR_RETURN(const std::string xml, ReadWholeFile(env, path));
  MRD_ASSIGN_OR_RETURN(const std::vector<SiteProperty> properties, ParseSiteFile(xml, path));
  for (const SiteProperty& property : properties) Set(property.name, property.value);
  return Status::Ok();
}

std::string SiteWriter::ToXml() const {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- " + remark_ + " -->\n<configuration>\n";
  for (const auto& [name, value] : properties_) {
    xml += "  <property><name>" + Escaped(name) + "</name><value>" + Escaped(value) + "</value></property>\n";
  }
  return xml + "</configuration>\n";
}

}  // namespace mrd::tools
