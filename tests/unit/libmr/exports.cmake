# PLUGIN must define one dynamic symbol: the entry.
execute_process(COMMAND ${NM} -D --defined-only ${PLUGIN} OUTPUT_VARIABLE symbols RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${NM} failed on ${PLUGIN}")
endif()
string(STRIP "${symbols}" symbols)
if(NOT symbols MATCHES "^[0-9a-f]+ [TW] mr_plugin_entry$")
  message(FATAL_ERROR "expected mr_plugin_entry alone, got:\n${symbols}")
endif()
