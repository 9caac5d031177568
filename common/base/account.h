#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mrd {

// A user of this machine.
struct Account {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;  // of the primary group
};

// As the machine's database of users has it; none: it does not know the name. In environment.cc, beside the other questions
// to that database.
std::optional<Account> FindAccount(const std::string& name);

}  // namespace mrd
