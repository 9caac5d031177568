#include "tasktracker/fetcher.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/net/co_status.h"
#include "proto/mr/shuffle.pb.h"
#include "tasktracker/fetch_file.h"
#include "tasktracker/linked_file.h"
#include "tasktracker/segment_check.h"
#include "tasktracker/shuffle_frames.h"
#include "tasktracker/shuffle_server.h"

namespace mrd::tasktracker {

namespace proto = mapred::proto;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kBatchMax = 64;  // outputs asked for at once
constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 30;
constexpr milliseconds kRetryFirst{200};
constexpr milliseconds kRetryMost{5'000};
constexpr int kTriesPerFailure = 3;           // connections lost in a row, after which it is told
constexpr milliseconds kAskAgain{3'000};      // for what was refused or damaged, while it is still wanted
constexpr milliseconds kNap{200};
constexpr int kDirsTriedMax = 64;  // for a link
constexpr std::size_t kCheckBytes = std::size_t{256} << 10;  // of a linked segment at once: they stay in the cache

std::int64_t Nanos(milliseconds time) { return std::chrono::nanoseconds(time).count(); }

// Verifies a segment in a file of its own. Blocks.
Status CheckFile(Env& env, const OutputSegment& segment) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, env.OpenForRead(segment.path));
  SegmentCheck check;
  std::vector<char> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(segment.bytes, kCheckBytes)));
  for (std::uint64_t done = 0; done < segment.bytes;) {
    const std::size_t ask = static_cast<std::size_t>(std::min<std::uint64_t>(segment.bytes - done, buffer.size()));
    MRD_ASSIGN_OR_RETURN(const std::size_t got, file->ReadAt(segment.offset + done, buffer.data(), ask));
    if (got == 0) return Corruption("the file ends early, at byte " + std::to_string(segment.offset + done));
    MRD_RETURN_IF_ERROR(check.Add({buffer.data(), got}));
    done += got;
  }
  return check.Finish();
}

// What became of one wanted output on a connection.
enum class Outcome { kFetched, kRefused, kDamaged, kNotLinked };

}  // namespace

// Another tracker, as one to fetch from.
class Fetcher::Remote : public std::enable_shared_from_this<Fetcher::Remote> {
 public:
  Remote(Fetcher& fetcher, std::string host, std::uint16_t port)
      : fetcher_(fetcher),
        context_(fetcher.context_),
        executor_(context_.runtime.NewStrand()),
        host_(std::move(host)),
        port_(port) {}

  void Add(std::shared_ptr<Want> want) {
    const std::lock_guard lock(mutex_);
    wants_[want->job_id].push_back(std::move(want));
    ++fetcher_.counters_.waiting;
  }
  bool idle() const {
    const std::lock_guard lock(mutex_);
    return wants_.empty();
  }
  const boost::asio::any_io_executor& executor() const { return executor_; }
  void Close() {
    if (stream_ != nullptr) stream_->Close();
  }
  bool running = false;  // the tracker's strand's

  // Until nothing is wanted any more.
  net::awaitable<void> Run(std::shared_ptr<Remote> self);

 private:
  struct Fetched {
    std::shared_ptr<Want> want;
    std::vector<OutputSegment> segments;
  };

  std::vector<std::shared_ptr<Want>> TakeBatch();
  void PutBack(std::vector<std::shared_ptr<Want>> wants);
  std::vector<std::shared_ptr<Want>> All() const;
  net::awaitable<Status> Connect();
  net::awaitable<Status> FetchBatch(std::vector<std::shared_ptr<Want>>* batch);
  net::awaitable<Result<Outcome>> FetchOne(std::shared_ptr<Want> want, std::vector<OutputSegment>* segments,
                                           std::string* reason);
  net::awaitable<Status> ReadSegment(FetchFile* file, std::uint64_t bytes, std::string* damage);
  net::awaitable<Result<FetchFile*>> FileFor(std::shared_ptr<Want> want);
  net::awaitable<Result<std::string>> Link(std::shared_ptr<Want> want, NamedFile file);
  Status LinkSomewhere(const Want& want, const NamedFile& file, const std::string& name, std::string* link);
  void Deliver(std::vector<Fetched>* done);
  void TellFailed(std::shared_ptr<Want> want, std::string reason, bool damaged);
  std::int64_t Now() const { return context_.clock.MonotonicNanos(); }

