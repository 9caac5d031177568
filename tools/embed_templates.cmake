# Turns the files of the `mr new` template into a C++ source: cmake -DOUTPUT= -DDIRECTORY= -DNAMES= -P this.
set(text "#include \"tools/templates.h\"\n\nnamespace mrd::tools {\n\nstd::span<const Template> Templates() {\n")
string(APPEND text "  static constexpr Template kAll[] = {\n")
foreach(name IN LISTS NAMES)
  file(READ ${DIRECTORY}/${name}.in content)
  string(APPEND text "      {\"${name}\", R\"~~~~(${content})~~~~\"},\n")
endforeach()
string(APPEND text "  };\n  return kAll;\n}\n\n}  // namespace mrd::tools\n")
file(WRITE ${OUTPUT} "${text}")
