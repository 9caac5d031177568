// What travels with a plugin, and the pack that it travels in.
#include <catch2/catch.hpp>

#include "common/base/sha256.h"
#include "formats/archive.h"
#include "mapred/client/elf_needs.h"
#include "mapred/client/job_pack.h"
#include "mapred/client/plugin_libraries.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mrd::mapred {
namespace {

using Catch::Contains;
using engine::testing::EngineFixture;

std::string Library(const std::string& name) { return std::string(MRD_TEST_LIBRARIES) + "/" + name; }

std::string Content(const std::string& path) {
  Result<std::string> content = ReadWholeFile(Env::Posix(), path);
  REQUIRE(content.ok());
  return *std::move(content);
}

TEST_CASE("elf needs: names and directories as they stand in the library", "[pack]") {
  const Result<ElfNeeds> needs = ReadElfNeeds(Env::Posix(), Library("libwith_origin.so"));
  REQUIRE(needs.ok());
  CHECK_THAT(needs->libraries, Catch::VectorContains(std::string("libbeside.so")));
  CHECK(needs->directories == std::vector<std::string>{"$ORIGIN"});
}

TEST_CASE("elf needs: what is no ELF file, or cut anywhere, is refused or needs nothing", "[pack]") {
  EngineFixture fixture;
  const std::string whole = Content(Library("libwith_origin.so"));
  CHECK_THAT(ReadElfNeeds(Env::Posix(), fixture.dir.Write("text", "no library")).status().message(), Contains("text"));
  for (std::size_t size = 0; size < 6000; size += 53) {
    const Result<ElfNeeds> needs = ReadElfNeeds(Env::Posix(), fixture.dir.Write("cut", whole.substr(0, size)));
    if (!needs.ok()) CHECK(needs.status().code() == Code::kInvalidArgument);
  }
}

TEST_CASE("plugin libraries: those beside it and what they need below travel", "[pack]") {
  const auto found = PluginLibraries(Env::Posix(), Library("libwith_origin.so"));
  REQUIRE(found.ok());
  REQUIRE(found->size() == 2);
  CHECK((*found)[0].name == "deps/libdeep.so");
  CHECK((*found)[1].name == "libbeside.so");
}

TEST_CASE("plugin libraries: one that only this machine finds is refused with its name, its place and a remedy", "[pack]") {
  const auto found = PluginLibraries(Env::Posix(), Library("libwith_absolute.so"));
  REQUIRE(found.status().code() == Code::kFailedPrecondition);
  CHECK_THAT(found.status().message(), Contains("libfaraway.so") && Contains("elsewhere/libfaraway.so") && Contains("$ORIGIN"));
  const auto nowhere = PluginLibraries(Env::Posix(), Library("libwith_nothing.so"));
  REQUIRE(nowhere.status().code() == Code::kFailedPrecondition);
  CHECK_THAT(nowhere.status().message(), Contains("libbeside.so") && Contains("not found"));
}

TEST_CASE("job pack: plugin, libraries, files and archives in their places, whole", "[pack]") {
  EngineFixture fixture;
  const std::string words = fixture.dir.Write("words.txt", "a list of words");
  fixture.dir.Write("model/part-1", "one");
  fixture.dir.Write("model/below/part-2", "two");
  engine::JobSettings settings;
  settings.side_files = {"file://" + words + "#stop", fixture.dir.File("model")};
  settings.side_archives = {words + "#dictionary"};
  const Result<JobPack> pack = JobPack::Make(Env::Posix(), fixture.file_systems, Library("libwith_origin.so"), settings);
  REQUIRE(pack.ok());
  CHECK(pack->plugin() == "libwith_origin.so");
  CHECK(pack->Names() == std::vector<std::string>{"archives/dictionary", "deps/libdeep.so", "files/model/below/part-2",
                                                  "files/model/part-1", "files/stop", "libbeside.so", "libwith_origin.so"});
  Result<fs::Path> directory = fs::Path::Parse(fixture.dir.File("system/packs"));
  REQUIRE(directory.ok());
  const Result<fs::Path> stored = pack->Store(*directory);
  REQUIRE(stored.ok());
  CHECK(stored->name() == pack->sha256());
  const std::string bytes = Content(stored->path());
  CHECK(Sha256Hex(bytes) == pack->sha256());
  CHECK(bytes.size() == pack->bytes());

  const std::string unpacked = fixture.dir.File("unpacked");
  REQUIRE(CreateDirs(Env::Posix(), unpacked).ok());
  REQUIRE(formats::UnpackArchive(Env::Posix(), stored->path(), unpacked).ok());
  CHECK(Content(unpacked + "/files/stop") == "a list of words");
  CHECK(Content(unpacked + "/files/model/below/part-2") == "two");
  CHECK(Content(unpacked + "/libwith_origin.so") == Content(Library("libwith_origin.so")));
}

TEST_CASE("job pack: the same content has the same name, another content another; a stored one is used again", "[pack]") {
  EngineFixture fixture;
  const std::string file = fixture.dir.Write("side", "first");
  engine::JobSettings settings;
  settings.side_files = {file};
  const auto make = [&] {
    Result<JobPack> pack = JobPack::Make(Env::Posix(), fixture.file_systems, Library("libwith_origin.so"), settings);
    REQUIRE(pack.ok());
    return *std::move(pack);
  };
  const JobPack first = make();
  CHECK(make().sha256() == first.sha256());
  Result<fs::Path> directory = fs::Path::Parse(fixture.dir.File("packs"));
  REQUIRE(first.Store(*directory).ok());
  REQUIRE(first.Store(*directory).ok());
  CHECK(Env::Posix().ListDir(directory->path())->size() == 1);

  fixture.dir.Write("side", "other");
  CHECK(make().sha256() != first.sha256());
  // What was hashed is no more what would be stored; one of the right length is believed, so it has to go first.
  REQUIRE(Env::Posix().RemoveFile(directory->path() + "/" + first.sha256()).ok());
  const Result<fs::Path> late = first.Store(*directory);
  CHECK(late.status().code() == Code::kFailedPrecondition);
  CHECK(Env::Posix().ListDir(directory->path())->empty());
}

TEST_CASE("job pack: side files that are missing, or two of one name, are refused by name", "[pack]") {
  EngineFixture fixture;
  engine::JobSettings settings;
  settings.side_files = {"file://" + fixture.dir.File("nothing")};
  auto pack = JobPack::Make(Env::Posix(), fixture.file_systems, Library("libwith_origin.so"), settings);
  CHECK(pack.status().code() == Code::kNotFound);
  CHECK_THAT(pack.status().message(), Contains("nothing does not exist"));
  settings.side_files = {fixture.dir.Write("a/x", "1"), fixture.dir.Write("b/x", "2")};
  pack = JobPack::Make(Env::Posix(), fixture.file_systems, Library("libwith_origin.so"), settings);
  CHECK(pack.status().code() == Code::kInvalidArgument);
  CHECK_THAT(pack.status().message(), Contains("#link"));
}

}  // namespace
}  // namespace mrd::mapred