  Fetcher& fetcher_;
  Context& context_;
  const boost::asio::any_io_executor executor_;
  const std::string host_;
  const std::uint16_t port_;
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<std::shared_ptr<Want>>> wants_;  // by job; guarded by the mutex
  std::string last_job_;                                            // guarded by the mutex
  // Owned by the executor.
  std::shared_ptr<net::Stream> stream_;
  std::unique_ptr<ShuffleInput> input_;
  std::map<std::string, std::unique_ptr<FetchFile>> files_;  // by reduce attempt
  std::uint64_t files_made_ = 0;
  std::vector<Fetched> done_;
  Status local_failure_;  // of our own disk, while a batch was fetched
  bool links_ = true;     // files of a tracker on this host are linked, until that was found not to be possible
};

// One of each job in turn, those whose time has come.
std::vector<std::shared_ptr<Want>> Fetcher::Remote::TakeBatch() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Want>> batch;
  const std::int64_t now = Now();
  for (bool any = true; any && batch.size() < kBatchMax;) {
    any = false;
    for (std::size_t jobs = wants_.size(); jobs > 0 && !wants_.empty() && batch.size() < kBatchMax; --jobs) {
      auto at = wants_.upper_bound(last_job_);
      if (at == wants_.end()) at = wants_.begin();
      last_job_ = at->first;
      std::deque<std::shared_ptr<Want>>& queue = at->second;
      while (!queue.empty() && queue.front()->given_up) {
        queue.pop_front();
        --fetcher_.counters_.waiting;
      }
      const auto due = std::find_if(queue.begin(), queue.end(),
                                    [now](const auto& want) { return want->given_up || want->not_before_ns <= now; });
      if (due != queue.end()) {
        if (!(*due)->given_up) batch.push_back(*due);
        queue.erase(due);
        --fetcher_.counters_.waiting;
        any = true;
      }
      if (queue.empty()) wants_.erase(at);
    }
  }
  return batch;
}

void Fetcher::Remote::PutBack(std::vector<std::shared_ptr<Want>> wants) {
  for (auto at = wants.rbegin(); at != wants.rend(); ++at) {
    if ((*at)->given_up) continue;
    const std::lock_guard lock(mutex_);
    ++fetcher_.counters_.waiting;
    wants_[(*at)->job_id].push_front(*at);
  }
}

std::vector<std::shared_ptr<Want>> Fetcher::Remote::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Want>> all;
  for (const auto& [job, queue] : wants_) all.insert(all.end(), queue.begin(), queue.end());
  return all;
}

net::awaitable<void> Fetcher::Remote::Run(std::shared_ptr<Remote>) {
  milliseconds pause = kRetryFirst;
  int failures = 0;
  while (!fetcher_.stopping_) {
    std::vector<std::shared_ptr<Want>> batch = TakeBatch();
    if (batch.empty()) {
      if (idle()) break;
      (void)co_await net::SleepFor(kNap);  // what was refused waits for its time, or for being given up
      continue;
    }
    local_failure_ = Status::Ok();
    Status status;
    if (stream_ == nullptr) status = co_await Connect();
    if (status.ok()) status = co_await FetchBatch(&batch);
    const bool some = !done_.empty();
    for (auto& [attempt, file] : files_) {
      Status flushed = co_await file->Flush(context_.disk);
      if (!flushed.ok() && local_failure_.ok()) local_failure_ = flushed;
    }
    if (!local_failure_.ok()) {
      // What was to lie in a broken file is fetched once more, into another directory if there is one.
      for (Fetched& fetched : done_) batch.push_back(std::move(fetched.want));
      done_.clear();
      files_.clear();
      Result<std::string> other = context_.dirs.Next();
      if (!other.ok()) {
        for (const std::shared_ptr<Want>& want : batch) {
          boost::asio::post(context_.strand, [want, why = other.status()] {
            if (!want->given_up) want->no_room(why);
          });
        }
        batch.clear();
      }
    }
    Deliver(&done_);
    PutBack(std::move(batch));
    if (status.ok()) {
      failures = 0;
      pause = kRetryFirst;
      continue;
    }
    stream_.reset();
    input_.reset();
    if (fetcher_.stopping_) break;
    if (!local_failure_.ok()) continue;
    if (some) {  // it works, if badly
      failures = 0;
      pause = kRetryFirst;
    }
    if (++failures % kTriesPerFailure == 0) {
      context_.log.Warn("map output of " + host_ + ":" + std::to_string(port_) +
                        " cannot be fetched: " + status.message());
      for (const std::shared_ptr<Want>& want : All()) TellFailed(want, status.message(), false);
    }
    (void)co_await net::SleepFor(pause);
    pause = std::min(pause * 2, kRetryMost);
  }
  files_.clear();
  if (fetcher_.stopping_) stream_.reset();
}

