#include "tasktracker/worker/profiler.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <execinfo.h>
#include <link.h>
#include <sys/time.h>

namespace mrd::tasktracker {

namespace {

constexpr std::int64_t kIntervalMicros = 10'000;
constexpr std::size_t kFramesMax = 64;
constexpr std::size_t kStacksMax = 8'192;
constexpr std::size_t kProbesMax = 32;
constexpr int kOfHandler = 2;  // frames: the handler's and that of the signal's return
constexpr std::uint64_t kTableMax = std::uint64_t{64} << 20;  // of one module's symbols

struct Stack {
  std::uint64_t count = 0;
  std::uint32_t frames = 0;
  std::array<void*, kFramesMax> at{};
};

// What the handler fills; it may not allocate. Pages that no sample reached are not there.
struct Samples {
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  std::atomic<std::uint64_t> taken{0};
  std::atomic<std::uint64_t> left_out{0};
  std::array<Stack, kStacksMax> stacks;
};

std::atomic<Samples*> in_use{nullptr};

void Count(Samples& all, void* const* frames, std::size_t count) {
  std::uint64_t hash = 14695981039346656037u;
  for (std::size_t i = 0; i < count; ++i) {
    hash = (hash ^ reinterpret_cast<std::uintptr_t>(frames[i])) * 1099511628211u;
  }
  for (std::size_t probe = 0; probe < kProbesMax; ++probe) {
    Stack& stack = all.stacks[(hash + probe) % kStacksMax];
    const bool free = stack.count == 0;
    if (free) {
      stack.frames = static_cast<std::uint32_t>(count);
      std::copy(frames, frames + count, stack.at.begin());
    } else if (stack.frames != count || !std::equal(frames, frames + count, stack.at.begin())) {
      continue;
    }
    ++stack.count;
    return;
  }
  all.left_out.fetch_add(1, std::memory_order_relaxed);
}

void OnSample(int) {
  const int error = errno;
  Samples* const all = in_use.load(std::memory_order_acquire);
  if (all != nullptr) {
    all->taken.fetch_add(1, std::memory_order_relaxed);
    void* frames[kFramesMax];
    const int count = ::backtrace(frames, kFramesMax);
    if (count <= kOfHandler || all->busy.test_and_set(std::memory_order_acquire)) {
      all->left_out.fetch_add(1, std::memory_order_relaxed);
    } else {
      Count(*all, frames + kOfHandler, static_cast<std::size_t>(count - kOfHandler));
      all->busy.clear(std::memory_order_release);
    }
  }
  errno = error;
}

void SetTimer(std::int64_t micros) {
  itimerval every{};
  every.it_interval.tv_usec = micros;
  every.it_value.tv_usec = micros;
  ::setitimer(ITIMER_PROF, &every, nullptr);
}

std::string Demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 && text != nullptr ? text.get() : name;
}

// A name that is one frame of a folded stack.
std::string Foldable(std::string name) {
  std::replace(name.begin(), name.end(), ';', ':');
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return c < 0x20; }, '?');
  return name;
}

template <typename T>
Result<std::vector<T>> ReadTable(File& file, std::uint64_t offset, std::uint64_t bytes) {
  if (bytes > kTableMax) return ResourceExhausted("a symbol table of " + std::to_string(bytes) + " bytes");
  std::vector<T> table(static_cast<std::size_t>(bytes / sizeof(T)));
  MRD_ASSIGN_OR_RETURN(const std::size_t got,
                       file.ReadAt(offset, reinterpret_cast<char*>(table.data()), table.size() * sizeof(T)));
  if (got < table.size() * sizeof(T)) return Corruption("an ELF file ends within a table");
  return table;
}

