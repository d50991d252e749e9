/* Choice of the kernels for a type, by the instructions that the processor has. */
#include <stdlib.h>

#include "recurrence.h"

#if defined(S2S_X86)
#include "../../engine/native/processor.h"
#endif

enum { S2S_FLOAT, S2S_BF16, S2S_DOUBLE };        /* types */
enum { S2S_FORWARD, S2S_BACKWARD, S2S_CROSS_ENTROPY, S2S_ATTENTION }; /* kinds of a call */

static const s2s_recurrence_ops *ops_of(int32_t type) {
    if (type == S2S_DOUBLE)
        return &s2s_double_ops;
#if defined(S2S_X86)
    if (type == S2S_BF16)
        return s2s_has_avx512_bf16() ? &s2s_avx512_bf16_ops : NULL;
    if (s2s_has_avx512())
        return &s2s_avx512_float_ops;
    if (s2s_has_avx2())
        return &s2s_avx2_float_ops;
#endif
    return NULL;
}

/* Whether a program of this version can use the library, and whether it has kernels for a type. */
S2S_API int s2s_kernels_fit(int32_t version, size_t recurrence, size_t loss, size_t attention,
                            int32_t type) {
    return version == S2S_RECURRENCE_VERSION && recurrence == sizeof(s2s_recurrence) &&
           loss == sizeof(s2s_loss) && attention == sizeof(s2s_attention) && ops_of(type);
}

/* Size of a packed matrix in bytes; 0 if it is unknown. */
S2S_API size_t s2s_packed_size(int32_t type, size_t inputs, size_t outputs) {
    return ops_of(type)->packed_size(inputs, outputs);
}

S2S_API void s2s_pack(int32_t type, const void *matrix, size_t inputs, size_t outputs,
                      int32_t transposed, void *packed) {
    ops_of(type)->pack(matrix, inputs, outputs, transposed, packed);
}

/* Start a function on some threads, and wait for all: GOMP_parallel of GCC's OpenMP. PyTorch's own is
 * passed, so that both use the same threads: those of another pool would find the cores taken by
 * threads that spin. */
typedef void (*s2s_parallel)(void (*work)(void *), void *job, unsigned threads, unsigned flags);

/* Ranges of rows that threads take one by one. */
typedef struct {
    int32_t kind;
    const s2s_recurrence_ops *ops;
    const void *call;
    int32_t blocks, block, rows, parts;
    int32_t next;
    size_t size;   /* of the scratch memory of a part */
    char *scratch; /* (parts, size) */
} s2s_job;

static size_t scratch_size(const s2s_job *job) {
    size_t size = 0;
    if (job->kind == S2S_FORWARD || job->kind == S2S_BACKWARD)
        size = job->ops->scratch_size(job->call);
    else if (job->kind == S2S_CROSS_ENTROPY)
        size = job->ops->loss_scratch_size(job->call);
    return (size + 63) / 64 * 64;
}

/* The first row of a part: parts consist of whole blocks. */
static int32_t beginning(const s2s_job *job, int32_t part) {
    int64_t row = (int64_t)job->blocks * part / job->parts * job->block;
    return row < job->rows ? (int32_t)row : job->rows;
}

static void take_parts(void *data) {
    s2s_job *job = data;
    for (;;) {
        int32_t part = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED);
        if (part >= job->parts)
            return;
        int32_t first = beginning(job, part), last = beginning(job, part + 1);
        void *scratch = job->scratch + (size_t)part * job->size;
        switch (job->kind) {
        case S2S_FORWARD: job->ops->forward(job->call, first, last, scratch); break;
        case S2S_BACKWARD: job->ops->backward(job->call, first, last, scratch); break;
        case S2S_CROSS_ENTROPY: job->ops->cross_entropy(job->call, first, last, scratch); break;
        default: job->ops->attention(job->call, first, last);
        }
    }
}

/* Compute all rows of a call on some threads, block by block; on one if there is no `parallel`.
 * Returns 0 if there is not enough memory. */
S2S_API int s2s_run(int32_t kind, int32_t type, const void *call, int32_t rows, int32_t block,
                    int32_t threads, s2s_parallel parallel) {
    int32_t blocks = (int32_t)(((int64_t)rows + block - 1) / block);
    s2s_job job = {.kind = kind, .ops = ops_of(type), .call = call, .blocks = blocks};
    job.block = block;
    job.rows = rows;
    job.parts = threads < blocks ? threads : blocks;
    if (job.parts <= 0)
        return 1;
    /* Here and not on each thread: only this one keeps freed memory for the next call. */
    job.size = scratch_size(&job);
    job.scratch = malloc(job.size * (size_t)job.parts + 1);
    if (!job.scratch)
        return 0;
    if (parallel && job.parts > 1)
        parallel(take_parts, &job, (unsigned)job.parts, 0);
    else
        take_parts(&job);
    free(job.scratch);
    return 1;
}
