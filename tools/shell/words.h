#pragma once

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mrd::shell {

using Words = std::vector<std::string>;

// The options of one command, read as Hadoop reads them: words that begin with a dash before the first that does not,
// each an option of its own ("-lR" is no "-l -R"); "--" ends them; "-" is standard input and ends them too.
class OptionWords {
 public:
  static constexpr std::size_t kMany = std::numeric_limits<std::size_t>::max();

  // Names without their dash. `least` and `most` count the words that must be left.
  OptionWords(std::size_t least, std::size_t most, std::set<std::string, std::less<>> flags,
              std::set<std::string, std::less<>> with_value = {});

  // Takes the options off the front of `words`. A usage fault for an unknown option or a wrong number of words.
  Status Parse(Words& words);

  bool Has(std::string_view flag) const { return seen_.count(flag) > 0; }
  // nullopt when the option is not there; "" when its value is missing.
  std::optional<std::string> Value(std::string_view option) const;
  const std::set<std::string, std::less<>>& seen() const { return seen_; }

 private:
  const std::size_t least_;
  const std::size_t most_;
  const std::set<std::string, std::less<>> flags_;
  const std::set<std::string, std::less<>> with_value_;
  std::set<std::string, std::less<>> seen_;
  std::map<std::string, std::string, std::less<>> values_;
};

// A whole number in decimal digits; nullopt for anything else.
std::optional<std::int64_t> ParseNumber(std::string_view text);

}  // namespace mrd::shell
