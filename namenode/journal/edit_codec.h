#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "namenode/edits.h"

namespace mrd::namenode {

// The payload of a journal record (docs/formats.md, "Edit journal"). Pure. The txid is not part of it but of the
// record.

// Appends the edit to `out`.
void EncodeEdit(const Edit& edit, std::string& out);

// kCorruption for anything that EncodeEdit() cannot have made. Takes no memory beyond a small multiple of the payload.
Result<Edit> DecodeEdit(TxId id, std::string_view payload);

}  // namespace mrd::namenode
