// What a job reads and how its output comes to be: listing and cutting inputs, side files, committing.

#include <catch2/catch.hpp>

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>

#include "common/fs/local_file_system.h"
#include "common/fs/registry.h"
#include "engine/input_plan.h"
#include "engine/input_window.h"
#include "engine/job_definition.h"
#include "engine/manifest.h"
#include "engine/record.h"
#include "engine/side_files.h"
#include "tests/support/memory_file_system.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mrd::engine::testing {

namespace {

constexpr const char* kMaxSize = "mapreduce.input.fileinputformat.split.maxsize";
constexpr const char* kMinSize = "mapreduce.input.fileinputformat.split.minsize";
constexpr const char* kRecursive = "mapreduce.input.fileinputformat.input.dir.recursive";

struct Planner : EngineFixture {
  std::string job = "lines";

  Result<InputPlan> Try(const std::vector<std::string>& inputs) {
    const JobRequest request = Request(job, inputs, "");
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<JobDefinition> definition, JobDefinition::Make(request));
    MRD_ASSIGN_OR_RETURN(const JobSettings settings, JobSettings::Read(definition->config()));
    return PlanInput(*definition, settings, request, file_systems);
  }
  // One text a split: "a[0,10] b[0,5]", with * for a file that is read whole.
  std::vector<std::string> Splits(const std::vector<std::string>& inputs) {
    auto plan = Try(inputs);
    REQUIRE(plan.status().ToString() == "OK");
    std::vector<std::string> texts;
    std::uint64_t bytes = 0;
    for (const InputSplit& split : plan->splits) {
      std::string text;
      for (const InputPiece& piece : split.pieces) {
        std::string name = piece.path.substr(piece.path.find(dir.path()) + dir.path().size() + 1);
        text += (text.empty() ? "" : " ") + name + (piece.whole_file ? "*" : "") + "[" + std::to_string(piece.start) +
                "," + std::to_string(piece.length) + "]";
      }
      if (split.input_index != 0) text = std::to_string(split.input_index) + ": " + text;
      texts.push_back(text);
      bytes += split.bytes;
    }
    CHECK(bytes == plan->bytes);
    return texts;
  }
  std::string File(const std::string& name, std::size_t size) { return dir.Write(name, std::string(size, 'x')); }
};

using Texts = std::vector<std::string>;

// An archive made by libarchive, which stores any name it is given.
std::string MakeArchive(const std::string& path, bool zip, const std::map<std::string, std::string>& entries) {
  struct archive* out = archive_write_new();
  if (zip) {
    REQUIRE(archive_write_set_format_zip(out) == ARCHIVE_OK);
  } else {
    REQUIRE(archive_write_set_format_pax_restricted(out) == ARCHIVE_OK);
    REQUIRE(archive_write_add_filter_gzip(out) == ARCHIVE_OK);
  }
  REQUIRE(archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK);
  for (const auto& [name, content] : entries) {
    struct archive_entry* header = archive_entry_new();
    archive_entry_set_pathname(header, name.c_str());
    archive_entry_set_filetype(header, AE_IFREG);
    archive_entry_set_perm(header, 0644);
    archive_entry_set_size(header, static_cast<la_int64_t>(content.size()));
    REQUIRE(archive_write_header(out, header) == ARCHIVE_OK);
    REQUIRE(archive_write_data(out, content.data(), content.size()) == static_cast<la_ssize_t>(content.size()));
    archive_entry_free(header);
  }
  REQUIRE(archive_write_close(out) == ARCHIVE_OK);
  archive_write_free(out);
  return path;
}

std::string Read(const std::string& path) {
  auto content = ReadWholeFile(Env::Posix(), path);
  return content.ok() ? *content : content.status().ToString();
}

bool There(const std::string& path) { return Exists(Env::Posix(), path).value(); }

bool Mentions(const Status& status, std::string_view text) { return status.message().find(text) != std::string::npos; }

}  // namespace

