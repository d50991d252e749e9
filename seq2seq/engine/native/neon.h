/* Vectors of four floats, for the kernels of AArch64. */
#ifndef S2S_NEON_H
#define S2S_NEON_H

#include <arm_neon.h>
#include <stdint.h>

enum { LANES = 4, OFFSET = 0 };
typedef int8_t quantized;

#define fma_(a, b, c) ((vector)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#define max_(a, b) ((vector)vmaxnmq_f32((float32x4_t)(a), (float32x4_t)(b)))
#define min_(a, b) ((vector)vminnmq_f32((float32x4_t)(a), (float32x4_t)(b)))
#define reciprocal(x) (1.0f / (x))
#define any_above(v, x) (vmaxvq_u32(vcgtq_f32((float32x4_t)(v), vdupq_n_f32(x))) != 0)

/* Write four outputs of a row: their sums of products, scaled, plus the bias. */
static inline void store_outputs(float *y, int32x4_t sums, float absmax, const float *scale,
                                 const float *bias) {
    float32x4_t scaled = vmulq_n_f32(vcvtq_f32_s32(sums), absmax);
    vst1q_f32(y, vfmaq_f32(vld1q_f32(bias), scaled, vld1q_f32(scale)));
}

#endif
