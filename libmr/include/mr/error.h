// What the SDK throws, and what it does with what a stage throws.
#pragma once

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <typeinfo>

namespace mr {

// The base of everything that the SDK throws. Throw it, or any std::exception, from a stage to fail the attempt.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Bytes that are no encoding of the type that was to be read from them.
class CodecError : public Error {
 public:
  using Error::Error;
};

// Text that does not read as the type asked for.
class ParseError : public Error {
 public:
  using Error::Error;
};

// A round that a driver asked for did not end well.
class JobFailed : public Error {
 public:
  using Error::Error;
};

namespace detail {

// Thrown to leave a stage after the host has said that the attempt is over. Deliberately no std::exception, so that
// a stage's own catch clauses let it pass.
struct Unwind {};

inline std::string demangle(const char* name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string result = status == 0 && text != nullptr ? text : name;
  std::free(text);
  return result;
}

// "type: what" of the exception being handled. Call in a catch clause only.
inline std::string describe_exception() {
  try {
    throw;
  } catch (const Error& error) {
    return error.what();
  } catch (const std::exception& error) {
    return demangle(typeid(error).name()) + ": " + error.what();
  } catch (const char* text) {
    return text;
  } catch (const std::string& text) {
    return text;
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return "exception of type " + (type == nullptr ? std::string("unknown") : demangle(type->name()));
  }
}

inline bool unlikely(bool condition) { return __builtin_expect(condition, false); }

template <class...>
inline constexpr bool always_false = false;

}  // namespace detail
}  // namespace mr