TEST_CASE("input plan: a file is cut at the split size, its last split a tenth larger at most", "[engine][input]") {
  Planner plan;
  const std::string file = plan.File("a", 1000);
  plan.Set(kMaxSize, "300");
  CHECK(plan.Splits({file}) == Texts{"a[0,300]", "a[300,300]", "a[600,300]", "a[900,100]"});
  plan.Set(kMaxSize, "900");  // 1000 is more than a tenth larger
  CHECK(plan.Splits({file}) == Texts{"a[0,900]", "a[900,100]"});
  plan.Set(kMaxSize, "910");
  CHECK(plan.Splits({file}) == Texts{"a[0,1000]"});
  plan.Set(kMaxSize, "450");
  CHECK(plan.Splits({file}) == Texts{"a[0,450]", "a[450,450]", "a[900,100]"});
  plan.Set(kMaxSize, "480");  // the rest, 520, is within a tenth
  CHECK(plan.Splits({file}) == Texts{"a[0,480]", "a[480,520]"});
  plan.Set(kMinSize, "600");  // outweighs the largest size
  CHECK(plan.Splits({file}) == Texts{"a[0,600]", "a[600,400]"});
  plan.Set(kMinSize, "9223372036854775807");
  CHECK(plan.Splits({file}) == Texts{"a[0,1000]"});
}

TEST_CASE("input plan: without a size the input is shared among sixteen, by a MiB at least", "[engine][input]") {
  Planner plan;
  const std::string small = plan.File("small", 1 << 20);
  CHECK(plan.Splits({small}).size() == 1);
  const std::string larger = plan.File("larger", 20 << 20);
  const Texts splits = plan.Splits({larger});
  CHECK(splits.size() == 16);
  CHECK(splits.front() == "larger[0," + std::to_string((20 << 20) / 16) + "]");
}

TEST_CASE("input plan: small files share a split, in order, if they may", "[engine][input]") {
  Planner plan;
  plan.Set(kMaxSize, "100");
  for (const char* name : {"in/c", "in/a", "in/b"}) plan.File(name, 40);
  plan.File("in/d", 250);
  plan.File("in/e", 10);
  plan.File("in/f", 0);
  const std::string in = plan.dir.File("in");
  CHECK(plan.Splits({in}) == Texts{"in/a[0,40] in/b[0,40]", "in/c[0,40]", "in/d[0,100]", "in/d[100,100]",
                                   "in/d[200,50] in/e[0,10] in/f[0,0]"});
  plan.Set("mr.input.combine", "false");
  CHECK(plan.Splits({in}).size() == 8);
  // The same bytes are read either way: each file once and whole.
  CHECK(plan.Try({in})->bytes == 380);
  CHECK(plan.Try({in})->files == 6);
}

TEST_CASE("input plan: inputs keep the order in which they were named", "[engine][input]") {
  Planner plan;
  plan.Set("mr.input.combine", "false");
  for (const char* name : {"z", "y/2", "y/1", "x1", "x2", "x3"}) plan.File(name, 5);
  CHECK(plan.Splits({plan.dir.File("z"), plan.dir.File("y"), plan.dir.File("z")}) ==
        Texts{"z[0,5]", "y/1[0,5]", "y/2[0,5]", "z[0,5]"});
  CHECK(plan.Splits({plan.dir.File("x{3,1}"), plan.dir.File("x?")}) ==
        Texts{"x1[0,5]", "x3[0,5]", "x1[0,5]", "x2[0,5]", "x3[0,5]"});
  CHECK(plan.Splits({"y/*"}) == Texts{"y/1[0,5]", "y/2[0,5]"});
  // A name that exists is no pattern.
  plan.File("x[1]", 7);
  CHECK(plan.Splits({plan.dir.File("x[1]")}) == Texts{"x[1][0,7]"});
}

