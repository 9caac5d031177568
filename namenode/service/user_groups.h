#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mrd::namenode {

// Groups of users: from a fixed table, else from the host's user database. Answers are kept for five minutes, since the
// database may be slow. Threads: one strand owns it.
class UserGroups {
 public:
  // `overrides` as hadoop.user.group.static.mapping.overrides has it: "user=group1,group2;other=". kInvalidArgument
  // naming the part that is not of this form.
  static Result<UserGroups> Parse(std::string_view overrides);

  // The primary group first; empty for a user that nobody knows.
  const std::vector<std::string>& Of(const std::string& user, std::int64_t now_ms);
  // Forgets what the host said.
  void Refresh() { cached_.clear(); }

 private:
  struct Cached {
    std::vector<std::string> groups;
    std::int64_t until_ms = 0;
  };
  std::map<std::string, std::vector<std::string>> fixed_;
  std::map<std::string, Cached> cached_;
};

}  // namespace mrd::namenode
