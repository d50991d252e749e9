/* Kernels for x86-64 with AVX-512 and its int8 products (VNNI). */
#include "ops.h"

#if defined(__x86_64__) && defined(__GNUC__)
#if defined(__clang__)
#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"))),             \
    apply_to = function)
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")
#endif
#include <immintrin.h>
#include <string.h>

enum { LANES = 16, GROUP = 4, OFFSET = 128, MOST_ROWS = 5, MOST_BLOCKS = 4 };
typedef uint8_t quantized;

#define fma_(a, b, c) ((vector)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define max_(a, b) ((vector)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define min_(a, b) ((vector)_mm512_min_ps((__m512)(a), (__m512)(b)))

#define any_above(v, x)                                                                            \
    (_mm512_cmp_ps_mask((__m512)(v), _mm512_set1_ps(x), _CMP_GT_OQ) != 0)

/* 1 / x: an estimate of 14 bits and one step of Newton's method. */
static inline __m512 newton(__m512 x) {
    __m512 r = _mm512_rcp14_ps(x);
    return _mm512_mul_ps(r, _mm512_fnmadd_ps(x, r, _mm512_set1_ps(2)));
}
#define reciprocal(x) ((vector)newton((__m512)(x)))

/* Add products of unsigned and signed bytes, four by four. As an intrinsic, GCC 12 copies and spills
 * the sums, which takes as long as the products. */
static inline __m512i add_products(__m512i sums, __m512i unsigned_bytes, __m512i signed_bytes) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(unsigned_bytes), "v"(signed_bytes));
    return sums;
}

/* Multiply `n` rows with `b` blocks of 16 outputs; both are constants where this is called. */
static inline __attribute__((always_inline)) void tile_int8(const s2s_linear *map, const quantized *x,
                                                            const float *absmax, float *y, int n,
                                                            int b, int32_t first) {
    __m512i total[MOST_ROWS][MOST_BLOCKS];
    size_t in = (size_t)map->in, block = in * S2S_LANES;
    const int8_t *w = map->integers + (size_t)first * block;
    for (int r = 0; r < n; r++)
        for (int i = 0; i < b; i++)
            total[r][i] = _mm512_setzero_si512();
    for (size_t k = 0; k < in; k += GROUP, w += GROUP * S2S_LANES) {
        __m512i weights[MOST_BLOCKS];
        for (int i = 0; i < b; i++)
            weights[i] = _mm512_loadu_si512(w + (size_t)i * block);
        S2S_UNROLL
        for (int r = 0; r < n; r++) {
            int32_t four;
            memcpy(&four, x + (size_t)r * in + k, sizeof four);
            __m512i inputs = _mm512_set1_epi32(four);
            for (int i = 0; i < b; i++)
                total[r][i] = add_products(total[r][i], inputs, weights[i]);
        }
    }
    for (int i = 0; i < b; i++) {
        int32_t o = (first + i) * S2S_LANES;
        __m512i correction = _mm512_loadu_si512(map->correction + o);
        __m512 scale = _mm512_loadu_ps(map->scale + o), bias = _mm512_loadu_ps(map->bias + o);
        for (int r = 0; r < n; r++) {
            __m512 sums = _mm512_cvtepi32_ps(_mm512_sub_epi32(total[r][i], correction));
            __m512 scaled = _mm512_mul_ps(sums, _mm512_set1_ps(absmax[r]));
            _mm512_storeu_ps(y + (size_t)r * (size_t)map->out + (size_t)o,
                             _mm512_fmadd_ps(scaled, scale, bias));
        }
    }
}

#define OPS s2s_avx512_ops
#define NAME "avx512-vnni"
#include "forward.inc"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