TEST_CASE("input plan: hidden names are ignored, nested directories refused or read", "[engine][input]") {
  Planner plan;
  plan.Set("mr.input.combine", "false");
  for (const char* name : {"in/a", "in/_logs", "in/.part.crc", "in/_temporary/x", "in/.hidden/x"}) plan.File(name, 3);
  const std::string in = plan.dir.File("in");
  CHECK(plan.Splits({in}) == Texts{"in/a[0,3]"});
  // What is named itself is read, whatever its name.
  CHECK(plan.Splits({in + "/_logs"}) == Texts{"in/_logs[0,3]"});

  plan.File("in/deep/er/b", 4);
  const Status refused = plan.Try({in}).status();
  CHECK(refused.code() == Code::kInvalidArgument);
  CHECK(Mentions(refused, "Not a file: " + in + "/deep"));
  CHECK(Mentions(refused, kRecursive));
  plan.Set(kRecursive, "true");
  CHECK(plan.Splits({in}) == Texts{"in/a[0,3]", "in/deep/er/b[0,4]"});

  CHECK(Mentions(plan.Try({plan.dir.File("none")}).status(), "Input path does not exist: "));
  CHECK(Mentions(plan.Try({plan.dir.File("none*")}).status(), "matches 0 files"));
  CHECK(plan.Try({plan.dir.File("none*")}).status().code() == Code::kNotFound);
}

TEST_CASE("input plan: a bare word that names only a local file says so", "[engine][input]") {
  Planner plan;
  plan.File("a.txt", 3);
  plan.file_systems = fs::Registry("mem://host", plan.dir.path());
  plan.file_systems.Register("mem", [](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
    return std::shared_ptr<fs::FileSystem>(std::make_shared<test::MemoryFileSystem>());
  });
  plan.file_systems.Register("file", [](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
    return fs::MakeLocalFileSystem(Env::Posix());
  });
  const std::string there = plan.dir.File("a.txt") + " is there on this machine: name it file://" + plan.dir.File("a.txt");
  CHECK(Mentions(plan.Try({"a.txt"}).status(), "Input path does not exist: mem://host/user/"));
  CHECK(Mentions(plan.Try({"a.txt"}).status(), there));
  CHECK_FALSE(Mentions(plan.Try({"b.txt"}).status(), "on this machine"));
  CHECK_FALSE(Mentions(plan.Try({"mem://host/user/nobody/a.txt"}).status(), "on this machine"));
}

TEST_CASE("input plan: a file of a kind that is not read is named with its path", "[engine][input]") {
  Planner plan;
  const std::string file = plan.File("in/a.bz2", 100);
  CHECK(Mentions(plan.Try({plan.dir.File("in")}).status(), file + ": reading bzip2 files is not supported yet"));
}

TEST_CASE("input plan: compressed files and awkward delimiters are not cut", "[engine][input]") {
  Planner plan;
  plan.Set(kMaxSize, "10");
  const std::string gzip = plan.File("a.gz", 100);
  CHECK(plan.Splits({gzip}) == Texts{"a.gz*[0,100]"});
  const std::string text = plan.File("a.txt", 22);
  plan.Set("textinputformat.record.delimiter", "ab");
  CHECK(plan.Splits({text}).size() == 3);
  plan.Set("textinputformat.record.delimiter", "abab");
  CHECK(plan.Splits({text}) == Texts{"a.txt*[0,22]"});
}

