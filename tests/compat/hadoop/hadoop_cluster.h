#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/support/temporary_dir.h"

namespace mrd::test {

// Hadoop's namenode and datanodes in a process of their own, for the life of the object. See README.md and MiniHdfs.java.
class HadoopCluster {
 public:
  struct Settings {
    int datanodes = 3;
    std::vector<std::string> properties;  // "key=value"
  };
  // Takes seconds. Throws std::runtime_error when everything is there and Hadoop does not start all the same. With
  // available() false, reason() tells what is missing.
  explicit HadoopCluster(const Settings& settings);
  ~HadoopCluster();
  HadoopCluster(const HadoopCluster&) = delete;
  HadoopCluster& operator=(const HadoopCluster&) = delete;

  bool available() const { return port_ != 0; }
  const std::string& reason() const { return reason_; }
  std::uint16_t port() const { return port_; }

  // Sends one command and returns the answer without its "ok ". Throws std::runtime_error for "error ...".
  std::string Do(const std::string& command);

 private:
  std::string ReadLine();
  void End();

  const TemporaryDir directory_;
  pid_t process_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string unread_;
  std::uint16_t port_ = 0;
  std::string reason_;
};

}  // namespace mrd::test
