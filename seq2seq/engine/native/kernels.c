/* Choice of kernels. */
#include <stdlib.h>
#include <string.h>

#include "ops.h"

const s2s_ops *s2s_ops_here(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    const char *limit = getenv("SEQ2SEQ_KERNELS"); /* for tests: the fastest ones that may be used */
    __builtin_cpu_init();
    int vnni = __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (vnni && !limit)
        return &s2s_avx512_ops;
    if (avx2 && !(limit && strcmp(limit, "generic") == 0))
        return &s2s_avx2_ops;
#endif
    return &s2s_generic_ops;
}

const char *s2s_kernels(void) { return s2s_ops_here()->name; }
