// How the price of each stock moved from day to day. The prices of a stock come to its reduce call in the order of the
// days, without being collected and sorted there.
//
// Input: STOCK DAY PRICE in each line, in any order. Output: STOCK TAB the differences between its successive prices.
#include <mr/mr.h>

namespace {

using StockDay = std::tuple<std::string_view, int64_t>;

void split_line(mr::Line line, mr::Emit<StockDay, int64_t>& emit) {
  const auto [stock, day, price] = mr::fields<std::string_view, int64_t, int64_t>(line, ' ');
  emit({stock, day}, price);
}

void differences(StockDay key, mr::Values<int64_t>& prices, mr::Emit<std::string_view, std::vector<int64_t>>& emit) {
  std::vector<int64_t> moves;
  std::optional<int64_t> yesterday;
  for (const int64_t price : prices) {
    if (yesterday) moves.push_back(price - *yesterday);
    yesterday = price;
  }
  emit(std::get<0>(key), moves);
}

}  // namespace

MR_JOB(secondarysort, "Prints how each stock's price moved from day to day.") {
  job.map(split_line);
  // The first field of the key, the stock, decides which reduce call gets a pair; both fields decide the order.
  job.secondary_sort<1>();
  job.reduce(differences);
}
