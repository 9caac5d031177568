// What the host finds in a plugin: its table, its entries; and a driver against a host of its own.
#include "jobs.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <map>

MR_DRIVER(rounds, "Two rounds.", "INPUT OUTPUT") {
  if (driver.args().size() != 2) return 2;
  const std::string middle = driver.args()[1] + ".middle";
  mr::JobResult first = driver.run("wordcount").input(driver.args()[0]).output(middle).option("min", 2);
  if (first.counter("words", "all") == 0) throw mr::Error("nothing to count");
  driver.run("sort").input(middle).output(driver.args()[1]).set("mapreduce.job.reduces", 1).wait();
  driver.remove(middle);
  driver.write("note", driver.read("in") + (driver.exists("in") ? "!" : "?"));
  return static_cast<int>(driver.list("dir").size());
}

namespace {

// Remembers what the driver asked for.
struct FakeHost : mr_driver {
  std::vector<std::string> calls;
  std::string failing_job;
  std::string last_error;

  FakeHost() { api = Table(); }
  static FakeHost& Of(mr_driver* driver) { return *static_cast<FakeHost*>(driver); }

  static const mr_driver_api* Table() {
    static const mr_driver_api table = [] {
      mr_driver_api t{};
      t.size = sizeof t;
      t.version = MR_ABI_VERSION;
      t.run = [](mr_driver* driver, const mr_job_request* request, std::uint32_t* run) -> std::int32_t {
        FakeHost& self = Of(driver);
        std::string call = std::string(mr::to_view(request->job)) + " " + std::string(mr::to_view(request->inputs[0])) +
                           " " + std::string(mr::to_view(request->output));
        for (std::size_t i = 0; i < request->option_count; ++i) {
          call += " --" + std::string(mr::to_view(request->options[i].name)) + "=" +
                  std::string(mr::to_view(request->options[i].value));
        }
        for (std::size_t i = 0; i < request->property_count; ++i) {
          call += " -D" + std::string(mr::to_view(request->properties[i].name)) + "=" +
                  std::string(mr::to_view(request->properties[i].value));
        }
        self.calls.push_back(call);
        *run = static_cast<std::uint32_t>(self.calls.size());
        if (mr::to_view(request->job) != self.failing_job) return MR_OK;
        self.last_error = "no such input";
        return MR_FAILED;
      };
      t.counter = [](mr_driver*, std::uint32_t run, mr_bytes, mr_bytes, std::int64_t* value) -> std::int32_t {
        *value = run;
        return MR_OK;
      };
      t.error = [](mr_driver* driver) { return mr::to_bytes(Of(driver).last_error); };
      t.conf_get = [](mr_driver*, mr_bytes, mr_bytes*) -> std::int32_t { return MR_NOT_FOUND; };
      t.read_file = [](mr_driver*, mr_bytes, void* sink, void (*chunk)(void*, mr_bytes)) -> std::int32_t {
        chunk(sink, mr::to_bytes("con"));
        chunk(sink, mr::to_bytes("tent"));
        return MR_OK;
      };
      t.list_files = [](mr_driver*, mr_bytes, void* sink, void (*file)(void*, mr_bytes)) -> std::int32_t {
        for (const char* name : {"a", "b", "c"}) file(sink, mr::to_bytes(name));
        return MR_OK;
      };
      t.exists = [](mr_driver*, mr_bytes) -> std::int32_t { return 1; };
      t.remove = [](mr_driver* driver, mr_bytes path) -> std::int32_t {
        Of(driver).calls.push_back("remove " + std::string(mr::to_view(path)));
        return MR_OK;
      };
      t.write_file = [](mr_driver* driver, mr_bytes path, mr_bytes content) -> std::int32_t {
        Of(driver).calls.push_back("write " + std::string(mr::to_view(path)) + " " +
                                   std::string(mr::to_view(content)));
        return MR_OK;
      };
      return t;
    }();
    return &table;
  }
};

const mr_job_entry* Find(const char* name) {
  const mr_plugin* plugin = mr_plugin_entry(MR_ABI_VERSION);
  for (std::size_t i = 0; i < plugin->job_count; ++i) {
    if (std::strcmp(plugin->jobs[i]->name, name) == 0) return plugin->jobs[i];
  }
  return nullptr;
}

}  // namespace

TEST_CASE("plugin: the table tells versions and entries", "[plugin]") {
  const mr_plugin* plugin = mr_plugin_entry(MR_ABI_VERSION);
  CHECK(plugin->size == sizeof(mr_plugin));
  CHECK(plugin->abi_version == MR_ABI_VERSION);
  CHECK(std::string(plugin->sdk_version) == MR_SDK_VERSION);
  CHECK(std::string(plugin->compiler).size() > 5);
  REQUIRE(Find("wordcount") != nullptr);
  CHECK(Find("wordcount")->internal == 0);
  CHECK(Find("wordcount")->main == nullptr);
  CHECK(std::string(Find("wordcount")->description) == "Counts how often each word occurs.");
  CHECK(Find("ratings")->internal == 1);
  CHECK(Find("rounds")->configure == nullptr);
  CHECK(std::string(Find("rounds")->usage) == "INPUT OUTPUT");
}

TEST_CASE("plugin: a driver runs rounds and reads counters in between", "[plugin]") {
  FakeHost host;
  const char* const arguments[] = {"in", "out"};
  CHECK(Find("rounds")->main(&host, 2, arguments) == 3);
  CHECK(host.calls == std::vector<std::string>{"wordcount in out.middle --min=2",
                                               "sort out.middle out -Dmapreduce.job.reduces=1",
                                               "remove out.middle",
                                               "write note content!"});
  CHECK(Find("rounds")->main(&host, 0, nullptr) == 2);
}

TEST_CASE("plugin: a driver whose round fails ends with status 1", "[plugin]") {
  FakeHost host;
  host.failing_job = "sort";
  const char* const arguments[] = {"in", "out"};
  CHECK(Find("rounds")->main(&host, 2, arguments) == 1);
  CHECK(host.calls.size() == 2);
  mr::Driver driver(&host, 0, nullptr);
  CHECK_THROWS_WITH(driver.run("sort").input("x").output("y").wait(), "job sort failed: no such input");
}

TEST_CASE("plugin: drivers and unknown jobs are no matter for mr::testing::run", "[plugin]") {
  CHECK_THROWS_AS(mr::testing::run("nosuch"), std::logic_error);
  CHECK_THROWS_AS(mr::testing::run("rounds"), std::logic_error);
}
