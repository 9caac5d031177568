#include "engine/plugin.h"

#include <dlfcn.h>
#include <elf.h>

#include <algorithm>
#include <cstring>

#include "common/base/edit_distance.h"
#include "common/base/env.h"
#include "common/base/sha256.h"

namespace mrd::engine {

namespace {

constexpr const char* kRemedy = "build it again with `mr compile` or against this installation's headers";

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
constexpr const char* kMachineName = "x86-64";
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
constexpr const char* kMachineName = "aarch64";
#else
#error "name this machine's ELF number here"
#endif

std::string MachineName(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64: return "x86-64";
    case EM_386: return "i386";
    case EM_AARCH64: return "aarch64";
    case EM_ARM: return "arm";
    case EM_RISCV: return "riscv";
    case EM_PPC64: return "ppc64";
    case EM_S390: return "s390";
    default: return "machine number " + std::to_string(machine);
  }
}

// Mapping a segment that reaches beyond the file's end makes the loader die of SIGBUS, so a copy that was cut short has
// to be found before.
Status CheckComplete(File& file, const Elf64_Ehdr& header, const std::string& path) {
  const Status cut = InvalidArgument(path + " is cut short: its ELF header tells of more bytes than the file has; copy or " +
                                     "build it again");
  MRD_ASSIGN_OR_RETURN(const std::uint64_t size, file.Size());
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0) {
    return InvalidArgument(path + " is no plugin: it has no ELF program headers");
  }
  if (header.e_phoff > size) return cut;
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  const std::size_t wanted = segments.size() * sizeof(Elf64_Phdr);
  MRD_ASSIGN_OR_RETURN(const std::size_t got,
                       file.ReadAt(header.e_phoff, reinterpret_cast<char*>(segments.data()), wanted));
  if (got != wanted) return cut;
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_LOAD) continue;
    if (segment.p_offset > size || segment.p_filesz > size - segment.p_offset) return cut;
  }
  return Status::Ok();
}

// dlopen's own messages about these cases do not help a newcomer.
Status CheckElf(const std::string& path) {
  MRD_ASSIGN_OR_RETURN(const FileInfo info, Env::Posix().Stat(path));
  if (info.type == FileType::kDirectory) return InvalidArgument(path + " is a directory, not a plugin (a .so file)");
  if (info.type != FileType::kFile) return InvalidArgument(path + " is no plugin: it is not a regular file");
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, Env::Posix().OpenForRead(path));
  Elf64_Ehdr header{};
  MRD_ASSIGN_OR_RETURN(const std::size_t got, file->ReadAt(0, reinterpret_cast<char*>(&header), sizeof(header)));
  if (got < EI_NIDENT || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    std::string message = path + " is no plugin: it is not an ELF shared library";
    if (path.ends_with(".cc") || path.ends_with(".cpp")) message += "; compile it first: mr compile " + path;
    if (path.ends_with(".jar")) message += "; Java archives do not run here, plugins are C++ shared libraries";
    return InvalidArgument(message);
  }
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || got < sizeof(header)) {
    return InvalidArgument(path + " is no plugin for this machine: it is not 64-bit or is cut short");
  }
  if (header.e_machine != kMachine) {
    return InvalidArgument(path + " was built for " + MachineName(header.e_machine) + ", this machine is " +
                           kMachineName + "; " + kRemedy);
  }
  if (header.e_type != ET_DYN) {
    return InvalidArgument(path + " is an ELF file but no shared library; link it with -shared (mr compile does)");
  }
  return CheckComplete(*file, header, path);
}

Status CheckTable(const mr_plugin* table, const std::string& name) {
  if (table == nullptr || table->size < sizeof(std::uint32_t) * 2) {
    return InvalidArgument(name + ": its " MR_PLUGIN_ENTRY " gave no table; " + kRemedy);
  }
  if (table->abi_version != MR_ABI_VERSION) {
    return InvalidArgument(name + " was built for plugin ABI " + std::to_string(table->abi_version) +
                           ", this mr speaks ABI " + std::to_string(MR_ABI_VERSION) + "; " + kRemedy);
  }
  if (table->size < offsetof(mr_plugin, jobs) + sizeof(table->jobs)) {
    return InvalidArgument(name + ": its table is cut short; " + kRemedy);
  }
  if (table->job_count == 0) {
    return InvalidArgument(name + " holds no job; define one with MR_JOB or MR_DRIVER");
  }
  return Status::Ok();
}

}  // namespace

Result<std::shared_ptr<const Plugin>> Plugin::Load(const std::string& path) {
  MRD_RETURN_IF_ERROR(CheckElf(path));
  // A name without a slash would be searched for in the library path instead.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    std::string message = "cannot load " + path + ": " + (reason == nullptr ? "unknown reason" : reason);
    if (message.find("undefined symbol") != std::string::npos) {
      message += "; link the library that defines it into the plugin";
    }
    return InvalidArgument(message);
  }
  void* symbol = ::dlsym(handle, MR_PLUGIN_ENTRY);
  if (symbol == nullptr) {
    return InvalidArgument(path + " is a shared library but no plugin: it has no " MR_PLUGIN_ENTRY
                                  "; include <mr/mr.h> and define a job with MR_JOB");
  }
  const mr_plugin* table = reinterpret_cast<mr_plugin_entry_fn>(symbol)(MR_ABI_VERSION);
  MRD_RETURN_IF_ERROR(CheckTable(table, path));
  auto plugin = std::make_shared<Plugin>();
  plugin->path_ = path;
  plugin->sdk_version_ = table->sdk_version == nullptr ? "" : table->sdk_version;
  MRD_ASSIGN_OR_RETURN(plugin->sha256_, Sha256HexOfFile(Env::Posix(), path));
  plugin->entries_.assign(table->jobs, table->jobs + table->job_count);
  return std::shared_ptr<const Plugin>(std::move(plugin));
}

Result<std::shared_ptr<const Plugin>> Plugin::FromTable(const mr_plugin* table, std::string name) {
  MRD_RETURN_IF_ERROR(CheckTable(table, name));
  auto plugin = std::make_shared<Plugin>();
  plugin->path_ = std::move(name);
  plugin->sdk_version_ = table->sdk_version == nullptr ? "" : table->sdk_version;
  plugin->entries_.assign(table->jobs, table->jobs + table->job_count);
  return std::shared_ptr<const Plugin>(std::move(plugin));
}

std::vector<const mr_job_entry*> Plugin::Public() const {
  std::vector<const mr_job_entry*> shown;
  std::copy_if(entries_.begin(), entries_.end(), std::back_inserter(shown),
               [](const mr_job_entry* entry) { return entry->internal == 0; });
  return shown;
}

Result<const mr_job_entry*> Plugin::Find(std::string_view name) const {
  std::vector<std::string> names;
  for (const mr_job_entry* entry : entries_) {
    if (name == entry->name) return entry;
    names.emplace_back(entry->name);
  }
  std::string message = path_ + " has no job \"" + std::string(name) + "\"";
  if (auto near = NearestName(name, names)) message += "; did you mean " + *near + "?";
  message += " There are:";
  for (const std::string& known : names) message += " " + known;
  return NotFound(message);
}

}  // namespace mrd::engine
