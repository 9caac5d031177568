#include "formats/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/temporary_dir.h"

namespace mrd::formats {
namespace {

using Catch::Matchers::Contains;

struct Entry {
  std::string name;
  std::string content;
  unsigned type = AE_IFREG;
  std::string target = "";  // of a link
  unsigned mode = 0644;
};

enum class Kind { kTar, kTarGz, kZip };

// An archive made by libarchive, which stores any name it is given.
void WriteArchive(const std::string& path, Kind kind, const std::vector<Entry>& entries) {
  struct archive* out = archive_write_new();
  if (kind == Kind::kZip) {
    REQUIRE(archive_write_set_format_zip(out) == ARCHIVE_OK);
  } else {
    REQUIRE(archive_write_set_format_pax_restricted(out) == ARCHIVE_OK);
    if (kind == Kind::kTarGz) REQUIRE(archive_write_add_filter_gzip(out) == ARCHIVE_OK);
  }
  REQUIRE(archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK);
  for (const Entry& entry : entries) {
    struct archive_entry* header = archive_entry_new();
    archive_entry_set_pathname(header, entry.name.c_str());
    archive_entry_set_filetype(header, entry.type);
    archive_entry_set_perm(header, static_cast<mode_t>(entry.mode));
    archive_entry_set_size(header, static_cast<la_int64_t>(entry.content.size()));
    if (entry.type == AE_IFLNK) archive_entry_set_symlink(header, entry.target.c_str());
    if (entry.type == AE_IFREG && !entry.target.empty()) archive_entry_set_hardlink(header, entry.target.c_str());
    REQUIRE(archive_write_header(out, header) == ARCHIVE_OK);
    if (!entry.content.empty()) {
      REQUIRE(archive_write_data(out, entry.content.data(), entry.content.size()) ==
              static_cast<la_ssize_t>(entry.content.size()));
    }
    archive_entry_free(header);
  }
  REQUIRE(archive_write_close(out) == ARCHIVE_OK);
  archive_write_free(out);
}

std::string Content(const std::string& path) {
  const Result<std::string> content = ReadWholeFile(Env::Posix(), path);
  INFO(path);
  REQUIRE(content.ok());
  return *content;
}

class Fixture {
 public:
  Fixture() { REQUIRE(Env::Posix().CreateDir(target).ok()); }

  Status Unpack(const std::vector<Entry>& entries, Kind kind = Kind::kTar) {
    WriteArchive(archive, kind, entries);
    return UnpackArchive(Env::Posix(), archive, target);
  }

  const test::TemporaryDir dir;
  const std::string archive = dir / "a.archive";
  const std::string target = dir / "target";
};

TEST_CASE("archive: files and folders of each kind are unpacked", "[formats]") {
  for (const Kind kind : {Kind::kTar, Kind::kTarGz, Kind::kZip}) {
    Fixture f;
    const std::string large(300'000, 'x');
    REQUIRE(f.Unpack({{"top.txt", "top"}, {"a/", "", AE_IFDIR}, {"a/b/deep.txt", large}, {"./a/empty", ""}}, kind).ok());
    CHECK(Content(f.target + "/top.txt") == "top");
    CHECK(Content(f.target + "/a/b/deep.txt") == large);
    CHECK(Content(f.target + "/a/empty").empty());
  }
}

TEST_CASE("archive: a program stays executable", "[formats]") {
  Fixture f;
  REQUIRE(f.Unpack({{"run.sh", "#!/bin/sh\n", AE_IFREG, "", 0755}}).ok());
  CHECK((Env::Posix().Stat(f.target + "/run.sh")->mode & 0111) != 0);
}

TEST_CASE("archive: a link that stays inside is kept", "[formats]") {
  Fixture f;
  REQUIRE(f.Unpack({{"a/real", "content"}, {"a/link", "", AE_IFLNK, "real"}}).ok());
  CHECK(Content(f.target + "/a/link") == "content");
}

TEST_CASE("archive: nothing is written outside the directory", "[formats]") {
  const std::string outside = "outside.txt";
  const std::vector<std::vector<Entry>> attempts = {
      {{"../outside.txt", "evil"}},
      {{"a/../../outside.txt", "evil"}},
      {{"/outside.txt", "evil"}},
      {{"up", "", AE_IFLNK, ".."}, {"up/outside.txt", "evil"}},
      {{"a/up", "", AE_IFLNK, "../.."}, {"a/up/outside.txt", "evil"}},
      {{"root", "", AE_IFLNK, "/"}},
  };
  for (const auto& entries : attempts) {
    Fixture f;
    const Status status = f.Unpack(entries);
    INFO(entries[0].name << " -> " << entries[0].target);
    CHECK(status.code() == Code::kInvalidArgument);
    CHECK_THAT(status.message(), Contains(f.archive) && Contains(entries[0].name));
    CHECK_FALSE(Exists(Env::Posix(), f.dir / outside).value());
  }
}

TEST_CASE("archive: pipes and hard links are refused by name", "[formats]") {
  Fixture f;
  CHECK_THAT(f.Unpack({{"pipe", "", AE_IFIFO}}).message(), Contains("pipe"));
  Fixture g;
  CHECK_THAT(g.Unpack({{"a", "x"}, {"hard", "", AE_IFREG, "a"}}).message(), Contains("hard"));
}

TEST_CASE("archive: what is no archive, or only half of one, is an error that names it", "[formats]") {
  Fixture f;
  const auto write = [&](const std::string& content) {
    REQUIRE(WriteFileDurably(Env::Posix(), f.archive, content).ok());
    return UnpackArchive(Env::Posix(), f.archive, f.target);
  };
  CHECK_THAT(write("this is a text and no archive\n").message(), Contains(f.archive));
  CHECK_THAT(UnpackArchive(Env::Posix(), f.dir / "none.zip", f.target).message(), Contains("none.zip"));

  WriteArchive(f.archive, Kind::kTarGz, {{"file", std::string(200'000, 'q') + "end"}});
  const std::string whole = Content(f.archive);
  const Status cut = write(whole.substr(0, whole.size() / 2));
  CHECK_FALSE(cut.ok());
  CHECK_THAT(cut.message(), Contains(f.archive));
}

}  // namespace
}  // namespace mrd::formats
