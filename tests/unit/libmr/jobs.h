// Names used by the tests of whole jobs.
#pragma once

#include <mr/testing.h>

#include <string>

using mr::testing::Pairs;
