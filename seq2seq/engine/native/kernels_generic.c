/* Kernels for any processor, with vectors of four floats. */
#include <stdint.h>

#include "ops.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

enum { LANES = 4, GROUP = 2, OFFSET = 0, MOST_ROWS = 4, MOST_BLOCKS = 1 };
typedef int16_t quantized;
typedef float quad __attribute__((vector_size(16), aligned(4)));
typedef int32_t quad_integers __attribute__((vector_size(16), aligned(4)));

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

/* Multiply `n` rows with `b` blocks of 16 outputs. */
static inline void tile_int8(const s2s_linear *map, const quantized *x, const float *absmax, float *y,
                             int n, int b, int32_t first) {
    size_t in = (size_t)map->in;
    int32_t o = first * S2S_LANES;
    for (int r = 0; r < n * b; r++) {
        const int8_t *w = map->integers + (size_t)o * in;
        const quantized *from = x + (size_t)r * in;
        int32_t total[S2S_LANES] = {0};
        for (size_t k = 0; k < in; k += GROUP, w += GROUP * S2S_LANES)
            for (int j = 0; j < S2S_LANES; j++)
                total[j] += w[2 * j] * from[k] + w[2 * j + 1] * from[k + 1];
        float *to = y + (size_t)r * (size_t)map->out + (size_t)o;
        for (int j = 0; j < S2S_LANES; j++)
            to[j] = map->bias[o + j] + (float)total[j] * absmax[r] * map->scale[o + j];
    }
}

#define OPS s2s_generic_ops
#define NAME "generic"
#include "forward.inc"
