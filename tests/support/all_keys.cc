#include "tests/support/all_keys.h"

#include "common/daemon/keys.h"
#include "common/http/keys.h"
#include "common/fs/keys.h"
#include "datanode/keys.h"
#include "dfs/client/keys.h"
#include "dfs/keys.h"
#include "engine/keys.h"
#include "jobtracker/keys.h"
#include "mapred/keys.h"
#include "namenode/keys.h"
#include "tasktracker/keys.h"
#include "tasktracker/worker/keys.h"

namespace mrd::test {

KeyRegistry AllKeys() {
  KeyRegistry registry;
  registry.Add(fs::CoreKeys());
  registry.Add(engine::MapReduceKeys());
  registry.Add(dfs::DfsKeys());
  registry.Add(dfs::client::ClientKeys());
  registry.Add(mapred::ClusterKeys());
  registry.Add(jobtracker::JobtrackerKeys());
  registry.Add(tasktracker::TasktrackerKeys());
  registry.Add(tasktracker::WorkerKeys());
  registry.Add(namenode::NamenodeKeys());
  registry.Add(datanode::DatanodeKeys());
  registry.Add(daemon::DaemonKeys());
  registry.Add(http::HttpKeys());
  return registry;
}

}  // namespace mrd::test
