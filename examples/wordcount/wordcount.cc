// Counts how often each word occurs, where words are what white space separates.
#include <mr/mr.h>

MR_JOB(wordcount, "Counts how often each word occurs.") {
  // Called for each line: every word becomes a pair (word, 1).
  job.map([](mr::Line line, mr::Emit<std::string_view, int64_t>& emit) {
    for (auto word : mr::words(line)) emit(word, 1);
  });
  // Adds up the ones of a word, first where they arise, then all of them.
  job.combine(mr::sum);
  job.reduce(mr::sum);
}
