/* Recurrences in single precision for x86-64 with AVX-512. */
#include "recurrence.h"

#if defined(S2S_X86)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), \
                             apply_to = function)
#define S2S_UNROLL _Pragma("clang loop unroll(full)")
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#define S2S_UNROLL
#endif
#include "avx512.inc"

typedef float io;
#define load_io load
#define store_io store
#define OPS s2s_avx512_float_ops
#include "panels.inc"
#include "tile.inc"
#include "recurrence.inc"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
