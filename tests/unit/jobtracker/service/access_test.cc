#include "jobtracker/service/access.h"

#include <catch2/catch.hpp>

#include "common/base/environment.h"

namespace mrd::jobtracker {
namespace {

const Access::Job kAnns = {"job_1_0001", "ann", "carl", "dora"};

AccessOptions Heeding(bool lists) {
  AccessOptions options;
  options.lists_heeded = lists;
  options.superuser = "root1";
  options.administrators = AccessList::Parse("boss");
  options.submitters["small"] = AccessList::Parse("ann");
  return options;
}

}  // namespace

TEST_CASE("access: lists name users, then groups; a star is everybody", "[access]") {
  const AccessList list = AccessList::Parse("ann, bob staff,wheel");
  CHECK(list.users() == std::set<std::string>{"ann"});
  CHECK(AccessList::Parse("ann,bob staff,wheel").users() == std::set<std::string>{"ann", "bob"});
  CHECK(AccessList::Parse("ann,bob staff,wheel").groups() == std::set<std::string>{"staff", "wheel"});
  CHECK(AccessList::Parse(" staff").users().empty());
  CHECK(AccessList::Parse(" staff").groups() == std::set<std::string>{"staff"});
  CHECK(AccessList::Parse("*").everybody());
  CHECK_FALSE(AccessList::Parse(" ").everybody());
}

TEST_CASE("access: owners, administrators and who runs the jobtracker change a job", "[access]") {
  Access access(Heeding(false));
  for (const char* const user : {"ann", "boss", "root1"}) CHECK(access.MayModify(user, kAnns, 0).ok());
  // The lists are not heeded.
  const Status refused = access.MayModify("dora", kAnns, 0);
  CHECK(refused.code() == Code::kPermissionDenied);
  CHECK(refused.message().find("ann") != std::string::npos);
  CHECK(access.MayView("anybody", kAnns, 0).ok());
  CHECK(access.MaySubmit("anybody", "small", 0).ok());
  CHECK(access.Submitters("small") == std::vector<std::string>{"*"});
}

TEST_CASE("access: lists are heeded where that is configured", "[access]") {
  Access access(Heeding(true));
  CHECK(access.MayModify("dora", kAnns, 0).ok());
  CHECK_FALSE(access.MayModify("carl", kAnns, 0).ok());
  CHECK(access.MayView("carl", kAnns, 0).ok());
  CHECK_FALSE(access.MayView("dora", kAnns, 0).ok());
  CHECK(access.MayView("ann", kAnns, 0).ok());
  CHECK(access.MaySubmit("ann", "small", 0).ok());
  CHECK_FALSE(access.MaySubmit("carl", "small", 0).ok());
  CHECK(access.MaySubmit("carl", "default", 0).ok());
  CHECK(access.MaySubmit("boss", "small", 0).ok());
  CHECK(access.Submitters("small") == std::vector<std::string>{"ann"});
  CHECK(access.MayAdminister("boss", 0).ok());
  CHECK_FALSE(access.MayAdminister("ann", 0).ok());
}

TEST_CASE("access: groups are those of the host", "[access]") {
  const std::string user = CurrentUserName();
  const std::vector<std::string> groups = GroupsOfUser(user);
  if (groups.empty()) return;  // a user without an entry
  Access::Job job = kAnns;
  job.view_list = " " + groups.front();
  Access access(Heeding(true));
  CHECK(access.MayView(user, job, 0).ok());
}

}  // namespace mrd::jobtracker
