/* Gated recurrences over a batch of sequences, forward and backward, for training on a CPU.
 *
 * A step of a row is
 *
 *     a = N(inputs[t]),  u = N(W h[t - 1]),  gates of a + u
 *
 * where N is a layer normalization of each gate, or nothing (then u also has a bias). A call
 * computes all steps of some rows, so threads divide the rows of a batch among themselves. A row's
 * result does not depend on the other rows.
 *
 * Types: `real` is float or double. `io` is the type of inputs, outputs and their gradients, and of
 * the factors of a product: real, or bfloat16 with float sums.
 */
#ifndef S2S_RECURRENCE_H
#define S2S_RECURRENCE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define S2S_API __attribute__((visibility("default")))
#else
#define S2S_API
#endif

enum { S2S_RECURRENCE_VERSION = 1 };

enum { S2S_WIDTH_MULTIPLE = 16 }; /* hidden must be a multiple of it */

typedef struct {
    int32_t lstm;       /* LSTM, with 4 gates and a cell; else GRU, with 3 gates */
    int32_t normalized; /* with layer normalization */
    int32_t reverse;    /* from the last position of each row to the first */
    int32_t rows, steps, hidden;
    int32_t block;          /* rows that are computed together; a range of rows begins at a multiple */
    const int64_t *lengths; /* (rows), or NULL if all rows have `steps` positions */

    const void *inputs;      /* io (rows, steps, gates * hidden) */
    const void *start;       /* real (rows, hidden) */
    const void *start_cell;  /* real (rows, hidden), of an LSTM */
    const void *matrix;      /* packed W; for the backward pass, packed the other way */
    const void *input_scale; /* real (gates * hidden): of the normalization, also the next ones */
    const void *input_shift;
    const void *state_scale;
    const void *state_shift; /* real (gates * hidden): bias, without normalization */
    const void *cell_scale;  /* real (hidden): of the normalized cell of an LSTM */
    const void *cell_shift;

    void *outputs;  /* io (rows, steps, hidden); 0 at positions from a row's length on */
    void *products; /* io (rows, steps, gates * hidden): W h, for the backward pass, or NULL */
    void *cells;    /* real (rows, steps, hidden): cells of an LSTM */

    const void *output_gradient; /* io (rows, steps, hidden) */
    const void *cell_gradient;   /* real (rows, steps, hidden), of an LSTM, or NULL */
    void *input_gradient;        /* io (rows, steps, gates * hidden) */
    void *product_gradient;      /* io (rows, steps, gates * hidden) */
    void *start_gradient;        /* real (rows, hidden) */
    void *start_cell_gradient;   /* real (rows, hidden), of an LSTM */
    void *sums; /* real (blocks, 3 * gates * hidden + 2 * hidden), zeros at first: gradients of
                   input_scale, input_shift, state_scale or state_shift, cell_scale, cell_shift */
} s2s_recurrence;

/* Label-smoothed cross-entropy of rows of logits. */
typedef struct {
    int32_t rows, vocabulary;
    int32_t block;     /* rows of a call; the first one is a multiple of it */
    int32_t gradients; /* replace the logits by the gradient */
    double smoothing;  /* probability that is spread over the vocabulary */
    void *logits;      /* io (rows, vocabulary) */
    const int64_t *targets; /* (rows) */
    void *losses;      /* real (rows) */
    void *sums;        /* real (blocks, vocabulary), zeros at first: sums of the gradient */
} s2s_loss;

/* Scores of additive attention, for positions of N = `rows` sentences. All are real. */
typedef struct {
    int32_t rows, steps, sources, width; /* width must be a multiple of S2S_WIDTH_MULTIPLE */
    int32_t block;        /* rows of a call; the first one is a multiple of it */
    int32_t backward;     /* compute the gradients, with those of the scores in `scores` */
    const void *queries;  /* (rows, steps, width): exponentials */
    const void *keys;     /* (rows, sources, width): exponentials */
    const void *weight;   /* (width) */
    void *scores;         /* (rows, steps, sources) */
    void *query_gradient; /* (rows, steps, width) */
    void *key_gradient;   /* (rows, sources, width) */
    void *sums;           /* (blocks, width), zeros at first: gradient of the weight */
} s2s_attention;

typedef struct {
    /* Number of bytes of a packed matrix. */
    size_t (*packed_size)(size_t inputs, size_t outputs);
    /* Pack a matrix of real, (outputs, inputs), or (inputs, outputs) if `transposed`. */
    void (*pack)(const void *matrix, size_t inputs, size_t outputs, int transposed, void *packed);
    /* Compute the rows from `first` to before `last`, with scratch memory of the size given. */
    size_t (*scratch_size)(const s2s_recurrence *call);
    void (*forward)(const s2s_recurrence *call, int32_t first, int32_t last, void *scratch);
    void (*backward)(const s2s_recurrence *call, int32_t first, int32_t last, void *scratch);
    size_t (*loss_scratch_size)(const s2s_loss *call);
    void (*cross_entropy)(const s2s_loss *call, int32_t first, int32_t last, void *scratch);
    void (*attention)(const s2s_attention *call, int32_t first, int32_t last);
} s2s_recurrence_ops;

extern const s2s_recurrence_ops s2s_double_ops;
#if defined(__x86_64__) && defined(__GNUC__)
#define S2S_X86
extern const s2s_recurrence_ops s2s_avx2_float_ops, s2s_avx512_float_ops, s2s_avx512_bf16_ops;
#endif

#endif