net::awaitable<Status> Fetcher::Remote::Connect() {
  Result<std::unique_ptr<net::Stream>> stream =
      co_await fetcher_.connector_.Connect(host_, port_, context_.options.fetch_connect_timeout);
  if (!stream.ok()) co_return stream.status();
  stream_ = std::move(*stream);
  stream_->SetIdleTimeout(context_.options.fetch_read_timeout);
  input_ = std::make_unique<ShuffleInput>(*stream_);
  proto::ShuffleHelloProto hello;
  hello.set_version(kShuffleVersion);
  hello.set_tracker(fetcher_.tracker_);
  dfs::proto::ChallengeRequestProto begun;
  if (fetcher_.proof_) {
    begun = fetcher_.proof_->Begin();
    hello.set_challenge(begun.SerializeAsString());
  }
  MRD_CO_ASSIGN_OR_RETURN(const std::string frame, ShuffleFrame(hello));
  MRD_CO_RETURN_IF_ERROR(co_await stream_->Write(frame));
  proto::ShuffleHelloProto answer;
  MRD_CO_RETURN_IF_ERROR(co_await input_->ReadMessage(&answer));
  if (answer.has_refusal()) co_return PermissionDenied(stream_->peer().ToString() + " refuses: " + answer.refusal());
  if (!fetcher_.proof_) co_return Status::Ok();
  dfs::proto::ChallengeResponseProto challenged;
  if (!answer.has_challenge() || !challenged.ParseFromString(answer.challenge())) {
    co_return PermissionDenied(stream_->peer().ToString() + " does not hold the secret of mr.security.secret.file");
  }
  const Result<dfs::proto::ProveRequestProto> proof = fetcher_.proof_->Continue(begun, challenged);
  if (!proof.ok()) co_return proof.status();
  proto::ShuffleProveProto prove;
  prove.set_proof(proof->SerializeAsString());
  MRD_CO_ASSIGN_OR_RETURN(const std::string proving, ShuffleFrame(prove));
  co_return co_await stream_->Write(proving);
}

// Leaves in `batch` what was not had and is to be tried again.
net::awaitable<Status> Fetcher::Remote::FetchBatch(std::vector<std::shared_ptr<Want>>* batch) {
  proto::FetchRequestProto request;
  for (const std::shared_ptr<Want>& want : *batch) {
    proto::FetchRequestProto::Wanted* const wanted = request.add_wanted();
    wanted->set_jobid(want->job_id);
    wanted->set_mapattemptid(want->map_attempt);
    wanted->set_reduce(want->reduce);
  }
  if (links_ && stream_->peer().ip == stream_->local().ip) request.set_linkfiles(true);
  MRD_CO_ASSIGN_OR_RETURN(const std::string frame, ShuffleFrame(request));
  MRD_CO_RETURN_IF_ERROR(co_await stream_->Write(frame));
  std::vector<std::shared_ptr<Want>> left = *batch;
  std::vector<std::shared_ptr<Want>> later;
  Status status;
  while (!left.empty()) {
    const std::shared_ptr<Want> want = left.front();
    std::vector<OutputSegment> segments;
    std::string reason;
    Result<Outcome> outcome = co_await FetchOne(want, &segments, &reason);
    if (!outcome.ok()) {
      status = outcome.status();
      break;
    }
    left.erase(left.begin());
    if (*outcome == Outcome::kFetched) {
      Fetched fetched;
      fetched.want = want;
      fetched.segments = std::move(segments);
      done_.push_back(std::move(fetched));
      continue;
    }
    // The first damage may have been the network's.
    const bool again =
        *outcome == Outcome::kNotLinked || (*outcome == Outcome::kDamaged && ++want->damaged_count == 1);
    if (!again) {
      TellFailed(want, reason, *outcome == Outcome::kDamaged);
      want->not_before_ns = Now() + Nanos(kAskAgain);
    }
    later.push_back(want);
  }
  left.insert(left.end(), later.begin(), later.end());
  *batch = std::move(left);
  co_return status;
}

