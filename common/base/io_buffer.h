#pragma once

#include <vector>

#include <boost/align/aligned_allocator.hpp>

namespace mrd {

// Where readers of files put their data. Begins at a cache line, and so should each piece that is read into it: the
// kernel's copy out of the page cache takes two to three times as long to anywhere else on processors whose string
// moves work by lines (1 GiB by pieces of 1 MiB on an AMD EPYC: 0.07 s, and 0.15 to 0.20 s sixteen bytes off, which is
// where malloc() puts large blocks).
inline constexpr std::size_t kIoAlignment = 64;
using IoBuffer = std::vector<char, boost::alignment::aligned_allocator<char, kIoAlignment>>;

// The least offset in such a buffer at which `size` bytes may begin so that what follows them is aligned.
constexpr std::size_t IoPadding(std::size_t size) { return (kIoAlignment - size % kIoAlignment) % kIoAlignment; }

}  // namespace mrd
