#pragma once

// Quotas of directories: what they forbid and how HDFS says so.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "namenode/tree/inode.h"

namespace mrd::namenode {

// Whether every directory from `from` up may hold `delta` more. Walks upwards and stops before `stop` (null: at the
// root, inclusive), so that an inode that moves below a common ancestor is not counted twice. The nearest directory
// that is too small is named: NSQuotaExceededException or DSQuotaExceededException. A delta that is not positive never
// fails.
Status CheckQuota(const Directory* from, const Usage& delta, const Directory* stop = nullptr);

// What a charge of `bytes` in `copies` copies is for CheckQuota(): never beyond INT64_MAX.
std::uint64_t Charge(std::uint64_t bytes, std::uint64_t copies);

// "1.50 MB": HDFS's way to print a size.
std::string TraditionalSize(std::int64_t bytes);

// Full path of any inode that hangs in the tree.
std::string PathOfInode(const Inode& inode);

}  // namespace mrd::namenode