net::awaitable<Result<FetchFile*>> Fetcher::Remote::FileFor(std::shared_ptr<Want> want) {
  std::unique_ptr<FetchFile>& file = files_[want->reduce_attempt];
  if (file != nullptr && file->size() < kFileBytesMax) co_return file.get();
  if (file != nullptr) MRD_CO_RETURN_IF_ERROR(co_await file->Flush(context_.disk));
  const std::string name = host_ + "-" + std::to_string(port_) + "-" + std::to_string(files_made_++);
  Result<std::unique_ptr<FetchFile>> made = co_await context_.disk.Run([&] {
    return FetchFile::Create(context_.env, context_.dirs, want->job_id, want->reduce_attempt, name);
  });
  if (!made.ok()) co_return made.status();
  file = std::move(*made);
  co_return file.get();
}

// In the directory that lies on the file's disk, if there is one: the turn comes round to each. Blocks.
Status Fetcher::Remote::LinkSomewhere(const Want& want, const NamedFile& file, const std::string& name,
                                      std::string* link) {
  std::string first;
  Status linked;
  for (int tried = 0; tried < kDirsTriedMax; ++tried) {
    MRD_ASSIGN_OR_RETURN(const std::string base, context_.dirs.Next());
    if (base == first) break;
    if (first.empty()) first = base;
    *link = base + "/jobs/" + want.job_id + "/fetched/" + want.reduce_attempt + "/" + name;
    linked = LinkNamedFile(context_.env, file, *link);
    if (linked.ok()) break;
  }
  return linked;
}

net::awaitable<Result<std::string>> Fetcher::Remote::Link(std::shared_ptr<Want> want, NamedFile file) {
  const std::string name = host_ + "-" + std::to_string(port_) + "-link-" + std::to_string(files_made_++);
  std::string link;
  Status linked = co_await context_.disk.Run([&] { return LinkSomewhere(*want, file, name, &link); });
  if (!linked.ok()) co_return linked;
  co_return link;
}

net::awaitable<Result<Outcome>> Fetcher::Remote::FetchOne(std::shared_ptr<Want> want,
                                                          std::vector<OutputSegment>* segments,
                                                          std::string* reason) {
  proto::FetchAnswerProto answer;
  MRD_CO_RETURN_IF_ERROR(co_await input_->ReadMessage(&answer));
  if (answer.has_refusal()) {
    *reason = answer.refusal();
    co_return Outcome::kRefused;
  }
  for (const proto::FetchAnswerProto::Segment& told : answer.segments()) {
    OutputSegment segment;
    segment.sequence = told.sequence();
    segment.bytes = told.bytes();
    segment.records = told.records();
    if (told.has_path()) {
      if (want->given_up || !links_) continue;
      NamedFile file;
      file.path = told.path();
      file.device = told.device();
      file.inode = told.inode();
      Result<std::string> link = co_await Link(want, std::move(file));
      if (!link.ok()) {
        // Another user's, another disk, another view of the files: from now on the bytes are asked for.
        context_.log.Info("map output of " + host_ + ":" + std::to_string(port_) + " is copied, not linked: " +
                          link.status().message());
        links_ = false;
        continue;
      }
      segment.path = *link;
      segment.offset = told.offset();
      Status whole = co_await context_.disk.Run([&] { return CheckFile(context_.env, segment); });
      if (!whole.ok() && reason->empty()) {
        *reason = "segment " + std::to_string(told.sequence()) + " of " + want->map_attempt + ", linked from " +
                  told.path() + ", is damaged: " + whole.message();
      }
      fetcher_.counters_.linked_bytes_total += told.bytes();
      segments->push_back(std::move(segment));
      continue;
    }
    FetchFile* to = nullptr;
    // Nobody removes what is written for an attempt that has ended.
    if (!want->given_up) {
      Result<FetchFile*> file = co_await FileFor(want);
      if (!file.ok()) {
        local_failure_ = file.status();
        co_return file.status();
      }
      to = *file;
      segment.path = to->path();
      segment.offset = to->size();
    }
    std::string damage;
    MRD_CO_RETURN_IF_ERROR(co_await ReadSegment(to, told.bytes(), &damage));
    if (!damage.empty() && reason->empty()) {
      *reason = "segment " + std::to_string(told.sequence()) + " of " + want->map_attempt + " from " +
                stream_->peer().ToString() + " is damaged: " + damage;
    }
    fetcher_.counters_.bytes_total += told.bytes();
    segments->push_back(std::move(segment));
  }
  if (!reason->empty()) co_return Outcome::kDamaged;
  const bool all = segments->size() == static_cast<std::size_t>(answer.segments_size());
  if (!all && !want->given_up) co_return Outcome::kNotLinked;
  ++fetcher_.counters_.outputs_total;
  co_return Outcome::kFetched;
}

