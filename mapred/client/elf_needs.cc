#include "mapred/client/elf_needs.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

namespace mrd::mapred {
namespace {

// What a library may have of each; more is a damaged file.
constexpr std::size_t kSegmentsMax = 1024;
constexpr std::size_t kDynamicMax = 16384;
constexpr std::size_t kNameMax = 4096;

class ElfFile {
 public:
  ElfFile(std::unique_ptr<File> file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Result<ElfNeeds> Read() {
    Elf64_Ehdr header{};
    MRD_RETURN_IF_ERROR(ReadInto(0, &header, sizeof header));
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum > kSegmentsMax) {
      return Damaged("is no 64-bit ELF library");
    }
    segments_.resize(header.e_phnum);
    MRD_RETURN_IF_ERROR(ReadInto(header.e_phoff, segments_.data(), segments_.size() * sizeof(Elf64_Phdr)));
    const auto dynamic = std::find_if(segments_.begin(), segments_.end(),
                                      [](const Elf64_Phdr& segment) { return segment.p_type == PT_DYNAMIC; });
    if (dynamic == segments_.end()) return ElfNeeds{};
    return ReadDynamic(*dynamic);
  }

 private:
  Status Damaged(const std::string& how) const { return InvalidArgument(path_ + " " + how); }

  Status ReadInto(std::uint64_t offset, void* out, std::size_t size) {
    if (size == 0) return Status::Ok();
    MRD_ASSIGN_OR_RETURN(const std::size_t got, file_->ReadAt(offset, static_cast<char*>(out), size));
    return got == size ? Status::Ok() : Damaged("is cut short: an ELF table lies beyond its end");
  }

  // Where in the file an address of the loaded library lies.
  std::optional<std::uint64_t> OffsetOf(std::uint64_t address) const {
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz) {
        return segment.p_offset + (address - segment.p_vaddr);
      }
    }
    return std::nullopt;
  }

  Result<std::string> ReadName(std::uint64_t offset) {
    std::string name(kNameMax, '\0');
    MRD_ASSIGN_OR_RETURN(const std::size_t got, file_->ReadAt(offset, name.data(), name.size()));
    const std::size_t end = name.find('\0');
    if (end >= got) return Damaged("has a name without an end in its ELF tables");
    name.resize(end);
    return name;
  }

  Result<ElfNeeds> ReadDynamic(const Elf64_Phdr& segment) {
    const std::size_t count = segment.p_filesz / sizeof(Elf64_Dyn);
    if (count > kDynamicMax) return Damaged("has an ELF dynamic section of absurd length");
    std::vector<Elf64_Dyn> entries(count);
    MRD_RETURN_IF_ERROR(ReadInto(segment.p_offset, entries.data(), entries.size() * sizeof(Elf64_Dyn)));
    std::optional<std::uint64_t> names;
    std::vector<std::uint64_t> needed;
    std::optional<std::uint64_t> run_path;
    std::optional<std::uint64_t> old_path;
    for (const Elf64_Dyn& entry : entries) {
      if (entry.d_tag == DT_NULL) break;
      if (entry.d_tag == DT_STRTAB) names = OffsetOf(entry.d_un.d_ptr);
      if (entry.d_tag == DT_NEEDED) needed.push_back(entry.d_un.d_val);
      if (entry.d_tag == DT_RUNPATH) run_path = entry.d_un.d_val;
      if (entry.d_tag == DT_RPATH) old_path = entry.d_un.d_val;
    }
    ElfNeeds needs;
    if (needed.empty()) return needs;
    if (!names) return Damaged("names libraries in its ELF dynamic section but has no table of names");
    for (const std::uint64_t at : needed) {
      MRD_ASSIGN_OR_RETURN(std::string name, ReadName(*names + at));
      needs.libraries.push_back(std::move(name));
    }
    if (!run_path) run_path = old_path;
    if (!run_path) return needs;
    MRD_ASSIGN_OR_RETURN(std::string list, ReadName(*names + *run_path));
    for (std::size_t begin = 0; begin <= list.size();) {
      const std::size_t end = std::min(list.find(':', begin), list.size());
      if (end > begin) needs.directories.push_back(list.substr(begin, end - begin));
      begin = end + 1;
    }
    return needs;
  }

  const std::unique_ptr<File> file_;
  const std::string path_;
  std::vector<Elf64_Phdr> segments_;
};

}  // namespace

Result<ElfNeeds> ReadElfNeeds(Env& env, const std::string& path) {
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, env.OpenForRead(path));
  return ElfFile(std::move(file), path).Read();
}

}  // namespace mrd::mapred
