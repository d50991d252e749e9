#include "model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"
#include "tensors.h"

enum { MAX_WIDTH = 1 << 15, MAX_VOCABULARY = 1 << 22, MAX_NAME = 96 };

/* Widest table of projected inputs that PyTorch makes in float32 for a quantized decoder. */
static const int64_t MAX_TABLE = 1 << 24;

/* A model that is being read. Nothing is read after the first error. */
typedef struct {
    s2s_model *model;
    s2s_tensors tensors;
    size_t used; /* number of tensors */
    char *error;
    size_t error_size;
    int failed;
} loader;

/* Equal parts of a width, such as gates or heads: each is padded by itself. */
typedef struct {
    int32_t count, size;
} parts;

/* A width of up to two kinds of parts, such as a state beside a context. */
typedef struct {
    parts first, second;
} layout;

static layout plain(int32_t width) { return (layout){{1, width}, {0, 0}}; }

static layout repeated(int32_t count, int32_t size) { return (layout){{count, size}, {0, 0}}; }

static layout joined(int32_t width, int32_t other) { return (layout){{1, width}, {1, other}}; }

static int32_t real_width(layout l) {
    return l.first.count * l.first.size + l.second.count * l.second.size;
}

static int32_t padded_width(layout l) {
    return l.first.count * s2s_padded(l.first.size) + l.second.count * s2s_padded(l.second.size);
}

/* Where a value of the file goes in the padded width. */
static int32_t place(layout l, int32_t index) {
    parts p = l.first;
    int32_t before = 0;
    if (index >= p.count * p.size) {
        index -= p.count * p.size;
        before = p.count * s2s_padded(p.size);
        p = l.second;
    }
    return before + index / p.size * s2s_padded(p.size) + index % p.size;
}

static void fail(loader *l, const char *format, ...) {
    if (l->failed)
        return;
    l->failed = 1;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(l->error, l->error_size, format, arguments);
    va_end(arguments);
}

void *s2s_keep(s2s_model *model, uint64_t count, size_t size) {
    if (count > (SIZE_MAX - 256) / size)
        return NULL;
    if (model->block_count == model->block_room) {
        size_t room = model->block_room ? 2 * model->block_room : 64;
        void **blocks = realloc(model->blocks, room * sizeof *blocks);
        if (!blocks)
            return NULL;
        model->blocks = blocks;
        model->block_room = room;
    }
    unsigned char *block = calloc((size_t)count * size + 64, 1);
    if (!block)
        return NULL;
    model->blocks[model->block_count++] = block;
    return block + (64 - (uintptr_t)block % 64);
}

static void *keep(loader *l, uint64_t count, size_t size) {
    void *block = l->failed ? NULL : s2s_keep(l->model, count, size);
    if (!block)
        fail(l, "there is not enough memory");
    return block;
}

static int is_finite(const s2s_tensor *t) {
    uint32_t infinite = 0;
    for (size_t i = 0; t->dtype == S2S_F32 && i < t->size; i += 4) {
        uint32_t bits;
        memcpy(&bits, t->data + i, 4);
        infinite |= (bits & 0x7f800000) == 0x7f800000;
    }
    return !infinite;
}

/* Return a tensor of a shape, with `columns` 0 for a vector. */
static const s2s_tensor *tensor(loader *l, const char *name, int32_t rows, int32_t columns) {
    if (l->failed)
        return NULL;
    const s2s_tensor *found = s2s_tensors_find(&l->tensors, name);
    if (!found) {
        fail(l, "it lacks %s", name);
        return NULL;
    }
    int dims = columns ? 2 : 1;
    if (found->dims != dims || found->shape[0] != rows || (dims == 2 && found->shape[1] != columns))
        fail(l, "%s does not have the shape that config.yaml asks for", name);
    else if (found->dtype == S2S_OTHER || (dims == 1 && found->dtype != S2S_F32))
        fail(l, "%s has a type that cannot be read", name);
    else if (!is_finite(found))
        fail(l, "%s has a value that is not a finite number", name);
    l->used++;
    return l->failed ? NULL : found;
}

static float float_at(const s2s_tensor *t, size_t index) {
    float value;
    memcpy(&value, t->data + 4 * index, 4);
    return value;
}

/* A matrix of the file. */
typedef struct {
    const s2s_tensor *values;
    const s2s_tensor *absmax; /* of each row, if the values are int8; else NULL */
    int32_t rows, columns;
} matrix;

