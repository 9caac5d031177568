# mr_add_plugin(NAME SOURCES…) builds NAME.so, a plugin for `mr jar`: no lib prefix, one exported symbol, optimised and
# with debugging information unless the build type says otherwise.

function(mr_add_plugin name)
  if(NOT ARGN)
    message(FATAL_ERROR "mr_add_plugin(${name}) needs sources: mr_add_plugin(${name} ${name}.cc)")
  endif()
  set(symbols "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/mr_plugin.map")
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE mr::mr)
  set_target_properties(${name} PROPERTIES
    PREFIX ""
    SUFFIX ".so"
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON
    LINK_DEPENDS "${symbols}")
  target_link_options(${name} PRIVATE "LINKER:--version-script=${symbols}")
  target_compile_options(${name} PRIVATE -g $<$<CONFIG:>:-O2>)
endfunction()
