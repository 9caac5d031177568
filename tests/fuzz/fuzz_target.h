#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// What a fuzz target defines. The entry is libFuzzer's, so that a target can also be linked with that; in our suite it
// is linked with driver.cc.

// Feeds the bytes to a decoder and checks what must always hold with MRD_CHECK. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// Good inputs to start from: small ones that reach every part of the decoder.
std::vector<std::string> FuzzSeeds();
