// What dfsadmin, getconf and groups make of plain values and of words; what daemons answer is tests/integration's.
#include <catch2/catch.hpp>

#include <memory>

#include "common/fs/keys.h"
#include "dfs/client/keys.h"
#include "dfs/keys.h"
#include "tools/admin/dfsadmin.h"
#include "tools/admin/getconf.h"
#include "tools/admin/groups.h"
#include "tools/admin/remote.h"
#include "tools/admin/report.h"
#include "tools/admin/size_text.h"

namespace mrd::admin {
namespace {

class BufferConsole final : public shell::Console {
 public:
  bool Out(std::string_view text) override {
    out += text;
    return true;
  }
  void Err(std::string_view text) override { err += text; }
  Result<std::size_t> In(char*, std::size_t) override { return std::size_t{0}; }
  std::string out, err;
};

// A configuration as commands have it, without any file.
struct Fixture {
  Fixture() {
    keys.Add(fs::CoreKeys());
    keys.Add(dfs::DfsKeys());
    keys.Add(dfs::client::ClientKeys());
    for (const auto table : KeysOfDaemons()) keys.Add(table);
    config = std::make_unique<Config>(keys);
  }
  int Admin(Words words) {
    console = BufferConsole();
    return RunDfsAdmin(console, *config, std::move(words));
  }
  int GetConf(Words words) {
    console = BufferConsole();
    return RunGetConf(console, *config, words);
  }
  void Set(const char* name, const char* value) { REQUIRE(config->Set(name, value, "test").ok()); }

