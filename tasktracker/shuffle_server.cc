#include "tasktracker/shuffle_server.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "common/base/check.h"
#include "common/net/co_status.h"
#include "tasktracker/shuffle_frames.h"

namespace mrd::tasktracker {

namespace proto = mapred::proto;

namespace {

// Sent at once; what one connection holds in memory.
constexpr std::size_t kSendBytes = 256 << 10;
// A tracker that says nothing for so long connects again when it needs something.
constexpr std::chrono::minutes kIdleTimeout{5};

// What is to be sent, in order: bytes, or a range of a file.
struct Piece {
  std::string bytes;
  std::string attempt;  // whose file it is
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t left = 0;
};

// Names the file of a segment that is to be linked. A file that is not there is told by sending it. Blocks.
void Name(Env& env, const OutputSegment& segment, proto::FetchAnswerProto::Segment* told) {
  const Result<FileInfo> info = env.Stat(segment.path);
  if (!info.ok()) return;
  told->set_path(segment.path);
  told->set_offset(segment.offset);
  told->set_device(info->device);
  told->set_inode(info->inode);
}

// Fills `out` from the front of the plan. Blocks.
Status Fill(Env& env, std::deque<Piece>* plan, std::map<std::string, std::unique_ptr<File>>* files, std::string* out) {
  while (!plan->empty() && out->size() < kSendBytes) {
    Piece& piece = plan->front();
    if (!piece.bytes.empty()) {
      out->append(piece.bytes);
      piece.bytes.clear();
    }
    if (piece.left != 0) {
      std::unique_ptr<File>& file = (*files)[piece.path];
      if (file == nullptr) {
        files->clear();  // one open file at a time is enough: reduces ask for one part of each
        MRD_ASSIGN_OR_RETURN((*files)[piece.path], env.OpenForRead(piece.path));
      }
      File& open = *(*files)[piece.path];
      const std::size_t room = std::max<std::size_t>(kSendBytes - std::min(kSendBytes, out->size()), 1);
      const std::size_t ask = static_cast<std::size_t>(std::min<std::uint64_t>(piece.left, room));
      const std::size_t at = out->size();
      out->resize(at + ask);
      MRD_ASSIGN_OR_RETURN(const std::size_t got, open.ReadAt(piece.offset, out->data() + at, ask));
      out->resize(at + got);
      if (got == 0) return Corruption(piece.path + " ends early, at byte " + std::to_string(piece.offset));
      piece.offset += got;
      piece.left -= got;
    }
    if (piece.left == 0) plan->pop_front();
  }
  return Status::Ok();
}

}  // namespace

struct ShuffleServer::Session {
  Session(std::unique_ptr<net::Stream> s, boost::asio::any_io_executor e)
      : stream(std::move(s)), executor(std::move(e)), input(*stream) {}
  const std::unique_ptr<net::Stream> stream;
  const boost::asio::any_io_executor executor;
  ShuffleInput input;
};

ShuffleServer::ShuffleServer(net::Runtime& runtime, net::BlockingPool& disk, Env& env, MapOutputs& outputs, Logger log,
                             Options options)
    : runtime_(runtime), disk_(disk), env_(env), outputs_(outputs), log_(std::move(log)), options_(std::move(options)) {
  if (options_.secret) proof_.emplace(*options_.secret, kShuffleProtocol);
}

ShuffleServer::~ShuffleServer() { MRD_CHECK(sessions_.empty()); }

void ShuffleServer::Start(std::unique_ptr<net::Listener> listener) {
  listener_ = std::move(listener);
  MRD_CHECK(gate_.Enter());
  std::function<net::awaitable<void>()> body = [this] { return Accept(); };
  runtime_.Spawn(runtime_.executor(), std::move(body));
}

net::awaitable<void> ShuffleServer::Accept() {
  for (;;) {
    boost::asio::any_io_executor executor = runtime_.NewStrand();
    Result<std::unique_ptr<net::Stream>> stream = co_await listener_->Accept(executor);
    if (!stream.ok()) {
      if (stream.status().code() != Code::kCancelled) log_.Error("shuffle port: " + stream.status().message());
      break;
    }
    if (!gate_.Enter()) break;
    auto session = std::make_shared<Session>(std::move(*stream), executor);
    {
      const std::lock_guard lock(mutex_);
      sessions_.insert(session);
    }
    std::function<net::awaitable<void>()> body = [this, session] { return Run(session); };
    runtime_.Spawn(executor, std::move(body));
  }
  gate_.Leave();
}

net::awaitable<void> ShuffleServer::Run(std::shared_ptr<Session> session) {
  ++counters_.sessions;
  session->stream->SetIdleTimeout(kIdleTimeout);
  const Status status = co_await Serve(*session);
  // A peer that has all it wanted leaves; what else ends a connection is worth a line.
  if (!net::IsEndOfStream(status) && status.code() != Code::kCancelled && status.code() != Code::kUnavailable) {
    log_.Warn("shuffle connection of " + session->stream->peer().ToString() + " closed: " + status.message());
  }
  session->stream->Close();
  {
    const std::lock_guard lock(mutex_);
    sessions_.erase(session);
  }
  --counters_.sessions;
  gate_.Leave();
}

net::awaitable<Status> ShuffleServer::Greet(Session& session) {
  proto::ShuffleHelloProto hello;
  MRD_CO_RETURN_IF_ERROR(co_await session.input.ReadMessage(&hello));
  proto::ShuffleHelloProto answer;
  answer.set_version(kShuffleVersion);
  answer.set_tracker(options_.tracker);
  std::string nonce;
  bool proven = !proof_.has_value();
  if (hello.version() != kShuffleVersion) {
    answer.set_refusal("version " + std::to_string(hello.version()) + " of the shuffle is not spoken here");
  } else if (counters_.sessions > options_.sessions_max) {
    answer.set_refusal("too many connections (mr.shuffle.sessions.max)");
  } else if (proof_) {
    if (!hello.has_challenge()) {
      answer.set_refusal("only trackers that hold the secret of mr.security.secret.file are served");
    } else {
      const auto challenged = proof_->Serve(rpc::kChallengeMethod, hello.challenge(), &nonce, &proven);
      if (challenged && challenged->ok()) answer.set_challenge(**challenged);
      else answer.set_refusal("the challenge is none");
    }
  }
  MRD_CO_ASSIGN_OR_RETURN(const std::string frame, ShuffleFrame(answer));
  MRD_CO_RETURN_IF_ERROR(co_await session.stream->Write(frame));
  if (answer.has_refusal()) {
    ++counters_.refused_total;
    co_return PermissionDenied(answer.refusal());
  }
  if (!proof_) co_return Status::Ok();
  proto::ShuffleProveProto prove;
  MRD_CO_RETURN_IF_ERROR(co_await session.input.ReadMessage(&prove));
  (void)proof_->Serve(rpc::kProveMethod, prove.proof(), &nonce, &proven);
  if (proven) co_return Status::Ok();
  ++counters_.refused_total;
  co_return PermissionDenied("the peer does not hold the secret of mr.security.secret.file");
}

net::awaitable<Status> ShuffleServer::Serve(Session& session) {
  MRD_CO_RETURN_IF_ERROR(co_await Greet(session));
  for (;;) {
    proto::FetchRequestProto request;
    MRD_CO_RETURN_IF_ERROR(co_await session.input.ReadMessage(&request));
    if (request.wanted_size() > kFetchEntriesMax) co_return InvalidArgument("it asks for too much at once");
    MRD_CO_RETURN_IF_ERROR(co_await Answer(session, request));
  }
}

net::awaitable<Status> ShuffleServer::Answer(Session& session, const proto::FetchRequestProto& request) {
  std::deque<Piece> plan;
  std::vector<MapOutputs::Ptr> held;  // while it is being sent
  const bool links = request.linkfiles() && session.stream->peer().ip == session.stream->local().ip;
  for (const proto::FetchRequestProto::Wanted& wanted : request.wanted()) {
    proto::FetchAnswerProto answer;
    MapOutputs::Ptr output = outputs_.Find(wanted.mapattemptid());
    std::deque<Piece> pieces;
    if (output == nullptr) {
      answer.set_refusal(options_.tracker + " has no output of " + wanted.mapattemptid());
      ++counters_.refused_total;
    } else {
      const std::vector<OutputSegment> segments = output->Of(wanted.reduce());
      for (const OutputSegment& segment : segments) {
        proto::FetchAnswerProto::Segment* const told = answer.add_segments();
        told->set_sequence(segment.sequence);
        told->set_bytes(segment.bytes);
        told->set_records(segment.records);
      }
      if (links) {
        (void)co_await disk_.Run([&] {
          for (std::size_t i = 0; i < segments.size(); ++i) {
            Name(env_, segments[i], answer.mutable_segments(static_cast<int>(i)));
          }
          return true;
        });
      }
      for (std::size_t i = 0; i < segments.size(); ++i) {
        if (answer.segments(static_cast<int>(i)).has_path()) continue;
        const OutputSegment& segment = segments[i];
        Piece piece;
        piece.attempt = wanted.mapattemptid();
        piece.path = segment.path;
        piece.offset = segment.offset;
        piece.left = segment.bytes;
        counters_.bytes_total += segment.bytes;
        pieces.push_back(std::move(piece));
      }
      ++counters_.outputs_total;
      held.push_back(std::move(output));
    }
    Piece header;
    MRD_CO_ASSIGN_OR_RETURN(header.bytes, ShuffleFrame(answer));
    plan.push_back(std::move(header));
    for (Piece& piece : pieces) plan.push_back(std::move(piece));
  }
  std::map<std::string, std::unique_ptr<File>> files;
  std::string out;
  while (!plan.empty()) {
    out.clear();
    Status filled = co_await disk_.Run([&] { return Fill(env_, &plan, &files, &out); });
    if (!filled.ok()) {
      // The peer sees the connection end within this output, asks again, and is told that it is not here any more.
      const std::string attempt = plan.front().attempt;
      log_.Error("output of " + attempt + " cannot be read: " + filled.message());
      if (filled.code() != Code::kResourceExhausted) outputs_.Remove(attempt);
      co_return filled;
    }
    MRD_CO_RETURN_IF_ERROR(co_await session.stream->Write(out));
  }
  co_return Status::Ok();
}

net::awaitable<void> ShuffleServer::Stop() {
  if (listener_ == nullptr) co_return;
  listener_->Close();
  {
    const std::lock_guard lock(mutex_);
    for (const std::shared_ptr<Session>& session : sessions_) {
      boost::asio::post(session->executor, [session] { session->stream->Close(); });
    }
  }
  co_await gate_.Close();
}

}  // namespace mrd::tasktracker
