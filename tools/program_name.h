#pragma once

#include <string>
#include <vector>

namespace mrd::tools {

// Runs what this binary is asked for under another name, which a link gives it: "dfs" is the file system shell, "hadoop",
// "hdfs" and "mapred" take the commands that Hadoop has under these names. `program` is the last component of argv[0].
bool IsOtherName(const std::string& program);
// REQUIRES: IsOtherName(program). Returns the exit status.
int RunAs(const std::string& program, std::vector<std::string> words);

}  // namespace mrd::tools
