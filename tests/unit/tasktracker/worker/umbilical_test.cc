#include "tasktracker/worker/umbilical.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "proto/mr/umbilical.pb.h"

namespace mrd::tasktracker {
namespace {

using mapred::proto::WorkerMessageProto;
using mapred::proto::ZygoteMessageProto;

struct Ends {
  Umbilical tracker;
  Umbilical worker;
};

Ends MakeEnds() {
  auto pair = UmbilicalPair();
  REQUIRE(pair.ok());
  return {Umbilical(std::move(pair->first)), Umbilical(std::move(pair->second))};
}

ZygoteMessageProto Started(std::string id) {
  ZygoteMessageProto message;
  message.mutable_started()->set_attemptid(std::move(id));
  message.mutable_started()->set_processid(7);
  return message;
}

TEST_CASE("umbilical: the bytes of a frame are a length, big-endian, and the message", "[umbilical]") {
  const auto frame = UmbilicalFrame(Started("a"));
  REQUIRE(frame.ok());
  CHECK(*frame == std::string("\0\0\0\7\x12\5\n\1a\x10\7", 11));
  const auto size = UmbilicalBodyBytes(*frame);
  REQUIRE(size.ok());
  CHECK(*size == 7);
}

TEST_CASE("umbilical: a length over the limit is damage, not a request for memory", "[umbilical]") {
  CHECK(UmbilicalBodyBytes(std::string_view("\4\0\0\0", 4)).ok());
  CHECK(UmbilicalBodyBytes(std::string_view("\4\0\0\1", 4)).status().code() == Code::kCorruption);
  WorkerMessageProto large;
  large.mutable_failed()->set_kind(mapred::proto::FAILED_USER);
  large.mutable_failed()->set_message(std::string(kUmbilicalMessageMax, 'x'));
  CHECK(UmbilicalFrame(large).status().code() == Code::kInvalidArgument);
}

TEST_CASE("umbilical: messages arrive in order, whatever their size, and then the end", "[umbilical]") {
  auto [tracker, worker] = MakeEnds();
  const std::string large(std::size_t{3} << 20, 'q');  // more than the socket's buffer
  std::thread sender([&worker = worker, &large] {
    if (!worker.Send(Started("small")).ok() || !worker.Send(Started(large)).ok()) return;
    ::shutdown(worker.descriptor(), SHUT_WR);
  });
  ZygoteMessageProto message;
  auto got = tracker.Receive(&message);
  CHECK((got.ok() && *got && message.started().attemptid() == "small"));
  got = tracker.Receive(&message);
  CHECK((got.ok() && *got && message.started().attemptid() == large));
  got = tracker.Receive(&message);
  CHECK((got.ok() && !*got));
  sender.join();
}

TEST_CASE("umbilical: a descriptor travels with its message, through a non-blocking socket too", "[umbilical]") {
  auto [tracker, worker] = MakeEnds();
  REQUIRE(::fcntl(tracker.descriptor(), F_SETFL, O_NONBLOCK) == 0);
  const std::string large(std::size_t{1} << 20, 'q');
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const UniqueFd in(ends[0]);
  UniqueFd out(ends[1]);
  Status sent = Internal("not sent");
  std::thread sender([&tracker = tracker, &large, &out, &sent] {
    const auto plain = UmbilicalFrame(Started(large));
    const auto frame = UmbilicalFrame(Started("with"));
    if (!plain.ok() || !frame.ok()) return;
    sent = SendFrame(tracker.descriptor(), *plain);
    if (sent.ok()) sent = SendFrame(tracker.descriptor(), *frame, out.get());
    out.Reset();
  });
  ZygoteMessageProto message;
  UniqueFd attached;
  const auto first = worker.Receive(&message, &attached);
  const bool none = !attached.valid();
  const auto second = worker.Receive(&message, &attached);
  sender.join();
  REQUIRE(sent.ok());
  CHECK((first.ok() && *first && none));
  REQUIRE((second.ok() && *second && attached.valid()));
  CHECK((::fcntl(attached.get(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE(::write(attached.get(), "x", 1) == 1);
  char byte = 0;
  REQUIRE(::read(in.get(), &byte, 1) == 1);
  CHECK(byte == 'x');
}

TEST_CASE("umbilical: an end within a message and bytes of another message are told apart from the end", "[umbilical]") {
  {
    auto [tracker, worker] = MakeEnds();
    REQUIRE(::send(tracker.descriptor(), "\0\0\0\5abc", 7, 0) == 7);
    ::shutdown(tracker.descriptor(), SHUT_WR);
    ZygoteMessageProto message;
    CHECK(worker.Receive(&message).status().code() == Code::kCorruption);
  }
  {
    auto [tracker, worker] = MakeEnds();
    REQUIRE(::send(tracker.descriptor(), "\0\0\0\3\xff\xff\xff", 7, 0) == 7);
    ZygoteMessageProto message;
    CHECK(worker.Receive(&message).status().code() == Code::kCorruption);
  }
}

TEST_CASE("umbilical: sending to an end that was closed fails and raises no signal", "[umbilical]") {
  auto pair = UmbilicalPair();
  REQUIRE(pair.ok());
  pair->second.Reset();
  Umbilical tracker(std::move(pair->first));
  CHECK(tracker.Send(Started("a")).code() == Code::kUnavailable);
}

}  // namespace
}  // namespace mrd::tasktracker
