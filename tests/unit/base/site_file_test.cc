#include "common/base/site_file.h"

#include <catch2/catch.hpp>

namespace mrd {
namespace {

std::string ErrorOf(std::string_view xml) { return ParseSiteFile(xml, "s.xml").status().message(); }

// The value of the only property of a file with this inside <value>.
std::string ValueOf(const std::string& content) {
  const auto properties = ParseSiteFile("<configuration><property><name>n</name><value>" + content +
                                            "</value></property></configuration>",
                                        "s.xml");
  REQUIRE(properties.ok());
  REQUIRE(properties->size() == 1);
  return (*properties)[0].value;
}

}  // namespace

TEST_CASE("site file: properties come in order with their lines", "[site_file]") {
  const auto properties = ParseSiteFile(R"(<?xml version="1.0"?>
<?xml-stylesheet type="text/xsl" href="configuration.xsl"?>
<!-- A comment with <property> in it. -->
<configuration>
  <property>
    <name> dfs.replication </name>
    <value>2</value>
    <final>true</final>
    <description>How many.</description>
  </property>
  <property><value/><name>empty</name><tag>x</tag><tag>y</tag></property>
  <property name="short" value="form" final="true"/>
</configuration>
)",
                                        "s.xml");
  REQUIRE(properties.ok());
  REQUIRE(properties->size() == 3);
  CHECK((*properties)[0].name == "dfs.replication");
  CHECK((*properties)[0].value == "2");
  CHECK((*properties)[0].final);
  CHECK((*properties)[0].line == 5);
  CHECK((*properties)[1].name == "empty");
  CHECK((*properties)[1].value.empty());
  CHECK_FALSE((*properties)[1].final);
  CHECK((*properties)[1].line == 11);
  CHECK((*properties)[2].value == "form");
  CHECK((*properties)[2].final);
}

TEST_CASE("site file: values keep blanks, references are resolved", "[site_file]") {
  CHECK(ValueOf("\t") == "\t");
  CHECK(ValueOf(" a ") == " a ");
  CHECK(ValueOf("&#9;") == "\t");
  CHECK(ValueOf("&lt;&gt;&amp;&quot;&apos;") == "<>&\"'");
  CHECK(ValueOf("&#x20AC;&#228;") == "\xE2\x82\xAC\xC3\xA4");
  CHECK(ValueOf("&#x1F600;") == "\xF0\x9F\x98\x80");
  CHECK(ValueOf("a<!-- not this -->b<![CDATA[<&>]]>c") == "ab<&>c");
  CHECK(ValueOf("a\r\nb\rc") == "a\nb\nc");
}

TEST_CASE("site file: empty configurations are fine", "[site_file]") {
  CHECK(ParseSiteFile("<configuration/>", "s.xml")->empty());
  CHECK(ParseSiteFile("\xEF\xBB\xBF<configuration></configuration>\n", "s.xml")->empty());
}

TEST_CASE("site file: what is wrong is named with file and line", "[site_file]") {
  CHECK(ErrorOf("<configuration>\n<property>\n<value>1</value></property></configuration>") ==
        "s.xml:2: a property without a name");
  CHECK(ErrorOf("<configuration>\n\n<property><name>n</name></property></configuration>") ==
        "s.xml:3: n: the property has no <value>");
  CHECK(ErrorOf("<configuration>\n<property>\n<name>n</value></property></configuration>") ==
        "s.xml:3: </value> does not close <name> of line 3");
  CHECK(ErrorOf("<configuration><property><name>n</name>") ==
        "s.xml:1: the file ends too early; </configuration> is missing");
  CHECK(ErrorOf("<configuration><propety/></configuration>") ==
        "s.xml:1: <property> expected, not <propety>");
  CHECK(ErrorOf(
            "<configuration><property><name>n</name><valeu>1</valeu></property></configuration>") ==
        "s.xml:1: <valeu> is not known within <property>");
  CHECK(ErrorOf("<configuration><property><name>n</name><value>1</value><value>2</value></"
                "property></configuration>") == "s.xml:1: a second <value> within <property>");
  CHECK(
      ErrorOf(
          "<configuration><property><name>n</name><value>1</value><final>yes</final></property>") ==
      "s.xml:1: n: <final> is neither true nor false: yes");
  CHECK(ErrorOf("<configuration>\nfoo\n</configuration>") ==
        "s.xml:3: text between properties: foo");
  CHECK(ErrorOf("<configuration></configuration><x/>") ==
        "s.xml:1: something follows </configuration>");
  CHECK(ErrorOf("<other/>") == "s.xml:1: <configuration> expected, not <other>");
  CHECK(ErrorOf("<configuration><property><name>a & b</name></property>") ==
        "s.xml:1: a lone &; write &amp;");
}

TEST_CASE("site file: nothing outside the text is read", "[site_file]") {
  CHECK_THAT(ErrorOf("<!DOCTYPE c [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<configuration/>"),
             Catch::Contains("document type is not accepted"));
  CHECK_THAT(ErrorOf("<configuration><property><name>&x;</name></property></configuration>"),
             Catch::Contains("&x; is not known"));
  CHECK_THAT(
      ErrorOf("<configuration xmlns:xi=\"y\"><xi:include href=\"/etc/passwd\"/></configuration>"),
      Catch::Contains("<xi:include> is not accepted"));
}

TEST_CASE("site file: every beginning of a good file is refused without a crash", "[site_file]") {
  const std::string good =
      "<?xml version='1.0'?><!-- c --><configuration><property a=\"b\"><name>n&#9;</name>"
      "<value><![CDATA[v]]></value></property></configuration>";
  REQUIRE(ParseSiteFile(good, "s.xml").ok());
  for (std::size_t size = 0; size < good.size(); ++size) {
    INFO(good.substr(0, size));
    CHECK_FALSE(ParseSiteFile(std::string_view(good).substr(0, size), "s.xml").ok());
  }
}

TEST_CASE("site file: any byte changed is read or refused, never a crash", "[site_file]") {
  const std::string good =
      "<configuration><property><name>n</name><value>&lt;</value><final>true</final></property></"
      "configuration>";
  int refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'<', '>', '&', '/', '"', '\0', '\xFF', ' ', '!', ']'}) {
      std::string changed = good;
      changed[i] = c;
      refused += ParseSiteFile(changed, "s.xml").ok() ? 0 : 1;
    }
  }
  CHECK(refused > 500);
}

}  // namespace mrd
