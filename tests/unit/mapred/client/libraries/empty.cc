// Libraries for the tests of what travels with a plugin; only their ELF headers matter.
extern "C" int LIBRARY_FUNCTION() { return 1; }
