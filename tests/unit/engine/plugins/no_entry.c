/* A shared library like any other. */
__attribute__((visibility("default"))) int an_entry_of_another_kind(void) { return 1; }
