#include "common/base/site_file.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace mrd {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

std::string Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1));
}

void AppendUtf8(std::uint32_t c, std::string& out) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

// "#10" or "#xA"; nothing for a number that is no character of XML.
std::optional<std::uint32_t> CharacterNumber(std::string_view reference) {
  reference.remove_prefix(1);
  int base = 10;
  if (reference.starts_with('x')) {
    reference.remove_prefix(1);
    base = 16;
  }
  std::uint32_t number = 0;
  const char* const last = reference.data() + reference.size();
  const auto [end, error] = std::from_chars(reference.data(), last, number, base);
  if (error != std::errc() || end != last || reference.empty()) return std::nullopt;
  const bool is_surrogate = number >= 0xD800 && number < 0xE000;
  if (number == 0 || number > 0x10FFFF || is_surrogate) return std::nullopt;
  return number;
}

struct Tag {
  enum class Kind { kStart, kEnd, kEmpty };
  Kind kind = Kind::kStart;
  std::string name;
  std::map<std::string, std::string> attributes;
  std::size_t line = 0;
};

// Cuts the text into tags and what stands between them. Each Read...() leaves the position behind
// what it read.
class XmlReader {
 public:
  XmlReader(std::string_view text, const std::string& path) : text_(text), path_(path) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  Status Error(const std::string& what) const { return ErrorAt(line(), what); }
  Status ErrorAt(std::size_t line, const std::string& what) const {
    return InvalidArgument(path_ + ":" + std::to_string(line) + ": " + what);
  }
  std::size_t line() const {
    for (; counted_ < at_; ++counted_) line_ += text_[counted_] == '\n' ? 1 : 0;
    return line_;
  }

  // The text up to the next tag, references resolved, comments and processing instructions dropped.
  Result<std::string> ReadText() {
    std::string content;
    while (at_ < text_.size()) {
      if (Rest().starts_with("<!--")) {
        MRD_RETURN_IF_ERROR(SkipPast("-->", 4, "comment"));
      } else if (Rest().starts_with("<?")) {
        MRD_RETURN_IF_ERROR(SkipPast("?>", 2, "processing instruction"));
      } else if (Rest().starts_with("<![CDATA[")) {
        const std::size_t begin = at_ + 9;
        MRD_RETURN_IF_ERROR(SkipPast("]]>", 9, "CDATA section"));
        content += text_.substr(begin, at_ - 3 - begin);
      } else if (Rest().starts_with("<!")) {
        return Error("a document type is not accepted here; remove it");
      } else if (text_[at_] == '<') {
        break;
      } else {
        MRD_RETURN_IF_ERROR(AppendCharacter(content));
      }
    }
    return content;
  }

  bool at_end() const { return at_ == text_.size(); }

  // REQUIRES: the next character is '<'.
  Result<Tag> ReadTag() {
    Tag tag;
    tag.line = line();
    ++at_;
    if (Rest().starts_with('/')) {
      ++at_;
      tag.kind = Tag::Kind::kEnd;
    }
    tag.name = ReadName();
    if (tag.name.empty()) return Error("a tag without a name; write &lt; for a < in text");
    while (true) {
      const bool blank = SkipBlanks();
      if (Rest().starts_with("/>") && tag.kind == Tag::Kind::kStart) {
        at_ += 2;
        tag.kind = Tag::Kind::kEmpty;
        return tag;
      }
      if (Rest().starts_with('>')) {
        ++at_;
        return tag;
      }
      if (!blank || tag.kind == Tag::Kind::kEnd)
        return ErrorAt(tag.line, "the tag <" + tag.name + " is not closed by >");
      MRD_RETURN_IF_ERROR(ReadAttribute(tag));
    }
  }

 private:
  std::string_view Rest() const { return text_.substr(at_); }

  bool SkipBlanks() {
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
    return at_ != begin;
  }

