// The table of commands: usage and help.
#include <algorithm>
#include <string>

#include "tools/shell/command.h"

namespace mrd::shell {
namespace {

constexpr Command kCommands[] = {
    {"appendToFile", "[-n] <localsrc> ... <dst>",
     "Appends local files, in the order given, to a file, which is made if it is not there. \"-\" alone reads standard "
     "input. -n asks for a new block for what is appended; a file system that decides this itself takes no notice.",
     RunAppendToFile},
    {"cat", "[-ignoreCrc] <src> ...", "Writes files to standard output as they are stored.", RunCat},
    {"checksum", "[-v] <src> ...",
     "Prints path, algorithm and checksum of files. Equal checksums mean equal content when block and chunk sizes are "
     "equal. NONE stands where the file system keeps no checksums. -v adds the block size.",
     RunChecksum},
    {"chgrp", "[-R] GROUP PATH...", "Changes the group of files; -R of all that lies below them too.", RunChgrp},
    {"chmod", "[-R] <MODE[,MODE]... | OCTALMODE> PATH...",
     "Changes permissions. MODE is symbolic (u+rw, go-w, a=rX, +t) or three or four octal digits. -R descends.",
     RunChmod},
    {"chown", "[-R] [OWNER][:[GROUP]] PATH...",
     "Changes owner, group or both; OWNER: alone leaves the group as it is. -R descends.", RunChown},
    {"concat", "<target path> <src path> <src path> ...",
     "Moves the blocks of the source files, in order, to the end of the target. The sources are gone afterwards.",
     RunConcat},
    {"copyFromLocal", "[-f] [-p] [-l] [-d] [-t <thread count>] [-q <thread pool queue size>] <localsrc> ... <dst>",
     "The same as -put.", RunPut},
    {"copyToLocal", "[-f] [-p] [-crc] [-ignoreCrc] [-t <thread count>] [-q <thread pool queue size>] <src> ... <localdst>",
     "The same as -get.", RunGet},
    {"count", "[-q] [-h] [-v] [-t [<storage type>]] [-u] [-x] [-e] [-s] <path> ...",
     "Counts directories, files and bytes below each path. Columns: DIR_COUNT FILE_COUNT CONTENT_SIZE PATHNAME; -q puts "
     "QUOTA REM_QUOTA SPACE_QUOTA REM_SPACE_QUOTA before them, -u prints these and the path alone, -t the quotas of "
     "storage types. -h sizes for people, -v a header line, -e the erasure coding policy, -s the counts of snapshots, -x "
     "leaves snapshots out.",
     RunCount},
    {"cp", "[-f] [-p | -p[topax]] [-d] [-t <thread count>] [-q <thread pool queue size>] <src> ... <dst>",
     "Copies files and directories. Several sources need a directory as destination. -f overwrites. -p keeps times, owner "
     "and permission; letters choose among them (t, o, p; a and x stand for lists and attributes). -d writes in place "
     "instead of to a temporary name. -t copies several files at once.",
     RunCp},
    {"df", "[-h] [<path> ...]", "Prints capacity, used and free space of file systems. -h sizes for people.", RunDf},
    {"du", "[-s] [-h] [-v] [-x] <path> ...",
     "Prints length, length times replication, and path: of each child of a directory, with -s of the directory as a "
     "whole. -h sizes for people, -v a header line, -x leaves snapshots out.",
     RunDu},
    {"dus", "<path> ...", "Old spelling of -du -s.", RunDus, "du -s"},
    {"expunge", "[-immediate] [-fs <path>]",
     "Removes checkpoints of the trash that are older than the retention time and makes a new one of what was deleted "
     "since. -immediate removes all of it. -fs names another file system.",
     RunExpunge},
    {"find", "<path> ... <expression> ...",
     "Prints what lies below the paths and matches: -name PATTERN, -iname PATTERN (upper or lower case), joined by -a or "
     "nothing. -print prints a line each, -print0 ends each with a NUL byte.",
     RunFind},
    {"get", "[-f] [-p] [-crc] [-ignoreCrc] [-t <thread count>] [-q <thread pool queue size>] <src> ... <localdst>",
     "Copies files and directories to the local file system. -f overwrites, -p keeps times, owner and permission, -t "
     "copies several files at once.",
     RunGet},
    {"getmerge", "[-nl] [-skip-empty-file] <src> <localdst>",
     "Writes the files of the sources, those of a directory in the order of their names, into one local file. -nl adds a "
     "newline after each, -skip-empty-file none after empty ones.",
     RunGetmerge},
    {"head", "<file>", "Prints the first kilobyte of a file.", RunHead},
    {"help", "[cmd ...]", "Explains the commands named, or all.", RunHelp},
    {"ls", "[-C] [-d] [-h] [-q] [-R] [-t] [-S] [-r] [-u] [-e] [<path> ...]",
     "Lists files and the content of directories: permissions, replication, owner, group, size, time, path. -C paths "
     "alone, -d directories themselves, -h sizes for people, -q ? for what cannot be printed, -R descends. Order: by name, "
     "-t by time, -S by size, -r the other way round; -u shows and takes the time of the last access. -e also prints the "
     "erasure coding policy.",
     RunLs},
    {"lsr", "[<path> ...]", "Old spelling of -ls -R.", RunLsr, "ls -R"},
    {"mkdir", "[-p] <path> ...", "Makes directories. -p makes parents too and is content when one is there.", RunMkdir},
    {"moveFromLocal", "[-f] [-p] [-l] [-d] <localsrc> ... <dst>", "As -put; the sources are deleted after the copy.",
     RunMoveFromLocal},
    {"moveToLocal", "<src> <localdst>", "Not implemented, as in Hadoop: use -get and -rm.", RunMoveToLocal},
    {"mv", "<src> ... <dst>",
     "Renames files and directories within one file system. Several sources need a directory as destination.", RunMv},
    {"put", "[-f] [-p] [-l] [-d] [-t <thread count>] [-q <thread pool queue size>] <localsrc> ... <dst>",
     "Copies local files and directories into the file system; \"-\" is standard input. -f overwrites. -p keeps times, "
     "owner and permission. -l writes one replica and lets the datanode keep it in memory for a while. -d writes in place "
     "instead of to a temporary name. -t copies several files at once, -q bounds how many wait.",
     RunPut},
    {"rm", "[-f] [-r|-R] [-skipTrash] [-safely] <src> ...",
     "Deletes files, with -r directories too, or moves them to the trash where there is one. -skipTrash deletes at once. -f "
     "is content when nothing is there. -safely asks before a directory of many files is deleted.",
     RunRm},
    {"rmdir", "[--ignore-fail-on-non-empty] <dir> ...", "Removes empty directories.", RunRmdir},
    {"rmr", "<src> ...", "Old spelling of -rm -r.", RunRmr, "-rm -r"},
    {"setrep", "[-R] [-w] <rep> <path> ...",
     "Sets the replication of files, for a directory of all below it. -w waits until it is reached. -R has no effect.",
     RunSetrep},
    {"stat", "[format] <path> ...",
     "Prints what is known of paths. In the format: %a permission in octal, %A in letters, %b length, %F kind, %g group, "
     "%n name, %o block size, %r replication, %u owner, %x and %X time of last access as date and as milliseconds, %y and "
     "%Y of last change. Dates are UTC. The default is %y.",
     RunStat},
    {"tail", "[-f] [-s <sleep interval>] <file>",
     "Prints the last kilobyte of a file. -f goes on with what is appended, looking every 5 seconds or -s milliseconds.",
     RunTail},
    {"test", "-[defswrz] <path>",
     "Answers by its exit status, 0 for yes: -d is a directory, -e exists, -f is a file, -s is not empty, -z is empty, -r "
     "may be read, -w may be written.",
     RunTest},
    {"text", "[-ignoreCrc] <src> ...", "Writes files to standard output, gzip files decompressed.", RunText},
    {"touch", "[-a] [-m] [-t TIMESTAMP (yyyyMMdd:HHmmss) ] [-c] <path> ...",
     "Sets the times of files to now or -t and makes those that are not there, unless -c. -a the access time alone, -m "
     "the modification time alone.",
     RunTouch},
    {"touchz", "<path> ...", "Makes empty files. One that is there must be empty.", RunTouchz},
    {"truncate", "[-w] <length> <path> ...",
     "Shortens files. -w waits until the last block is ready for more.", RunTruncate},
    {"usage", "[cmd ...]", "Prints the usage of the commands named, or of all.", RunUsage},
};

}  // namespace

std::span<const Command> Commands() { return kCommands; }

const Command* FindCommand(std::string_view name) {
  const auto* found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                   [name](const Command& command) { return name == command.name; });
  return found == std::end(kCommands) ? nullptr : found;
}

std::string UsageLine(const Command& command) { return std::string("-") + command.name + " " + command.usage; }

}  // namespace mrd::shell
