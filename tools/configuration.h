#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/config.h"
#include "common/base/status.h"

namespace mrd::tools {

// What the command line says of the configuration, in the order of the words.
struct ConfigurationChoices {
  std::string directory;                                      // --config
  std::vector<std::string> files;                             // -conf
  std::vector<std::string> assignments;                       // -D
  std::vector<std::pair<std::string, std::string>> settings;  // what other generic options stand for
  std::vector<std::span<const ConfigKey>> more_keys;          // tables besides those that every command knows
};

// The directory of site files: `chosen` if not empty, else $MR_CONF_DIR, $HADOOP_CONF_DIR, that of the private cluster
// "default" while it is up, <prefix>/etc/mr; "" when none of these is there.
std::string ConfigDirectory(const std::string& chosen);
// core-site.xml, hdfs-site.xml and mapred-site.xml of that directory, those that exist.
std::vector<std::string> SiteFiles(const std::string& chosen);

// A configuration and the table of keys that it refers to.
struct Configuration {
  std::unique_ptr<KeyRegistry> keys;
  std::unique_ptr<Config> config;
};

// Site files, then -conf files, then -D and the other options. kNotFound for a directory or file that was named and is
// not there; kInvalidArgument as Config says.
Result<Configuration> LoadConfiguration(const ConfigurationChoices& choices);

}  // namespace mrd::tools
