// Runs one fuzz target without a fuzzing engine: every seed and corpus file as it is, then mutations of them.
//
//   gzip_reader_fuzz [--seconds N] [--runs N] [--seed N] [FILE|DIRECTORY]...
//
// The mutations are a function of the seed alone; --seconds and --runs only say how many of them are tried. A crash
// leaves the input in ./crash-TARGET.bin, and giving that file as the argument with --runs 0 repeats it.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_target.h"

extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

constexpr std::size_t kInputBytesMax = 64 * 1024;

struct Options {
  double seconds = 2;
  std::uint64_t runs = UINT64_MAX;
  std::uint64_t seed = 1;
  std::vector<std::string> paths;
};

// Looked at by the crash handler, hence global.
const std::string* g_current = nullptr;
std::string g_crash_path;

void SaveCurrent() {
  if (g_current == nullptr) return;
  const int fd = open(g_crash_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) return;
  const ssize_t written = write(fd, g_current->data(), g_current->size());
  close(fd);
  constexpr char kText[] = "the input that failed was saved: ";
  if (written < 0 || write(2, kText, sizeof(kText) - 1) < 0) return;
  if (write(2, g_crash_path.data(), g_crash_path.size()) < 0 || write(2, "\n", 1) < 0) return;
}

void OnCrash(int signal_number) {
  SaveCurrent();
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

void RunOne(const std::string& input) {
  g_current = &input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  g_current = nullptr;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}

  std::string Next(const std::vector<std::string>& pool) {
    std::string input = pool[Below(pool.size())];
    const std::size_t changes = 1 + Below(4);
    for (std::size_t i = 0; i < changes; ++i) Change(input, pool[Below(pool.size())]);
    if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
    return input;
  }

 private:
  void Change(std::string& input, const std::string& other) {
    static constexpr unsigned char kTelling[] = {0, 1, 0x7f, 0x80, 0xff, '\n', '"', '{', '<', '-', '9'};
    const std::size_t at = Below(input.size() + 1);
    const std::size_t count = Below(1 + std::min<std::size_t>(input.size() - at, 64));
    switch (Below(8)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << Below(8)));
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(Below(256));
        break;
      case 2:
        if (at < input.size()) input[at] = static_cast<char>(kTelling[Below(std::size(kTelling))]);
        break;
      case 3:
        input.erase(at, count);
        break;
      case 4:
        input.insert(at, input.substr(at, count));
        break;
      case 5:
        input.insert(at, std::string(1 + Below(16), static_cast<char>(kTelling[Below(11)])));
        break;
      case 6:
        input.resize(at);
        break;
      default: {
        const std::size_t from = Below(other.size() + 1);
        input.insert(at, other.substr(from, Below(256)));
      }
    }
  }

  std::uint64_t Below(std::uint64_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % bound;
  }

  std::uint64_t state_;
};

void AddFile(const std::filesystem::path& path, std::vector<std::string>& pool) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
    std::exit(2);
  }
  pool.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

Options Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool has_value = i + 1 < argc;
    if (argument == "--seconds" && has_value) {
      options.seconds = std::atof(argv[++i]);
    } else if (argument == "--runs" && has_value) {
      options.runs = std::strtoull(argv[++i], nullptr, 10);
    } else if (argument == "--seed" && has_value) {
      options.seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (argument.starts_with("-")) {
      std::fprintf(stderr, "usage: %s [--seconds N] [--runs N] [--seed N] [FILE|DIRECTORY]...\n", argv[0]);
      std::exit(2);
    } else {
      options.paths.push_back(argument);
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  g_crash_path = "crash-" + std::filesystem::path(argv[0]).filename().string() + ".bin";
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) signal(number, OnCrash);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(SaveCurrent);

  std::vector<std::string> pool = FuzzSeeds();
  for (const std::string& path : options.paths) {
    if (!std::filesystem::is_directory(path)) {
      AddFile(path, pool);
      continue;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) AddFile(file, pool);
  }
  pool.emplace_back();
  for (const std::string& input : pool) RunOne(input);

  Mutator mutator(options.seed);
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const auto end = now() + std::chrono::duration<double>(options.seconds);
  std::uint64_t runs = 0;
  while (runs < options.runs && now() < end) {
    RunOne(mutator.Next(pool));
    ++runs;
  }
  std::printf("%zu seeds and %llu mutations, nothing found\n", pool.size(), static_cast<unsigned long long>(runs));
  return 0;
}
