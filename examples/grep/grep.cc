// Finds what matches a regular expression, counts each different match and sorts by falling count.
//
// Two jobs, one after the other: the first counts, the second sorts what the first wrote.
#include <mr/mr.h>

#include "blocks.h"

namespace {

// Whether the pattern stands for itself, because no character in it means anything else.
bool is_literal(std::string_view pattern) {
  return !pattern.empty() && pattern.find_first_of("\\^$.[]|()*+?{}\n") == std::string_view::npos;
}

// Files that need to be unpacked can only be read line by line.
bool is_packed(const std::string& path) { return path.size() > 3 && path.substr(path.size() - 3) == ".gz"; }

// True as well where that cannot be known here, as for a pattern like logs/*.gz.
bool any_packed(const mr::Driver& driver, const std::string& input) {
  if (is_packed(input) || !driver.exists(input)) return true;
  for (const std::string& file : driver.list(input)) {
    if (is_packed(file)) return true;
  }
  return false;
}

// Adds up the counts of one match and puts the sum in front, where the next round looks for it.
void count_first(std::string_view match, mr::Values<int64_t>& counts, mr::Emit<int64_t, std::string_view>& emit) {
  int64_t sum = 0;
  for (const int64_t count : counts) sum += count;
  emit(sum, match);
}

// A directory that one round leaves for the next, beside the output; removed in the end, however that comes.
class BetweenRounds {
 public:
  BetweenRounds(mr::Driver& driver, std::string_view output, const char* what) : driver_(driver) {
    path_ = output.substr(0, output.find_last_not_of('/') + 1);
    path_ += what;
    while (driver_.exists(path_)) path_ += '_';
  }
  BetweenRounds(const BetweenRounds&) = delete;
  BetweenRounds& operator=(const BetweenRounds&) = delete;
  ~BetweenRounds() {
    try {
      if (driver_.exists(path_)) driver_.remove(path_);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "grep: %s\n", error.what());
    }
  }
  const std::string& path() const { return path_; }

 private:
  mr::Driver& driver_;
  std::string path_;
};

}  // namespace

// Round 1 for any pattern: every match in a line becomes (match, 1).
MR_ROUND(grep_lines, "Counts the matches of a regular expression in lines.") {
  const auto pattern = job.required_option("pattern", "POSIX extended regular expression");
  const auto group = job.option("group", 0, "which parentheses to count; 0: the whole match");
  job.map<mr::RegexMapper>(pattern, group);
  job.combine(mr::sum);
  job.reduce(count_first);
}

// Round 1 for a plain word: searches blocks of many lines at once.
MR_ROUND(grep_blocks, "Counts a literal in blocks of lines.") {
  const auto literal = job.required_option("pattern", "the text to look for");
  job.format<Blocks>();
  job.map([literal](int64_t, std::string_view block, mr::Emit<std::string_view, int64_t>& emit) {
    const char* at = block.data();
    const char* const end = at + block.size();
    while (const void* hit = memmem(at, static_cast<std::size_t>(end - at), literal.data(), literal.size())) {
      emit(literal, 1);
      at = static_cast<const char*>(hit) + literal.size();
    }
  });
  job.combine(mr::sum);
  job.reduce(count_first);
}

// Round 2: the most frequent first, equal counts by the bytes of the match.
MR_ROUND(grep_sort, "Sorts matches by falling count.") {
  using Rank = std::tuple<mr::Desc<int64_t>, std::string_view>;
  job.format(mr::key_value);
  job.map([](int64_t count, std::string_view match, mr::Emit<Rank, mr::None>& emit) { emit({count, match}); });
  job.set("mapreduce.job.reduces", 1);
}

MR_DRIVER(grep, "Counts the matches of a regular expression, most frequent first.", "INPUT OUTPUT REGEX [GROUP]") {
  const auto& args = driver.args();
  if (args.size() != 3 && args.size() != 4) {
    std::fprintf(stderr, "usage: mr jar grep.so INPUT OUTPUT REGEX [GROUP]\n");
    return 2;
  }
  const std::string& input = args[0];
  const std::string& output = args[1];
  const std::string& pattern = args[2];
  const int group = args.size() == 4 ? mr::parse<int>(args[3]) : 0;
  if (group < 0 || group > 9) throw mr::Error("GROUP is " + args[3] + "; it goes from 0 (the whole match) to 9");
  const mr::Regex checked(pattern);  // Throws if it is none, before any work is done.
  if (driver.exists(output)) throw mr::Error("Output directory " + output + " already exists");

  const BetweenRounds matches(driver, output, "-matches");
  const bool blocks = is_literal(pattern) && group == 0 && !any_packed(driver, input);
  if (blocks) {
    driver.run("grep_blocks").input(input).output(matches.path()).option("pattern", pattern).wait();
  } else {
    driver.run("grep_lines")
        .input(input)
        .output(matches.path())
        .option("pattern", pattern)
        .option("group", group)
        .wait();
  }
  driver.run("grep_sort").input(matches.path()).output(output).wait();
  return 0;
}
