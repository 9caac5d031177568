#include "jobtracker/web/submission.h"

#include <cstdint>
#include <string>

#include <boost/json.hpp>

namespace mrd::jobtracker::web {
namespace {

namespace json = boost::json;
namespace proto = mapred::proto;

// Reads fields of one object and remembers the first that is wrong.
class Reader {
 public:
  Reader(const json::object& object, std::string where, Status* failure)
      : object_(object), where_(std::move(where)), failure_(failure) {}

  std::string Text(std::string_view name, bool required) {
    const json::value* value = Find(name, required);
    if (value == nullptr) return "";
    if (!value->is_string()) return Fail(name, "a text"), "";
    return std::string(value->as_string());
  }
  std::uint64_t Number(std::string_view name, bool required) {
    const json::value* value = Find(name, required);
    if (value == nullptr) return 0;
    boost::system::error_code error;
    const auto number = value->to_number<std::uint64_t>(error);
    if (error) return Fail(name, "a number that is not negative"), 0;
    return number;
  }
  const json::object* Object(std::string_view name, bool required) {
    const json::value* value = Find(name, required);
    if (value == nullptr) return nullptr;
    if (!value->is_object()) return Fail(name, "an object"), nullptr;
    return &value->as_object();
  }
  const json::array* Array(std::string_view name, bool required) {
    const json::value* value = Find(name, required);
    if (value == nullptr) return nullptr;
    if (!value->is_array()) return Fail(name, "a list"), nullptr;
    return &value->as_array();
  }
  // A list of texts.
  template <typename Add>
  void Texts(std::string_view name, Add add) {
    const json::array* list = Array(name, false);
    if (list == nullptr) return;
    for (const json::value& value : *list) {
      if (!value.is_string()) return Fail(name, "a list of texts");
      add(std::string(value.as_string()));
    }
  }

  void Fail(std::string_view name, std::string_view wanted) {
    if (failure_->ok()) {
      *failure_ = InvalidArgument("The submission's field " + where_ + std::string(name) + " must be " + std::string(wanted) + ".");
    }
  }

 private:
  const json::value* Find(std::string_view name, bool required) {
    const json::value* value = object_.if_contains(name);
    if (value == nullptr && required) Fail(name, "there");
    return value;
  }

  const json::object& object_;
  const std::string where_;
  Status* const failure_;
};

template <typename Add>
void ReadProperties(Reader& from, std::string_view name, Add add) {
  const json::object* properties = from.Object(name, false);
  if (properties == nullptr) return;
  for (const auto& property : *properties) {
    if (!property.value().is_string()) return from.Fail(name, "an object of texts");
    proto::PropertyProto* one = add();
    one->set_name(std::string(property.key()));
    one->set_value(std::string(property.value().as_string()));
  }
}

void ReadSplit(const json::value& value, std::size_t index, Status* failure, proto::SplitProto* split) {
  static const json::object kNone;
  const std::string where = "splits[" + std::to_string(index) + "].";
  Reader from(value.is_object() ? value.as_object() : kNone, where, failure);
  split->set_inputindex(static_cast<std::uint32_t>(from.Number("inputIndex", false)));
  from.Texts("hosts", [&](std::string host) { split->add_hosts(std::move(host)); });
  std::uint64_t bytes = 0;
  const json::array* pieces = from.Array("pieces", true);
  for (std::size_t i = 0; pieces != nullptr && i < pieces->size(); ++i) {
    const json::value& piece = (*pieces)[i];
    Reader part(piece.is_object() ? piece.as_object() : kNone, where + "pieces[" + std::to_string(i) + "].", failure);
    proto::PieceProto* out = split->add_pieces();
    out->set_path(part.Text("path", true));
    out->set_start(part.Number("start", false));
    out->set_length(part.Number("length", true));
    bytes += out->length();
  }
  split->set_bytes(bytes);
}

void ReadSpec(Reader& from, Status* failure, proto::JobSpecProto* spec) {
  spec->set_jobname(from.Text("jobName", true));
  spec->set_entry(from.Text("entry", true));
  spec->set_output(from.Text("output", false));
  spec->set_reduces(static_cast<std::uint32_t>(from.Number("reduces", true)));
  if (const std::string queue = from.Text("queue", false); !queue.empty()) spec->set_queue(queue);
  if (const std::string priority = from.Text("priority", false); !priority.empty()) spec->set_priority(priority);
  from.Texts("inputs", [&](std::string input) { spec->add_inputs(std::move(input)); });
  ReadProperties(from, "config", [&] { return spec->add_config(); });
  ReadProperties(from, "options", [&] { return spec->add_options(); });
  const json::object* pack = from.Object("pack", true);
  if (pack == nullptr) return;
  Reader packed(*pack, "pack.", failure);
  spec->mutable_pack()->set_path(packed.Text("path", true));
  spec->mutable_pack()->set_sha256(packed.Text("sha256", true));
  spec->mutable_pack()->set_bytes(packed.Number("bytes", true));
  spec->mutable_pack()->set_plugin(packed.Text("plugin", true));
}

}  // namespace

Result<proto::SubmitJobRequestProto> ParseSubmission(std::string_view text,
                                                     const std::string& job_id,
                                                     const std::string& user) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) {
    return InvalidArgument("The submission must be a JSON object" + (error ? ": " + error.message() : std::string()) + ".");
  }
  Status failure;
  proto::SubmitJobRequestProto request;
  Reader from(value.as_object(), "", &failure);
  ReadSpec(from, &failure, request.mutable_spec());
  std::uint64_t input_bytes = 0;
  if (const json::array* splits = from.Array("splits", true); splits != nullptr) {
    for (std::size_t i = 0; i < splits->size() && failure.ok(); ++i) {
      ReadSplit((*splits)[i], i, &failure, request.add_splits());
      input_bytes += request.splits(static_cast<int>(i)).bytes();
    }
  }
  if (!failure.ok()) return failure;
  request.mutable_spec()->set_jobid(job_id);
  request.mutable_spec()->set_user(user);
  request.mutable_spec()->set_maps(static_cast<std::uint32_t>(request.splits_size()));
  request.mutable_spec()->set_inputbytes(input_bytes);
  return request;
}

}  // namespace mrd::jobtracker::web
