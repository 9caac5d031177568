// Site files (XML) with arbitrary content: refused with a reason, or read into properties that can be asked for.
#include "common/base/check.h"
#include "common/base/config.h"
#include "tests/fuzz/fuzz_target.h"

std::vector<std::string> FuzzSeeds() {
  return {
      "<?xml version=\"1.0\"?>\n<configuration>\n<property><name>a.b</name><value>1</value></property>\n"
      "<property>\n  <name>c</name>\n  <value>${a.b}/x &amp; &lt;y&gt; &#65; &quot;</value><final>true</final>\n"
      "  <description>d</description>\n</property>\n</configuration>\n",
      "<configuration><!-- nothing --><property><name>p</name><value><![CDATA[<raw>]]></value></property></configuration>",
      "<configuration/>",
      "<configuration><property><name>loop</name><value>${loop}${env.HOME:-x}</value></property></configuration>",
  };
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mrd::KeyRegistry registry;
  mrd::Config config(registry);
  const mrd::Status status =
      config.AddResourceText({reinterpret_cast<const char*>(data), size}, "fuzz-site.xml");
  if (!status.ok()) {
    MRD_CHECK(status.message().find("fuzz-site.xml") != std::string::npos);
    return 0;
  }
  for (const auto& [name, value] : config.Explicit()) {
    // Only expansion and typed reading are exercised; what they give depends on the text.
    MRD_CHECK(!config.Source(name).empty());
    config.Get(name);
    MRD_CHECK(config.GetInt(name).ok() || !config.GetInt(name).status().message().empty());
  }
  return 0;
}
