/* Recurrences with products in bfloat16, for x86-64 with AVX-512 and its products of bfloat16. */
#include "recurrence.h"

#if defined(S2S_X86)
#if defined(__clang__)
#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"))),             \
    apply_to = function)
#define S2S_UNROLL _Pragma("clang loop unroll(full)")
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")
#define S2S_UNROLL
#endif
#include "avx512.inc"

typedef uint16_t io;
typedef uint16_t operand; /* pairs of inputs are adjacent, for each output of a panel */
enum { ROWS = 8, PANEL = 2 * LANES };

static inline vector load_io(const io *x) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)x));
    return (vector)_mm512_slli_epi32(wide, 16);
}

static inline void store_io(io *x, vector v) {
    _mm256_storeu_si256((__m256i *)x, (__m256i)_mm512_cvtneps_pbh((__m512)v));
}

static inline __attribute__((always_inline)) void tile_rows(const io *x, size_t inputs,
                                                            const operand *panel, real *y,
                                                            size_t stride, int rows) {
    __m512 sums[ROWS][2];
    for (int r = 0; r < rows; r++)
        sums[r][0] = sums[r][1] = _mm512_setzero_ps();
    for (size_t k = 0; k < inputs; k += 2, panel += 2 * PANEL) {
        __m512i first = _mm512_loadu_si512(panel), second = _mm512_loadu_si512(panel + PANEL);
        S2S_UNROLL
        for (int r = 0; r < rows; r++) {
            int32_t pair;
            memcpy(&pair, x + (size_t)r * inputs + k, sizeof pair);
            __m512bh factors = (__m512bh)_mm512_set1_epi32(pair);
            sums[r][0] = _mm512_dpbf16_ps(sums[r][0], factors, (__m512bh)first);
            sums[r][1] = _mm512_dpbf16_ps(sums[r][1], factors, (__m512bh)second);
        }
    }
    for (int r = 0; r < rows; r++) {
        _mm512_storeu_ps(y + (size_t)r * stride, sums[r][0]);
        _mm512_storeu_ps(y + (size_t)r * stride + LANES, sums[r][1]);
    }
}

/* 16 pairs of adjacent numbers of a row, in bfloat16. */
static inline __m512i pairs(const real *x) {
    return (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + LANES), _mm512_loadu_ps(x));
}

/* Pack 16 outputs for which the weights of all inputs are adjacent. */
static void pack_outputs(const real *rows, size_t inputs, operand *to) {
    for (size_t k = 0; k < inputs; k += 2 * LANES, to += 2 * LANES * PANEL) {
        __m512i block[LANES];
        size_t count = (inputs - k) / 2 < LANES ? (inputs - k) / 2 : LANES;
        for (size_t o = 0; o < LANES; o++) {
            real line[2 * LANES] = {0};
            memcpy(line, rows + o * inputs + k, 2 * count * sizeof *line);
            block[o] = pairs(line);
        }
        transpose(block);
        for (size_t pair = 0; pair < count; pair++)
            _mm512_storeu_si512(to + pair * 2 * PANEL, block[pair]);
    }
}

/* Pack 16 outputs for which the weights of an input are adjacent. */
static void pack_inputs(const real *columns, size_t inputs, size_t outputs, operand *to) {
    for (size_t k = 0; k < inputs; k += 2, to += 2 * PANEL) {
        __m512 first = _mm512_loadu_ps(columns + k * outputs);
        __m512 second = _mm512_loadu_ps(columns + (k + 1) * outputs);
        __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(first));
        __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(second));
        _mm512_storeu_si512(to, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
}

static void pack(const void *matrix, size_t inputs, size_t outputs, int transposed, void *packed) {
    const real *from = matrix;
    for (size_t o = 0; o < outputs; o += LANES) {
        operand *to = (operand *)packed + o / PANEL * PANEL * inputs + o % PANEL * 2;
        if (transposed)
            pack_inputs(from + o, inputs, outputs, to);
        else
            pack_outputs(from + o * inputs, inputs, to);
    }
}

#define OPS s2s_avx512_bf16_ops
#include "tile.inc"
#include "recurrence.inc"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
