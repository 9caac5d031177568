// What a job says of itself and what is written down of it: options, counters, ledger, manifest.

#include <catch2/catch.hpp>

#include "engine/counters.h"
#include "engine/job_definition.h"
#include "engine/ledger.h"
#include "engine/manifest.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mrd::engine::testing {

namespace {

using Texts = std::vector<std::string>;

Texts Names(const Counters& counters) {
  Texts names;
  for (const Counters::Group& group : counters.Groups()) names.push_back(group.display_name);
  return names;
}

}  // namespace

TEST_CASE("counters: groups and counters come in Hadoop's order with its names", "[engine][counters]") {
  Counters counters;
  counters.Add("zebra", "b", 1);
  counters.Add("alpha", "z", 1);
  counters.Add("alpha", "a", 2);
  counters.Add("org.apache.hadoop.zzz", "x", 1);
  counters.Add(kOutputFormatGroup, "BYTES_WRITTEN", 9);
  counters.Add(kInputFormatGroup, "BYTES_READ", 8);
  counters.Add(kShuffleErrorGroup, "IO_ERROR", 0);
  counters.Add(kTaskGroup, "SPILLED_RECORDS", 7);
  counters.Add(kTaskGroup, "MAP_INPUT_RECORDS", 3);
  counters.Add(kTaskGroup, "A_LATER_COUNTER", 1);
  counters.Add(kJobGroup, "TOTAL_LAUNCHED_REDUCES", 1);
  counters.Add(kJobGroup, "TOTAL_LAUNCHED_MAPS", 2);
  for (const char* scheme : {"HDFS", "FILE"}) {
    for (const char* suffix : {"_WRITE_OPS", "_LARGE_READ_OPS", "_READ_OPS", "_BYTES_WRITTEN", "_BYTES_READ"}) {
      counters.Add(kFileSystemGroup, std::string(scheme) + suffix, 5);
    }
  }
  // Upper case before lower case: internal names are compared byte by byte.
  CHECK(Names(counters) == Texts{"File System Counters", "Job Counters ", "Map-Reduce Framework", "Shuffle Errors",
                                 "alpha", "File Input Format Counters ", "File Output Format Counters ",
                                 "org.apache.hadoop.zzz", "zebra"});
  CHECK(counters.size() == 22);
  CHECK(counters.ToString().starts_with(
      "Counters: 22\n\tFile System Counters\n\t\tFILE: Number of bytes read=5\n\t\tFILE: Number of bytes written=5\n"
      "\t\tFILE: Number of read operations=5\n\t\tFILE: Number of large read operations=5\n"
      "\t\tFILE: Number of write operations=5\n\t\tHDFS: Number of bytes read=5\n"));
  CHECK(counters.ToString().find("\tJob Counters \n\t\tLaunched map tasks=2\n\t\tLaunched reduce tasks=1\n"
                                 "\tMap-Reduce Framework\n\t\tMap input records=3\n\t\tSpilled Records=7\n"
                                 "\t\tA_LATER_COUNTER=1\n\tShuffle Errors\n\t\tIO_ERROR=0\n\talpha\n\t\ta=2\n\t\tz=1\n") !=
        std::string::npos);
}

TEST_CASE("counters: are found by internal and by display name, and add up", "[engine][counters]") {
  Counters counters;
  counters.Add(kTaskGroup, "MAP_INPUT_RECORDS", 3);
  counters.Add(kFileSystemGroup, "FILE_LARGE_READ_OPS", 4);
  counters.Add("mine", "x", 5);
  CHECK(counters.Get(kTaskGroup, "MAP_INPUT_RECORDS") == 3);
  CHECK(counters.Get("Map-Reduce Framework", "Map input records") == 3);
  CHECK(counters.Get(kTaskGroup, "Map input records") == 3);
  CHECK(counters.Get("File System Counters", "FILE: Number of large read operations") == 4);
  CHECK(counters.Get("mine", "x") == 5);
  CHECK(counters.Get("mine", "y") == 0);
  CHECK(counters.Get("other", "x") == 0);
  Counters more = counters;
  more.Add("mine", "y", 1);
  counters.Merge(more);
  CHECK(counters.Get("mine", "x") == 10);
  CHECK(counters.Get("mine", "y") == 1);
  counters.Max("mine", "x", 7);
  CHECK(counters.Get("mine", "x") == 10);
  counters.Max("mine", "x", 70);
  CHECK(counters.Get("mine", "x") == 70);
  counters.Max("mine", "fresh", 2);
  CHECK(counters.Get("mine", "fresh") == 2);
}