net::awaitable<Status> Fetcher::Remote::ReadSegment(FetchFile* file, std::uint64_t bytes, std::string* damage) {
  SegmentCheck check;
  while (bytes > 0) {
    Result<std::string_view> got =
        co_await input_->ReadSome(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, SIZE_MAX)));
    if (!got.ok()) co_return got.status();
    bytes -= got->size();
    // What is damaged or not wanted any more is read to its end, so that the next answer is found.
    if (!damage->empty() || file == nullptr) continue;
    const Status checked = check.Add(*got);
    if (!checked.ok()) {
      *damage = checked.message();
      continue;
    }
    Status written = co_await file->Append(context_.disk, *got);
    if (!written.ok()) {
      local_failure_ = written;
      co_return written;
    }
  }
  if (damage->empty() && file != nullptr) {
    const Status whole = check.Finish();
    if (!whole.ok()) *damage = whole.message();
  }
  co_return Status::Ok();
}

void Fetcher::Remote::Deliver(std::vector<Fetched>* done) {
  if (done->empty()) return;
  auto delivered = std::make_shared<std::vector<Fetched>>(std::move(*done));
  done->clear();
  boost::asio::post(context_.strand, [delivered] {
    for (Fetched& fetched : *delivered) {
      if (!fetched.want->given_up) fetched.want->fetched(std::move(fetched.segments));
    }
  });
}

void Fetcher::Remote::TellFailed(std::shared_ptr<Want> want, std::string reason, bool damaged) {
  ++fetcher_.counters_.failures_total;
  if (damaged) ++fetcher_.counters_.damaged_total;
  boost::asio::post(context_.strand, [want = std::move(want), reason = std::move(reason), damaged] {
    if (!want->given_up) want->failed(reason, damaged);
  });
}

Fetcher::Fetcher(Context& context, net::Connector& connector, std::string tracker)
    : context_(context), connector_(connector), tracker_(std::move(tracker)) {
  if (context.options.secret) proof_.emplace(*context.options.secret, kShuffleProtocol);
}

Fetcher::~Fetcher() = default;

void Fetcher::Fetch(const std::string& host, std::uint16_t port, std::shared_ptr<Want> want) {
  if (stopping_) return;
  std::shared_ptr<Remote>& remote = remotes_[host + ":" + std::to_string(port)];
  if (remote == nullptr) remote = std::make_shared<Remote>(*this, host, port);
  remote->Add(std::move(want));
  if (remote->running) return;
  remote->running = true;
  if (running_ >= context_.options.fetch_trackers_max) {
    waiting_.push_back(remote);
  } else {
    StartOne(remote);
  }
}

void Fetcher::StartOne(const std::shared_ptr<Remote>& remote) {
  if (!gate_.Enter()) return;
  ++running_;
  std::function<net::awaitable<void>()> body = [this, remote]() -> net::awaitable<void> {
    co_await remote->Run(remote);
    boost::asio::post(context_.strand, [this, remote] {
      Ended(remote);
      gate_.Leave();
    });
  };
  context_.runtime.Spawn(remote->executor(), std::move(body));
}

void Fetcher::Ended(const std::shared_ptr<Remote>& remote) {
  --running_;
  remote->running = false;
  if (stopping_) return;
  if (!remote->idle()) {  // something came between its last look and now
    remote->running = true;
    waiting_.push_back(remote);
  }
  if (waiting_.empty()) return;
  const std::shared_ptr<Remote> next = waiting_.front();
  waiting_.pop_front();
  StartOne(next);
}

net::awaitable<void> Fetcher::Stop() {
  stopping_ = true;
  for (const auto& [name, remote] : remotes_) {
    boost::asio::post(remote->executor(), [remote = remote] { remote->Close(); });
  }
  co_await gate_.Close();
}

}  // namespace mrd::tasktracker
