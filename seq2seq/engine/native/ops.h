/* What depends on the processor: packing of weights, and the arithmetic of a model's steps. */
#ifndef S2S_OPS_H
#define S2S_OPS_H

#include "model.h"

/* Kernels that this compiler can make, besides the generic ones */
#if defined(__x86_64__) && defined(__GNUC__)
#define S2S_X86
#elif defined(__aarch64__) && defined(__GNUC__)
#define S2S_ARM
#if defined(__ARM_FEATURE_DOTPROD) || (defined(__clang__) ? __clang_major__ >= 16 : __GNUC__ >= 8)
#define S2S_DOTPROD
#endif
#elif defined(__wasm_simd128__)
#define S2S_WASM
#endif

/* Record of what a model computes, see record.c. */
typedef struct s2s_recorder s2s_recorder;

/* Unroll the loop that follows, so that the sums of a tile stay in registers; GCC does so by itself. */
#if defined(__clang__)
#define S2S_UNROLL _Pragma("clang loop unroll(full)")
#else
#define S2S_UNROLL
#endif

/* Source sentences of one call, in the order of their lengths, longest first. */
typedef struct {
    int32_t count;          /* sentences */
    int32_t positions;      /* tokens of all of them */
    const int32_t *lengths; /* (count), in tokens with the end token, at least 1 */
    const int32_t *starts;  /* (count) */
    const int32_t *ids;     /* (positions) */
    float *memory;          /* (positions, hidden) */
    float *keys;            /* (positions, width of the keys) */
    float *words;           /* (positions, embedding), for a lexical model */
    float *summary;         /* (count, hidden) */
    s2s_recorder *recorder; /* of the steps of the encoder's cells, or NULL */
} s2s_source;

/* State of the rows of a search. */
typedef struct {
    float *layers;   /* (decoder_layers * parts, rows, hidden) */
    float *features; /* (rows, features), of the last step */
    float *coverage; /* (rows, coverage_width), or NULL */
} s2s_state;

/* Rows of one decoder step and their results. */
typedef struct {
    int32_t rows;
    int32_t coverage_width;  /* padded length of the longest source */
    int32_t row_stride;      /* number of rows that the state has room for */
    const int32_t *tokens;   /* (rows), last tokens */
    const int32_t *sentence; /* (rows), index of the source of each row */
    const s2s_linear *outputs; /* output layer of each sentence, or NULL for that of the model */
    int32_t outputs_stride;  /* padded target_size */
    const int32_t *leader;     /* (rows), first row of each row's sentence */
    float *attention;        /* (rows, coverage_width) */
    float *logits;           /* (rows, padded target_size), or see s2s_row_logits */
    s2s_recorder *recorder;  /* of the steps of the decoder's cells, or NULL */
} s2s_rows;

/* Record a step of a cell at a source position or for a row: its gates, from the contributions x of
 * the input and u of the state, and the state after the step. */
void s2s_record_cell(s2s_recorder *recorder, const s2s_cell *cell, int32_t layer, int32_t backwards,
                     int32_t place, const float *x, const float *u, const float *h, const float *c);

/* Where the logits of a row begin. Those of a sentence's rows are adjacent: with an output layer of
 * its own, they lie as closely as it writes them. */
static inline size_t s2s_row_logits(const s2s_linear *own, int32_t row, int32_t leader,
                                    int32_t stride) {
    size_t first = (size_t)leader * (size_t)stride;
    return first + (size_t)(row - leader) * (size_t)(own ? own->out : stride);
}

/* A token that may continue a row, and its score. */
typedef struct {
    float score;
    int32_t row, token;
} s2s_candidate;

/* Tokens that are never chosen: padding, the start token, and this id and all after it. */
typedef struct {
    int32_t start, first;
} s2s_forbidden;

typedef struct {
    const char *name;
    int32_t group; /* number of adjacent weights of an output in packed int8 weights */

    /* Number of floats of scratch memory that the functions below need for these rows. */
    uint64_t (*scratch)(const s2s_model *model, int32_t rows, int32_t longest);

    /* Encode sources: fills memory, keys, words and summary. */
    void (*encode)(const s2s_model *model, s2s_source *source, float *scratch);

    /* First state of each sentence, as one row each. */
    void (*start)(const s2s_model *model, const s2s_source *source, s2s_state *state,
                  int32_t row_stride, float *scratch);

    /* Take a step: changes the state, fills attention and logits. */
    void (*step)(const s2s_model *model, const s2s_source *source, s2s_state *state,
                 const s2s_rows *rows, float *scratch);

    /* The `most` best tokens of a row of logits, in descending order; equal ones keep their order.
     * Returns their number. `total` is the logarithm of the sum of the exponentials of all. */
    int32_t (*best)(const float *logits, int32_t count, s2s_forbidden forbidden, int32_t most,
                    s2s_candidate *found, float *total);
} s2s_ops;

extern const s2s_ops s2s_generic_ops, s2s_avx2_ops, s2s_avx512_ops, s2s_neon_ops, s2s_dotprod_ops,
    s2s_wasm_ops;

/* The fastest operations that this processor has. */
const s2s_ops *s2s_ops_here(void);

#endif
