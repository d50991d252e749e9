/* Check that the int8 products of some kernels are exact. KERNELS is their source file; the scale is 1,
 * so that each output is a sum, which float32 holds exactly. */
#include <stdio.h>
#include <stdlib.h>

#include KERNELS

enum { ROWS = 9, MOST_IN = 80, MOST_OUT = 112 };

/* The steps of cells refer to the rest of the library; products do not take any. */
void s2s_record_cell(s2s_recorder *recorder, const s2s_cell *cell, int32_t layer, int32_t backwards,
                     int32_t place, const float *x, const float *u, const float *h, const float *c) {
    (void)recorder, (void)cell, (void)layer, (void)backwards, (void)place;
    (void)x, (void)u, (void)h, (void)c;
    abort();
}

static int32_t random_byte(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (int32_t)(*state >> 24) - 128;
}

/* Fill in the product of random rows, or of the largest ones, by kernels and by definition. */
static int differs(int32_t rows, int32_t in, int32_t out, int largest) {
    static int8_t packed[MOST_OUT * MOST_IN];
    static int32_t plain[MOST_OUT][MOST_IN], inputs[ROWS][MOST_IN], correction[MOST_OUT];
    static quantized rounded[ROWS * MOST_IN];
    static float scale[MOST_OUT], bias[MOST_OUT], absmax[ROWS], y[ROWS * MOST_OUT];
    uint32_t state = (uint32_t)(rows * 10000 + in * 100 + out);
    s2s_linear map = {.in = in, .out = out, .integers = packed, .scale = scale, .bias = bias,
                      .correction = correction};
    for (int32_t o = 0; o < out; o++) {
        int32_t sum = 0;
        for (int32_t i = 0; i < in; i++) {
            int32_t block = o / S2S_LANES * in + i / GROUP * GROUP;
            int32_t weight = largest ? -128 : random_byte(&state);
            plain[o][i] = weight;
            packed[block * S2S_LANES + o % S2S_LANES * GROUP + i % GROUP] = (int8_t)weight;
            sum += weight;
        }
        correction[o] = 128 * sum;
        scale[o] = 1;
    }
    for (int32_t r = 0; r < rows; r++) {
        absmax[r] = 1;
        for (int32_t i = 0; i < in; i++) {
            int32_t input = random_byte(&state);
            input = largest || input == -128 ? -127 : input;
            inputs[r][i] = input;
            rounded[r * in + i] = (quantized)(input + OFFSET);
        }
    }
    multiply_int8(&map, rounded, absmax, y, rows);
    for (int32_t r = 0; r < rows; r++)
        for (int32_t o = 0; o < out; o++) {
            int32_t sum = 0;
            for (int32_t i = 0; i < in; i++)
                sum += inputs[r][i] * plain[o][i];
            if (y[r * out + o] != (float)sum)
                return 1;
        }
    return 0;
}

int main(void) {
    int count = 0;
    for (int32_t rows = 1; rows <= ROWS; rows++)
        for (int32_t in = 16; in <= MOST_IN; in += 32)
            for (int32_t out = 16; out <= MOST_OUT; out += 16)
                for (int largest = 0; largest <= 1; largest++, count++)
                    if (differs(rows, in, out, largest)) {
                        printf("%d rows, %d inputs, %d outputs\n", (int)rows, (int)in, (int)out);
                        return 1;
                    }
    printf("%d products of %s\n", count, OPS.name);
    return 0;
}
