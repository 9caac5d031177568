// Joins two inputs by their keys, on the reduce side: mr jar join.so LEFT RIGHT OUT
//
// Input: KEY TAB VALUE in each line. Output: KEY TAB VALUE OF LEFT TAB VALUE OF RIGHT, for each pair with equal keys.
#include <mr/mr.h>

namespace {

enum Side : int8_t { kLeft, kRight };

using Tagged = std::tuple<std::string_view, int8_t>;  // key, side

// Notes on each pair which input it comes from.
struct Tag : mr::Mapper<std::string_view, std::string_view, Tagged, std::string_view> {
  explicit Tag(Side side) : side_(side) {}
  void map(std::string_view key, std::string_view value, Emit& emit) { emit({key, side_}, value); }

 private:
  Side side_;
};

// The values of a key come with all left ones first. Those are kept; the right ones pass by.
struct Match : mr::Reducer<Tagged,
                           std::string_view,
                           std::string_view,
                           std::tuple<std::string_view, std::optional<std::string_view>>> {
  explicit Match(bool outer) : outer_(outer) {}

  void reduce(Tagged key, Values& values, Emit& emit, mr::Context& context) {
    const std::string_view name = std::get<0>(key);
    lefts_.clear();
    bool matched = false;
    for (const auto value : values) {
      if (std::get<1>(values.key<Tagged>()) == kLeft) {
        lefts_.emplace_back(value);
        continue;
      }
      if (lefts_.empty()) ++context.counter("Join", "RIGHT_WITHOUT_LEFT");
      matched = true;
      for (const std::string& left : lefts_) emit(name, {left, value});
    }
    if (matched) return;
    context.counter("Join", "LEFT_WITHOUT_RIGHT") += static_cast<int64_t>(lefts_.size());
    if (!outer_) return;
    for (const std::string& left : lefts_) emit(name, {left, std::nullopt});
  }

 private:
  bool outer_;
  std::vector<std::string> lefts_;
};

}  // namespace

MR_JOB(join, "Joins two inputs by key. Give LEFT, then RIGHT; LEFT should be the one with fewer lines for each key.") {
  const auto type = job.option("type", "inner", "inner, or left: keeps what has no match on the right");
  if (type != "inner" && type != "left") throw mr::Error("option --type: \"" + type + "\" is neither inner nor left");
  job.inputs_in_order();
  job.input(0).format(mr::key_value).map<Tag>(kLeft);
  job.input(1).format(mr::key_value).map<Tag>(kRight);
  // The key without the side decides which reduce call gets a pair; the side decides the order in it.
  job.secondary_sort<1>();
  job.reduce<Match>(type == "left");
}
