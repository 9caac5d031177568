// fsck's words and lines, and doctor's judgement: pure shapes from filled structs.

#include <catch2/catch.hpp>

#include "tools/check/diagnosis.h"
#include "tools/check/fsck_report.h"
#include "tools/check/fsck_words.h"

namespace mrd::check {
namespace {

using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;

dfs::CheckedBlock Block(dfs::BlockHealth health, std::uint32_t live) {
  dfs::CheckedBlock block;
  block.block = {dfs::BlockId{1073741825}, dfs::GenerationStamp{1001}, 1366};
  block.health = health;
  block.wanted = 3;
  block.live = live;
  block.why = health == dfs::BlockHealth::kHealthy ? "" : "of a reason";
  return block;
}

dfs::CheckedFile File(std::vector<dfs::CheckedBlock> blocks) {
  dfs::CheckedFile file;
  file.path = "/a";
  file.length = 1366;
  file.replication = 3;
  file.block_count = static_cast<std::uint32_t>(blocks.size());
  file.blocks = std::move(blocks);
  return file;
}

TEST_CASE("fsck words: options, blocks, and what is refused with its reason", "[fsck]") {
  const auto words = ParseFsckWords({"/d", "-files", "-blocks", "-racks", "-openforwrite"});
  REQUIRE(words.ok());
  CHECK(words->path == "/d");
  CHECK((words->files && words->blocks && words->racks && words->open_files));
  CHECK_FALSE((words->locations || words->move || words->remove));
  const auto ids = ParseFsckWords({"-blockId", "blk_1073741825", "blk_1073741826_1002", "-files"});
  REQUIRE(ids.ok());
  CHECK(ids->block_ids == std::vector{dfs::BlockId{1073741825}, dfs::BlockId{1073741826}});
  CHECK_THAT(ParseFsckWords({"/", "-includeSnapshots"}).status().message(), Contains("keeps no snapshots"));
  CHECK_THAT(ParseFsckWords({"/", "-frob"}).status().message(), Contains("Illegal option '-frob'"));
  CHECK_THAT(ParseFsckWords({"/", "/b"}).status().message(), Contains("one path at a time '/b'"));
  CHECK_FALSE(ParseFsckWords({}).ok());
  CHECK_FALSE(ParseFsckWords({"-blockId"}).ok());
  CHECK_FALSE(ParseFsckWords({"-blockId", "1073741825"}).ok());
  CHECK_FALSE(ParseFsckWords({"-blockId", "blk_12x"}).ok());
}

TEST_CASE("fsck lines: a healthy file, its blocks and their places", "[fsck]") {
  FsckWords words;
  dfs::CheckedFile file = File({Block(dfs::BlockHealth::kHealthy, 3)});
  CHECK(FileText(file, "BP-1", words).empty());
  words.files = true;
  CHECK(FileText(file, "BP-1", words) == "/a 1366 bytes, replicated: replication=3, 1 block(s):  OK\n");
  words.blocks = words.locations = true;
  dfs::CheckedReplica replica;
  replica.node.ip = "10.0.0.1";
  replica.node.xfer_port = 9866;
  replica.rack = "/r1";
  replica.storage_uuid = "DS-1";
  replica.state = "HEALTHY";
  file.blocks[0].replicas = {replica};
  CHECK_THAT(FileText(file, "BP-1", words),
             EndsWith(" OK\n0. BP-1:blk_1073741825_1001 len=1366 Live_repl=3  "
                      "[DatanodeInfoWithStorage[10.0.0.1:9866,DS-1,DISK]]\n\n"));
  words.replica_details = true;
  CHECK_THAT(FileText(file, "BP-1", words), Contains("DISK](LIVE)]"));
  words.replica_details = words.locations = false;
  words.racks = true;
  CHECK_THAT(FileText(file, "BP-1", words), Contains("[/r1/10.0.0.1:9866]"));
}

TEST_CASE("fsck lines: each fault is followed by its reason", "[fsck]") {
  const FsckWords words;
  CHECK(FileText(File({Block(dfs::BlockHealth::kUnderReplicated, 1)}), "BP-1", words) ==
        "\n/a:  Under replicated BP-1:blk_1073741825_1001. Target Replicas is 3 but found 1 live replica(s), 0 "
        "decommissioned replica(s), 0 decommissioning replica(s).\n/a: blk_1073741825_1001 because of a reason\n");
  CHECK(FileText(File({Block(dfs::BlockHealth::kMissing, 0)}), "BP-1", words) ==
        "\n/a: blk_1073741825_1001 because of a reason\n/a: MISSING 1 blocks of total size 1366 B.\n");
  const std::string corrupt = FileText(File({Block(dfs::BlockHealth::kCorrupt, 0)}), "BP-1", words);
  CHECK_THAT(corrupt, StartsWith("\n/a: CORRUPT blockpool BP-1 block blk_1073741825\n"));
  CHECK_THAT(corrupt, EndsWith("/a: CORRUPT 1 blocks of total size 1366 B.\n"));
}

TEST_CASE("fsck summary: the shape of Hadoop 3", "[fsck]") {
  Summary summary;
  summary.totals.directories = 9;
  summary.totals.files = 3;
  summary.totals.bytes = 5316;
  summary.totals.blocks = summary.totals.minimally_replicated = 3;
  summary.totals.live_replicas = summary.totals.wanted_replicas = 9;
  summary.cluster.datanodes = 3;
  summary.cluster.racks = 1;
  summary.cluster.default_replication = 3;
  CHECK_THAT(SummaryText(summary, {}),
             StartsWith("\nStatus: HEALTHY\n Number of data-nodes:\t3\n Number of racks:\t\t1\n Total dirs:\t\t\t9\n"
                        " Total symlinks:\t\t0\n\nReplicated Blocks:\n Total size:\t5316 B\n Total files:\t3\n"
                        " Total blocks (validated):\t3 (avg. block size 1772 B)\n"
                        " Minimally replicated blocks:\t3 (100.0 %)\n Over-replicated blocks:\t0 (0.0 %)\n"
                        " Under-replicated blocks:\t0 (0.0 %)\n Mis-replicated blocks:\t\t0 (0.0 %)\n"
                        " Default replication factor:\t3\n Average block replication:\t3.0\n Missing blocks:\t\t0\n"
                        " Corrupt blocks:\t\t0\n Missing replicas:\t\t0 (0.0 %)\n"
                        " Blocks queued for replication:\t0\n\nErasure Coded Block Groups:\n"));
  summary.corrupt_files = summary.totals.missing = 1;
  summary.totals.missing_bytes = 1024;
  summary.totals.minimally_replicated = 2;
  const std::string text = SummaryText(summary, {});
  CHECK_THAT(text, StartsWith("\nStatus: CORRUPT\n"));
  CHECK_THAT(text, Contains("\n  UNDER MIN REPL'D BLOCKS:\t1 (33.333332 %)\n"));
  CHECK_THAT(text, Contains("\n  CORRUPT FILES:\t1\n  MISSING BLOCKS:\t1\n  MISSING SIZE:\t\t1024 B\n  ****"));
  CHECK_THAT(SummaryText({}, {}), Contains("Total blocks (validated):\t0\n Minimally replicated blocks:\t0\n"));
}

TEST_CASE("fsck: the last line decides the exit status", "[fsck]") {
  CHECK(StatusOfLastLine("x is CORRUPT\nThe filesystem under path '/' is HEALTHY\n") == 0);
  CHECK(StatusOfLastLine("The filesystem under path '/' is CORRUPT") == 1);
  CHECK(StatusOfLastLine("Path '/x' does not exist\n") == 0);
  CHECK(StatusOfLastLine("Block replica on datanode/rack: h/r is DECOMMISSIONED\n\n") == 2);
  CHECK(StatusOfLastLine("Block replica on datanode/rack: h/r is STALE") == 6);
  CHECK(StatusOfLastLine("Fsck on path '/' FAILED") == 255);
  CHECK(StatusOfLastLine("") == 255);
  CHECK(StatusOfLastLine(BlockText({5}, {})) == 0);
}

// ---- doctor --------------------------------------------------------------------------------------------------------

Findings Healthy() {
  Findings found;
  found.has_cluster = true;
  found.namenode = "nn:8020";
  found.version = "1";
  found.clock_before_ms = found.clock_after_ms = 100'000;
  dfs::Examination told;
  told.software_version = "1";
  told.clock_ms = 100'000;
  told.wanted_targets = told.found_targets = 1;
  told.nodes.emplace_back().alive = true;
  told.nodes[0].reported = true;
  told.nodes[0].info.id.ip = "10.0.0.1";
  told.nodes[0].info.id.xfer_port = 9866;
  found.namenode_tells = told;
  NodeContact& contact = found.contacts.emplace_back();
  contact.address = "10.0.0.1:9866";
  dfs::DatanodeFacts itself;
  itself.software_version = "1";
  itself.clock_ms = 100'000;
  contact.itself = itself;
  return found;
}

std::string FirstProblem(const Findings& found) {
  const Diagnosis diagnosis = Judge(found);
  if (diagnosis.healthy()) return "";
  std::string text = diagnosis.problems[0].text;
  for (const std::string& detail : diagnosis.problems[0].details) text += "\n" + detail;
  return text;
}

TEST_CASE("doctor: nothing is wrong with a healthy cluster, nor without one", "[doctor]") {
  CHECK(Judge(Healthy()).healthy());
  CHECK_THAT(AsText(Judge(Healthy())), StartsWith("Nothing is wrong.\n"));
  CHECK(Judge({}).healthy());
  CHECK_THAT(AsText(Judge({})), Contains("`mr up` starts a private one"));
  CHECK_THAT(AsJson(Judge(Healthy())), StartsWith("{\"healthy\":true,\"problems\":[],\"notes\":["));
}

TEST_CASE("doctor: an unreachable namenode comes with what was tried and the log of its process", "[doctor]") {
  Findings found = Healthy();
  found.namenode_tells.reset();
  found.reached = Unavailable("connect nn:8020: refused");
  found.tried = "twice";
  found.processes.push_back({"namenode", false, 0, {"disk on fire"}});
  CHECK_THAT(FirstProblem(found), Contains("nn:8020 cannot be asked") && Contains("refused") && Contains("twice"));
  CHECK_THAT(AsText(Judge(found)), Contains("disk on fire"));
}

TEST_CASE("doctor: each fault is a problem of its own", "[doctor]") {
  Findings found = Healthy();
  SECTION("safe mode") {
    found.namenode_tells->safe_mode = true;
    found.namenode_tells->awaited_blocks = 2;
    found.namenode_tells->awaited = {{{dfs::BlockId{7}, dfs::GenerationStamp{1}, 1}, "/f", 1, "nobody has it"}};
    CHECK_THAT(FirstProblem(found), Contains("Safe mode is on") && Contains("blk_7_1 of /f: nobody has it") && Contains("1 more"));
  }
  SECTION("no place") {
    found.namenode_tells->found_targets = 0;
    found.namenode_tells->refused = {{"10.0.0.1:9866", "no space: 1 B left"}};
    CHECK_THAT(FirstProblem(found), Contains("No new block") && Contains("10.0.0.1:9866 is not taken: no space: 1 B left"));
  }
  SECTION("a dead node") {
    found.namenode_tells->nodes[0].alive = false;
    found.namenode_tells->nodes[0].silent_ms = 12'300;
    found.contacts.clear();
    CHECK_THAT(FirstProblem(found), Contains("10.0.0.1:9866 is dead") && Contains("12.3 s"));
  }
  SECTION("a node that cannot be reached from here") {
    found.contacts[0].data_port = Unavailable("no route");
    CHECK_THAT(FirstProblem(found), Contains("cannot be reached from here") && Contains("no route"));
  }
  SECTION("a node that does not reach the namenode") {
    found.contacts[0].itself->waiting_for = "an answer";
    CHECK_THAT(FirstProblem(found), Contains("does not reach its namenode") && Contains("an answer"));
  }
  SECTION("lost blocks") {
    found.namenode_tells->stats.missing_blocks = 1;
    CHECK_THAT(FirstProblem(found), Contains("1 block cannot be read by anybody"));
  }
  SECTION("lack of replicas") {
    found.namenode_tells->stats.under_replicated = 3;
    found.namenode_tells->reasons = {{dfs::BlockHealth::kUnderReplicated, "it waits for its turn", 3}};
    CHECK_THAT(FirstProblem(found), Contains("3 blocks wait") && Contains("3 blocks: it waits for its turn"));
  }
  SECTION("clocks") {
    found.contacts[0].itself->clock_ms += 60'000;
    CHECK_THAT(FirstProblem(found), Contains("60.0 s ahead of this machine"));
  }
  SECTION("journal") {
    found.namenode_tells->journal_fault = "no room";
    CHECK_THAT(FirstProblem(found), Contains("takes no changes: no room"));
  }
  SECTION("a directory") {
    found.namenode_tells->directories = {{"/n", "gone", 0, 0}};
    CHECK_THAT(FirstProblem(found), Contains("/n is out of use: gone"));
  }
  SECTION("a full disk") {
    found.namenode_tells->directories = {{"/n", "", 1u << 30, 1u << 20}};
    CHECK_THAT(FirstProblem(found), Contains("nearly full: 1.0 MiB left"));
  }
  CHECK_FALSE(Judge(found).healthy());
}

}  // namespace
}  // namespace mrd::check
