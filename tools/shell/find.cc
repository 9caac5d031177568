#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/fs/glob.h"
#include "tools/shell/command.h"
#include "tools/shell/faults.h"
#include "tools/shell/item.h"

namespace mrd::shell {
namespace {

std::string Lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

// What is asked of each path. All of it is joined by "and", from left to right; a test that fails ends it.
class Expression {
 public:
  // Takes the words behind the paths.
  static Result<Expression> Parse(const Words& words) {
    Expression expression;
    bool prints = false;
    bool after_and = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string& word = words[i];
      if (word == "-a" || word == "-and") {
        if (expression.steps_.empty() || after_and) return UsageFault(word + " has no expression on its left");
        after_and = true;
        continue;
      }
      after_and = false;
      if (word == "-print" || word == "-print0") {
        expression.steps_.push_back({word == "-print" ? Kind::kPrint : Kind::kPrintNul, ""});
        prints = true;
      } else if (word == "-name" || word == "-iname") {
        if (++i == words.size()) return UsageFault(word + " needs a pattern");
        const bool any_case = word == "-iname";
        std::string pattern = any_case ? Lowered(words[i]) : words[i];
        const Result<bool> checked = fs::GlobMatches(pattern, "");
        if (!checked.ok()) return UsageFault(checked.status().message());
        expression.steps_.push_back({any_case ? Kind::kNameAnyCase : Kind::kName, std::move(pattern)});
      } else {
        return UsageFault("Unexpected argument: " + word);
      }
    }
    if (after_and) return UsageFault(words.back() + " has no expression on its right");
    if (!prints) expression.steps_.push_back({Kind::kPrint, ""});
    return expression;
  }

  Status Apply(Session& session, const Item& item) const {
    for (const Step& step : steps_) {
      if (step.kind == Kind::kPrint) {
        session.PrintLine(item.text);
      } else if (step.kind == Kind::kPrintNul) {
        session.Print(item.text + '\0');
      } else {
        const std::string name = item.path.name();
        MRD_ASSIGN_OR_RETURN(const bool matches,
                             fs::GlobMatches(step.pattern, step.kind == Kind::kName ? name : Lowered(name)));
        if (!matches) return Status::Ok();
      }
    }
    return Status::Ok();
  }

 private:
  enum class Kind { kName, kNameAnyCase, kPrint, kPrintNul };
  struct Step {
    Kind kind;
    std::string pattern;
  };
  std::vector<Step> steps_;
};

}  // namespace

Status RunFind(Session& session, Words words) {
  const auto begin = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return word.size() > 1 && word[0] == '-';
  });
  MRD_ASSIGN_OR_RETURN(const Expression expression, Expression::Parse(Words(begin, words.end())));
  words.erase(begin, words.end());
  if (words.empty()) words.emplace_back(".");
  VisitWords(session, words, [&](Item& item) {
    VisitTree(session, item, [&](Item& found) { return expression.Apply(session, found); });
    return Status::Ok();
  });
  return Status::Ok();
}

}  // namespace mrd::shell
