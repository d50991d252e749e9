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

int s2s_fits(int32_t version, size_t config, size_t search, size_t hypothesis) {
    return version == S2S_VERSION && config == sizeof(s2s_config) && search == sizeof(s2s_search) &&
           hypothesis == sizeof(s2s_hypothesis);
}

const char *s2s_kernels(void) { return s2s_ops_here()->name; }
