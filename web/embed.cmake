# Turns the files of this folder into a C++ source, each as it is and compressed: cmake -DOUTPUT= -DDIRECTORY= -DNAMES= -P this.
cmake_minimum_required(VERSION 3.25)
set(packed ${OUTPUT}.gz)

# Bytes in hex as the elements of an array.
function(literal hex out)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  set(${out} "${bytes}" PARENT_SCOPE)
endfunction()

set(data "")
set(table "")
set(number 0)
foreach(name IN LISTS NAMES)
  set(file ${DIRECTORY}/${name})
  if(name MATCHES "\\.html$")
    set(type "text/html; charset=utf-8")
  elseif(name MATCHES "\\.css$")
    set(type "text/css; charset=utf-8")
  elseif(name MATCHES "\\.js$")
    set(type "text/javascript; charset=utf-8")
  elseif(name MATCHES "\\.svg$")
    set(type "image/svg+xml")
  else()
    message(FATAL_ERROR "web/${name}: no content type is known for it")
  endif()
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 16 hash)
  file(READ ${file} plain HEX)
  file(ARCHIVE_CREATE OUTPUT ${packed} PATHS ${file} FORMAT raw COMPRESSION GZip)
  file(READ ${packed} gzip HEX)
  # The time of compression would make each build another: bytes 4 to 7 of the header.
  string(SUBSTRING "${gzip}" 0 8 gzip_start)
  string(SUBSTRING "${gzip}" 16 -1 gzip_rest)
  set(gzip "${gzip_start}00000000${gzip_rest}")
  literal("${plain}" plain_bytes)
  literal("${gzip}" gzip_bytes)
  string(APPEND data "constexpr unsigned char kPlain${number}[] = {${plain_bytes}};\n"
                     "constexpr unsigned char kGzip${number}[] = {${gzip_bytes}};\n")
  string(APPEND table "      {\"${name}\", \"${type}\", Text(kPlain${number}, sizeof kPlain${number}), "
                      "Text(kGzip${number}, sizeof kGzip${number}), \"\\\"${hash}\\\"\"},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(REMOVE ${packed})
file(WRITE ${OUTPUT}
"#include \"web/assets.h\"

namespace mrd::web {
namespace {

${data}
std::string_view Text(const unsigned char* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

}  // namespace

std::span<const http::Asset> Assets() {
  static const http::Asset kAll[] = {
${table}  };
  return kAll;
}

}  // namespace mrd::web
")
