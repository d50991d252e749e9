/* Kernels for WebAssembly with its vectors of 128 bits. */
#include "ops.h"

#if defined(S2S_WASM)
#pragma STDC FP_CONTRACT OFF
#include <wasm_simd128.h>

enum { LANES = 4, GROUP = 2, OFFSET = 0, MOST_ROWS = 2, MOST_BLOCKS = 1 };
typedef int16_t quantized;

#define fma_(a, b, c) ((a) * (b) + (c))
#define max_(a, b) ((vector)wasm_f32x4_pmax((v128_t)(b), (v128_t)(a)))
#define min_(a, b) ((vector)wasm_f32x4_pmin((v128_t)(b), (v128_t)(a)))
#define reciprocal(x) (1.0f / (x))
#define any_above(v, x) wasm_v128_any_true(wasm_f32x4_gt((v128_t)(v), wasm_f32x4_splat(x)))

/* Multiply `n` rows with `b` blocks of 16 outputs; both are constants where this is called. More than
 * two rows at once need more registers than x86-64 has, and are no faster. */
static inline __attribute__((always_inline)) void tile_int8(const s2s_linear *map, const quantized *x,
                                                            const float *absmax, float *y, int n,
                                                            int b, int32_t first) {
    enum { QUARTERS = S2S_LANES / LANES };
    v128_t total[MOST_ROWS][QUARTERS], inputs[MOST_ROWS];
    size_t in = (size_t)map->in;
    const int8_t *w = map->integers + (size_t)first * in * S2S_LANES;
    for (int r = 0; r < n; r++)
        for (int q = 0; q < QUARTERS; q++)
            total[r][q] = wasm_i32x4_splat(0);
    for (size_t k = 0; k < in; k += GROUP, w += GROUP * S2S_LANES) {
        for (int r = 0; r < n; r++)
            inputs[r] = wasm_v128_load32_splat(x + (size_t)r * in + k);
        for (int q = 0; q < QUARTERS; q++) {
            v128_t weights = wasm_i16x8_load8x8(w + 8 * q);
            for (int r = 0; r < n; r++)
                total[r][q] = wasm_i32x4_add(total[r][q], wasm_i32x4_dot_i16x8(weights, inputs[r]));
        }
    }
    for (int q = 0; q < QUARTERS * b; q++) {
        int32_t o = first * S2S_LANES + q * LANES;
        v128_t scale = wasm_v128_load(map->scale + o), bias = wasm_v128_load(map->bias + o);
        for (int r = 0; r < n; r++) {
            v128_t scaled = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(total[r][q]),
                                           wasm_f32x4_splat(absmax[r]));
            wasm_v128_store(y + (size_t)r * (size_t)map->out + (size_t)o,
                            wasm_f32x4_add(wasm_f32x4_mul(scaled, scale), bias));
        }
    }
}

#define OPS s2s_wasm_ops
#define NAME "wasm-simd"
#include "forward.inc"
#endif
