// Mappers that need not be written again. Operations to reduce with (mr::sum, …) are in operation.h, chains in chain.h.
#pragma once

#include <regex.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "stage.h"
#include "words.h"

namespace mr {

// Every pair as it is. For lines, leave map() out instead.
template <class K, class V>
struct IdentityMapper : Mapper<K, V, K, V> {
  void map(const K& key, const V& value, Emit<K, V>& emit) { emit(key, value); }
};

// Key and value exchanged.
template <class K, class V>
struct InverseMapper : Mapper<K, V, V, K> {
  void map(const K& key, const V& value, Emit<V, K>& emit) { emit(value, key); }
};

// Every word of a line with the number 1.
struct TokenMapper : Mapper<Line, std::string_view, std::int64_t> {
  void map(Line line, Emit& emit) {
    for (const std::string_view word : words(line)) emit(word, 1);
  }
};

// A regular expression over bytes: POSIX extended syntax with \d and \D as well as the \w \s \b of the C library. Works
// on text with NUL bytes and of any length.
class Regex {
 public:
  // Throws mr::Error, which quotes the pattern, when it is none.
  explicit Regex(std::string_view pattern) : pattern_(pattern), regex_(new regex_t, &release) {
    const std::string posix = with_digits(pattern);
    const int code = regcomp(regex_.get(), posix.c_str(), REG_EXTENDED);
    if (code == 0) return;
    char reason[200];
    regerror(code, regex_.get(), reason, sizeof reason);
    delete regex_.release();  // Not compiled, so there is nothing for regfree().
    throw Error("\"" + pattern_ + "\" is no regular expression: " + reason);
  }
  Regex(const Regex& other) : Regex(std::string_view(other.pattern_)) {}
  Regex& operator=(const Regex&) = delete;

  bool matches(std::string_view text) const {
    std::string_view found;
    return find(text, 0, 0, found) != std::string_view::npos;
  }
  // Calls f(match) for each match from left to right; `group` picks a pair of parentheses, 0 the whole.
  template <class F>
  void each(std::string_view text, int group, F f) const {
    std::size_t from = 0;
    while (from <= text.size()) {
      std::string_view found;
      const std::size_t end = find(text, from, group, found);
      if (end == std::string_view::npos) return;
      f(found);
      from = end > from ? end : from + 1;
    }
  }

 private:
  static constexpr int kGroupsMax = 10;

  static void release(regex_t* regex) {
    regfree(regex);
    delete regex;
  }
  static std::string with_digits(std::string_view pattern) {
    std::string posix;
    bool in_brackets = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
      if (pattern[i] == '\\' && (next == 'd' || next == 'D') && (!in_brackets || next == 'd')) {
        posix += in_brackets ? "0-9" : next == 'd' ? "[0-9]" : "[^0-9]";
        ++i;
      } else if (pattern[i] == '\\' && !in_brackets) {
        posix += pattern[i];
        if (next != '\0') posix += pattern[++i];
      } else {
        if (pattern[i] == '[') in_brackets = true;
        if (pattern[i] == ']') in_brackets = false;
        posix += pattern[i];
      }
    }
    return posix;
  }
  // The end of the first match at or after `from`, whose `group` goes to `found`; npos when there is none.
  std::size_t find(std::string_view text, std::size_t from, int group, std::string_view& found) const {
    regmatch_t matches[kGroupsMax];
    matches[0].rm_so = static_cast<regoff_t>(from);
    matches[0].rm_eo = static_cast<regoff_t>(text.size());
    const char* data = text.data() == nullptr ? "" : text.data();
    if (regexec(regex_.get(), data, kGroupsMax, matches, REG_STARTEND | (from == 0 ? 0 : REG_NOTBOL)) != 0) {
      return std::string_view::npos;
    }
    const regmatch_t& match = matches[group >= 0 && group < kGroupsMax ? group : 0];
    found = match.rm_so < 0 ? std::string_view()
                            : text.substr(static_cast<std::size_t>(match.rm_so),
                                          static_cast<std::size_t>(match.rm_eo - match.rm_so));
    return static_cast<std::size_t>(matches[0].rm_eo);
  }

  std::string pattern_;
  std::unique_ptr<regex_t, void (*)(regex_t*)> regex_;
};

// Every match of a pattern (or of one of its groups) in a line with the number 1.
class RegexMapper : public Mapper<Line, std::string_view, std::int64_t> {
 public:
  explicit RegexMapper(const std::string& pattern, int group = 0) : regex_(pattern), group_(group) {}
  void map(Line line, Emit& emit) {
    regex_.each(line, group_, [&](std::string_view match) { emit(match, 1); });
  }

 private:
  Regex regex_;
  int group_;
};

}  // namespace mr
