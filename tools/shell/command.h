#pragma once

#include <span>
#include <string_view>

#include "common/base/status.h"
#include "tools/shell/session.h"
#include "tools/shell/words.h"

namespace mrd::shell {

// One command of the shell. `run` gets the words behind the command's name. A failure it returns is told as the session's
// own are; a usage fault also prints the usage.
struct Command {
  const char* name;         // without dash
  const char* usage;        // options and arguments
  const char* help;         // what it does; paragraphs of whole sentences
  Status (*run)(Session& session, Words words);
  const char* replacement = nullptr;  // what to use instead of a deprecated spelling
};

// Sorted by name.
std::span<const Command> Commands();
const Command* FindCommand(std::string_view name);  // nullptr if there is none
// "-ls [-C] ...", with the dash.
std::string UsageLine(const Command& command);

Status RunAppendToFile(Session& session, Words words);
Status RunCat(Session& session, Words words);
Status RunChecksum(Session& session, Words words);
Status RunChgrp(Session& session, Words words);
Status RunChmod(Session& session, Words words);
Status RunChown(Session& session, Words words);
Status RunConcat(Session& session, Words words);
Status RunCount(Session& session, Words words);
Status RunCp(Session& session, Words words);
Status RunDf(Session& session, Words words);
Status RunDu(Session& session, Words words);
Status RunDus(Session& session, Words words);
Status RunExpunge(Session& session, Words words);
Status RunFind(Session& session, Words words);
Status RunGet(Session& session, Words words);
Status RunGetmerge(Session& session, Words words);
Status RunHead(Session& session, Words words);
Status RunHelp(Session& session, Words words);
Status RunLs(Session& session, Words words);
Status RunLsr(Session& session, Words words);
Status RunMkdir(Session& session, Words words);
Status RunMoveFromLocal(Session& session, Words words);
Status RunMoveToLocal(Session& session, Words words);
Status RunMv(Session& session, Words words);
Status RunPut(Session& session, Words words);
Status RunRm(Session& session, Words words);
Status RunRmdir(Session& session, Words words);
Status RunRmr(Session& session, Words words);
Status RunSetrep(Session& session, Words words);
Status RunStat(Session& session, Words words);
Status RunTail(Session& session, Words words);
Status RunTest(Session& session, Words words);
Status RunText(Session& session, Words words);
Status RunTouch(Session& session, Words words);
Status RunTouchz(Session& session, Words words);
Status RunTruncate(Session& session, Words words);
Status RunUsage(Session& session, Words words);

}  // namespace mrd::shell
