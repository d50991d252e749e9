/* Instructions that the processor has and the operating system allows. */
#ifndef S2S_PROCESSOR_H
#define S2S_PROCESSOR_H

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>

static inline int s2s_has_bits(unsigned value, unsigned bits) { return (value & bits) == bits; }

/* Read the registers that the operating system saves, and the features of the processor. They are
 * asked for here because __builtin_cpu_supports always says no if zig compiles it. */
static inline int s2s_read_features(unsigned *saved, unsigned *b, unsigned *c) {
    unsigned unused, basic;
    if (!__get_cpuid(1, &unused, &unused, &basic, &unused) ||
        !s2s_has_bits(basic, bit_OSXSAVE | bit_AVX | bit_FMA) ||
        !__get_cpuid_count(7, 0, &unused, b, c, &unused))
        return 0;
    __asm__("xgetbv" : "=a"(*saved), "=d"(unused) : "c"(0));
    return 1;
}

static inline int s2s_has_avx2(void) {
    unsigned saved, b, c;
    return s2s_read_features(&saved, &b, &c) && s2s_has_bits(saved, 0x6) && s2s_has_bits(b, bit_AVX2);
}

static inline int s2s_has_avx512(void) {
    unsigned saved, b, c;
    return s2s_read_features(&saved, &b, &c) && s2s_has_bits(saved, 0xe6) &&
           s2s_has_bits(b, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL) &&
           s2s_has_bits(c, bit_AVX512VNNI);
}

static inline int s2s_has_avx512_bf16(void) {
    unsigned a, b, c, d;
    return s2s_has_avx512() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && s2s_has_bits(a, 1u << 5);
}

#endif
#endif