static matrix read_matrix(loader *l, const char *name, int32_t rows, int32_t columns) {
    char of_scales[MAX_NAME + 16];
    matrix m = {tensor(l, name, rows, columns), NULL, rows, columns};
    if (l->failed || m.values->dtype == S2S_F32)
        return m;
    snprintf(of_scales, sizeof of_scales, "%s.absmax", name);
    m.absmax = tensor(l, of_scales, rows, 0);
    return m;
}

static float matrix_at(const matrix *m, int32_t row, int32_t column) {
    size_t index = (size_t)row * (size_t)m->columns + (size_t)column;
    if (!m->absmax)
        return float_at(m->values, index);
    double absmax = float_at(m->absmax, (size_t)row);
    return (float)((double)(int8_t)m->values->data[index] * (absmax / 127));
}

/* Round a row of a matrix to int8 as PyTorch's path does; return its largest absolute value. */
static float round_row(const matrix *m, int32_t row, int8_t *integers) {
    size_t start = (size_t)row * (size_t)m->columns;
    if (m->absmax) {
        memcpy(integers, m->values->data + start, (size_t)m->columns);
        return float_at(m->absmax, (size_t)row);
    }
    float absmax = 1e-30f;
    for (int32_t i = 0; i < m->columns; i++)
        absmax = fmaxf(absmax, fabsf(float_at(m->values, start + (size_t)i)));
    float step = absmax / 127;
    for (int32_t i = 0; i < m->columns; i++)
        integers[i] = (int8_t)rintf(float_at(m->values, start + (size_t)i) / step);
    return absmax;
}

/* Read a vector into a padded one. */
static float *read_vector(loader *l, const char *name, layout out) {
    const s2s_tensor *t = tensor(l, name, real_width(out), 0);
    float *vector = keep(l, (size_t)padded_width(out), sizeof *vector);
    for (int32_t i = 0; !l->failed && i < real_width(out); i++)
        vector[place(out, i)] = float_at(t, (size_t)i);
    return vector;
}

/* Read a matrix of (gates, width), such as the gains of layer normalization. */
static float *read_gates(loader *l, const char *name, int32_t gates, int32_t width) {
    const s2s_tensor *t = tensor(l, name, gates, width);
    layout out = repeated(gates, width);
    float *vector = keep(l, (size_t)padded_width(out), sizeof *vector);
    if (!l->failed && t->dtype != S2S_F32)
        fail(l, "%s has a type that cannot be read", name);
    for (int32_t i = 0; !l->failed && i < gates * width; i++)
        vector[place(out, i)] = float_at(t, (size_t)i);
    return vector;
}

/* Read the single row of a matrix, such as the weights of additive attention. */
static float *read_row(loader *l, const char *name, int32_t width, int is_column) {
    matrix m = is_column ? read_matrix(l, name, width, 1) : read_matrix(l, name, 1, width);
    float *vector = keep(l, (size_t)s2s_padded(width), sizeof *vector);
    for (int32_t i = 0; !l->failed && i < width; i++)
        vector[i] = is_column ? matrix_at(&m, i, 0) : matrix_at(&m, 0, i);
    return vector;
}

/* Pack a matrix in int8: blocks of outputs, in which each output has `group` adjacent weights. */
static void pack_integers(loader *l, s2s_linear *map, const matrix *m, layout out, layout in) {
    int32_t group = s2s_ops_here()->group;
    map->integers = keep(l, (uint64_t)map->out * (uint64_t)map->in, 1);
    map->scale = keep(l, (size_t)map->out, sizeof *map->scale);
    map->correction = keep(l, (size_t)map->out, sizeof *map->correction);
    int8_t *row = malloc((size_t)m->columns);
    size_t *offsets = malloc((size_t)m->columns * sizeof *offsets); /* of the inputs in a block */
    if (!row || !offsets)
        fail(l, "there is not enough memory");
    for (int32_t c = 0; !l->failed && c < m->columns; c++) {
        int32_t i = place(in, c);
        offsets[c] = (size_t)(i / group * group) * S2S_LANES + (size_t)(i % group);
    }
    for (int32_t r = 0; !l->failed && r < m->rows; r++) {
        int32_t o = place(out, r), sum = 0;
        float absmax = round_row(m, r, row);
        map->scale[o] = absmax / 127 / 127;
        size_t block = (size_t)(o / S2S_LANES) * (size_t)map->in * S2S_LANES;
        int8_t *to = map->integers + block + (size_t)(o % S2S_LANES * group);
        for (int32_t c = 0; c < m->columns; c++) {
            to[offsets[c]] = row[c];
            sum += row[c];
        }
        map->correction[o] = 128 * sum;
    }
    free(row);
    free(offsets);
}

