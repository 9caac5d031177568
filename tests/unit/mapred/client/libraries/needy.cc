// Needs another library.
extern "C" int helper_function();
extern "C" int needy_function() { return helper_function(); }