TEST_CASE("side files: linked, unpacked, renamed, and refused by name", "[engine][side]") {
  EngineFixture fixture;
  const std::string place = fixture.dir.File("place");
  const auto run = [&](const std::vector<std::string>& files, const std::vector<std::string>& archives) {
    REQUIRE(RemoveTree(Env::Posix(), place).ok());
    REQUIRE(Env::Posix().CreateDir(place).ok());
    JobSettings settings;
    settings.side_files = files;
    settings.side_archives = archives;
    return PlaceSideFiles(Env::Posix(), fixture.file_systems, settings, place);
  };
  const std::string words = fixture.dir.Write("words.txt", "stop\n");
  CHECK(run({words, words + "#other"}, {}).ToString() == "OK");
  CHECK(Read(place + "/words.txt") == "stop\n");
  CHECK(Read(place + "/other") == "stop\n");

  const std::string zip = MakeArchive(fixture.dir.File("a.zip"), true, {{"x", "1"}, {"sub/y", "2"}});
  const std::string tgz = MakeArchive(fixture.dir.File("a.tgz"), false, {{"x", "3"}});
  CHECK(run({}, {zip, tgz + "#data"}).ToString() == "OK");
  CHECK(Read(place + "/a.zip/x") == "1");
  CHECK(Read(place + "/a.zip/sub/y") == "2");
  CHECK(Read(place + "/data/x") == "3");

  for (const bool is_zip : {true, false}) {
    const std::string evil = MakeArchive(fixture.dir.File("evil"), is_zip, {{"../../escaped", "!"}, {"fine", "1"}});
    const Status refused = run({}, {evil});
    CHECK(refused.code() == Code::kInvalidArgument);
    CHECK(Mentions(refused, evil));
    CHECK(Mentions(refused, "../../escaped"));
    CHECK_FALSE(There(fixture.dir.File("escaped")));
    CHECK_FALSE(There(place + "/escaped"));
  }

  CHECK(Mentions(run({fixture.dir.File("missing")}, {}), "does not exist"));
  CHECK(run({fixture.dir.File("missing")}, {}).code() == Code::kNotFound);
  CHECK(Mentions(run({words, words}, {}), "two side files are called words.txt"));
  for (const char* link : {"#", "#a/b", "#..", "#."}) CHECK(run({words + link}, {}).code() == Code::kInvalidArgument);
  CHECK(Mentions(run({}, {words}), words));
}

TEST_CASE("committer: parts, named outputs in directories, lazy files", "[engine][commit]") {
  EngineFixture fixture;
  fixture.Set("mapreduce.input.fileinputformat.split.maxsize", "1");
  fixture.Set("mr.input.combine", "false");
  const std::string a = fixture.dir.Write("a", "one\nfour\n");
  const std::string empty = fixture.dir.Write("b", "");
  const std::string out = fixture.dir.File("deep/er/out");
  const JobResult result = fixture.Run("named_below", {a, empty}, out);
  REQUIRE(result.status.ToString() == "OK");
  // Nothing goes to the part files, so there are none; each name is written only where it got a line.
  CHECK(fixture.Parts(out).empty());
  const auto tree = Env::Posix().ListDir(out);
  REQUIRE(tree.ok());
  Texts names;
  for (const FileInfo& entry : *tree) names.push_back(entry.name);
  CHECK(names == Texts{"_SUCCESS", "even", "odd"});
  CHECK(fixture.Parts(out + "/odd") == std::map<std::string, std::string>{{"lines-m-00000", "one\n"}});
  const auto even = fixture.Parts(out + "/even");
  REQUIRE(even.size() == 1);
  CHECK(even.begin()->second == "four\n");
  const auto manifest = Manifest::Parse(Read(out + "/_SUCCESS"));
  REQUIRE(manifest.ok());
  REQUIRE(manifest->parts.size() == 2);
  CHECK(manifest->parts[0].name == "even/" + even.begin()->first);
  CHECK(manifest->parts[1].name == "odd/lines-m-00000");
  CHECK(manifest->parts[1].bytes == 4);
  CHECK(manifest->parts[1].records == 1);
}

