/* Kernels for x86-64 with AVX2 and FMA. */
#include "ops.h"

#if defined(__x86_64__) && defined(__GNUC__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#pragma GCC target("avx2,fma")
#endif
#include <immintrin.h>
#include <string.h>

enum { LANES = 8, GROUP = 2, OFFSET = 0, MOST_ROWS = 4, MOST_BLOCKS = 1 };
typedef int16_t quantized;

#define fma_(a, b, c) ((vector)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define max_(a, b) ((vector)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define min_(a, b) ((vector)_mm256_min_ps((__m256)(a), (__m256)(b)))
#define reciprocal(x) (1.0f / (x))
#define any_above(v, x)                                                                            \
    (_mm256_movemask_ps(_mm256_cmp_ps((__m256)(v), _mm256_set1_ps(x), _CMP_GT_OQ)) != 0)

/* Add products, two by two. GCC 12 writes the sums to memory each time, unless it is told that they are
 * in registers; this takes as long as the products. */
static inline __m256i add_products(__m256i sums, __m256i weights, __m256i inputs) {
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(weights, inputs));
    __asm__("" : "+x"(sums));
    return sums;
}

/* Multiply `n` rows with `b` blocks of 16 outputs; both are constants where this is called. */
static inline __attribute__((always_inline)) void tile_int8(const s2s_linear *map, const quantized *x,
                                                            const float *absmax, float *y, int n,
                                                            int b, int32_t first) {
    enum { HALVES = S2S_LANES / LANES };
    __m256i total[MOST_ROWS][HALVES];
    size_t in = (size_t)map->in;
    const int8_t *w = map->integers + (size_t)first * in * S2S_LANES;
    for (int r = 0; r < n; r++)
        for (int half = 0; half < HALVES; half++)
            total[r][half] = _mm256_setzero_si256();
    for (size_t k = 0; k < in; k += GROUP, w += GROUP * S2S_LANES) {
        __m256i low = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)w));
        __m256i high = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + 16)));
        for (int r = 0; r < n; r++) {
            int32_t two;
            memcpy(&two, x + (size_t)r * in + k, sizeof two);
            __m256i inputs = _mm256_set1_epi32(two);
            total[r][0] = add_products(total[r][0], low, inputs);
            total[r][1] = add_products(total[r][1], high, inputs);
        }
    }
    for (int half = 0; half < HALVES * b; half++) {
        int32_t o = first * S2S_LANES + half * LANES;
        __m256 scale = _mm256_loadu_ps(map->scale + o), bias = _mm256_loadu_ps(map->bias + o);
        for (int r = 0; r < n; r++) {
            __m256 scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(total[r][half]),
                                          _mm256_set1_ps(absmax[r]));
            _mm256_storeu_ps(y + (size_t)r * (size_t)map->out + (size_t)o,
                             _mm256_fmadd_ps(scaled, scale, bias));
        }
    }
}

#define OPS s2s_avx2_ops
#define NAME "avx2"
#include "forward.inc"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
