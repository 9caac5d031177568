// expect: secondary_sort<N>() needs one field at least to group by
#include <mr/mr.h>

MR_JOB(wrong, "Grouping by nothing.") { job.secondary_sort<0>(); }
