// Jobs whose attempts do what they should not, or what is seldom done, and yet come to an end.
#include <mr/mr.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using Emit = mr::Emit<std::string_view, std::int64_t>;

using Mapper = mr::Mapper<mr::Line, std::string_view, std::int64_t>;

struct ThrowsInSetup : Mapper {
  void setup(mr::Context&) { throw std::runtime_error("no setup today"); }
  void map(mr::Line line, Emit& emit) { emit(line.text, 1); }
};

struct ThrowsInCleanup : Mapper {
  void map(mr::Line line, Emit& emit) { emit(line.text, 1); }
  void cleanup(Emit&, mr::Context&) { throw std::runtime_error("no cleanup today"); }
};

struct Tells : Mapper {
  void setup(mr::Context& context) { context_ = &context; }
  void map(mr::Line line, Emit& emit) {
    ++context_->counter("Astray", "LINES");
    context_->status("at " + std::string(line.text));
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    emit(line.text, 1);
  }
  mr::Context* context_ = nullptr;
};

}  // namespace

MR_JOB(leaves_children, "Leaves two children running, one in a session of its own; their ids are its output.") {
  job.map([](mr::Line, Emit& emit) {
    for (const bool own_session : {false, true}) {
      const pid_t child = ::fork();
      if (child == 0) {
        if (own_session) ::setsid();
        ::close(1);
        while (true) ::pause();
      }
      emit(std::to_string(child), 1);
    }
  });
  job.map_only();
}

MR_JOB(forks, "Has a child do something and end by _exit().") {
  job.map([](mr::Line line, Emit& emit) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(7);
    int status = 0;
    ::waitpid(child, &status, 0);
    emit(line.text, WEXITSTATUS(status));
  });
  job.map_only();
}

MR_JOB(chatters, "Writes a hundred megabytes to stderr.") {
  job.map([](mr::Line line, Emit& emit) {
    const std::string text(999, 'e');
    for (int i = 0; i < 100000; ++i) std::fprintf(stderr, "%s\n", text.c_str());
    std::fprintf(stderr, "that was all\n");
    emit(line.text, 1);
  });
  job.map_only();
}

MR_JOB(throws_in_setup, "Throws in setup().") {
  job.map<ThrowsInSetup>();
  job.reduce(mr::sum);
}

MR_JOB(throws_in_cleanup, "Throws in cleanup().") {
  job.map<ThrowsInCleanup>();
  job.reduce(mr::sum);
}

MR_JOB(tells, "Takes long over each record, and tells.") {
  job.map<Tells>();
  job.reduce(mr::sum);
}

MR_JOB(complains, "Says something on stderr, then throws.") {
  job.map([](mr::Line line, Emit& emit) {
    std::fprintf(stderr, "the line is %s\n", std::string(line.text).c_str());
    if (line.text == "bad") throw std::runtime_error("the barrel is empty");
    emit(line.text, 1);
  });
  job.reduce(mr::sum);
}

MR_JOB(reads_side_file, "Adds what the side file \"extra\" in the working directory says to each line.") {
  job.map([](mr::Line line, Emit& emit) {
    std::ifstream file("extra");
    std::string extra;
    file >> extra;
    emit(std::string(line.text) + extra, 1);
  });
  job.map_only();
}
