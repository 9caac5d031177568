// Loading plugins: what is none, or none for this program, is refused with a reason and never harms the process.

#include <catch2/catch.hpp>

#include <elf.h>
#include <sys/stat.h>

#include <cstring>

#include "engine/plugin.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mrd::engine::testing {

namespace {

std::string Built(const std::string& name) { return std::string(MRD_TEST_PLUGINS) + "/" + name + ".so"; }

std::string GoodBytes() {
  auto bytes = ReadWholeFile(Env::Posix(), Built("good"));
  REQUIRE(bytes.ok());
  REQUIRE(bytes->size() > sizeof(Elf64_Ehdr));
  return *bytes;
}

// Sets a field of the ELF header of the good plugin's bytes.
template <typename Field>
std::string Patched(Field Elf64_Ehdr::*field, Field value) {
  std::string bytes = GoodBytes();
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  header.*field = value;
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

// The refusal names the file and says each of `texts`.
void CheckRefused(const std::string& path, const std::vector<std::string>& texts) {
  const auto loaded = Plugin::Load(path);
  CAPTURE(path, loaded.status().ToString());
  CHECK(loaded.status().code() == Code::kInvalidArgument);
  CHECK(loaded.status().message().find(path) != std::string::npos);
  for (const std::string& text : texts) CHECK(loaded.status().message().find(text) != std::string::npos);
}

}  // namespace

TEST_CASE("plugin: a good one is loaded, its jobs are found by name", "[engine][plugin]") {
  const auto plugin = Plugin::Load(Built("good"));
  REQUIRE(plugin.status().ToString() == "OK");
  CHECK((*plugin)->path() == Built("good"));
  CHECK((*plugin)->sdk_version() == "sdk of a test");
  CHECK((*plugin)->sha256().size() == 64);
  CHECK((*plugin)->Public().size() == 1);
  REQUIRE((*plugin)->Find("nothing").ok());
  const Status unknown = (*plugin)->Find("nothin").status();
  CHECK(unknown.code() == Code::kNotFound);
  CHECK(unknown.message().find("did you mean nothing?") != std::string::npos);
  CHECK((*plugin)->Find("zzz").status().message().find("There are: nothing") != std::string::npos);
}

TEST_CASE("plugin: files that are no plugins", "[engine][plugin]") {
  const TempDir dir;
  CHECK(Plugin::Load(dir.File("missing.so")).status().code() == Code::kNotFound);
  CheckRefused(dir.path(), {"is a directory"});
  CheckRefused(dir.Write("empty.so", ""), {"not an ELF shared library"});
  CheckRefused(dir.Write("text.so", "#!/bin/sh\necho hello, this is a script and no library\n"), {"not an ELF"});
  CheckRefused(dir.Write("count.cc", "int main() {}"), {"mr compile"});
  CheckRefused(dir.Write("count.jar", "PK\3\4..........................."), {"Java"});
  // Opening it would wait for a writer for ever.
  const std::string pipe = dir.File("pipe.so");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CheckRefused(pipe, {"not a regular file"});
}

TEST_CASE("plugin: ELF files for something else", "[engine][plugin]") {
  const TempDir dir;
  const std::uint16_t other = sizeof(void*) == 8 && GoodBytes()[offsetof(Elf64_Ehdr, e_machine)] == EM_X86_64
                                  ? EM_AARCH64
                                  : EM_X86_64;
  CheckRefused(dir.Write("machine.so", Patched(&Elf64_Ehdr::e_machine, Elf64_Half{other})),
               {"was built for", other == EM_AARCH64 ? "aarch64" : "x86-64", "this machine is"});
  CheckRefused(dir.Write("number.so", Patched(&Elf64_Ehdr::e_machine, Elf64_Half{4711})), {"machine number 4711"});
  CheckRefused(dir.Write("program.so", Patched(&Elf64_Ehdr::e_type, Elf64_Half{ET_EXEC})), {"no shared library"});
  CheckRefused(dir.Write("object.so", Patched(&Elf64_Ehdr::e_type, Elf64_Half{ET_REL})), {"no shared library"});
  std::string narrow = GoodBytes();
  narrow[EI_CLASS] = ELFCLASS32;
  CheckRefused(dir.Write("narrow.so", narrow), {"not 64-bit"});
  // A position-independent program has the type of a library.
  CheckRefused("/proc/self/exe", {"cannot load"});
}

TEST_CASE("plugin: libraries without what is needed, or with too much", "[engine][plugin]") {
  CheckRefused(Built("no_entry"), {"mr_plugin_entry", "mr/mr.h"});
  CheckRefused(Built("undefined"), {"a_function_that_nobody_has", "link the library"});
  CheckRefused(Built("other_abi"), {"ABI 77", "ABI " + std::to_string(MR_ABI_VERSION), "build it again"});
  CheckRefused(Built("short_table"), {"cut short"});
  CheckRefused(Built("no_job"), {"no job"});
  CheckRefused(Built("no_table"), {"no table"});
}

TEST_CASE("plugin: a file cut short anywhere is refused before it can be mapped", "[engine][plugin]") {
  const TempDir dir;
  const std::string bytes = GoodBytes();
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  std::size_t loaded_end = 0;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, bytes.data() + header.e_phoff + i * sizeof(segment), sizeof(segment));
    if (segment.p_type == PT_LOAD) loaded_end = std::max<std::size_t>(loaded_end, segment.p_offset + segment.p_filesz);
  }
  REQUIRE(loaded_end > 4096);
  std::vector<std::size_t> cuts = {loaded_end - 1, sizeof(header), sizeof(header) - 1, header.e_phoff + 10, 17, 16, 3};
  for (std::size_t cut = 100; cut < loaded_end; cut += 509) cuts.push_back(cut);
  for (const std::size_t cut : cuts) {
    CAPTURE(cut);
    CheckRefused(dir.Write("cut" + std::to_string(cut) + ".so", bytes.substr(0, cut)), {});
  }
  CheckRefused(dir.Write("half.so", bytes.substr(0, loaded_end / 2)), {"is cut short"});
  // What follows the segments is for debuggers.
  CHECK(Plugin::Load(dir.Write("stripped.so", bytes.substr(0, loaded_end))).status().ToString() == "OK");

  CheckRefused(dir.Write("far.so", Patched(&Elf64_Ehdr::e_phoff, Elf64_Off{1} << 62)), {"is cut short"});
  CheckRefused(dir.Write("farther.so", Patched(&Elf64_Ehdr::e_phoff, ~Elf64_Off{0})), {"is cut short"});
  CheckRefused(dir.Write("none.so", Patched(&Elf64_Ehdr::e_phnum, Elf64_Half{0})), {"no ELF program headers"});
}

}  // namespace mrd::engine::testing
