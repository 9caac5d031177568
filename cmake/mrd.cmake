# How a target of ours is declared. One target per folder, sources listed by hand.
#
#   mrd_library(NAME base SRCS status.cc DEPS ... USES ...)
#     DEPS appear in our headers (PUBLIC); USES only in sources (PRIVATE). The alias is mrd::NAME.
#   mrd_test(NAME base_status SRCS status_test.cc USES mrd::base [LABELS unit])
#     A Catch2 program, registered with ctest as one test.

add_library(mrd_options INTERFACE)
target_compile_options(mrd_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow=local -Wnon-virtual-dtor
                                             -Werror)
target_include_directories(mrd_options INTERFACE ${CMAKE_SOURCE_DIR})
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overlapping copies in `"text" + std::string(...)` where there are none (GCC bug 105651).
  target_compile_options(mrd_options INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS MATCHES "fsanitize=")
  # Instrumented code makes g++ warn of uninitialised members inside the standard library; its manual says so.
  target_compile_options(mrd_options INTERFACE -Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS MATCHES "fsanitize=thread")
  target_compile_options(mrd_options INTERFACE -Wno-tsan)
endif()

function(mrd_library)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS;USES" ${ARGN})
  add_library(mrd_${ARG_NAME} STATIC ${ARG_SRCS})
  add_library(mrd::${ARG_NAME} ALIAS mrd_${ARG_NAME})
  target_link_libraries(mrd_${ARG_NAME} PUBLIC ${ARG_DEPS} PRIVATE mrd_options ${ARG_USES})
  target_include_directories(mrd_${ARG_NAME} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()

# All programs of tests: what a build that only runs tests needs.
add_custom_target(mrd_test_programs)

function(mrd_test)
  cmake_parse_arguments(ARG "" "NAME;TIMEOUT" "SRCS;USES;LABELS;ARGS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)  # generous: the sanitizers on a busy machine
  endif()
  add_executable(${ARG_NAME}_test ${ARG_SRCS})
  target_link_libraries(${ARG_NAME}_test PRIVATE mrd_options Catch2::Catch2WithMain ${ARG_USES})
  # Tests are compiled often and run for moments: what they test is optimised as ever.
  target_compile_options(${ARG_NAME}_test PRIVATE $<$<CONFIG:Release>:-O1>)
  add_dependencies(mrd_test_programs ${ARG_NAME}_test)
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME}_test ${ARG_ARGS})
  set_tests_properties(${ARG_NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
