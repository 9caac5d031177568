# The prefix that a user gets. It can be moved: nothing in it knows where it lies.
#   bin/mr                     every command; dfs, hadoop, hdfs and mapred are names of it
#   bin/namenode, bin/datanode, bin/jobtracker, bin/tasktracker the daemons
#   bin/mr-worker              runs attempts, beside the tasktracker that starts it
#   include/mr, lib/cmake/mr, lib/pkgconfig/mr.pc   the SDK (installed by libmr)
#   lib/mr/examples/*.so       built afterwards from examples/ against the installed SDK alone
#   etc/mr                     site files, and the defaults to read
#   sbin                       starting and stopping the daemons of many hosts
#   share/mr                   samples, documents, units for systemd
include(GNUInstallDirs)

foreach(program mr namenode datanode jobtracker tasktracker mr-worker)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION bin)
  endif()
endforeach()
install(CODE [[
  foreach(name dfs hadoop hdfs mapred)
    file(CREATE_LINK mr "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/bin/${name}" SYMBOLIC)
  endforeach()]])

# The defaults are there to be read; the site files beside them are the user's. A site file that is there is kept when a
# newer version is installed over it.
install(DIRECTORY conf/ DESTINATION etc/mr FILES_MATCHING PATTERN "*-default.xml")
install(CODE [[
  foreach(name core hdfs mapred)
    set(site "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/etc/mr/${name}-site.xml")
    if(NOT EXISTS "${site}")
      file(WRITE "${site}" "<?xml version=\"1.0\"?>
<!-- Settings of this installation; ${name}-default.xml lists the keys.
     <property><name>KEY</name><value>VALUE</value></property> -->
<configuration>
</configuration>
")
    endif()
  endforeach()]])

install(PROGRAMS scripts/start-dfs.sh scripts/stop-dfs.sh scripts/start-mapred.sh scripts/stop-mapred.sh
  scripts/start-all.sh scripts/stop-all.sh scripts/mr-daemon.sh DESTINATION sbin)
install(FILES scripts/dfs-hosts.sh DESTINATION sbin)
install(DIRECTORY conf/systemd DESTINATION share/mr)

# Folders that a checkout may not have yet are no error.
install(DIRECTORY docs/ DESTINATION share/mr/docs OPTIONAL FILES_MATCHING PATTERN "*.md")
install(DIRECTORY samples DESTINATION share/mr OPTIONAL)
install(FILES libmr/README.md DESTINATION share/mr/docs OPTIONAL RENAME libmr.md)
install(FILES README.md LICENSE DESTINATION share/mr OPTIONAL)
