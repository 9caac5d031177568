#pragma once

#include <map>
#include <string>
#include <utility>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::tools {

// Writes a Hadoop site file (XML). Properties come out sorted by name; a later Set() wins.
class SiteWriter {
 public:
  // `remark` is a comment at the file's beginning.
  explicit SiteWriter(std::string remark = "Written by mr up; changes are lost.") : remark_(std::move(remark)) {}
  void Set(const std::string& name, const std::string& value) { properties_[name] = value; }
  // Takes every property of an existing site file over. Errors name file and line.
  Status Include(Env& env, const std::string& path);
  std::string ToXml() const;

 private:
  const std::string remark_;
  std::map<std::string, std::string> properties_;
};

}  // namespace mrd::tools
