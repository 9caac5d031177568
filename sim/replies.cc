#include "sim/replies.h"

#include <charconv>

#include "dfs/wire/block_convert.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"

namespace mrd::sim {
namespace {

Result<dfs::InodeId> DecodeId(const std::string& text) {
  dfs::InodeId id;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
  if (error != std::errc() || end != text.data() + text.size()) return Corruption("no inode id: " + text);
  return id;
}

}  // namespace

std::string EncodeReply(bool reply) { return reply ? "1" : "0"; }
std::string EncodeReply(const Created& reply) { return std::to_string(reply.file.value); }

std::string EncodeReply(const Appended& reply) {
  hadoop::hdfs::AppendResponseProto proto;
  if (reply.last_block) dfs::wire::ToProto(*reply.last_block, proto.mutable_block());
  return std::to_string(reply.file.value) + " " + proto.SerializeAsString();
}

template <>
Result<bool> DecodeReply<bool>(const std::string& bytes) {
  if (bytes != "0" && bytes != "1") return Corruption("no boolean: " + bytes);
  return bytes == "1";
}

template <>
Result<Created> DecodeReply<Created>(const std::string& bytes) {
  MRD_ASSIGN_OR_RETURN(const dfs::InodeId id, DecodeId(bytes));
  return Created{id};
}

template <>
Result<Appended> DecodeReply<Appended>(const std::string& bytes) {
  const std::size_t space = bytes.find(' ');
  Appended reply;
  MRD_ASSIGN_OR_RETURN(reply.file, DecodeId(bytes.substr(0, space)));
  hadoop::hdfs::AppendResponseProto proto;
  const bool parsed = space != std::string::npos && proto.ParseFromString(bytes.substr(space + 1));
  if (!parsed) return Corruption("no append reply");
  if (proto.has_block()) {
    MRD_ASSIGN_OR_RETURN(dfs::LocatedBlock block, dfs::wire::FromProto(proto.block()));
    reply.last_block = std::move(block);
  }
  return reply;
}

}  // namespace mrd::sim
