/* A plugin with one job that does nothing. What is wrong with it, if anything, is said when it is compiled. */
#include "libmr/include/mr/abi.h"

#ifndef TABLE_ABI
#define TABLE_ABI MR_ABI_VERSION
#endif
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(mr_plugin)
#endif
#ifndef TABLE_JOBS
#define TABLE_JOBS 1
#endif

static int32_t configure(mr_job* job) {
  (void)job;
  return MR_OK;
}

static const mr_job_entry kNothing = {sizeof(mr_job_entry), "nothing", "Does nothing.", configure, 0, 0, 0};
static const mr_job_entry* const kJobs[] = {&kNothing};
static const mr_plugin kPlugin = {TABLE_SIZE, TABLE_ABI, "sdk of a test", "test", TABLE_JOBS, (void*)kJobs};

__attribute__((visibility("default"))) const mr_plugin* mr_plugin_entry(uint32_t host_abi_version) {
  (void)host_abi_version;
#ifdef TABLE_ABSENT
  return 0;
#else
  return &kPlugin;
#endif
}
