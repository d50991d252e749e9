/* Kernels for any AArch64. */
#include "ops.h"

#if defined(S2S_ARM)
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif
#include <string.h>

#include "neon.h"

enum { GROUP = 2, QUARTERS = S2S_LANES / LANES, MOST_ROWS = 4, MOST_BLOCKS = 1 };

/* Two adjacent inputs, eight times. */
static inline int8x16_t repeat_pair(const quantized *x) {
    int16_t pair;
    memcpy(&pair, x, sizeof pair);
    return vreinterpretq_s8_s16(vdupq_n_s16(pair));
}

/* Multiply `n` rows with `b` blocks of 16 outputs; both are constants where this is called. The sum of
 * two products of bytes fits in 16 bits: 2 * 128 * 127 is below 2^15. */
static inline __attribute__((always_inline)) void tile_int8(const s2s_linear *map, const quantized *x,
                                                            const float *absmax, float *y, int n,
                                                            int b, int32_t first) {
    int32x4_t total[MOST_ROWS][QUARTERS];
    size_t in = (size_t)map->in;
    const int8_t *w = map->integers + (size_t)first * in * S2S_LANES;
    for (int r = 0; r < n; r++)
        for (int q = 0; q < QUARTERS; q++)
            total[r][q] = vdupq_n_s32(0);
    for (size_t k = 0; k < in; k += 2 * GROUP, w += 2 * GROUP * S2S_LANES)
        for (int half = 0; half < 2; half++) {
            int8x16_t one = vld1q_s8(w + 16 * half), two = vld1q_s8(w + 32 + 16 * half);
            for (int r = 0; r < n; r++) {
                const quantized *from = x + (size_t)r * in + k;
                int8x16_t these = repeat_pair(from), next = repeat_pair(from + GROUP);
                int16x8_t low = vmull_s8(vget_low_s8(one), vget_low_s8(these));
                int16x8_t high = vmull_high_s8(one, these);
                low = vmlal_s8(low, vget_low_s8(two), vget_low_s8(next));
                high = vmlal_high_s8(high, two, next);
                total[r][2 * half] = vpadalq_s16(total[r][2 * half], low);
                total[r][2 * half + 1] = vpadalq_s16(total[r][2 * half + 1], high);
            }
        }
    for (int q = 0; q < QUARTERS * b; q++) {
        int32_t o = first * S2S_LANES + q * LANES;
        for (int r = 0; r < n; r++)
            store_outputs(y + (size_t)r * (size_t)map->out + (size_t)o, total[r][q], absmax[r],
                          map->scale + o, map->bias + o);
    }
}

#define OPS s2s_neon_ops
#define NAME "neon"
#include "forward.inc"
#endif
