#include "tools/shell/byte_copy.h"

#include <algorithm>

#include "common/base/io_buffer.h"
#include "tools/shell/faults.h"
#include "tools/shell/interrupt.h"

namespace mrd::shell {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
// What is longer than a piece goes on by pieces of this size, which two threads read of a file of this host.
constexpr std::size_t kLargePieceBytes = 2 << 20;

}  // namespace

Result<std::uint64_t> CopyBytes(fs::InputFile& file, std::uint64_t offset, std::uint64_t limit, const ByteSink& sink) {
  IoBuffer piece(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, limit)));
  std::uint64_t done = 0;
  while (done < limit) {
    if (InterruptScope::Raised()) return Interrupted();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), limit - done));
    MRD_ASSIGN_OR_RETURN(const std::size_t got, file.ReadAt(offset + done, piece.data(), wanted));
    if (got == 0) break;
    MRD_RETURN_IF_ERROR(sink(piece.data(), got));
    done += got;
    if (got == kPieceBytes && done < limit) piece.resize(kLargePieceBytes);
  }
  return done;
}

Result<std::uint64_t> CopyInput(Console& console, const ByteSink& sink) {
  IoBuffer piece(kPieceBytes);
  std::uint64_t done = 0;
  while (true) {
    MRD_ASSIGN_OR_RETURN(const std::size_t got, console.In(piece.data(), piece.size()));
    if (InterruptScope::Raised()) return Interrupted();
    if (got == 0) return done;
    MRD_RETURN_IF_ERROR(sink(piece.data(), got));
    done += got;
  }
}

Status PrintBytes(Session& session, const Item& item, std::uint64_t offset, std::uint64_t limit) {
  auto file = item.file_system->Open(item.path);
  if (!file.ok()) return Worded(file.status(), item.text);
  Result<std::uint64_t> printed = CopyBytes(**file, offset, limit, [&](const char* data, std::size_t size) {
    session.Print(std::string_view(data, size));
    return session.has_reader() ? Status::Ok() : Cancelled("nobody reads the output");
  });
  if (!printed.ok() && !session.has_reader()) return Status::Ok();
  return printed.status();
}

}  // namespace mrd::shell
