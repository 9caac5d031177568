#include "jobtracker/schedule/time_zone.h"

#include <algorithm>
#include <cctype>
#include <limits>

namespace mrd::jobtracker {
namespace {

constexpr const char* kDirectory = "/usr/share/zoneinfo/";
constexpr std::size_t kNameMax = 100;
constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kChangesMax = 10'000;  // the longest of the database has some 250
constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min();

std::int64_t BigEndian(std::string_view bytes) {
  std::uint64_t value = (static_cast<unsigned char>(bytes[0]) & 0x80u) != 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

// The numbers at the head of each of the two parts of a TZif file.
struct Header {
  std::size_t utc_flags = 0;
  std::size_t standard_flags = 0;
  std::size_t leaps = 0;
  std::size_t changes = 0;
  std::size_t types = 0;
  std::size_t name_bytes = 0;
  char version = 0;

  static std::optional<Header> Read(std::string_view bytes) {
    if (bytes.size() < kHeaderBytes || !bytes.starts_with("TZif")) return std::nullopt;
    Header header;
    header.version = bytes[4];
    std::size_t at = 20;
    for (std::size_t* const field : {&header.utc_flags, &header.standard_flags, &header.leaps, &header.changes,
                                     &header.types, &header.name_bytes}) {
      const std::int64_t value = BigEndian(bytes.substr(at, 4));
      if (value < 0 || value > static_cast<std::int64_t>(kChangesMax)) return std::nullopt;
      *field = static_cast<std::size_t>(value);
      at += 4;
    }
    return header;
  }
  std::size_t BodyBytes(std::size_t time_bytes) const {
    return changes * (time_bytes + 1) + types * 6 + name_bytes + leaps * (time_bytes + 4) + standard_flags + utc_flags;
  }
};

// No way out of the directory.
bool IsZoneName(const std::string& name) {
  if (name.empty() || name.size() > kNameMax || name.find("..") != std::string::npos || name.front() == '/') return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

Result<TimeZone> TimeZone::Load(Env& env, const std::string& name) {
  if (name == "UTC") return Utc();
  const Status unknown = InvalidArgument("time zone \"" + name.substr(0, kNameMax) +
                                         "\" is not known: UTC, a name such as Europe/Berlin, or a rule such as "
                                         "CET-1CEST,M3.5.0,M10.5.0/3");
  if (IsZoneName(name)) {
    const Result<std::string> bytes = ReadWholeFile(env, kDirectory + name);
    if (bytes.ok()) {
      Result<TimeZone> zone = FromFile(*bytes);
      if (!zone.ok()) return zone.status().WithContext(kDirectory + name);
      return zone;
    }
  }
  Result<ZoneRule> rule = ZoneRule::Parse(name);
  if (!rule.ok()) return unknown;
  TimeZone zone;
  zone.rule_ = *rule;
  return zone;
}

Result<TimeZone> TimeZone::FromFile(std::string_view bytes) {
  const Status damaged = Corruption("no file of the time zone database, or damaged");
  std::optional<Header> header = Header::Read(bytes);
  if (!header || header->version < '2') return damaged;  // without times of 64 bits: older than 2005
  // The first part is for readers of 32 bits.
  const std::size_t first = kHeaderBytes + header->BodyBytes(4);
  if (bytes.size() < first) return damaged;
  bytes.remove_prefix(first);
  header = Header::Read(bytes);
  if (!header || header->types == 0 || bytes.size() < kHeaderBytes + header->BodyBytes(8)) return damaged;
  bytes.remove_prefix(kHeaderBytes);
  const std::string_view times = bytes.substr(0, header->changes * 8);
  const std::string_view kinds = bytes.substr(times.size(), header->changes);
  const std::string_view types = bytes.substr(times.size() + kinds.size(), header->types * 6);
  const auto offset_of = [&](std::size_t type) { return BigEndian(types.substr(type * 6, 4)); };
  TimeZone zone;
  zone.first_offset_s_ = offset_of(0);
  for (std::size_t i = 0; i < header->changes; ++i) {
    const std::size_t type = static_cast<unsigned char>(kinds[i]);
    const std::int64_t at = BigEndian(times.substr(i * 8, 8));
    if (type >= header->types || (!zone.changes_.empty() && at <= zone.changes_.back().at_s)) return damaged;
    zone.changes_.push_back({at, offset_of(type)});
  }
  // A line of its own at the end.
  std::string_view footer = bytes.substr(header->BodyBytes(8));
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') return damaged;
  footer = footer.substr(1, footer.size() - 2);
  if (footer.empty()) return zone;
  const Result<ZoneRule> rule = ZoneRule::Parse(footer);
  if (!rule.ok()) return damaged;
  zone.rule_ = *rule;
  return zone;
}

ZoneSpan TimeZone::At(std::int64_t instant_s) const {
  const auto next = std::upper_bound(changes_.begin(), changes_.end(), instant_s,
                                     [](std::int64_t instant, const Change& change) { return instant < change.at_s; });
  if (next != changes_.end()) {
    if (next == changes_.begin()) return {first_offset_s_, kAlways, next->at_s};
    return {std::prev(next)->offset_s, std::prev(next)->at_s, next->at_s};
  }
  const std::int64_t last_s = changes_.empty() ? kAlways : changes_.back().at_s;
  if (!rule_) return {changes_.empty() ? first_offset_s_ : changes_.back().offset_s, last_s, kForever};
  ZoneSpan span = rule_->At(instant_s);
  span.since_s = std::max(span.since_s, last_s);
  return span;
}

}  // namespace mrd::jobtracker
