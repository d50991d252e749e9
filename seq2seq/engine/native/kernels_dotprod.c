/* Kernels for AArch64 with its products of bytes (SDOT). */
#include "ops.h"

#if defined(S2S_DOTPROD)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#pragma GCC target("arch=armv8.2-a+dotprod")
#endif
#include "neon.h"

enum { GROUP = 4, QUARTERS = S2S_LANES / LANES, MOST_ROWS = 3, MOST_BLOCKS = 2 };

/* Add the products of four inputs of each row, the given ones of sixteen; `place` is a literal. */
#define ADD_GROUP(place)                                                                           \
    for (int i = 0; i < b; i++)                                                                    \
        for (int q = 0; q < QUARTERS; q++) {                                                       \
            int8x16_t weights = vld1q_s8(w + (size_t)i * block + 64 * (place) + 16 * q);           \
            for (int r = 0; r < n; r++)                                                            \
                total[r][QUARTERS * i + q] = vdotq_laneq_s32(total[r][QUARTERS * i + q], weights,  \
                                                             inputs[r], place);                    \
        }

/* Multiply `n` rows with `b` blocks of 16 outputs; both are constants where this is called. */
static inline __attribute__((always_inline)) void tile_int8(const s2s_linear *map, const quantized *x,
                                                            const float *absmax, float *y, int n,
                                                            int b, int32_t first) {
    int32x4_t total[MOST_ROWS][MOST_BLOCKS * QUARTERS];
    size_t in = (size_t)map->in, block = in * S2S_LANES;
    const int8_t *w = map->integers + (size_t)first * block;
    for (int r = 0; r < n; r++)
        for (int i = 0; i < b * QUARTERS; i++)
            total[r][i] = vdupq_n_s32(0);
    for (size_t k = 0; k < in; k += 16, w += 16 * S2S_LANES) {
        int8x16_t inputs[MOST_ROWS];
        for (int r = 0; r < n; r++)
            inputs[r] = vld1q_s8(x + (size_t)r * in + k);
        ADD_GROUP(0)
        ADD_GROUP(1)
        ADD_GROUP(2)
        ADD_GROUP(3)
    }
    S2S_UNROLL
    for (int i = 0; i < b * QUARTERS; i++) {
        int32_t o = first * S2S_LANES + i * LANES;
        for (int r = 0; r < n; r++)
            store_outputs(y + (size_t)r * (size_t)map->out + (size_t)o, total[r][i], absmax[r],
                          map->scale + o, map->bias + o);
    }
}

#define OPS s2s_dotprod_ops
#define NAME "neon-dotprod"
#include "forward.inc"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
