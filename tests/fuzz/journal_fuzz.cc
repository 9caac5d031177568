// The readers of a journal segment and of an edit on arbitrary bytes: they end, stay within the bytes, and what they
// accept is written again as it was. The first byte chooses what the rest is.
#include "common/base/check.h"
#include "namenode/journal/edit_codec.h"
#include "namenode/journal/segment_codec.h"
#include "tests/fuzz/fuzz_target.h"

using namespace mrd::namenode;

namespace {

std::string Payload(int i) {
  Edit edit;
  edit.operation = "rename2";
  edit.time_ms = 1'700'000'000'000 + i;
  edit.client_id = std::string(16, 'c');
  edit.call_id = -i;
  edit.mutations = {{"key" + std::to_string(i), std::string(static_cast<std::size_t>(i) * 20, 'v')},
                    {"gone", std::nullopt}};
  std::string payload;
  EncodeEdit(edit, payload);
  return payload;
}

void FuzzEdit(std::string_view bytes) {
  const mrd::Result<Edit> edit = DecodeEdit({1}, bytes);
  if (!edit.ok()) {
    MRD_CHECK(edit.status().code() == mrd::Code::kCorruption);
    return;
  }
  std::string again;
  EncodeEdit(edit.value(), again);
  // A number may have been written with more bytes than it needs, so only the meaning is the same.
  const mrd::Result<Edit> back = DecodeEdit({1}, again);
  MRD_CHECK(back.ok() && back.value().mutations == edit.value().mutations && again.size() <= bytes.size());
}

void FuzzRecords(std::string_view segment) {
  RecordCursor cursor(segment, {1});
  std::string again(segment.substr(0, kSegmentHeaderBytes));
  RecordCursor::Step step = RecordCursor::Step::kEnd;
  std::uint64_t count = 0;
  while ((step = cursor.Next()) == RecordCursor::Step::kRecord) {
    ++count;
    MRD_CHECK(cursor.id().value == count && cursor.offset() <= segment.size());
    MRD_CHECK(cursor.payload().data() + cursor.payload().size() <= segment.data() + segment.size());
    FuzzEdit(cursor.payload());
  }
  MRD_CHECK(cursor.last().value == count);
  MRD_CHECK(cursor.Next() == step);
  if (step == RecordCursor::Step::kDamaged) MRD_CHECK(cursor.proved() > cursor.last());
  if (step == RecordCursor::Step::kEnd)
    MRD_CHECK(segment.find_first_not_of('\0', cursor.offset()) == std::string_view::npos);
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const std::string head = EncodeSegmentHeader({7, {1}, 2, 3, 4});
  std::string records = head;
  for (int i = 1; i <= 6; ++i)
    AppendRecord({{static_cast<std::uint64_t>(i)}, static_cast<std::uint32_t>(i % 2)}, Payload(i), records);
  std::string hole = records;
  hole.replace(200, 40, std::string(40, '\0'));
  return {"e" + Payload(3), "h" + head, "r" + records, "r" + records + std::string(64, '\0'), "r" + hole};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'e') {
    FuzzEdit(rest);
  } else if (data[0] == 'h') {
    const mrd::Result<SegmentHeader> header = DecodeSegmentHeader(rest);
    if (header.ok()) MRD_CHECK(DecodeSegmentHeader(EncodeSegmentHeader(header.value())).value() == header.value());
  } else if (rest.size() >= kSegmentHeaderBytes) {
    FuzzRecords(rest);
  }
  return 0;
}