  Status SkipPast(std::string_view end, std::size_t from, const char* what) {
    const std::size_t found = text_.find(end, at_ + from);
    if (found == std::string_view::npos)
      return Error(std::string("a ") + what + " that does not end");
    at_ = found + end.size();
    return Status::Ok();
  }

  std::string ReadName() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsNameCharacter(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  Status ReadAttribute(Tag& tag) {
    const std::string name = ReadName();
    SkipBlanks();
    if (name.empty() || !Rest().starts_with('=')) {
      return ErrorAt(tag.line,
                     "the tag <" + tag.name + " holds something that is not name=\"value\"");
    }
    ++at_;
    SkipBlanks();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '"' && quote != '\'') return Error("the value of " + name + " is not in quotes");
    ++at_;
    std::string value;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '<') return Error("a < within the value of " + name + "; write &lt;");
      MRD_RETURN_IF_ERROR(AppendCharacter(value));
    }
    if (at_end()) return ErrorAt(tag.line, "the value of " + name + " does not end");
    ++at_;
    if (!tag.attributes.emplace(name, std::move(value)).second)
      return Error(name + " is given twice");
    return Status::Ok();
  }

  // One character, or what a reference stands for.
  Status AppendCharacter(std::string& out) {
    if (text_[at_] == '\0') return Error("a NUL byte");
    if (text_[at_] == '\r') {  // XML reads every end of line as one newline
      ++at_;
      if (!Rest().starts_with('\n')) out += '\n';
      return Status::Ok();
    }
    if (text_[at_] != '&') {
      out += text_[at_++];
      return Status::Ok();
    }
    static const std::map<std::string_view, char> kNamed = {
        {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    constexpr std::size_t kReferenceLengthMax = 12;
    const std::size_t end = Rest().substr(0, kReferenceLengthMax).find(';');
    if (end == std::string_view::npos) return Error("a lone &; write &amp;");
    const std::string_view reference = Rest().substr(1, end - 1);
    if (const auto named = kNamed.find(reference); named != kNamed.end()) {
      out += named->second;
    } else if (const auto number =
                   reference.starts_with('#') ? CharacterNumber(reference) : std::nullopt) {
      AppendUtf8(*number, out);
    } else {
      return Error("&" + std::string(reference) +
                   "; is not known; only lt, gt, amp, quot, apos and numbers are");
    }
    at_ += end + 1;
    return Status::Ok();
  }

  const std::string_view text_;
  const std::string& path_;
  std::size_t at_ = 0;
  // The line of the character at `counted_`; the position only grows.
  mutable std::size_t counted_ = 0;
  mutable std::size_t line_ = 1;
};

bool IsField(const std::string& name) {
  return name == "name" || name == "value" || name == "final" || name == "description" ||
         name == "tag" || name == "source";
}

class SiteFileParser {
 public:
  SiteFileParser(std::string_view xml, const std::string& path) : reader_(xml, path) {}

  Result<std::vector<SiteProperty>> Parse() {
    MRD_ASSIGN_OR_RETURN(const Tag root, NextTag("outside <configuration>"));
    if (root.name != "configuration" || root.kind == Tag::Kind::kEnd) {
      return reader_.ErrorAt(root.line, "<configuration> expected, not <" + root.name + ">");
    }
    std::vector<SiteProperty> properties;
    while (root.kind == Tag::Kind::kStart) {
      MRD_ASSIGN_OR_RETURN(const Tag tag, NextTag("between properties"));
      if (tag.kind == Tag::Kind::kEnd) {
        MRD_RETURN_IF_ERROR(CheckEnd(tag, root));
        break;
      }
      if (tag.name.ends_with(":include") || tag.name == "include") {
        return reader_.ErrorAt(tag.line,
                               "<" + tag.name + "> is not accepted; name each file with -conf");
      }
      if (tag.name != "property")
        return reader_.ErrorAt(tag.line, "<property> expected, not <" + tag.name + ">");
      MRD_ASSIGN_OR_RETURN(SiteProperty property, ReadProperty(tag));
      properties.push_back(std::move(property));
    }
    MRD_ASSIGN_OR_RETURN(const std::string rest, reader_.ReadText());
    if (!reader_.at_end() || !Trimmed(rest).empty())
      return reader_.Error("something follows </configuration>");
    return properties;
  }

 private:
  // The next tag, with nothing but blanks before it.
  Result<Tag> NextTag(const std::string& where) {
    MRD_ASSIGN_OR_RETURN(const std::string text, reader_.ReadText());
    if (!Trimmed(text).empty())
      return reader_.Error("text " + where + ": " + Trimmed(text).substr(0, 40));
    if (reader_.at_end())
      return reader_.Error("the file ends too early; </configuration> is missing");
    return reader_.ReadTag();
  }

  Status CheckEnd(const Tag& end, const Tag& start) const {
    if (end.name == start.name) return Status::Ok();
    return reader_.ErrorAt(end.line, "</" + end.name + "> does not close <" + start.name +
                                         "> of line " + std::to_string(start.line));
  }

  Result<SiteProperty> ReadProperty(const Tag& start) {
    std::map<std::string, std::string> fields = start.attributes;
    while (start.kind == Tag::Kind::kStart) {
      MRD_ASSIGN_OR_RETURN(const Tag tag, NextTag("within <property>"));
      if (tag.kind == Tag::Kind::kEnd) {
        MRD_RETURN_IF_ERROR(CheckEnd(tag, start));
        break;
      }
      if (!IsField(tag.name))
        return reader_.ErrorAt(tag.line, "<" + tag.name + "> is not known within <property>");
      std::string content;
      if (tag.kind == Tag::Kind::kStart) {
        MRD_ASSIGN_OR_RETURN(content, ReadContent(tag));
      }
      if (tag.name != "tag" && !fields.emplace(tag.name, std::move(content)).second) {
        return reader_.ErrorAt(tag.line, "a second <" + tag.name + "> within <property>");
      }
    }
    return ToProperty(fields, start.line);
  }

  // The text of an element that holds text alone.
  Result<std::string> ReadContent(const Tag& start) {
    MRD_ASSIGN_OR_RETURN(std::string content, reader_.ReadText());
    if (reader_.at_end()) return reader_.Error("the file ends within <" + start.name + ">");
    MRD_ASSIGN_OR_RETURN(const Tag end, reader_.ReadTag());
    if (end.kind != Tag::Kind::kEnd) {
      return reader_.ErrorAt(
          end.line, "<" + end.name + "> within <" + start.name + ">, which holds text alone");
    }
    MRD_RETURN_IF_ERROR(CheckEnd(end, start));
    return content;
  }

  Result<SiteProperty> ToProperty(const std::map<std::string, std::string>& fields,
                                  std::size_t line) const {
    const auto field = [&](const char* name) {
      const auto found = fields.find(name);
      return found == fields.end() ? std::nullopt : std::optional(found->second);
    };
    SiteProperty property;
    property.line = line;
    property.name = Trimmed(field("name").value_or(""));
    if (property.name.empty()) return reader_.ErrorAt(line, "a property without a name");
    const auto value = field("value");
    if (!value) return reader_.ErrorAt(line, property.name + ": the property has no <value>");
    property.value = *value;
    const std::string final = Trimmed(field("final").value_or("false"));
    if (final != "true" && final != "false") {
      return reader_.ErrorAt(line, property.name + ": <final> is neither true nor false: " + final);
    }
    property.final = final == "true";
    return property;
  }

  XmlReader reader_;
};

}  // namespace

Result<std::vector<SiteProperty>> ParseSiteFile(std::string_view xml, const std::string& path) {
  return SiteFileParser(xml, path).Parse();
}

}  // namespace mrd