/* Pack a matrix in float32: blocks of outputs, each by inputs. */
static void pack_floats(loader *l, s2s_linear *map, const matrix *m, layout out, layout in) {
    map->weights = keep(l, (uint64_t)map->out * (uint64_t)map->in, sizeof *map->weights);
    for (int32_t r = 0; !l->failed && r < m->rows; r++) {
        int32_t o = place(out, r);
        for (int32_t c = 0; c < m->columns; c++) {
            size_t block = (size_t)(o / S2S_LANES) * (size_t)map->in + (size_t)place(in, c);
            map->weights[block * S2S_LANES + (size_t)(o % S2S_LANES)] = matrix_at(m, r, c);
        }
    }
}

/* Read a linear map. `bias` is the name of its bias, or NULL. */
static void read_linear(loader *l, s2s_linear *map, const char *weight, const char *bias,
                        layout out, layout in, int int8) {
    map->in = padded_width(in);
    map->out = padded_width(out);
    matrix m = read_matrix(l, weight, real_width(out), real_width(in));
    if (l->failed)
        return;
    if (int8 && m.rows > 1 && m.columns > 1)
        pack_integers(l, map, &m, out, in);
    else
        pack_floats(l, map, &m, out, in);
    map->bias = bias ? read_vector(l, bias, out) : keep(l, (size_t)map->out, sizeof *map->bias);
}

static void read_embedding(loader *l, s2s_embedding *embedding, const char *name, int32_t rows) {
    int32_t width = l->model->config.embedding_size;
    matrix m = read_matrix(l, name, rows, width);
    embedding->rows = rows;
    embedding->width = s2s_padded(width);
    embedding->factor = l->model->config.scale_embeddings ? sqrtf((float)width) : 1;
    uint64_t count = (uint64_t)rows * (uint64_t)embedding->width;
    if (l->failed)
        return;
    if (m.absmax) {
        embedding->integers = keep(l, count, 1);
        embedding->absmax = keep(l, (size_t)rows, sizeof *embedding->absmax);
    } else {
        embedding->weights = keep(l, count, sizeof *embedding->weights);
    }
    for (int32_t r = 0; !l->failed && r < rows; r++) {
        size_t start = (size_t)r * (size_t)embedding->width;
        if (m.absmax)
            embedding->absmax[r] = round_row(&m, r, embedding->integers + start);
        for (int32_t c = 0; !m.absmax && c < width; c++)
            embedding->weights[start + (size_t)c] = matrix_at(&m, r, c);
    }
}

/* Names of a cell's weights. */
typedef struct {
    char text[MAX_NAME];
} name;

static name named(const char *prefix, int32_t index, const char *rest) {
    name n;
    snprintf(n.text, sizeof n.text, "%s.%d.%s", prefix, (int)index, rest);
    return n;
}

static int is_normalized(int32_t cell) { return cell == S2S_LN_GRU || cell == S2S_LN_LSTM; }

static int32_t gates_of(int32_t cell) {
    static const int32_t gates[] = {1, 1, 3, 4, 3, 4, 2};
    return gates[cell];
}

static void read_normalized(loader *l, s2s_cell *c, const char *prefix, int32_t i, layout out,
                            layout in, int int8_input, int int8) {
    int32_t gates = l->model->gates, width = c->real;
    read_linear(l, &c->input, named(prefix, i, "input.weight").text, NULL, out, in, int8_input);
    read_linear(l, &c->recurrent, named(prefix, i, "recurrent.weight").text, NULL, out,
                plain(width), int8);
    c->input_gain = read_gates(l, named(prefix, i, "input_norm.weight").text, gates, width);
    c->input_shift = read_gates(l, named(prefix, i, "input_norm.bias").text, gates, width);
    c->recurrent_gain = read_gates(l, named(prefix, i, "recurrent_norm.weight").text, gates, width);
    if (l->model->config.cell == S2S_LN_LSTM) {
        c->cell_gain = read_gates(l, named(prefix, i, "cell_norm.weight").text, 1, width);
        c->cell_shift = read_gates(l, named(prefix, i, "cell_norm.bias").text, 1, width);
    }
}

