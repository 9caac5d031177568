#include "tools/admin/getconf.h"

#include <array>
#include <string>
#include <string_view>

#include "common/base/edit_distance.h"
#include "common/daemon/keys.h"
#include "datanode/keys.h"
#include "dfs/client/dfs_path.h"
#include "dfs/client/hdfs_file_system.h"
#include "namenode/keys.h"

namespace mrd::admin {
namespace {

constexpr int kStatusFailed = 255;

struct Question {
  const char* name;
  const char* help;
};
constexpr std::array kQuestions = {
    Question{"-namenodes", "hosts of the namenodes"},
    Question{"-secondaryNameNodes", "hosts of the secondary namenodes; this version needs none"},
    Question{"-backupNodes", "hosts of the backup nodes; this version needs none"},
    Question{"-journalNodes", "hosts of the journal nodes; this version needs none"},
    Question{"-includeFile", "the file of the hosts that may be datanodes"},
    Question{"-excludeFile", "the file of the hosts that are to be decommissioned"},
    Question{"-nnRpcAddresses", "host:port of the namenodes"},
    Question{"-confKey [key]", "the value of a key"},
};

std::string Usage() {
  std::string text = "usage: hdfs getconf QUESTION\nTells what the configuration says.\n\n";
  for (const Question& question : kQuestions) {
    std::string line = std::string("  ") + question.name;
    line.resize(26, ' ');
    text += line + question.help + "\n";
  }
  return text;
}

// Where clients find the namenode.
Result<dfs::client::NamenodeAddress> NamenodeAddressOf(const Config& config) {
  std::string authority = config.GetString("dfs.namenode.rpc-address");
  if (authority.empty()) {
    MRD_ASSIGN_OR_RETURN(authority, DefaultAuthority(config));
  }
  return dfs::client::ParseAuthority(authority, dfs::client::kDefaultNamenodePort);
}

// "host" of "host:port", and of what has no port.
std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

Result<std::string> ValueOf(const Config& config, const std::string& key) {
  const auto value = config.Get(key);
  if (!value) return NotFound("Configuration " + key + " is missing.");
  return *value;
}

// The hosts of an address key, or an empty line: none.
std::string HostsOf(const Config& config, const char* key) {
  std::string line;
  for (const std::string& address : config.GetList(key)) line += (line.empty() ? "" : " ") + HostOf(address);
  return line;
}

// Hosts of "qjournal://host:port;host:port/name".
std::string JournalHosts(const Config& config) {
  std::string_view uri;
  const std::string text = config.GetString("dfs.namenode.shared.edits.dir");
  constexpr std::string_view kScheme = "qjournal://";
  if (!text.starts_with(kScheme)) return "";
  uri = std::string_view(text).substr(kScheme.size());
  uri = uri.substr(0, uri.find('/'));
  std::string line;
  while (!uri.empty()) {
    const std::size_t end = uri.find(';');
    line += (line.empty() ? "" : " ") + HostOf(std::string(uri.substr(0, end)));
    uri.remove_prefix(end == std::string_view::npos ? uri.size() : end + 1);
  }
  return line;
}

Result<std::string> Answer(const Config& config, const std::string& question) {
  if (question == "-namenodes" || question == "-nnRpcAddresses") {
    MRD_ASSIGN_OR_RETURN(const dfs::client::NamenodeAddress address, NamenodeAddressOf(config));
    return question == "-namenodes" ? address.host : address.host + ":" + std::to_string(address.port);
  }
  if (question == "-secondaryNameNodes") return HostsOf(config, "dfs.namenode.secondary.http-address");
  if (question == "-backupNodes") return HostsOf(config, "dfs.namenode.backup.address");
  if (question == "-journalNodes") return JournalHosts(config);
  return ValueOf(config, question == "-includeFile" ? "dfs.hosts" : "dfs.hosts.exclude");
}

bool IsQuestion(const std::string& word) {
  for (const Question& question : kQuestions) {
    if (word == std::string_view(question.name).substr(0, std::string_view(question.name).find(' '))) return true;
  }
  return false;
}

int Print(shell::Console& console, const Result<std::string>& answer) {
  if (!answer.ok()) {
    console.Err(answer.status().message() + "\n");
    return kStatusFailed;
  }
  console.Out(*answer + "\n");
  return 0;
}

}  // namespace

std::vector<std::span<const ConfigKey>> KeysOfDaemons() {
  return {namenode::NamenodeKeys(), datanode::DatanodeKeys(), daemon::DaemonKeys()};
}

int RunGetConf(shell::Console& console, const Config& config, const Words& words) {
  if (words.empty()) {
    console.Err(Usage());
    return kStatusFailed;
  }
  if (words[0] == "-confKey") {
    if (words.size() == 2) return Print(console, ValueOf(config, words[1]));
    console.Err("usage: hdfs getconf -confKey [key]\n");
    return kStatusFailed;
  }
  if (words.size() == 1 && IsQuestion(words[0])) return Print(console, Answer(config, words[0]));
  std::vector<std::string> names;
  for (const Question& question : kQuestions) names.emplace_back(question.name);
  const auto nearest = NearestName(words[0], names);
  console.Err(words[0] + (IsQuestion(words[0]) ? ": takes no further words\n" : ": unknown question\n") +
              (nearest && !IsQuestion(words[0]) ? "Did you mean " + *nearest + "?\n" : "") + Usage());
  return kStatusFailed;
}

}  // namespace mrd::admin
