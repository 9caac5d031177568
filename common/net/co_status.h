#pragma once

#include "common/base/status.h"

// MRD_RETURN_IF_ERROR and MRD_ASSIGN_OR_RETURN for coroutines. The expression may contain co_await.

#ifndef MRD_CO_RETURN_IF_ERROR
#define MRD_CO_RETURN_IF_ERROR(expr)                           \
  do {                                                         \
    if (::mrd::Status mrd_status_ = (expr); !mrd_status_.ok()) \
      co_return mrd_status_;                                   \
  } while (false)

#define MRD_CO_ASSIGN_OR_RETURN(lhs, expr) MRD_CO_ASSIGN_OR_RETURN_INNER(MRD_CONCAT(mrd_result_, __LINE__), lhs, expr)
#define MRD_CO_ASSIGN_OR_RETURN_INNER(tmp, lhs, expr) \
  auto tmp = (expr);                                  \
  if (!tmp.ok()) co_return tmp.status();              \
  lhs = std::move(tmp).value()
#endif
