// Input formats, output formats and committers of a plugin.
#include "jobs.h"

#include <catch2/catch.hpp>

namespace {

// Records of one digit for the key's length: "2abX" is key "ab", value "X".
struct Packed : mr::InputFormat<std::string, char> {
  void open(const mr::Split& split, mr::Context& context) {
    content_ = context.open(split.path).read_all();
    at_ = 0;
  }
  bool next(std::string& key, char& value) {
    if (at_ == content_.size()) return false;
    const auto size = mr::parse<std::size_t>(std::string_view(content_).substr(at_, 1));
    if (at_ + size + 2 > content_.size()) throw mr::Error("a record is cut short at byte " + std::to_string(at_));
    key = content_.substr(at_ + 1, size);
    value = content_[at_ + 1 + size];
    at_ += size + 2;
    return true;
  }
  double progress() { return static_cast<double>(at_) / static_cast<double>(content_.size()); }

 private:
  std::string content_;
  std::size_t at_ = 0;
};

// Numbers out of nothing, as teragen or pi need them.
struct Numbers : mr::InputFormat<std::int64_t, mr::None> {
  explicit Numbers(std::int64_t count) : count_(count) {}
  void splits(mr::Splits& splits) {
    const auto maps = splits.conf<std::int64_t>("maps", 2);
    for (std::int64_t i = 0; i < maps; ++i) {
      mr::Split split;
      split.start = i * count_ / maps;
      split.length = (i + 1) * count_ / maps - split.start;
      split.payload = "piece";
      splits.add(split);
    }
  }
  void open(const mr::Split& split, mr::Context&) {
    if (split.payload != "piece") throw mr::Error("the payload was lost");
    next_ = split.start;
    end_ = split.start + split.length;
  }
  bool next(std::int64_t& key, mr::None&) {
    key = next_;
    return next_++ < end_;
  }

 private:
  std::int64_t count_;
  std::int64_t next_ = 0;
  std::int64_t end_ = 0;
};

struct Csv : mr::OutputFormat<std::string, std::int64_t> {
  static constexpr const char* extension = ".csv";
  void open(mr::File& file, mr::Context&) {
    file_ = &file;
    file.write("word,count\n");
  }
  void write(const std::string& word, std::int64_t count) {
    file_->write("\"" + word + "\"," + std::to_string(count) + "\n");
    ++lines_;
  }
  void close() { file_->write("# " + std::to_string(lines_) + "\n"); }

 private:
  mr::File* file_ = nullptr;
  int lines_ = 0;
};

struct Bare : mr::TextOutputFormat {
  void open(mr::File& file, mr::Context&) { file_ = &file; }
  void write(std::string_view key, std::string_view value) {
    file_->write(std::string(key) + (value.data() == nullptr ? "" : "=") + std::string(value) + ";");
  }

 private:
  mr::File* file_ = nullptr;
};

struct Steps {
  void commit_job(const mr::Commit& commit) {
    if (commit.output_dir == "forbidden") throw mr::Error("not here");
  }
};

}  // namespace

TEST_CASE("format: an input format of one's own", "[format]") {
  auto test = mr::testing::job([](mr::Job& job) {
    job.format(Packed());
    job.map([](std::string_view key, char value, mr::Emit<std::string_view, std::string>& emit) {
      emit(key, std::string(2, value));
    });
  });
  CHECK(test.input_file("p", "2abX1cY").output() == Pairs{{"ab", "XX"}, {"c", "YY"}});
  CHECK(test.input_file("q", "9cut").error() == "a record is cut short at byte 0");
  auto identity = mr::testing::job([](mr::Job& job) { job.format(Packed()).map_only(); });
  CHECK(identity.input_file("p", "2abX1cY").output() == Pairs{{"ab", "X"}, {"c", "Y"}});
}

TEST_CASE("format: pairs come in batches, as many as were put in, and an error comes after those before it", "[format]") {
  // What a host sees of one split: sizes of the batches, the keys, what they hold.
  struct Host : mr_task {
    mr_task_api table{};
    mr_task_info facts{};
    std::string failure;
    Host() : mr_task{} {
      api = &table;
      table.size = sizeof table;
      facts.size = sizeof facts;
      table.info = [](mr_task* task) -> const mr_task_info* { return &static_cast<Host*>(task)->facts; };
      table.fail = [](mr_task* task, mr_bytes why) { static_cast<Host*>(task)->failure = mr::to_view(why); };
      table.failed = [](mr_task* task) -> std::int32_t { return static_cast<Host*>(task)->failure.empty() ? 0 : 1; };
    }
  };
  struct Pieces : mr::InputFormat<std::int64_t, std::string_view> {
    std::int64_t count = 0;
    std::int64_t fails_at = -1;
    std::int64_t long_at = -1;
    std::int64_t at = 0;
    std::string text;
    void open(const mr::Split&, mr::Context&) {}
    bool next(std::int64_t& key, std::string_view& value) {
      if (at == fails_at) throw mr::Error("no more");
      if (at == count) return false;
      text.assign(at == long_at ? 100000 : 3, static_cast<char>('a' + at % 26));
      key = at++;
      value = text;
      return true;
    }
    std::int64_t holds() const { return 2; }
  };
  const auto read = [](Host& host, const Pieces& pieces) {
    mr::detail::InputFormatTable<Pieces> made(pieces);
    const mr_input_format table = made.table();
    mr_split split{};
    split.size = sizeof split;
    void* reader = table.open(table.self, &host, &split);
    REQUIRE(reader != nullptr);
    std::int64_t seen = 0;
    std::uint64_t held = 0;
    std::size_t most = 0;
    mr_input_batch batch{};
    batch.size = sizeof batch;
    while (table.next_batch(reader, &batch) == MR_OK) {
      REQUIRE(batch.count > 0);
      most = std::max(most, batch.count);
      held += batch.holds;
      for (std::size_t i = 0; i < batch.count; ++i, ++seen) {
        const mr_record& record = batch.records[i];
        CHECK(mr::decode<std::int64_t>(mr::to_view(record.key)) == seen);
        CHECK(record.offset == seen);
        const std::string expected(seen == pieces.long_at ? 100000 : 3, static_cast<char>('a' + seen % 26));
        CHECK((mr::to_view(record.value) == expected));
      }
    }
    table.close(reader);
    CHECK(held == static_cast<std::uint64_t>(2 * seen));
    return std::make_pair(seen, most);
  };
  Host host;
  Pieces pieces;
  CHECK(read(host, pieces).first == 0);
  pieces.count = 1000;
  pieces.long_at = 500;
  CHECK(read(host, pieces).first == 1000);
  CHECK(host.failure.empty());
  pieces.fails_at = 777;
  CHECK(read(host, pieces).first == 777);
  CHECK(host.failure == "no more");
  // The time that a batch may take depends on the machine, so that one of several shows only among many tries.
  pieces.fails_at = -1;
  std::size_t most = 0;
  for (int tries = 0; tries < 1000 && most < 2; ++tries) {
    Host fresh;
    most = std::max(most, read(fresh, pieces).second);
  }
  CHECK(most > 1);
}

