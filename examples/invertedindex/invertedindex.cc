// For each word the documents that have it, and how often: word TAB file:count TAB file:count ...
#include <mr/mr.h>

namespace {

using Place = std::tuple<std::string_view, std::string_view>;  // word, file

// The last part of a path, and as many folders before it as are asked for.
std::string_view end_of(std::string_view path, int64_t folders) {
  std::size_t slash = path.rfind('/');
  for (; folders > 0 && slash != std::string_view::npos && slash > 0; --folders) {
    slash = path.rfind('/', slash - 1);
  }
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Calls use(word) for each run of letters, in lower case. All other bytes separate.
template <class Use>
void each_letter_run(std::string_view line, std::string& word, Use use) {
  word.clear();
  for (const char c : line) {
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'z') {
      word.push_back(lower);
    } else if (!word.empty()) {
      use(std::string_view(word));
      word.clear();
    }
  }
  if (!word.empty()) use(std::string_view(word));
}

// Emits ((word, file), 1). The file is part of the key, so that it takes part in the sort.
struct Post : mr::Mapper<mr::Line, Place, int64_t> {
  Post(bool letters, int64_t folders) : letters_(letters), folders_(folders) {}

  void map(mr::Line line, Emit& emit, mr::Context& context) {
    const std::string_view file = end_of(context.input_file(), folders_);
    if (letters_) {
      each_letter_run(line, word_, [&](std::string_view word) { emit({word, file}, 1); });
    } else {
      for (auto word : mr::words(line)) emit({word, file}, 1);
    }
  }

 private:
  bool letters_;
  int64_t folders_;
  std::string word_;
};

// Gets all counts of one word, ordered by file, and prints one sum for each file.
struct Collect : mr::Reducer<Place, int64_t, std::string_view, std::string_view> {
  void reduce(Place key, Values& counts, Emit& emit) {
    postings_.clear();
    int64_t sum = 0;
    for (const int64_t count : counts) {
      // The key goes along with the values: its file changes within the group.
      const std::string_view file = std::get<1>(counts.key<Place>());
      if (file != file_ || sum == 0) {
        close(sum);
        file_ = file;
        sum = 0;
      }
      sum += count;
    }
    close(sum);
    emit(std::get<0>(key), postings_);
  }

 private:
  void close(int64_t sum) {
    if (sum == 0) return;
    if (!postings_.empty()) postings_ += '\t';
    postings_ += file_ + ':' + std::to_string(sum);
  }

  std::string file_;
  std::string postings_;
};

}  // namespace

MR_JOB(invertedindex, "Lists for each word the files that have it, and how often.") {
  const std::string rule =
      job.option("rule", "alpha", "alpha: words are runs of A-Z a-z, in lower case; ws: what white space separates");
  const int64_t folders = job.option("folders", int64_t{0}, "how many folders to name before the file");
  if (rule != "alpha" && rule != "ws") throw mr::Error("option --rule: \"" + rule + "\" is neither alpha nor ws");
  job.map<Post>(rule == "alpha", folders);
  job.combine(mr::sum);
  // Group and partition by the first field of the key (the word), sort by both.
  job.secondary_sort<1>();
  job.reduce<Collect>();
}
