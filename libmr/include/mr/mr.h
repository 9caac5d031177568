// The SDK of MapReduce plugins: include this, write MR_JOB, compile to a shared library, run it with `mr jar`.
//
//   #include <mr/mr.h>
//
//   MR_JOB(wordcount, "Counts how often each word occurs.") {
//     job.map([](mr::Line line, mr::Emit<std::string_view, int64_t>& emit) {
//       for (auto word : mr::words(line)) emit(word, 1);
//     });
//     job.combine(mr::sum);
//     job.reduce(mr::sum);
//   }
//
// Everything is in headers and needs C++17 and the standard library alone. The guide is share/mr/docs/libmr.md of the
// installation.
#pragma once

#include "chain.h"
#include "codec.h"
#include "context.h"
#include "driver.h"
#include "emit.h"
#include "exact_sum.h"
#include "format.h"
#include "job.h"
#include "lib.h"
#include "lines.h"
#include "moments.h"
#include "operation.h"
#include "partition.h"
#include "plugin.h"
#include "random.h"
#include "stage.h"
#include "text.h"
#include "types.h"
#include "values.h"
#include "words.h"
