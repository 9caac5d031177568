#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace mrd::test {

// A real jobtracker as a process of its own, on free ports of the loopback address and in a directory of its own; nothing
// of the user's configuration plays a part. One at a time in a directory, started again as often as one likes.
class JobtrackerProcess {
 public:
  // `directory` exists and is ours. `settings` are key=value.
  JobtrackerProcess(std::string directory, std::vector<std::string> settings);
  ~JobtrackerProcess();  // kills it
  JobtrackerProcess(const JobtrackerProcess&) = delete;
  JobtrackerProcess& operator=(const JobtrackerProcess&) = delete;

  // Returns when it serves. False: it ended, or takes too long; log() says why.
  bool Start();
  void Kill();      // SIGKILL, and waits
  int Terminate();  // SIGTERM, and waits; the exit code, or minus the signal
  int Wait();       // for it to end by itself
  std::uint16_t port() const { return port_; }
  std::uint16_t http_port() const { return http_port_; }
  std::string log() const;
  std::string FileText(const std::string& name) const;  // of its directory; "" when absent
  const std::string& directory() const { return directory_; }

 private:
  bool ReadPorts();

  const std::string directory_;
  const std::vector<std::string> settings_;
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t http_port_ = 0;
};

}  // namespace mrd::test
