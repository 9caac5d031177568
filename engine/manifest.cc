#include "engine/manifest.h"

#include <boost/json.hpp>

#include <cctype>

namespace mrd::engine {

namespace {

namespace json = boost::json;

constexpr std::int64_t kVersion = 1;

// Keys, names and values are any bytes, JSON strings are not: what is no printable ASCII becomes \xNN in the text.
std::string Printable(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      out += "\\\\";
    } else if (byte >= 0x20 && byte < 0x7F) {
      out += c;
    } else {
      constexpr char kHex[] = "0123456789abcdef";
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

// Undoes Printable(). A backslash that begins neither of its forms stands for itself.
std::string FromPrintable(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("\\\\")) {
      out += '\\';
      i += 1;
    } else if (rest.starts_with("\\x") && rest.size() >= 4 && digit(rest[2]) >= 0 && digit(rest[3]) >= 0) {
      out += static_cast<char>(digit(rest[2]) << 4 | digit(rest[3]));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

json::object LedgerObject(const Ledger& ledger) {
  json::object bytes{{"split", ledger.split_bytes},     {"map", ledger.map_bytes},
                     {"combine", ledger.combine_bytes}, {"spill", ledger.spill_bytes},
                     {"shuffle", ledger.shuffle_bytes}, {"reduce", ledger.reduce_bytes},
                     {"output", ledger.output_bytes}};
  json::object records{{"input", ledger.input_records},
                       {"map", ledger.map_records},
                       {"shuffled", ledger.shuffled_records},
                       {"output", ledger.output_records}};
  json::array histogram;
  std::size_t last = ledger.group_histogram.size();
  while (last > 0 && ledger.group_histogram[last - 1] == 0) --last;
  for (std::size_t i = 0; i < last; ++i) histogram.emplace_back(ledger.group_histogram[i]);
  json::object groups{{"count", ledger.groups},
                      {"largest_records", ledger.largest_group_records},
                      {"largest_bytes", ledger.largest_group_bytes},
                      {"largest_key", Printable(ledger.largest_group_key)},
                      {"histogram", std::move(histogram)}};
  return {{"replication_rate", ledger.ReplicationRate()},
          {"records", std::move(records)},
          {"bytes", std::move(bytes)},
          {"groups", std::move(groups)}};
}

// Reads an unsigned number of an object; 0 when absent.
std::uint64_t Number(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  if (found == nullptr) return 0;
  return found->to_number<std::uint64_t>();
}

std::string Text(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found == nullptr ? "" : FromPrintable(found->as_string());
}

// One value a line: the file is read by people too.
std::string Pretty(const json::value& value, const std::string& indent = "") {
  const std::string inner = indent + "  ";
  std::string out;
  if (const json::object* object = value.if_object()) {
    if (object->empty()) return "{}";
    for (const auto& [name, member] : *object) {
      out += (out.empty() ? "{\n" : ",\n") + inner + json::serialize(name) + ": " + Pretty(member, inner);
    }
    return out + "\n" + indent + "}";
  }
  const json::array* array = value.if_array();
  if (array == nullptr || array->empty() || !array->front().is_object()) return json::serialize(value);
  for (const json::value& member : *array) out += (out.empty() ? "[\n" : ",\n") + inner + json::serialize(member);
  return out + "\n" + indent + "]";
}

}  // namespace

std::string LedgerToJson(const Ledger& ledger) { return json::serialize(LedgerObject(ledger)); }

std::string Manifest::ToJson() const {
  json::array part_list;
  for (const ManifestPart& part : parts) {
    part_list.push_back(
        json::object{{"name", Printable(part.name)}, {"bytes", part.bytes}, {"records", part.records}, {"xxh3_128", Printable(part.hash)}});
  }
  json::object settings;
  for (const auto& [name, value] : config) settings.emplace(Printable(name), Printable(value));
  const json::object whole{{"manifest_version", kVersion},
                           {"job_name", Printable(job_name)},
                           {"plugin_sha256", Printable(plugin_sha256)},
                           {"config", std::move(settings)},
                           {"parts", std::move(part_list)},
                           {"ledger", LedgerObject(ledger)}};
  return Pretty(whole) + "\n";
}

Result<Manifest> Manifest::Parse(std::string_view text) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = 16;
  const json::value parsed = json::parse(text, error, {}, options);
  if (error) return Corruption("not a manifest: " + error.message());
  // Boost.JSON reports a value of another kind by throwing.
  try {
    const json::object& whole = parsed.as_object();
    const std::int64_t version = whole.at("manifest_version").to_number<std::int64_t>();
    if (version != kVersion) {
      return Unimplemented("manifest version " + std::to_string(version) + " is not known to this mr (it knows " +
                           std::to_string(kVersion) + ")");
    }
    Manifest manifest;
    manifest.job_name = Text(whole, "job_name");
    manifest.plugin_sha256 = Text(whole, "plugin_sha256");
    for (const auto& [name, value] : whole.at("config").as_object()) {
      manifest.config.emplace_back(FromPrintable(name), FromPrintable(value.as_string()));
    }
    for (const json::value& entry : whole.at("parts").as_array()) {
      const json::object& object = entry.as_object();
      manifest.parts.push_back(
          {Text(object, "name"), Number(object, "bytes"), Number(object, "records"), Text(object, "xxh3_128")});
    }
    if (const json::value* found = whole.if_contains("ledger")) {
      const json::object& ledger = found->as_object();
      const json::object& bytes = ledger.at("bytes").as_object();
      const json::object& records = ledger.at("records").as_object();
      manifest.ledger.split_bytes = Number(bytes, "split");
      manifest.ledger.map_bytes = Number(bytes, "map");
      manifest.ledger.combine_bytes = Number(bytes, "combine");
      manifest.ledger.spill_bytes = Number(bytes, "spill");
      manifest.ledger.shuffle_bytes = Number(bytes, "shuffle");
      manifest.ledger.reduce_bytes = Number(bytes, "reduce");
      manifest.ledger.output_bytes = Number(bytes, "output");
      manifest.ledger.input_records = Number(records, "input");
      manifest.ledger.map_records = Number(records, "map");
      manifest.ledger.shuffled_records = Number(records, "shuffled");
      manifest.ledger.output_records = Number(records, "output");
    }
    return manifest;
  } catch (const std::exception& e) {
    return Corruption(std::string("not a manifest: ") + e.what());
  }
}

}  // namespace mrd::engine
