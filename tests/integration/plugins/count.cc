// Word count, the job that most cases run.
#include <mr/mr.h>

MR_JOB(count, "Counts words.") {
  job.map([](mr::Line line, mr::Emit<std::string_view, std::int64_t>& emit) {
    for (auto word : mr::words(line)) emit(word, 1);
  });
  job.combine(mr::sum);
  job.reduce(mr::sum);
}
