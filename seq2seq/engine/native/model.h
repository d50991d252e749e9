/* A model in memory: its weights, packed as the kernels of this processor want them. */
#ifndef S2S_MODEL_H
#define S2S_MODEL_H

#include "s2s.h"

enum {
    S2S_LANES = 16,     /* widths are padded with zeros to a multiple of this */
    S2S_MAX_LAYERS = 32 /* of the encoder and of the decoder */
};

static inline int32_t s2s_padded(int32_t width) {
    return (width + S2S_LANES - 1) / S2S_LANES * S2S_LANES;
}

/* A linear map. Inputs and outputs are padded; the padding of the outputs is 0. */
typedef struct {
    int32_t in, out;     /* padded widths */
    int8_t *integers;    /* packed int8 weights, or NULL */
    float *weights;      /* packed float32 weights, or NULL */
    float *scale;        /* scale of each output, for int8 weights */
    float *bias;         /* (out) */
    int32_t *correction; /* 128 times the sum of each output's integers */
} s2s_linear;

/* An embedding: rows of int8 with a scale, or of float32. Widths are padded. */
typedef struct {
    int32_t rows, width;
    int8_t *integers; /* (rows, width), or NULL */
    float *absmax;    /* (rows), largest absolute value of a row */
    float *weights;   /* (rows, width), or NULL */
    float factor;
} s2s_embedding;

typedef struct {
    int32_t width; /* padded width of the state */
    int32_t real;  /* width without padding */
    s2s_linear input, recurrent;
    float *input_gain, *input_shift, *recurrent_gain; /* of layer normalization, (gates, width) */
    float *cell_gain, *cell_shift;                    /* (width) */
} s2s_cell;

struct s2s_model {
    s2s_config config;
    int32_t gates, parts; /* of a cell: gates, and vectors of its state */
    int32_t hidden, embedding, features, context; /* padded widths */
    s2s_embedding source, target;                 /* may share their memory */
    s2s_cell forward[S2S_MAX_LAYERS], backward[S2S_MAX_LAYERS], decoder[S2S_MAX_LAYERS];
    s2s_linear bridge, readout, lexical, output;
    float lexical_scale;
    s2s_linear query, key, mixed; /* of attention; `key` of multi-head also has the values */
    float *energy, energy_sum;    /* weights v of additive attention, (hidden) */
    float *covered;               /* weights of the coverage, (hidden) */
    void **blocks;                /* all memory of the model */
    size_t block_count, block_room;
};

/* Memory for `count` values, zeroed and aligned, which the model frees; NULL if there is none. */
void *s2s_keep(s2s_model *model, uint64_t count, size_t size);

#endif
