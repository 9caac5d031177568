#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mrd::jobtracker {

// Hadoop's lists of who may do something: "user1,user2 group1,group2"; "*" is everybody, " " nobody.
class AccessList {
 public:
  static AccessList Parse(std::string_view text);
  static AccessList Everybody() { return Parse("*"); }
  bool everybody() const { return everybody_; }
  const std::set<std::string>& users() const { return users_; }
  const std::set<std::string>& groups() const { return groups_; }

 private:
  bool everybody_ = false;
  std::set<std::string> users_;
  std::set<std::string> groups_;
};

struct AccessOptions {
  bool lists_heeded = false;  // mapreduce.cluster.acls.enabled
  std::string superuser;
  AccessList administrators;
  std::map<std::string, AccessList> submitters;  // by queue; absent: everybody
};

// Who may do what with which job. Users are believed to be whom they say they are, as Hadoop does without Kerberos.
// Threads: one; looking up a user's groups may block for a moment, answers are kept for five minutes.
class Access {
 public:
  explicit Access(AccessOptions options) : options_(std::move(options)) {}

  // What decides about one job.
  struct Job {
    std::string id;
    std::string owner;
    std::string view_list;    // mapreduce.job.acl-view-job
    std::string modify_list;  // mapreduce.job.acl-modify-job
  };
  // Each: OK, or kPermissionDenied naming user, job and who may.
  Status MayView(const std::string& user, const Job& job, std::int64_t now_ms);
  Status MayModify(const std::string& user, const Job& job, std::int64_t now_ms);
  Status MaySubmit(const std::string& user, const std::string& queue, std::int64_t now_ms);
  Status MayAdminister(const std::string& user, std::int64_t now_ms);
  // "*" where everybody may submit.
  std::vector<std::string> Submitters(const std::string& queue) const;

 private:
  bool IsOn(const AccessList& list, const std::string& user, std::int64_t now_ms);
  bool IsAdministrator(const std::string& user, std::int64_t now_ms);
  const std::vector<std::string>& GroupsOf(const std::string& user, std::int64_t now_ms);

  struct Groups {
    std::vector<std::string> names;
    std::int64_t until_ms = 0;
  };
  const AccessOptions options_;
  std::map<std::string, Groups> groups_;
};

}  // namespace mrd::jobtracker