TEST_CASE("counters: a job's own are limited in number and length, and the setting is named", "[engine][counters]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("in", "x\n");
  const auto run = [&](int count, int groups, int length) {
    fixture.Set("counters.count", std::to_string(count));
    fixture.Set("counters.groups", std::to_string(groups));
    fixture.Set("counters.length", std::to_string(length));
    const std::string out = fixture.dir.File("out");
    JobResult result = fixture.Run("counters", {input}, out);
    REQUIRE(RemoveTree(Env::Posix(), out).ok());
    return result;
  };
  fixture.Set("mapreduce.job.counters.max", "6");
  fixture.Set("mapreduce.job.counters.groups.max", "3");
  const JobResult fits = run(6, 3, 60);
  REQUIRE(fits.status.ToString() == "OK");
  CHECK(fits.counters.Get("group2", std::string(60, 'n') + "5") == 5);
  struct Case {
    int count, groups, length;
    const char* setting;
  };
  for (const Case& one : {Case{7, 3, 1, "mapreduce.job.counters.max"}, Case{4, 4, 1, "mapreduce.job.counters.groups.max"},
                          Case{1, 1, 64, "mapreduce.job.counters.counter.name.max"}}) {
    const JobResult refused = run(one.count, one.groups, one.length);
    CAPTURE(refused.status.ToString());
    CHECK(refused.status.code() == Code::kResourceExhausted);
    CHECK(refused.status.message().find(one.setting) != std::string::npos);
  }
  // The tasks of a job together, too, though each of them keeps to the limit.
  fixture.Set("counters.own", "true");
  fixture.Set("mapreduce.input.fileinputformat.split.maxsize", "2");
  fixture.dir.Write("in", "x\ny\nz\n");
  CHECK(run(2, 1, 1).status.ToString() == "OK");
  const JobResult together = run(3, 1, 1);
  CHECK(together.maps == 3);
  CHECK(together.status.code() == Code::kResourceExhausted);
  CHECK(together.status.message().find("mapreduce.job.counters.max") != std::string::npos);
  fixture.Set("mapreduce.job.counters.group.name.max", "5");
  CHECK(run(1, 1, 1).status.message().find("mapreduce.job.counters.group.name.max") != std::string::npos);
}

TEST_CASE("ledger: sums, and the largest group whatever the order of the tasks", "[engine][ledger]") {
  Ledger a;
  a.input_records = 4;
  a.map_records = 12;
  a.groups = 2;
  a.largest_group_records = 7;
  a.largest_group_bytes = 70;
  a.largest_group_key = "beta";
  a.group_histogram[2] = 2;
  Ledger b = a;
  b.largest_group_key = "alpha";
  b.largest_group_bytes = 71;
  b.group_histogram[63] = 1;
  Ledger ab = a;
  ab.Merge(b);
  Ledger ba = b;
  ba.Merge(a);
  CHECK(LedgerToJson(ab) == LedgerToJson(ba));
  CHECK(ab.largest_group_key == "alpha");
  CHECK(ab.largest_group_bytes == 71);
  CHECK(ab.groups == 4);
  CHECK(ab.group_histogram[2] == 4);
  CHECK(ab.ReplicationRate() == Approx(3));
  CHECK(Ledger().ReplicationRate() == 0);
  Ledger empty;
  empty.Merge(a);
  CHECK(LedgerToJson(empty) == LedgerToJson(a));
  a.Merge(Ledger());
  CHECK(LedgerToJson(empty) == LedgerToJson(a));
}

TEST_CASE("manifest: is read back as it was written", "[engine][manifest]") {
  Manifest manifest;
  manifest.job_name = "words \"quoted\" \\ \n \xc3\xa9";
  manifest.plugin_sha256 = std::string(64, 'a');
  manifest.config = {{"mapreduce.job.reduces", "2"}, {"option.x", ""}};
  manifest.parts = {{"part-r-00000", UINT64_MAX, 3, std::string(32, '0')}, {"sub/x-r-00001", 0, 0, ""}};
  manifest.ledger.split_bytes = UINT64_MAX;
  manifest.ledger.output_records = 5;
  manifest.ledger.largest_group_key = std::string("\0\xff\\", 3);
  const auto back = Manifest::Parse(manifest.ToJson());
  REQUIRE(back.status().ToString() == "OK");
  CHECK(back->job_name == manifest.job_name);
  CHECK(back->plugin_sha256 == manifest.plugin_sha256);
  CHECK(back->config == manifest.config);
  REQUIRE(back->parts.size() == 2);
  CHECK(back->parts[0].name == "part-r-00000");
  CHECK(back->parts[0].bytes == UINT64_MAX);
  CHECK(back->parts[0].records == 3);
  CHECK(back->parts[1].name == "sub/x-r-00001");
  CHECK(back->ledger.split_bytes == UINT64_MAX);
  CHECK(back->ledger.output_records == 5);
  CHECK(manifest.ToJson().find("\\\\x00\\\\xff\\\\\\\\") != std::string::npos);
}

