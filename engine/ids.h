#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace mrd::engine {

// Names in Hadoop's form. A job's is "job_<digits>_0001"; everything else repeats its middle.

inline std::string TaskId(std::string_view job_id, bool is_map, int number) {
  char tail[32];
  std::snprintf(tail, sizeof(tail), "_%c_%06d", is_map ? 'm' : 'r', number);
  return "task_" + std::string(job_id.substr(job_id.find('_') + 1)) + tail;
}

inline std::string AttemptId(std::string_view job_id, bool is_map, int number, int attempt) {
  return "attempt_" + TaskId(job_id, is_map, number).substr(5) + "_" + std::to_string(attempt);
}

// "part-r-00003"; `base` is "part" or a named output.
inline std::string PartName(std::string_view base, bool is_map, int number) {
  char tail[32];
  std::snprintf(tail, sizeof(tail), "-%c-%05d", is_map ? 'm' : 'r', number);
  return std::string(base) + tail;
}

// Depends on job name and task only, so that every attempt of a task draws the same numbers.
inline std::uint64_t TaskSeed(std::string_view job_name, bool is_map, int number) {
  std::uint64_t h = 0xCBF29CE484222325u;  // FNV-1a
  const auto mix = [&h](unsigned char c) { h = (h ^ c) * 0x100000001B3u; };
  for (const char c : job_name) mix(static_cast<unsigned char>(c));
  mix(is_map ? 'm' : 'r');
  for (int i = 0; i < 4; ++i) mix(static_cast<unsigned char>(number >> (8 * i)));
  return h;
}

}  // namespace mrd::engine