TEST_CASE("committer: _SUCCESS can be left away, a failed job leaves no directory", "[engine][commit]") {
  EngineFixture fixture;
  const std::string good = fixture.dir.Write("good", "x\n");
  const std::string bad = fixture.dir.Write("bad", "x\nbad\n");
  const std::string out = fixture.dir.File("out");
  CHECK_FALSE(fixture.Run("fail_at", {bad}, out).status.ok());
  CHECK_FALSE(There(out));
  fixture.Set("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false");
  REQUIRE(fixture.Run("copy", {good}, out).status.ToString() == "OK");
  CHECK_FALSE(There(out + "/_SUCCESS"));
  CHECK_FALSE(There(out + "/_temporary"));
  CHECK(fixture.Parts(out).size() == 1);
  const JobResult again = fixture.Run("copy", {good}, out);
  CHECK(again.status.code() == Code::kAlreadyExists);
  CHECK(Mentions(again.status, "already exists"));
  CHECK(fixture.Parts(out).size() == 1);
}

TEST_CASE("job: a plugin's names that are no names are refused", "[engine][commit]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("in", "x\n");
  for (const char* name : {"undeclared", "odd/../../escape", "odd/", ""}) {
    fixture.Set("named.to", name);
    const JobResult result = fixture.Run("named_as_told", {input}, fixture.dir.File("out"));
    CAPTURE(name, result.status.ToString());
    CHECK(result.status.code() == Code::kInvalidArgument);
    CHECK(Mentions(result.status, "named output"));
    CHECK_FALSE(There(fixture.dir.File("out")));
  }
}

TEST_CASE("input: a plugin's format gives records in batches or, as before there were any, one by one", "[engine][input]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("in", "x");
  std::string digits;
  for (int i = 0; i < 10; ++i) digits += std::to_string(i) + "\t" + std::to_string(i) + "\n";
  for (const auto& [job, records] : std::map<std::string, std::int64_t>{{"numbers", 37}, {"numbers_former", 10}}) {
    CAPTURE(job);
    const std::string out = fixture.dir.File(job);
    const JobResult result = fixture.Run(job, {input}, out);
    REQUIRE(result.status.ToString() == "OK");
    CHECK(fixture.Parts(out).begin()->second == digits);
    CHECK(result.counters.Get(kTaskGroup, "MAP_INPUT_RECORDS") == records);
    CHECK(result.ledger.input_records == static_cast<std::uint64_t>(records));
    CHECK(result.counters.Get(kTaskGroup, "MAP_OUTPUT_RECORDS") == 10);
  }
}

TEST_CASE("input window: a slow mapper gets fewer records at once, and progress is what it has handled", "[engine][input]") {
  std::vector<mr_record> records(256);
  InputWindow window;
  constexpr std::int64_t kMilli = 1'000'000;
  std::int64_t now = 0;
  const auto take = [&](std::int64_t millis_each) {
    const RecordBatch taken = window.Take().batch;
    window.Given(now);
    now += static_cast<std::int64_t>(taken.count) * millis_each * kMilli;
    window.Done(now);
    return taken.count;
  };
  window.Put({records.data(), 256, 256}, 0, 1000);
  CHECK(window.position() == 0);
  CHECK(take(1) == 256);
  CHECK(window.empty());
  CHECK(window.position() == 1000);
  window.Put({records.data(), 256, 512}, 1000, 3560);
  CHECK(take(100) == 50);  // 50 ms at the pace of before
  CHECK(window.position() == 1500);
  CHECK(window.input_records() == 256 + 100);
  CHECK(take(100) == 1);
  CHECK(take(100) == 1);  // never none
  CHECK(take(0) == 1);
  CHECK(take(0) == 2);
  CHECK(take(0) == 4);
  std::size_t left = 256 - 50 - 3 - 2 - 4;
  while (!window.empty()) left -= take(0);
  CHECK(left == 0);
  CHECK(window.position() == 3560);
  CHECK(window.input_records() == 256 + 512);
}

