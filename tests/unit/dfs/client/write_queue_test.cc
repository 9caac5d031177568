#include "dfs/client/write_queue.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

namespace mrd::dfs::client {
namespace {

std::shared_ptr<const Packet> Numbered(std::int64_t seqno) {
  auto packet = std::make_shared<Packet>();
  packet->seqno = seqno;
  return packet;
}

TEST_CASE("write queue: packets come in order, also those put back", "[dfs][client]") {
  WriteQueue queue(10, [] {});
  for (int i = 0; i < 4; ++i) REQUIRE(queue.Push(Numbered(i)).ok());
  std::deque<std::shared_ptr<const Packet>> taken;
  for (int i = 0; i < 3; ++i) taken.push_back(queue.Take());
  queue.Acknowledged(taken.front()->seqno);
  taken.pop_front();
  queue.PutBack(std::move(taken));
  for (int i = 1; i < 4; ++i) {
    REQUIRE(queue.Look() == WriteQueue::News::kPacket);
    CHECK(queue.Front().seqno == i);
    CHECK(queue.Take()->seqno == i);
  }
  CHECK(queue.Look() == WriteQueue::News::kNone);
}

TEST_CASE("write queue: the user waits while too many packets are not acknowledged", "[dfs][client]") {
  WriteQueue queue(2, [] {});
  REQUIRE(queue.Push(Numbered(0)).ok());
  REQUIRE(queue.Push(Numbered(1)).ok());
  std::atomic<bool> pushed{false};
  std::thread user([&] {
    const Status status = queue.Push(Numbered(2));
    pushed = status.ok();
  });
  CHECK(queue.Take()->seqno == 0);  // taken is not acknowledged: still no room
  CHECK(queue.Take()->seqno == 1);
  CHECK(queue.Look() == WriteQueue::News::kNone);
  CHECK_FALSE(pushed);
  queue.Acknowledged(0);
  user.join();
  CHECK(pushed);
  CHECK(queue.Look() == WriteQueue::News::kPacket);
}

TEST_CASE("write queue: the sender is woken once, when it waits", "[dfs][client]") {
  int wakes = 0;
  WriteQueue queue(10, [&] { ++wakes; });
  REQUIRE(queue.Push(Numbered(0)).ok());
  CHECK(wakes == 0);
  queue.Take();
  CHECK(queue.Look() == WriteQueue::News::kNone);
  REQUIRE(queue.Push(Numbered(1)).ok());
  REQUIRE(queue.Push(Numbered(2)).ok());
  CHECK(wakes == 1);
}

TEST_CASE("write queue: a failure ends every wait, now and later", "[dfs][client]") {
  WriteQueue queue(1, [] {});
  REQUIRE(queue.Push(Numbered(0)).ok());
  Status pushed;
  Status flushed;
  std::thread one([&] { pushed = queue.Push(Numbered(1)); });
  std::thread two([&] { flushed = queue.WaitUntilAcknowledged(0); });
  queue.Finish(IoError("the disk is gone"));
  one.join();
  two.join();
  CHECK(pushed.message() == "the disk is gone");
  CHECK(flushed.message() == "the disk is gone");
  CHECK(queue.CloseAndWait().message() == "the disk is gone");
}

TEST_CASE("write queue: closing waits for the sender and tells how it ended", "[dfs][client]") {
  WriteQueue queue(4, [] {});
  REQUIRE(queue.Push(Numbered(0)).ok());
  std::thread sender([&] {
    while (queue.Look() != WriteQueue::News::kPacket) std::this_thread::yield();
    queue.Acknowledged(queue.Take()->seqno);
    while (queue.Look() != WriteQueue::News::kClosed) std::this_thread::yield();
    queue.Finish(Status::Ok());
  });
  CHECK(queue.WaitUntilAcknowledged(0).ok());
  CHECK(queue.CloseAndWait().ok());
  sender.join();
  CHECK(queue.Push(Numbered(1)).code() == Code::kFailedPrecondition);
}

}  // namespace
}  // namespace mrd::dfs::client
