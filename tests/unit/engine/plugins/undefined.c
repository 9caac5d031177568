/* Needs a function that nobody has. */
#include "libmr/include/mr/abi.h"

int a_function_that_nobody_has(void);

__attribute__((visibility("default"))) const mr_plugin* mr_plugin_entry(uint32_t host_abi_version) {
  return a_function_that_nobody_has() == (int)host_abi_version ? 0 : (const mr_plugin*)1;
}
