/* Kernels for any processor, with vectors of four floats. */
#include <stdint.h>
#include <string.h>

#include "ops.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

enum { LANES = 4, GROUP = 1, OFFSET = 0, MOST_ROWS = 2, MOST_BLOCKS = 1 };
typedef int16_t quantized;
typedef float quad __attribute__((vector_size(16), aligned(4)));
typedef int32_t quad_integers __attribute__((vector_size(16), aligned(4)));

typedef int8_t bytes __attribute__((vector_size(8)));
typedef int16_t products __attribute__((vector_size(16)));
typedef int32_t wide_sums __attribute__((vector_size(32)));

static inline quad fma_(quad a, quad b, quad c) { return a * b + c; }
static inline quad pick(quad_integers mask, quad yes, quad no) {
    return (quad)((mask & (quad_integers)yes) | (~mask & (quad_integers)no));
}
static inline quad max_(quad a, quad b) { return pick(a > b, a, b); }
static inline quad min_(quad a, quad b) { return pick(a < b, a, b); }
static inline int any_above(quad v, float x) {
    return v[0] > x || v[1] > x || v[2] > x || v[3] > x;
}
static inline quad reciprocal(quad x) { return 1.0f / x; }

static inline products widened(const int8_t *w) {
    bytes eight;
    memcpy(&eight, w, sizeof eight);
    return __builtin_convertvector(eight, products);
}

/* Multiply `n` rows with `b` blocks of 16 outputs; both are constants where this is called. The sum of
 * two products of bytes fits in 16 bits: 2 * 128 * 127 is below 2^15. */
static inline __attribute__((always_inline)) void tile_int8(const s2s_linear *map, const quantized *x,
                                                            const float *absmax, float *y, int n,
                                                            int b, int32_t first) {
    wide_sums total[MOST_ROWS][2];
    size_t in = (size_t)map->in;
    const int8_t *w = map->integers + (size_t)first * in * S2S_LANES;
    for (int r = 0; r < n; r++)
        total[r][0] = total[r][1] = (wide_sums){0};
    for (size_t k = 0; k < in; k += 2, w += 2 * S2S_LANES)
        for (int half = 0; half < 2; half++) {
            products one = widened(w + 8 * half), two = widened(w + S2S_LANES + 8 * half);
            for (int r = 0; r < n; r++) {
                const quantized *from = x + (size_t)r * in + k;
                products both = one * from[0] + two * from[1];
                total[r][half] += __builtin_convertvector(both, wide_sums);
            }
        }
    for (int r = 0; r < n; r++)
        for (int j = 0; j < S2S_LANES * b; j++) {
            int32_t o = first * S2S_LANES + j;
            float scaled = (float)total[r][j / 8][j % 8] * absmax[r];
            y[(size_t)r * (size_t)map->out + (size_t)o] = map->bias[o] + scaled * map->scale[o];
        }
}

#define OPS s2s_generic_ops
#define NAME "generic"
#include "forward.inc"
