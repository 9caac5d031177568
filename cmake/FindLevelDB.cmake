# Debian's LevelDB brings neither a CMake package nor a pkg-config file. Defines leveldb::leveldb.
find_path(LevelDB_INCLUDE_DIR leveldb/db.h)
find_library(LevelDB_LIBRARY leveldb)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LevelDB DEFAULT_MSG LevelDB_LIBRARY LevelDB_INCLUDE_DIR)
if(LevelDB_FOUND AND NOT TARGET leveldb::leveldb)
  add_library(leveldb::leveldb UNKNOWN IMPORTED)
  set_target_properties(leveldb::leveldb PROPERTIES IMPORTED_LOCATION ${LevelDB_LIBRARY}
                                                    INTERFACE_INCLUDE_DIRECTORIES ${LevelDB_INCLUDE_DIR})
endif()
