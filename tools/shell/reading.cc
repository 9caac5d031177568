// cat, text, head, tail.
#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gzip_reader.h"
#include "tools/shell/byte_copy.h"
#include "tools/shell/command.h"
#include "tools/shell/faults.h"
#include "tools/shell/interrupt.h"
#include "tools/shell/item.h"

namespace mrd::shell {
namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kEndBytes = 1024;  // what head and tail show
constexpr std::int64_t kFollowMs = 5000;
constexpr std::size_t kDecodedPieceBytes = 64 << 10;

Status PrintWhole(Session& session, const Item& item) {
  if (item.is_directory()) return IsDirectory(item.text);
  return PrintBytes(session, item, 0, kAll);
}

Status PrintGunzipped(Session& session, const Item& item, std::unique_ptr<fs::InputFile> file) {
  formats::GzipSource source(std::move(file), item.text);
  std::vector<char> piece(kDecodedPieceBytes);
  while (session.has_reader()) {
    MRD_ASSIGN_OR_RETURN(const std::size_t got, source.Read(piece.data(), piece.size()));
    if (got == 0) break;
    session.Print(std::string_view(piece.data(), got));
  }
  return Status::Ok();
}

// What a file is by its first bytes, where these are more than text.
struct Magic {
  std::string_view bytes;
  std::string_view what;
};
constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr Magic kUnreadable[] = {
    {"SEQ", "a sequence file"},
    {"BZh", "compressed with bzip2"},
    {std::string_view("Obj\x01", 4), "an Avro file"},
    {"\x28\xb5\x2f\xfd", "compressed with zstd"},
};

Status PrintDecoded(Session& session, const Item& item) {
  if (item.is_directory()) return IsDirectory(item.text);
  auto file = item.file_system->Open(item.path);
  if (!file.ok()) return Worded(file.status(), item.text);
  char start[4] = {};
  MRD_ASSIGN_OR_RETURN(const std::size_t got, (*file)->ReadAt(0, start, sizeof(start)));
  const std::string_view head(start, got);
  if (head.starts_with(kGzipMagic)) return PrintGunzipped(session, item, *std::move(file));
  for (const Magic& magic : kUnreadable) {
    if (!head.starts_with(magic.bytes)) continue;
    return PathFault(item.text, "it is " + std::string(magic.what) +
                                    ", which this version cannot show as text; -cat prints its bytes");
  }
  return PrintBytes(session, item, 0, kAll);
}

// The one file that head and tail take.
Result<Item> OneFile(Session& session, const std::string& word) {
  MRD_ASSIGN_OR_RETURN(std::vector<Item> items, ExpandGlob(session.file_systems(), word));
  if (items.empty()) return NoSuchFile(word);
  if (items.size() > 1) return PathFault(word, "Too many matches");
  if (!items[0].exists()) return NoSuchFile(items[0].text);
  if (items[0].is_directory()) return IsDirectory(items[0].text);
  return std::move(items[0]);
}

// What was appended since, until somebody interrupts or nobody reads.
Status Follow(Session& session, Item item, std::int64_t pause_ms) {
  const InterruptScope scope;
  std::uint64_t shown = item.size_bytes();
  while (session.has_reader()) {
    session.Flush();
    if (InterruptScope::Wait(static_cast<long>(pause_ms))) return Interrupted();
    auto file = item.file_system->Open(item.path);
    if (!file.ok()) return Worded(file.status(), item.text);
    // A file that is being written is longer than its status says.
    Result<std::uint64_t> more = CopyBytes(**file, shown, kAll, [&](const char* data, std::size_t size) {
      session.Print(std::string_view(data, size));
      return Status::Ok();
    });
    if (!more.ok()) return more.status();
    shown += *more;
  }
  return Status::Ok();
}

}  // namespace

Status RunCat(Session& session, Words words) {
  OptionWords options(1, OptionWords::kMany, {"ignoreCrc"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  VisitWords(session, words, [&](Item& item) { return PrintWhole(session, item); });
  return Status::Ok();
}

Status RunText(Session& session, Words words) {
  OptionWords options(1, OptionWords::kMany, {"ignoreCrc"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  VisitWords(session, words, [&](Item& item) { return PrintDecoded(session, item); });
  return Status::Ok();
}

Status RunHead(Session& session, Words words) {
  OptionWords options(1, 1, {});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  MRD_ASSIGN_OR_RETURN(const Item item, OneFile(session, words[0]));
  return PrintBytes(session, item, 0, kEndBytes);
}

Status RunTail(Session& session, Words words) {
  OptionWords options(1, 1, {"f"}, {"s"});
  MRD_RETURN_IF_ERROR(options.Parse(words));
  std::int64_t pause_ms = kFollowMs;
  if (const auto text = options.Value("s")) {
    const auto number = ParseNumber(*text);
    if (!number || *number < 0) return UsageFault("-s needs a number of milliseconds, not \"" + *text + "\"");
    pause_ms = std::clamp<std::int64_t>(*number, 10, 3'600'000);
  }
  MRD_ASSIGN_OR_RETURN(Item item, OneFile(session, words[0]));
  const std::uint64_t size = item.size_bytes();
  MRD_RETURN_IF_ERROR(PrintBytes(session, item, size > kEndBytes ? size - kEndBytes : 0, std::min(size, kEndBytes)));
  if (!options.Has("f")) return Status::Ok();
  return Follow(session, std::move(item), pause_ms);
}

}  // namespace mrd::shell
