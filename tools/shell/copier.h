#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "tools/shell/byte_copy.h"
#include "tools/shell/item.h"
#include "tools/shell/session.h"

namespace mrd::shell {

class CopyProgress;
class WorkQueue;

// What is carried over from a source to its copy.
struct Preserve {
  bool times = false;
  bool owner = false;
  bool permission = false;
};

// How a command copies.
struct CopyChoices {
  bool overwrite = false;
  bool direct = false;        // straight to the name; else to NAME._COPYING_ and renamed when whole
  bool lazy_persist = false;  // one replica
  bool remove_sources = false;
  bool merge_directories = true;  // false: a directory that is there is refused
  Preserve preserve;
  std::size_t threads = 1;
  std::size_t queued_max = 1024;
};

// Copies files and trees to one destination. A file appears under its name whole or not at all, unless `direct`; what was
// begun is cleared away after a failure. A failing file does not stop the others. Files are copied by up to `threads`
// threads; directories are made, and get their attributes, by the caller's.
class Copier {
 public:
  Copier(Session& session, Item destination, CopyChoices choices);
  ~Copier();

  // Tells failures to the session. Returns once all is done.
  void CopyAll(std::vector<Item>& sources);
  Status CopyStandardInput();

 private:
  Status CopyTop(Item& source);
  Status CopyTree(Item& source, const Item& destination);
  Status CopyDirectory(Item& source, Item& target);
  Status CopyFile(const Item& source, const Item& target);
  // `fill` hands all bytes to the sink it is given.
  Status WriteFile(const Item& target, const std::function<Status(const ByteSink&)>& fill);
  Status PreserveAttributes(const Item& source, const Item& target);
  Status RemoveSource(const Item& source);
  void FinishDirectories();

  struct Pair {
    Item source;
    Item target;
  };

  Session& session_;
  const Item destination_;
  const CopyChoices choices_;
  std::unique_ptr<CopyProgress> progress_;
  std::unique_ptr<WorkQueue> queue_;
  std::vector<Pair> directories_;  // in the order they were made; finished from the back
};

}  // namespace mrd::shell
