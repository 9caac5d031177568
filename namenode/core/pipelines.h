#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "dfs/types.h"
#include "namenode/edits.h"

namespace mrd::namenode {

// The volumes to which the last block of an open file was given, by the names that survive a restart of the namenode.
// Durable, so that after a start it is known who can have bytes of a block that nobody reports: a client gets an
// acknowledgement of a flush from all members of the pipeline or from none.
//
// A block is here from its allocation until its length is agreed or it is gone. One that was reopened for append is not.
// One thread.
class Pipelines {
 public:
  struct Member {
    std::string node;     // uuid of the datanode
    std::string storage;  // uuid of its volume
    friend bool operator==(const Member&, const Member&) = default;
  };

  // Null when nothing is known of the block. Valid until the next change.
  const std::vector<Member>* Find(dfs::BlockId block) const;
  // Replaces what was known. Names of more than 255 bytes are not kept: then the block counts as unknown.
  void Set(dfs::BlockId block, std::vector<Member> members, MutationSink& sink);
  void Clear(dfs::BlockId block, MutationSink& sink);
  std::size_t size() const { return members_.size(); }

  // The durable map's pairs (docs/formats.md): 'P' and 8 bytes of block id, big-endian.
  static bool IsKey(std::string_view key);
  // Takes in one pair; without a value the entry goes. kCorruption for what Set() does not write.
  Status Load(std::string_view key, const std::string* value);

 private:
  std::map<dfs::BlockId, std::vector<Member>> members_;
};

}  // namespace mrd::namenode
