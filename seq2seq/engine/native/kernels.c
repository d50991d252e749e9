/* Choice of kernels, once, when the library is loaded. */
#include <stdlib.h>
#include <string.h>

#include "ops.h"
#include "processor.h"

/* Whether the processor has the instructions that some kernels need */

#if defined(S2S_DOTPROD)
#if defined(__APPLE__)
static int has_dotprod(void) { return 1; }
#elif defined(__linux__)
#include <sys/auxv.h>

static int has_dotprod(void) {
    const unsigned long products = 1ul << 20; /* HWCAP_ASIMDDP, which old headers lack */
    return (getauxval(AT_HWCAP) & products) != 0;
}
#else
static int has_dotprod(void) { return 0; }
#endif
#endif

/* Choice */

#if defined(S2S_WASM)
static const s2s_ops *chosen = &s2s_wasm_ops;
#else
static const s2s_ops *chosen = &s2s_generic_ops;
#endif

#if defined(S2S_X86) || defined(S2S_ARM)
__attribute__((constructor)) static void choose(void) {
    const s2s_ops *usable[] = { /* the fastest first */
#if defined(S2S_X86)
        s2s_has_avx512() ? &s2s_avx512_ops : NULL,
        s2s_has_avx2() ? &s2s_avx2_ops : NULL,
#endif
#if defined(S2S_DOTPROD)
        has_dotprod() ? &s2s_dotprod_ops : NULL,
#endif
#if defined(S2S_ARM)
        &s2s_neon_ops,
#endif
        &s2s_generic_ops,
    };
    const char *wanted = getenv("SEQ2SEQ_KERNELS"); /* for tests: the name of those to use */
    for (size_t i = 0; i < sizeof usable / sizeof *usable; i++)
        if (usable[i] && (!wanted || strcmp(wanted, usable[i]->name) == 0)) {
            chosen = usable[i];
            return;
        }
}
#endif

const s2s_ops *s2s_ops_here(void) { return chosen; }

int s2s_fits(int32_t version, size_t config, size_t search, size_t hypothesis) {
    return version == S2S_VERSION && config == sizeof(s2s_config) && search == sizeof(s2s_search) &&
           hypothesis == sizeof(s2s_hypothesis);
}

const char *s2s_kernels(void) { return chosen->name; }
