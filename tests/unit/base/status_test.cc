#include "common/base/status.h"

#include <cerrno>

#include <catch2/catch.hpp>

namespace mrd {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return InvalidArgument(std::to_string(number) + " is odd");
  return number / 2;
}

Result<int> Quarter(int number) {
  MRD_ASSIGN_OR_RETURN(const int half, Half(number));
  MRD_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

}  // namespace

TEST_CASE("status: OK has no message, an error has code and message", "[status]") {
  CHECK(Status().ok());
  CHECK(Status().ToString() == "OK");
  const Status status = Corruption("spill 3: wrong checksum");
  CHECK_FALSE(status.ok());
  CHECK(status.code() == Code::kCorruption);
  CHECK(status.ToString() == "Corruption: spill 3: wrong checksum");
}

TEST_CASE("status: context goes before the message and leaves OK alone", "[status]") {
  CHECK(NotFound("b").WithContext("a").message() == "a: b");
  CHECK(Status::Ok().WithContext("a").ok());
}

TEST_CASE("status: a copy is independent of its original", "[status]") {
  Status original = NotFound("x");
  const Status copy = original;
  original = Status::Ok();
  CHECK(copy.message() == "x");
}

TEST_CASE("status: errno becomes a code and a sentence", "[status]") {
  CHECK(FromErrno(ENOENT, "open f").code() == Code::kNotFound);
  CHECK(FromErrno(ENOSPC, "write f").code() == Code::kResourceExhausted);
  CHECK(FromErrno(EIO, "read f").code() == Code::kIo);
  CHECK(FromErrno(ENOENT, "open f").message() == "open f: No such file or directory");
}

TEST_CASE("result: values and errors pass through the macros", "[status]") {
  CHECK(*Quarter(12) == 3);
  CHECK(Quarter(7).status().message() == "7 is odd");
  CHECK(Quarter(6).status().message() == "3 is odd");
}

TEST_CASE("result: one that was never set is an error, and OK is no error", "[status]") {
  CHECK(Result<int>().status().code() == Code::kInternal);
  CHECK(Result<int>(Status::Ok()).status().code() == Code::kInternal);
}

}  // namespace mrd