/* Read a cell. In PyTorch's int8 path, an encoder's cell is int8 only if it runs in a loop. */
static void read_cell(loader *l, s2s_cell *c, const char *prefix, int32_t i, layout in,
                      int32_t width, int int8_input, int int8) {
    layout out = repeated(l->model->gates, width);
    c->real = width;
    c->width = s2s_padded(width);
    if (is_normalized(l->model->config.cell)) {
        read_normalized(l, c, prefix, i, out, in, int8_input, int8);
    } else if (l->model->config.cell == S2S_SSRU) {
        read_linear(l, &c->input, named(prefix, i, "input.weight").text,
                    named(prefix, i, "input.bias").text, out, in, int8_input);
    } else {
        read_linear(l, &c->input, named(prefix, i, "rnn.weight_ih_l0").text,
                    named(prefix, i, "rnn.bias_ih_l0").text, out, in, int8_input);
        read_linear(l, &c->recurrent, named(prefix, i, "rnn.weight_hh_l0").text,
                    named(prefix, i, "rnn.bias_hh_l0").text, out, plain(width), int8);
    }
}

static void read_encoder(loader *l) {
    s2s_model *m = l->model;
    const s2s_config *c = &m->config;
    int32_t width = c->bidirectional ? c->hidden_size / 2 : c->hidden_size;
    int int8 = c->int8 && is_normalized(c->cell);
    for (int32_t i = 0; i < c->encoder_layers; i++) {
        layout in = plain(i ? c->hidden_size : c->embedding_size);
        read_cell(l, &m->forward[i], "encoder.forward_cells", i, in, width, int8, int8);
        if (c->bidirectional)
            read_cell(l, &m->backward[i], "encoder.backward_cells", i, in, width, int8, int8);
    }
}

static void read_attention(loader *l) {
    s2s_model *m = l->model;
    const s2s_config *c = &m->config;
    layout hidden = plain(c->hidden_size);
    if (c->attention == S2S_BAHDANAU) {
        read_linear(l, &m->query, "decoder.attention.query.weight", "decoder.attention.query.bias",
                    hidden, hidden, c->int8);
        read_linear(l, &m->key, "decoder.attention.key.weight", NULL, hidden, hidden, c->int8);
        m->energy = read_row(l, "decoder.attention.energy.weight", c->hidden_size, 0);
        for (int32_t i = 0; !l->failed && i < m->hidden; i++)
            m->energy_sum += m->energy[i];
        if (c->coverage)
            m->covered = read_row(l, "decoder.attention.covered.weight", c->hidden_size, 1);
    } else if (c->attention == S2S_LUONG_GENERAL) {
        read_linear(l, &m->key, "decoder.attention.key.weight", NULL, hidden, hidden, c->int8);
    } else if (c->attention == S2S_MULTI_HEAD) {
        int32_t heads = c->attention_heads, size = c->hidden_size / heads;
        read_linear(l, &m->query, "decoder.attention.query.weight", "decoder.attention.query.bias",
                    repeated(heads, size), hidden, c->int8);
        read_linear(l, &m->key, "decoder.attention.key_value.weight",
                    "decoder.attention.key_value.bias", repeated(2 * heads, size), hidden, c->int8);
        read_linear(l, &m->mixed, "decoder.attention.output.weight",
                    "decoder.attention.output.bias", hidden, repeated(heads, size), c->int8);
    }
}

static layout decoder_input(const s2s_config *c, int32_t layer) {
    int32_t context = c->attention == S2S_NO_ATTENTION ? 0 : c->hidden_size;
    if (c->decoder_order == S2S_FUSED)
        return layer ? joined(c->hidden_size, context) : plain(c->embedding_size);
    if (layer)
        return plain(c->hidden_size);
    return joined(c->embedding_size,
                  c->decoder_order == S2S_INPUT_FEEDING ? c->readout_size : context);
}

/* PyTorch tabulates the first layer's inputs in float32, from the weights before rounding. */
static int tabulated(const s2s_config *c, int stored_int8) {
    int64_t entries = (int64_t)c->target_size * gates_of(c->cell) * c->hidden_size;
    return c->decoder_order == S2S_FUSED && !stored_int8 && entries <= MAX_TABLE;
}

static void read_decoder(loader *l) {
    s2s_model *m = l->model;
    const s2s_config *c = &m->config;
    int32_t context = c->attention == S2S_NO_ATTENTION ? 0 : c->hidden_size;
    layout hidden = plain(c->hidden_size), features = plain(c->readout_size);
    read_linear(l, &m->bridge, "decoder.bridge.weight", "decoder.bridge.bias",
                repeated(c->decoder_layers * m->parts, c->hidden_size), hidden, c->int8);
    for (int32_t i = 0; i < c->decoder_layers; i++) {
        int int8_input = c->int8 && (i || !tabulated(c, m->target.integers != NULL));
        read_cell(l, &m->decoder[i], "decoder.cells", i, decoder_input(c, i), c->hidden_size,
                  int8_input, c->int8);
    }
    read_attention(l);
    read_linear(l, &m->readout, "decoder.readout.weight", "decoder.readout.bias", features,
                joined(c->hidden_size, context), c->int8);
    if (c->lexical_model) {
        read_linear(l, &m->lexical, "decoder.lexical_model.map.weight",
                    "decoder.lexical_model.map.bias", features, features, c->int8);
        m->lexical_scale = sqrtf((float)c->readout_size) / m->source.factor;
    }
}

