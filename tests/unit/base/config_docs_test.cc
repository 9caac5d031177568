// The documents in the tree are what the tables of keys give.
#include "common/base/config_docs.h"

#include <catch2/catch.hpp>

#include "common/base/env.h"
#include "tests/support/all_keys.h"

namespace mrd {
namespace {

constexpr ConfigKey kSampleKeys[] = {
    {.name = "a.size",
     .old_name = "a.old",
     .type = KeyType::kSize,
     .default_value = "5",
     .unit = "MB",
     .description = "Tells <how> much & more.",
     .file = "core",
     .min = 1,
     .max = 10},
    {.name = "b.separator",
     .old_name = nullptr,
     .type = KeyType::kString,
     .default_value = "\t",
     .unit = "",
     .description = "A separator.",
     .file = "core"},
    {.name = "c.unset",
     .old_name = nullptr,
     .type = KeyType::kString,
     .default_value = nullptr,
     .unit = "",
     .description = "Has no default.",
     .file = "hdfs"},
};

KeyRegistry SampleRegistry() {
  KeyRegistry registry;
  registry.Add(kSampleKeys);
  return registry;
}

KeyRegistry RealRegistry() { return test::AllKeys(); }

void CheckSame(const std::string& path, const std::string& expected) {
  const auto content = ReadWholeFile(Env::Posix(), std::string(MRD_SOURCE_DIR) + "/" + path);
  REQUIRE(content.ok());
  INFO(path << " is out of date; run: ninja generate_config_docs_run");
  CHECK((*content == expected));
}

}  // namespace

TEST_CASE("config docs: the files in the tree are up to date", "[config_docs]") {
  const KeyRegistry registry = RealRegistry();
  CheckSame("docs/configuration.md", ConfigMarkdown(registry));
  for (const std::string& file : ConfigFiles(registry)) {
    CheckSame("conf/" + file + "-default.xml", DefaultSiteFile(registry, file));
  }
}

TEST_CASE("config docs: a default file sets every key to its default again", "[config_docs]") {
  const KeyRegistry registry = RealRegistry();
  const Config defaults(registry);
  Config loaded(registry);
  for (const std::string& file : ConfigFiles(registry)) {
    REQUIRE(loaded.AddResourceText(DefaultSiteFile(registry, file), file).ok());
  }
  for (const ConfigKey* key : registry.All()) {
    INFO(key->name);
    CHECK(loaded.Get(key->name) == defaults.Get(key->name));
  }
}

TEST_CASE("config docs: a table per file, a row per key", "[config_docs]") {
  const KeyRegistry registry = SampleRegistry();
  const std::string text = ConfigMarkdown(registry);
  CHECK(ConfigFiles(registry) == std::vector<std::string>{"core", "hdfs"});
  CHECK_THAT(text, Catch::Contains("\n## core\n") && Catch::Contains("\n## hdfs\n"));
  CHECK_THAT(text,
             Catch::Contains(
                 "| `a.size` | `5` | size, MB, 1 to 10 | Tells <how> much & more. | `a.old` |\n"));
  CHECK_THAT(text, Catch::Contains("| `b.separator` | `\\t` |"));
  CHECK_THAT(text, Catch::Contains("| `c.unset` | unset |"));
}

TEST_CASE("config docs: XML is escaped, a key without default is only mentioned", "[config_docs]") {
  const KeyRegistry registry = SampleRegistry();
  CHECK_THAT(DefaultSiteFile(registry, "core"),
             Catch::Contains("Tells &lt;how&gt; much &amp; more.") &&
                 Catch::Contains("<value>&#9;</value>"));
  CHECK_THAT(
      DefaultSiteFile(registry, "hdfs"),
      Catch::Contains("<!-- c.unset is unset. Has no default. -->") && !Catch::Contains("<name>"));
}

}  // namespace mrd
