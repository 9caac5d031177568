#pragma once

#include <cstdint>

#include <sys/types.h>

namespace mrd::tasktracker {

// Finding what an attempt has left running. Its process group is not enough: a child that has called setsid() is not in
// it. So every attempt carries a mark that children inherit through fork and exec: its soft limit on the bytes of POSIX
// message queues, a number that nobody looks at. The zygote is the subreaper: what loses its parent becomes its child.

// Makes orphans of this process's descendants its children.
void AdoptOrphans();
// In an attempt, right after the fork: marks this process and what it starts from now on.
void MarkOffspring(std::uint32_t mark);
// Ends, with SIGKILL, the group of the attempt and all children of this process that carry the mark, and reaps them; again
// until none is left, at most a few times, since those that die leave children of their own. `attempt` has been reaped.
void KillOffspring(pid_t attempt, std::uint32_t mark);

}  // namespace mrd::tasktracker
