# SOURCE must fail to compile, and the compiler must say what the first line of SOURCE expects.
file(STRINGS ${SOURCE} first_line LIMIT_COUNT 1)
string(REPLACE "// expect: " "" sentence "${first_line}")
execute_process(COMMAND ${COMPILER} -std=c++17 -fsyntax-only -I${INCLUDE} ${SOURCE}
                RESULT_VARIABLE status ERROR_VARIABLE errors)
if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, but should not")
endif()
string(FIND "${errors}" "${sentence}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "${SOURCE}: the compiler does not say '${sentence}' but:\n${errors}")
endif()