// Calls `take` for each function that the file names.
template <typename Take>
Status ReadFunctions(Env& env, const std::string& path, Take take) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, env.OpenForRead(path));
  MRD_ASSIGN_OR_RETURN(const std::vector<ElfW(Ehdr)> header, ReadTable<ElfW(Ehdr)>(*file, 0, sizeof(ElfW(Ehdr))));
  if (std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return Corruption(path + " is no ELF file");
  MRD_ASSIGN_OR_RETURN(const std::vector<ElfW(Shdr)> sections,
                       ReadTable<ElfW(Shdr)>(*file, header[0].e_shoff, header[0].e_shnum * sizeof(ElfW(Shdr))));
  const auto of_type = [&](ElfW(Word) type) {
    return std::find_if(sections.begin(), sections.end(), [type](const auto& one) { return one.sh_type == type; });
  };
  auto symbols = of_type(SHT_SYMTAB);
  if (symbols == sections.end()) symbols = of_type(SHT_DYNSYM);  // stripped
  if (symbols == sections.end() || symbols->sh_link >= sections.size()) return Status::Ok();
  const ElfW(Shdr)& names = sections[symbols->sh_link];
  MRD_ASSIGN_OR_RETURN(const std::vector<ElfW(Sym)> table,
                       ReadTable<ElfW(Sym)>(*file, symbols->sh_offset, symbols->sh_size));
  MRD_ASSIGN_OR_RETURN(std::vector<char> text, ReadTable<char>(*file, names.sh_offset, names.sh_size));
  text.push_back('\0');
  for (const ElfW(Sym)& symbol : table) {
    const unsigned type = symbol.st_info & 0xf;
    if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol.st_value == 0 || symbol.st_name >= text.size()) continue;
    take(symbol.st_value, symbol.st_size, text.data() + symbol.st_name);
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<Profiler>> Profiler::Start() {
  void* frames[1];
  ::backtrace(frames, 1);  // loads the unwinder, which a handler must not
  Samples* expected = nullptr;
  auto all = std::make_unique<Samples>();
  if (!in_use.compare_exchange_strong(expected, all.get())) return FailedPrecondition("this process is profiled already");
  all.release();
  struct sigaction sampling{};
  sampling.sa_handler = OnSample;
  sampling.sa_flags = SA_RESTART;
  sigemptyset(&sampling.sa_mask);
  ::sigaction(SIGPROF, &sampling, nullptr);
  SetTimer(kIntervalMicros);
  return std::unique_ptr<Profiler>(new Profiler);
}

Profiler::~Profiler() {
  Stop();
  delete in_use.exchange(nullptr);
}

void Profiler::Stop() {
  SetTimer(0);
  ::signal(SIGPROF, SIG_IGN);
  // Another thread may be within the handler: wait for it, so that what is read stands still.
  Samples* const all = in_use.load();
  while (all->busy.test_and_set(std::memory_order_acquire)) {
  }
  all->busy.clear(std::memory_order_release);
}

std::uint64_t Profiler::samples() const { return in_use.load()->taken.load(); }

std::string Profiler::Folded() const {
  const Samples& all = *in_use.load();
  FunctionNames names(Env::Posix());
  std::map<std::string, std::uint64_t> lines;  // several addresses of a function are one
  for (const Stack& stack : all.stacks) {
    if (stack.count == 0) continue;
    std::string line;
    for (std::size_t i = stack.frames; i-- > 0;) {
      if (!line.empty()) line += ';';
      line += Foldable(names.Of(reinterpret_cast<std::uintptr_t>(stack.at[i]), /*is_return=*/i > 0));
    }
    lines[line] += stack.count;
  }
  if (const std::uint64_t left_out = all.left_out.load(); left_out != 0) lines["(left out)"] += left_out;
  std::string text;
  for (const auto& [line, count] : lines) text += line + ' ' + std::to_string(count) + '\n';
  return text;
}

const FunctionNames::Table& FunctionNames::TableOf(const std::string& module) {
  const auto [at, fresh] = tables_.try_emplace(module);
  Table& table = at->second;
  if (!fresh) return table;
  const Status read = ReadFunctions(env_, module, [&table](std::uint64_t begin, std::uint64_t size, const char* name) {
    Function& function = table[begin];
    if (function.name.empty() || begin + size > function.end) function = {begin + size, name};
  });
  if (!read.ok()) table.clear();  // then the module alone is named
  return table;
}

std::string FunctionNames::Of(std::uintptr_t address, bool is_return) {
  Dl_info info{};
  link_map* map = nullptr;
  if (::dladdr1(reinterpret_cast<void*>(address), &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0 ||
      map == nullptr) {
    return "[unknown]";
  }
  const std::string module = map->l_name == nullptr || *map->l_name == '\0' ? "/proc/self/exe" : map->l_name;
  const std::uint64_t offset = address - map->l_addr - (is_return ? 1 : 0);
  const Table& table = TableOf(module);
  auto at = table.upper_bound(offset);
  if (at != table.begin() && offset < (--at)->second.end) return Demangled(at->second.name.c_str());
  const std::string_view path = info.dli_fname == nullptr ? module : std::string_view(info.dli_fname);
  return "[" + std::string(path.substr(path.rfind('/') + 1)) + "]";
}

}  // namespace mrd::tasktracker