TEST_CASE("input window: records are left out by their numbers", "[engine][input]") {
  std::vector<mr_record> records(10);
  InputWindow window;
  window.LeaveOut({{2, 3}, {9, 4}, {15, 1}});
  std::vector<std::int64_t> given;
  for (const std::uint64_t put : {std::uint64_t{0}, std::uint64_t{10}}) {
    window.Put({records.data(), 10, 10}, put, put + 10);
    while (!window.empty()) {
      const InputWindow::Taken taken = window.Take();
      CHECK(taken.first == put + static_cast<std::uint64_t>(taken.batch.records - records.data()));
      if (taken.left_out) continue;
      for (std::size_t i = 0; i < taken.batch.count; ++i) given.push_back(static_cast<std::int64_t>(taken.first + i));
    }
  }
  CHECK(given == std::vector<std::int64_t>{0, 1, 5, 6, 7, 8, 13, 14, 16, 17, 18, 19});
  CHECK(window.skipped() == 8);
  CHECK(window.input_records() == 12);
}

TEST_CASE("settings: part files are compressed with gzip or not at all", "[engine][input]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("in", "x\n");
  fixture.Set("mapreduce.output.fileoutputformat.compress", "true");
  for (const char* codec : {"org.apache.hadoop.io.compress.DefaultCodec", "com.example.GzipCodec", "BZip2Codec"}) {
    CAPTURE(codec);
    fixture.Set("mapreduce.output.fileoutputformat.compress.codec", codec);
    const JobResult result = fixture.Run("copy", {input}, fixture.dir.File("out"));
    CHECK(Mentions(result.status, "mapreduce.output.fileoutputformat.compress.codec"));
    CHECK(Mentions(result.status, codec));
    CHECK(Mentions(result.status, "use org.apache.hadoop.io.compress.GzipCodec"));
    CHECK_FALSE(There(fixture.dir.File("out")));
  }
  fixture.Set("mapreduce.output.fileoutputformat.compress.codec", "org.apache.hadoop.io.compress.GzipCodec");
  CHECK(fixture.Run("copy", {input}, fixture.dir.File("out")).status.ToString() == "OK");
}

namespace {

// Counts the spill files below some directories whenever it hears of the job; keeps the most of each.
struct SpillCounter : JobMonitor {
  std::map<std::string, std::size_t> most;
  void Progress(const JobProgress&) override {
    for (auto& [base, count] : most) {
      std::size_t now = 0;
      const auto jobs = Env::Posix().ListDir(base);
      if (!jobs.ok()) continue;
      for (const FileInfo& job : *jobs) {
        const auto files = Env::Posix().ListDir(base + "/" + job.name);
        if (!files.ok()) continue;
        now += static_cast<std::size_t>(std::ranges::count_if(
            *files, [](const FileInfo& file) { return file.name.starts_with("spill_m_"); }));
      }
      count = std::max(count, now);
    }
  }
};

}  // namespace

TEST_CASE("local directories: spills go to all that work in turn, and nothing stays", "[engine][input]") {
  EngineFixture fixture;
  const std::string one = fixture.dir.File("one");
  const std::string two = fixture.dir.File("two");
  const std::string no_directory = fixture.dir.Write("file", "x") + "/local";
  fixture.Set("mapreduce.cluster.local.dir", no_directory + "," + one + "," + two);
  fixture.Set("mapreduce.input.fileinputformat.split.maxsize", "100000");
  fixture.Set("mr.shuffle.memory.mb", "0");
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i) + "\n";
  SpillCounter counter;
  counter.most = {{one, 0}, {two, 0}};
  fixture.monitor = &counter;
  const JobResult result = fixture.Run("lines", {fixture.dir.Write("in", text)}, fixture.dir.File("out"));
  REQUIRE(result.status.ToString() == "OK");
  CHECK(counter.most[one] >= 2);
  CHECK(counter.most[two] >= 2);
  for (const std::string& base : {one, two}) {
    const auto left = Env::Posix().ListDir(base);
    REQUIRE(left.ok());
    CHECK(left->empty());
  }
  fixture.Set("mapreduce.cluster.local.dir", no_directory);
  const JobResult none = fixture.Run("lines", {fixture.dir.File("in")}, fixture.dir.File("out2"));
  CHECK(Mentions(none.status, "no usable directory in mapreduce.cluster.local.dir"));
}

}  // namespace mrd::engine::testing
