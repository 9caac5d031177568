#include "common/rpc/peer_proof.h"

#include <catch2/catch.hpp>

namespace mrd::rpc {
namespace {

using namespace dfs::proto;  // NOLINT: the messages of this file

const Secret kSecret("0123456789abcdef");

// One connection of a server.
struct Connection {
  explicit Connection(const PeerProof& server_proof) : server(server_proof) {}
  Result<std::string> Send(const char* method, const google::protobuf::MessageLite& message) {
    std::optional<Result<std::string>> answer = server.Serve(method, message.SerializeAsString(), &nonce, &proven);
    REQUIRE(answer.has_value());
    return *std::move(answer);
  }
  ChallengeResponseProto Challenge(const ChallengeRequestProto& request) {
    ChallengeResponseProto response;
    REQUIRE(response.ParseFromString(*Send("challenge", request)));
    return response;
  }
  const PeerProof& server;
  std::string nonce;
  bool proven = false;
};

}  // namespace

TEST_CASE("peer proof: two holders of one secret convince each other", "[proof]") {
  const PeerProof server(kSecret, "p");
  const PeerProof caller(kSecret, "p");
  Connection connection(server);
  const ChallengeRequestProto begun = caller.Begin();
  const Result<ProveRequestProto> proof = caller.Continue(begun, connection.Challenge(begun));
  REQUIRE(proof.ok());
  CHECK_FALSE(connection.proven);
  CHECK(connection.Send("prove", *proof).ok());
  CHECK(connection.proven);
}

TEST_CASE("peer proof: another secret, or another protocol, convinces neither side", "[proof]") {
  const PeerProof server(kSecret, "p");
  for (const PeerProof& caller : {PeerProof(Secret("another secret!!"), "p"), PeerProof(kSecret, "q")}) {
    Connection connection(server);
    const ChallengeRequestProto begun = caller.Begin();
    const ChallengeResponseProto answer = connection.Challenge(begun);
    CHECK(caller.Continue(begun, answer).status().code() == Code::kPermissionDenied);
    // One that does not care: its own idea of the server's answer.
    std::string nonce;
    bool proven = false;
    ChallengeResponseProto own;
    REQUIRE(own.ParseFromString(**caller.Serve("challenge", begun.SerializeAsString(), &nonce, &proven)));
    Result<ProveRequestProto> proof = caller.Continue(begun, own);
    REQUIRE(proof.ok());
    CHECK_FALSE(connection.Send("prove", *proof).ok());
    CHECK_FALSE(connection.proven);
  }
}

TEST_CASE("peer proof: what was said on one connection is worth nothing on another", "[proof]") {
  const PeerProof server(kSecret, "p");
  Connection first(server);
  Connection second(server);
  const ChallengeRequestProto begun = server.Begin();
  const Result<ProveRequestProto> proof = server.Continue(begun, first.Challenge(begun));
  REQUIRE(proof.ok());
  CHECK_FALSE(second.Send("prove", *proof).ok());  // no challenge yet
  (void)second.Challenge(begun);
  CHECK_FALSE(second.Send("prove", *proof).ok());
  CHECK_FALSE(second.proven);
}

TEST_CASE("peer proof: a server's answer does not prove a caller", "[proof]") {
  const PeerProof server(kSecret, "p");
  Connection connection(server);
  const ChallengeRequestProto begun = server.Begin();
  const ChallengeResponseProto answer = connection.Challenge(begun);
  ProveRequestProto reflected;
  reflected.set_callernonce(begun.callernonce());
  reflected.set_proof(answer.proof());
  CHECK_FALSE(connection.Send("prove", reflected).ok());
  CHECK_FALSE(connection.proven);
}

TEST_CASE("peer proof: two parts under way at once on a connection do not disturb each other", "[proof]") {
  const PeerProof server(kSecret, "p");
  Connection connection(server);
  const ChallengeRequestProto one = server.Begin();
  const ChallengeRequestProto two = server.Begin();
  const ChallengeResponseProto to_one = connection.Challenge(one);
  const ChallengeResponseProto to_two = connection.Challenge(two);
  CHECK(connection.Send("prove", *server.Continue(one, to_one)).ok());
  CHECK(connection.Send("prove", *server.Continue(two, to_two)).ok());
}

TEST_CASE("peer proof: messages of other shapes are refused, other methods left alone", "[proof]") {
  const PeerProof server(kSecret, "p");
  std::string nonce;
  bool proven = false;
  CHECK_FALSE(server.Serve("register", "", &nonce, &proven).has_value());
  CHECK_FALSE(server.Serve("challenge", "x", &nonce, &proven)->ok());
  ChallengeRequestProto small;
  small.set_callernonce("1234");
  CHECK_FALSE(server.Serve("challenge", small.SerializeAsString(), &nonce, &proven)->ok());
  CHECK_FALSE(server.Serve("prove", "x", &nonce, &proven)->ok());
  CHECK_FALSE(proven);
}

}  // namespace mrd::rpc
