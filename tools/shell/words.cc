#include "tools/shell/words.h"

#include <charconv>
#include <utility>

#include "tools/shell/faults.h"

namespace mrd::shell {

OptionWords::OptionWords(std::size_t least,
                         std::size_t most,
                         std::set<std::string, std::less<>> flags,
                         std::set<std::string, std::less<>> with_value)
    : least_(least), most_(most), flags_(std::move(flags)), with_value_(std::move(with_value)) {}

Status OptionWords::Parse(Words& words) {
  while (!words.empty() && words[0].size() > 1 && words[0][0] == '-') {
    const std::string word = words[0];
    words.erase(words.begin());
    if (word == "--") break;
    const std::string name = word.substr(1);
    if (flags_.count(name) > 0) {
      seen_.insert(name);
    } else if (with_value_.count(name) > 0) {
      std::string& value = values_[name];
      // The last words are the command's own even if an option stands before them.
      if (words.size() > least_ && !words[0].starts_with('-')) {
        value = words[0];
        words.erase(words.begin());
      }
    } else {
      return UsageFault("Illegal option " + word);
    }
  }
  if (words.size() < least_) {
    return UsageFault("Not enough arguments: expected " + std::to_string(least_) + " but got " +
                      std::to_string(words.size()));
  }
  if (words.size() > most_) {
    return UsageFault("Too many arguments: expected " + std::to_string(most_) + " but got " +
                      std::to_string(words.size()));
  }
  return Status::Ok();
}

std::optional<std::string> OptionWords::Value(std::string_view option) const {
  const auto found = values_.find(option);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::int64_t> ParseNumber(std::string_view text) {
  std::int64_t value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace mrd::shell