TEST_CASE("format: lines are counted as text input cuts them", "[format]") {
  const auto cut = [](std::string_view text) {
    std::int64_t lines = 0;
    bool in_line = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool ends = text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
      in_line = !ends;
      if (ends) ++lines;
    }
    return lines + (in_line ? 1 : 0);
  };
  CHECK(mr::count_lines("") == 0);
  CHECK(mr::count_lines("a") == 1);
  CHECK(mr::count_lines("a\r\n\rb\n\n") == 4);
  mr::Random random(7);
  std::string text(2000, 'x');
  for (char& c : text) c = "\r\n\r\nab"[random() % 6];
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string_view piece = std::string_view(text).substr(size % 37, size);
    REQUIRE(mr::count_lines(piece) == cut(piece));
  }
  CHECK(mr::count_lines(text) == cut(text));
  const std::string many(100000, '\n');  // more in a column of bytes than a byte can count
  CHECK(mr::count_lines(many) == 100000);
}

TEST_CASE("format: splits of one's own need no input", "[format]") {
  auto test = mr::testing::job([](mr::Job& job) {
    job.no_input().format(Numbers(10)).map_only();
    job.map([](std::int64_t n, mr::None, mr::Emit<std::int64_t, std::int64_t>& emit, mr::Context& context) {
      emit(n, context.partition());
    });
  });
  CHECK(test.set("maps", 3).parts() == 3);
  CHECK(test.output().size() == 10);
  CHECK(test.output()[3] == std::make_pair(std::string("3"), std::string("1")));
}

TEST_CASE("format: output formats take typed pairs or text", "[format]") {
  const auto words = [](mr::Line line, mr::Emit<std::string_view, std::int64_t>& emit) {
    for (auto word : mr::words(line)) emit(word, 1);
  };
  auto csv = mr::testing::job([&](mr::Job& job) { job.map(words).reduce(mr::sum).output_format(Csv()); });
  CHECK(csv.lines({"b a b"}).part_bytes() == "word,count\n\"a\",1\n\"b\",2\n# 2\n");
  auto bare = mr::testing::job([&](mr::Job& job) { job.map(words).reduce(mr::average).output_format<Bare>(); });
  CHECK(bare.lines({"b a b"}).part_bytes() == "a=1.0;b=1.0;");
  auto wrong = mr::testing::job([&](mr::Job& job) { job.map(words).reduce(mr::average).output_format(Csv()); });
  CHECK_THAT(wrong.lines({"b"}).error(),
             Catch::Contains("the output format takes (string, int64) but the job's output is (string, double)"));
}

TEST_CASE("format: named outputs in a format of their own get encoded pairs", "[format]") {
  auto test = mr::testing::job([](mr::Job& job) {
    job.named_output("table", Csv()).map_only();
    job.map([](mr::Line line, mr::Emit<int, int>&, mr::Context& context) {
      context.output<std::string_view, std::int64_t>("table")(line, 5);
    });
  });
  CHECK(test.lines({"x"}).named("table") == Pairs{{"x", mr::encode(std::int64_t{5})}});
}

TEST_CASE("format: a committer's steps and their errors", "[format]") {
  Steps steps;
  const mr_committer table = mr::detail::committer_table(&steps);
  CHECK(table.setup_job == nullptr);
  CHECK(table.commit_task == nullptr);
  REQUIRE(table.commit_job != nullptr);
  std::string message;
  mr_commit commit{};
  commit.size = sizeof commit;
  commit.host = &message;
  commit.fail = [](const mr_commit* c, mr_bytes text) { *static_cast<std::string*>(c->host) = mr::to_view(text); };
  commit.output_dir = mr::to_bytes("fine");
  CHECK(table.commit_job(&steps, &commit) == MR_OK);
  commit.output_dir = mr::to_bytes("forbidden");
  CHECK(table.commit_job(&steps, &commit) == MR_FAILED);
  CHECK(message == "not here");
}