static void read_embeddings(loader *l) {
    s2s_model *m = l->model;
    const s2s_config *c = &m->config;
    const char *of_target = "decoder.embedding.weight", *of_output = "output.weight";
    read_embedding(l, &m->target, of_target, c->target_size);
    if (c->weight_tying == S2S_THREE_WAY)
        m->source = m->target;
    else
        read_embedding(l, &m->source, "encoder.embedding.weight", c->source_size);
    size_t used = l->used;
    read_linear(l, &m->output, c->weight_tying == S2S_NOT_TIED ? of_output : of_target,
                "output.bias", plain(c->target_size), plain(c->readout_size), c->int8);
    if (c->weight_tying != S2S_NOT_TIED)
        l->used = used + 1; /* only the bias is new */
}

static int between(int32_t value, int32_t least, int32_t most) {
    return value >= least && value <= most;
}

/* Check an architecture before anything is read; return the reason if it is refused. */
static const char *refused(const s2s_config *c) {
    int32_t embedding = c->embedding_size, hidden = c->hidden_size;
    if (!between(c->cell, 0, S2S_SSRU) || !between(c->attention, 0, S2S_MULTI_HEAD) ||
        !between(c->decoder_order, 0, S2S_BAHDANAU_ORDER) ||
        !between(c->weight_tying, 0, S2S_THREE_WAY))
        return "the configuration names an unknown part";
    if (!between(embedding, 1, MAX_WIDTH) || !between(hidden, 1, MAX_WIDTH) ||
        !between(c->readout_size, 1, MAX_WIDTH) || !between(c->encoder_layers, 1, S2S_MAX_LAYERS) ||
        !between(c->decoder_layers, 1, S2S_MAX_LAYERS) ||
        !between(c->source_size, 1, MAX_VOCABULARY) || !between(c->target_size, 1, MAX_VOCABULARY))
        return "the configuration has a size that is out of range";
    if ((c->bidirectional && hidden % 2) ||
        (c->attention == S2S_MULTI_HEAD &&
         (!between(c->attention_heads, 1, hidden) || hidden % c->attention_heads)) ||
        (c->weight_tying != S2S_NOT_TIED && c->readout_size != embedding) ||
        (c->weight_tying == S2S_THREE_WAY && c->source_size != c->target_size) ||
        (c->lexical_model && (c->attention == S2S_NO_ATTENTION || c->readout_size != embedding)) ||
        (c->coverage && c->attention != S2S_BAHDANAU))
        return "the settings of the configuration do not fit together";
    return NULL;
}

static void read_model(loader *l) {
    s2s_model *m = l->model;
    const s2s_config *c = &m->config;
    m->gates = gates_of(c->cell);
    m->parts = c->cell == S2S_LSTM || c->cell == S2S_LN_LSTM ? 2 : 1;
    m->hidden = s2s_padded(c->hidden_size);
    m->embedding = s2s_padded(c->embedding_size);
    m->features = s2s_padded(c->readout_size);
    m->context = c->attention == S2S_NO_ATTENTION ? 0 : m->hidden;
    read_embeddings(l);
    read_encoder(l);
    read_decoder(l);
    if (!l->failed && l->used != l->tensors.count)
        fail(l, "it holds weights that config.yaml does not have");
}

s2s_model *s2s_open(const s2s_config *config, const void *file, size_t size, char *error,
                    size_t error_size) {
    loader l = {NULL, {NULL, 0}, 0, error, error_size, 0};
    const char *reason = refused(config);
    if (!reason)
        reason = s2s_tensors_read(&l.tensors, file, size);
    if (reason)
        fail(&l, "%s", reason);
    if (!l.failed && !(l.model = calloc(1, sizeof *l.model)))
        fail(&l, "there is not enough memory");
    if (!l.failed) {
        l.model->config = *config;
        read_model(&l);
    }
    s2s_tensors_free(&l.tensors);
    if (l.failed) {
        s2s_close(l.model);
        return NULL;
    }
    return l.model;
}

void s2s_close(s2s_model *model) {
    if (!model)
        return;
    for (size_t i = 0; i < model->block_count; i++)
        free(model->blocks[i]);
    free(model->blocks);
    free(model);
}
