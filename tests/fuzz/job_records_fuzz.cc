// Arbitrary bytes as records of the job store and as what trackers say. The first byte picks which. A record that is
// accepted is encoded again, and that gives the same record.
#include <memory>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "jobtracker/service/parse_message.h"
#include "jobtracker/service/record_codec.h"
#include "jobtracker/service/split_table.h"
#include "jobtracker/service/tracker_convert.h"
#include "mapred/ids.h"
#include "proto/mr/journal.pb.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace mrd;
using namespace mrd::jobtracker;

Result<std::shared_ptr<const JobSubmission>> AnyJob(const std::string& job) {
  auto submission = std::make_shared<JobSubmission>();
  submission->id = job;
  return std::shared_ptr<const JobSubmission>(std::move(submission));
}

void FuzzRecord(std::string_view bytes) {
  const Result<DecodedRecord> decoded = DecodeRecord(1, bytes, AnyJob);
  if (!decoded.ok()) {
    MRD_CHECK(decoded.status().code() == Code::kCorruption);
    return;
  }
  const std::string encoded = EncodeRecord(decoded.value().record, decoded.value().detail.get());
  const Result<DecodedRecord> again = DecodeRecord(1, encoded, AnyJob);
  MRD_CHECK(again.ok());
  MRD_CHECK(EncodeRecord(again.value().record, again.value().detail.get()) == encoded);
}

template <typename Message>
void FuzzTracker(std::string_view bytes) {
  Message message;
  if (!ParseMessage(bytes, &message)) return;
  const auto value = FromProto(message);
  MRD_CHECK(value.ok() || value.status().code() == Code::kInvalidArgument);
}

void FuzzSplits(std::string_view bytes) {
  SplitTable table;
  if (!table.AddChunk(bytes).ok()) return;
  for (std::size_t i = 0; i < table.size(); ++i) (void)table.At(i);
  MRD_CHECK(table.Summaries().size() == table.size());
}

std::string RecordOf(RecordBody body) { return EncodeRecord({1, false, std::move(body)}, nullptr); }

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const AttemptName attempt = *mapred::ParseAttemptId("attempt_1_0001_m_000002_1");
  AttemptEnded ended;
  ended.attempt = attempt;
  ended.result.counters.Add("g", "c", 5);
  ended.result.parts.push_back({.name = "part-m-00002", .bytes = 1, .records = 2, .hash = "ab"});
  JobEnded over;
  over.job = "job_1_0001";
  AttemptLaunched launched;
  launched.attempt = attempt;
  mapred::proto::AttemptStatusProto status;
  status.set_attemptid("attempt_1_0001_m_000002_1");
  status.set_state(mapred::proto::ATTEMPT_SUCCEEDED);
  status.set_progress(0.5);
  mapred::proto::FetchFailureProto fetch;
  fetch.set_mapattemptid("attempt_1_0001_m_000002_1");
  fetch.set_reduceattemptid("attempt_1_0001_r_000002_1");
  fetch.set_reason("refused");
  mapred::proto::SplitChunkProto chunk;
  chunk.add_splits()->set_inputindex(0);
  chunk.mutable_splits(0)->set_bytes(7);
  chunk.mutable_splits(0)->add_hosts("h");
  const std::string record(1, 0);
  return {record + RecordOf(ended),
          record + RecordOf(over),
          record + RecordOf(launched),
          record + RecordOf(CommitGranted{attempt, 3}),
          record + RecordOf(PrioritySet{"job_1_0001", Priority::kLow}),
          std::string(1, 1) + status.SerializeAsString(),
          std::string(1, 2) + fetch.SerializeAsString(),
          std::string(1, 3) + chunk.SerializeAsString()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      FuzzRecord(bytes);
      break;
    case 1:
      FuzzTracker<mapred::proto::AttemptStatusProto>(bytes);
      break;
    case 2:
      FuzzTracker<mapred::proto::FetchFailureProto>(bytes);
      break;
    default:
      FuzzSplits(bytes);
  }
  return 0;
}