  KeyRegistry keys;
  std::unique_ptr<Config> config;
  BufferConsole console;
};

std::string Nameless(const std::string&) { return ""; }

dfs::DatanodeInfo Node() {
  dfs::DatanodeInfo node;
  node.id.ip = "10.0.0.4";
  node.id.host = "node4";
  node.id.xfer_port = 9866;
  node.capacity = 1000;
  node.dfs_used = 125;
  node.non_dfs_used = 375;
  node.remaining = 500;
  node.xceiver_count = 2;
  node.blocks = 7;
  node.last_update_ms = 1'709'633'520'000;
  return node;
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("sizes: a number with one of Hadoop's prefixes", "[admin]") {
  CHECK(*ParseSize("0") == 0);
  CHECK(*ParseSize("17") == 17);
  CHECK(*ParseSize("-1") == -1);
  CHECK(*ParseSize("10g") == std::int64_t{10} << 30);
  CHECK(*ParseSize("2K") == 2048);
  CHECK(*ParseSize("7e") == std::int64_t{7} << 60);
  for (const char* wrong : {"", "k", "x1", "1x", "1kb", "1.5g", "8e", "-9e", "99999999999999999999", " 1", "1 "}) {
    INFO(wrong);
    CHECK(ParseSize(wrong).status().code() == Code::kInvalidArgument);
  }
  CHECK(Has(ParseSize("1x").status().message(), "Invalid size prefix 'x'"));
}

TEST_CASE("sizes: whole multiples without decimals, else two", "[admin]") {
  CHECK(SizeText(0) == "0 B");
  CHECK(SizeText(1023) == "1023 B");
  CHECK(SizeText(1024) == "1 KB");
  CHECK(SizeText(36864) == "36 KB");
  CHECK(SizeText(14'117'101'568) == "13.15 GB");
  CHECK(SizeText(1'048'575) == "1.00 MB");  // not 1024.00 KB
  CHECK(SizeText(UINT64_MAX) == "16.00 EB");
  CHECK(PercentText(1, 8, 0) == "12.50%");
  CHECK(PercentText(0, 0, 100) == "100.00%");
}

TEST_CASE("report: totals and one block of lines for each datanode", "[admin]") {
  ClusterReport report;
  report.totals.replicated.capacity = 21'003'583'488;
  report.totals.replicated.used = 36'864;
  report.totals.replicated.remaining = 14'117'064'704;
  report.totals.replicated.missing_blocks = 4;
  report.totals.groups.missing = 5;
  report.totals.groups.highest_priority_low_redundancy = 6;
  report.sections.push_back({"Live", false, {Node()}});
  report.sections.push_back({"Dead", false, {}});
  report.sections.push_back({"In maintenance", true, {}});
  const std::string text = ReportText(report, Nameless);
  CHECK(text.starts_with("Configured Capacity: 21003583488 (19.56 GB)\n"
                         "Present Capacity: 14117101568 (13.15 GB)\n"
                         "DFS Remaining: 14117064704 (13.15 GB)\n"
                         "DFS Used: 36864 (36 KB)\n"
                         "DFS Used%: 0.00%\n"
                         "Replicated Blocks:\n"
                         "\tUnder replicated blocks: 0\n"
                         "\tBlocks with corrupt replicas: 0\n"
                         "\tMissing blocks: 4\n"
                         "\tMissing blocks (with replication factor 1): 0\n"));
  CHECK(Has(text, "\n-------------------------------------------------\n"
                  "Live datanodes (1):\n\n"
                  "Name: 10.0.0.4:9866 (node4)\n"
                  "Hostname: node4\n"
                  "Decommission Status : Normal\n"
                  "Configured Capacity: 1000 (1000 B)\n"
                  "DFS Used: 125 (125 B)\n"
                  "Non DFS Used: 375 (375 B)\n"
                  "DFS Remaining: 500 (500 B)\n"
                  "DFS Used%: 12.50%\n"
                  "DFS Remaining%: 50.00%\n"
                  "Configured Cache Capacity: 0 (0 B)\n"
                  "Cache Used: 0 (0 B)\n"
                  "Cache Remaining: 0 (0 B)\n"
                  "Cache Used%: 100.00%\n"
                  "Cache Remaining%: 0.00%\n"
                  "Xceivers: 2\n"
                  "Last contact: "));
  CHECK(Has(text, "Last Block Report: Never\nNum of Blocks: 7\n\n\n"));
  CHECK(Has(text, "Erasure Coded Block Groups: \n"
                  "\tLow redundancy block groups: 0\n"
                  "\tBlock groups with corrupt internal blocks: 0\n"
                  "\tMissing block groups: 5\n"
                  "\tLow redundancy blocks with highest priority to recover: 6\n"
                  "\tPending deletion blocks: 0\n\n---"));
  CHECK_FALSE(Has(text, "Dead datanodes"));
  CHECK(text.ends_with("In maintenance datanodes (0):\n\n"));
  CHECK_FALSE(Has(text, "Safe mode"));
  report.safe_mode = true;
  CHECK(ReportText(report, Nameless).starts_with("Safe mode is ON\nConfigured"));
}

TEST_CASE("report: rack, state and the resolver's name where the node has none", "[admin]") {
  ClusterReport report;
  dfs::DatanodeInfo node = Node();
  node.id.host = node.id.ip;
  node.location = "/rack1";
  node.admin_state = dfs::AdminState::kDecommissionInProgress;
  node.capacity = 0;
  report.sections.push_back({"Decommissioning", false, {node}});
  const std::string text = ReportText(report, [](const std::string& ip) { return "name-of-" + ip; });
  CHECK(Has(text, "Decommissioning datanodes (1):\n\nName: 10.0.0.4:9866 (name-of-10.0.0.4)\nHostname: 10.0.0.4\n"
                  "Rack: /rack1\nDecommission Status : Decommission in progress\n"));
  CHECK(Has(text, "DFS Used%: 100.00%\nDFS Remaining%: 0.00%\n"));
  CHECK(Has(ReportText(report, Nameless), "Name: 10.0.0.4:9866\n"));
}

TEST_CASE("topology: racks and nodes in order", "[admin]") {
  dfs::DatanodeInfo first = Node();
  dfs::DatanodeInfo second = Node();
  second.id.ip = "10.0.0.3";
  second.location = "/b";
  second.admin_state = dfs::AdminState::kDecommissioned;
  CHECK(TopologyText({second, first}, Nameless) ==
        "Rack: /b\n   10.0.0.3:9866 (node4) Decommissioned\n\n"
        "Rack: /default-rack\n   10.0.0.4:9866 (node4) In Service\n\n");
  CHECK(TopologyText({}, Nameless) == "No DataNodes\n");
}

TEST_CASE("volumes and open files", "[admin]") {
  VolumeInfo volume;
  volume.path = "/data/1";
  volume.type = dfs::StorageType::kSsd;
  volume.used = 14;
  volume.free = 2048;
  volume.blocks = 3;
  CHECK(VolumesText({volume}) ==
        "Active Volumes : 1\n\nDirectory: /data/1\nStorageType: SSD\nCapacity Used: 14(14 B)\n"
        "Capacity Left: 2048(2 KB)\nCapacity Reserved: 0(0 B)\nReserved Space for Replicas: 0(0 B)\nBlocks: 3\n");
  CHECK(OpenFilesText({{"/f", "DFSClient_1", "10.0.0.9"}}) ==
        "Client Host         \tClient Name         \tOpen File Path\n"
        "10.0.0.9            \tDFSClient_1         \t/f\n");
}

TEST_CASE("addresses of daemons need host and port", "[admin]") {
  CHECK(ParseServerAddress("node4:9867")->ToString() == "node4:9867");
  CHECK(ParseServerAddress("[::1]:9867")->host == "::1");
  CHECK(ParseServerAddress("hdfs://node4:8020/")->port == 8020);
  for (const char* wrong : {"node4", "node4:", ":9867", "node4:0", "node4:70000", "node4:x", ""}) {
    INFO(wrong);
    CHECK(Has(ParseServerAddress(wrong).status().message(), "Does not contain a valid host:port authority"));
  }
}

TEST_CASE("dfsadmin: wrong words are told before any daemon is asked", "[admin]") {
  Fixture fixture;
  CHECK(fixture.Admin({}) == 255);
  CHECK(Has(fixture.console.err, "Usage: hdfs dfsadmin\n"));
  CHECK(Has(fixture.console.err, "\t[-safemode <enter | leave | get | wait | forceExit>]\n"));
  CHECK(fixture.Admin({"-saefmode"}) == 255);
  CHECK(fixture.console.err.starts_with("saefmode: Unknown command\nDid you mean -safemode?\nUsage: hdfs dfsadmin\n"));
  CHECK(fixture.Admin({"-safemode"}) == 255);
  CHECK(fixture.console.err == "safemode: Not enough arguments: expected 1 but got 0\n"
                               "Usage: hdfs dfsadmin [-safemode <enter | leave | get | wait | forceExit>]\n");
  const std::vector<Words> wrong = {
      {"-safemode", "on"},           {"-report", "-alive"},          {"-setQuota", "0", "/d"},
      {"-setQuota", "-1", "/d"},     {"-setQuota", "x", "/d"},       {"-setQuota", "1"},
      {"-setSpaceQuota", "1", "-storageType", "TAPE", "/d"},         {"-clrSpaceQuota", "-storageType"},
      {"-rollEdits", "now"},         {"-restoreFailedStorage", "1"}, {"-getDatanodeInfo", "node4"},
      {"-setBalancerBandwidth", "-5"}, {"-triggerBlockReport", "-incremental"}, {"-upgrade", "start"},
      {"-shutdownDatanode", "a:1", "now"}, {"-listOpenFiles", "-path"},
  };
  for (const Words& words : wrong) {
    INFO(words[0]);
    CHECK(fixture.Admin(words) == 255);
    CHECK(fixture.console.err.starts_with(words[0].substr(1) + ": "));
    CHECK(Has(fixture.console.err, "\nUsage: hdfs dfsadmin [" + words[0]));
    CHECK(fixture.console.out.empty());
  }
  CHECK(fixture.Admin({"-fetchImage", "."}) == 255);
  CHECK(fixture.console.err.starts_with("fetchImage: this namenode gives no image away"));
}

TEST_CASE("dfsadmin: a default file system that is local is named", "[admin]") {
  Fixture fixture;
  fixture.Set("fs.defaultFS", "file:///");
  CHECK(fixture.Admin({"-report"}) == 255);
  CHECK(fixture.console.err.starts_with("report: FileSystem file:/// is not an HDFS file system"));
  BufferConsole console;
  CHECK(RunGroups(console, *fixture.config, {}) == 255);
  CHECK(console.err.starts_with("groups: FileSystem file:///"));
}

TEST_CASE("dfsadmin: help of all, of one, of none", "[admin]") {
  Fixture fixture;
  CHECK(fixture.Admin({"-help"}) == 0);
  CHECK(Has(fixture.console.out, "\n-metasave <filename>:\n\t"));
  CHECK(fixture.Admin({"-help", "report"}) == 0);
  CHECK(fixture.console.out.starts_with("-report [-live] [-dead] [-decommissioning]"));
  CHECK_FALSE(Has(fixture.console.out, "metasave"));
  CHECK(fixture.Admin({"-help", "nothing"}) == 255);
}

TEST_CASE("getconf: addresses, host files and any key", "[admin]") {
  Fixture fixture;
  fixture.Set("fs.defaultFS", "hdfs://nn1:9000");
  CHECK(fixture.GetConf({"-namenodes"}) == 0);
  CHECK(fixture.console.out == "nn1\n");
  CHECK(fixture.GetConf({"-nnRpcAddresses"}) == 0);
  CHECK(fixture.console.out == "nn1:9000\n");
  fixture.Set("dfs.namenode.rpc-address", "nn2");
  CHECK(fixture.GetConf({"-nnRpcAddresses"}) == 0);
  CHECK(fixture.console.out == "nn2:8020\n");
  CHECK(fixture.GetConf({"-journalNodes"}) == 0);
  CHECK(fixture.console.out == "\n");
  fixture.Set("dfs.namenode.shared.edits.dir", "qjournal://j1:8485;j2:8485/name");
  CHECK(fixture.GetConf({"-journalNodes"}) == 0);
  CHECK(fixture.console.out == "j1 j2\n");
  fixture.Set("dfs.hosts.exclude", "/etc/exclude");
  CHECK(fixture.GetConf({"-excludeFile"}) == 0);
  CHECK(fixture.console.out == "/etc/exclude\n");
  CHECK(fixture.GetConf({"-includeFile"}) == 255);
  CHECK(fixture.console.err == "Configuration dfs.hosts is missing.\n");
  CHECK(fixture.GetConf({"-confKey", "dfs.replication"}) == 0);
  CHECK(fixture.console.out == "3\n");
  // Of a daemon.
  CHECK(fixture.GetConf({"-confKey", "dfs.namenode.replication.min"}) == 0);
  CHECK(fixture.console.out == "1\n");
  CHECK(fixture.GetConf({"-confKey", "no.such"}) == 255);
  CHECK(fixture.console.err == "Configuration no.such is missing.\n");
  CHECK(fixture.GetConf({"-confKey"}) == 255);
  CHECK(fixture.GetConf({}) == 255);
  CHECK(fixture.GetConf({"-namenode"}) == 255);
  CHECK(fixture.console.err.starts_with("-namenode: unknown question\nDid you mean -namenodes?\n"));
}

}  // namespace
}  // namespace mrd::admin