TEST_CASE("manifest: what is none is corruption with a reason", "[engine][manifest]") {
  Manifest manifest;
  manifest.parts = {{"part-r-00000", 1, 1, "00"}};
  const std::string json = manifest.ToJson();
  for (std::size_t cut = 0; cut + 1 < json.size(); ++cut) {
    CAPTURE(cut);
    REQUIRE(Manifest::Parse(json.substr(0, cut)).status().code() == Code::kCorruption);
  }
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = json;
    REQUIRE(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& text :
       {std::string("{}"), std::string("[]"), std::string("null"), std::string("7"), std::string(100'000, '['), json + "x",
        with("\"parts\": [", "\"parts\": [5,"), with("\"bytes\":1", "\"bytes\":-1"), with("\"bytes\":1", "\"bytes\":1.5"),
        with("\"bytes\":1", "\"bytes\":\"1\""), with("\"part-r-00000\"", "5"), with("\"config\": {}", "\"config\": 5"),
        with("\"manifest_version\": 1", "\"manifest_version\": \"1\"")}) {
    CAPTURE(text.substr(0, 200));
    const Status refused = Manifest::Parse(text).status();
    CHECK(refused.code() == Code::kCorruption);
    CHECK(refused.message().find("not a manifest") != std::string::npos);
  }
  const Status later = Manifest::Parse(with("\"manifest_version\": 1", "\"manifest_version\": 2")).status();
  CHECK(later.code() == Code::kUnimplemented);
  CHECK(later.message().find("version 2") != std::string::npos);
}

TEST_CASE("job definition: options are checked for presence, form and name", "[engine][options]") {
  EngineFixture fixture;
  const auto make = [&](std::map<std::string, std::string> options) {
    fixture.options = std::move(options);
    auto made = JobDefinition::Make(fixture.Request("options", {}, ""));
    return made.ok() ? (*made)->option_values["count"] : made.status().ToString();
  };
  CHECK(make({{"pattern", ""}}) == "10");
  CHECK(make({{"pattern", "x"}, {"count", "-3"}, {"share", "1e-3"}, {"invert", "true"}}) == "-3");
  CHECK(make({}) == "Invalid argument: job options needs pattern: what to look for");
  for (const char* count : {"", "x", "3x", " 3", "3.5", "9223372036854775808", "0x10"}) {
    CHECK(make({{"pattern", "x"}, {"count", count}}) ==
          "Invalid argument: option count=" + std::string(count) + " of job options: not a whole number");
  }
  for (const char* share : {"", "half", "1,5", "1.5.2"}) {
    CHECK(make({{"pattern", "x"}, {"share", share}}).find("not a number") != std::string::npos);
  }
  for (const char* invert : {"", "yes", "TRUE", "1"}) {
    CHECK(make({{"pattern", "x"}, {"invert", invert}}).find("not true or false") != std::string::npos);
  }
  CHECK(make({{"pattern", "x"}, {"coutn", "3"}}) ==
        "Invalid argument: job options has no option --coutn; did you mean --count?");
  CHECK(make({{"pattern", "x"}, {"unlike", "3"}}) == "Invalid argument: job options has no option --unlike");
}

TEST_CASE("job definition: describing a job needs no options", "[engine][options]") {
  EngineFixture fixture;
  const auto described = DescribeJob(fixture.Request("options", {}, ""));
  REQUIRE(described.status().ToString() == "OK");
  REQUIRE(described->options.size() == 4);
  CHECK(described->takes_input);
  CHECK(described->options[0].name == "pattern");
  CHECK(described->options[0].positional);
  CHECK(described->options[0].required);
  CHECK(described->options[1].type == OptionType::kInt);
  CHECK(described->options[1].default_value == "10");
  CHECK_FALSE(described->options[1].required);
  CHECK(described->options[3].type == OptionType::kBool);
  CHECK(described->options[3].help == "the others");
}

}  // namespace mrd::engine::testing
