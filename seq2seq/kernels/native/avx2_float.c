/* Recurrences in single precision for x86-64 with AVX2 and FMA. */
#include "recurrence.h"

#if defined(S2S_X86)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define S2S_UNROLL _Pragma("clang loop unroll(full)")
#else
#pragma GCC target("avx2,fma")
#define S2S_UNROLL
#endif
#include <immintrin.h>
#include <math.h>

enum { LANES = 8 };
typedef float real;
typedef float io;

#define fma_(a, b, c) ((vector)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define max_(a, b) ((vector)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define min_(a, b) ((vector)_mm256_min_ps((__m256)(a), (__m256)(b)))
#include "../../engine/native/activations.inc"

#define load_io load
#define store_io store
#define reciprocal(x) (1 / (x))
#define LOWEST (-1e30f)
#define LOGARITHM logf
#define ROOT sqrtf
#define OPS s2s_avx2_float_ops
#include "panels.inc"
#include "tile.inc"
#include "recurrence.inc"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
