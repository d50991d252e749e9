/* One call of a search: its arguments, its sources and the state of its rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search.h"

int s2s_fail(char *error, size_t size, const char *reason) {
    snprintf(error, size, "%s", reason);
    return -1;
}

void *s2s_zeros(size_t count, size_t size) {
    return calloc(count ? count : 1, size);
}

/* Memory for floats that are written before they are read: scratch of many megabytes is not cleared. */
static float *unset(uint64_t count) {
    if (count > SIZE_MAX / sizeof(float))
        return NULL;
    return malloc(count ? (size_t)count * sizeof(float) : 1);
}

/* Check the arguments that come from outside. */
const char *s2s_refused(int32_t count, const int32_t *ids, const int32_t *starts,
                           int32_t size) {
    if (count < 0 || starts[0] != 0)
        return "the sentences are numbered wrongly";
    for (int32_t n = 0; n < count; n++)
        if (starts[n + 1] <= starts[n] || starts[n + 1] > S2S_MAX_POSITIONS)
            return "a sentence is empty, or there are too many tokens";
    for (int32_t p = 0; p < starts[count]; p++)
        if (ids[p] < 0 || ids[p] >= size)
            return "an id is not in the vocabulary";
    return NULL;
}

static void free_linear(s2s_linear *map) {
    free(map->integers);
    free(map->weights);
    free(map->scale);
    free(map->bias);
    free(map->correction);
}

void s2s_close_call(s2s_call *c) {
    for (int32_t n = 0; c->own_outputs && n < c->source.count; n++)
        free_linear(&c->own_outputs[n]);
    void *blocks[] = {c->order,           c->lengths,        c->starts,         c->ids,
                      c->source.memory,   c->source.keys,    c->source.words,   c->source.summary,
                      c->state.layers,    c->state.features, c->state.coverage, c->spare.layers,
                      c->spare.features,  c->spare.coverage, c->attention,      c->logits,
                      c->scratch,         c->tokens,         c->sentence,       c->leader,
                      c->history,
                      c->full,            c->listed,         c->own_outputs};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
}

/* A sentence and its place in the caller's order. */
typedef struct {
    int32_t length, place;
} sized;

static int by_length(const void *a, const void *b) {
    const sized *first = a, *second = b;
    if (first->length != second->length)
        return first->length > second->length ? -1 : 1;
    return first->place < second->place ? -1 : 1;
}

/* Put the sentences in order, longest first; equal ones stay in the caller's order. Returns 0 if
 * there is not enough memory. */
static int sort_sentences(s2s_call *c, int32_t count, const int32_t *ids, const int32_t *starts) {
    sized *sorted = s2s_zeros((size_t)count, sizeof *sorted);
    if (!sorted)
        return 0;
    for (int32_t n = 0; n < count; n++)
        sorted[n] = (sized){starts[n + 1] - starts[n], n};
    qsort(sorted, (size_t)count, sizeof *sorted, by_length);
    for (int32_t n = 0, at = 0; n < count; at += c->lengths[n++]) {
        c->lengths[n] = sorted[n].length;
        c->order[n] = sorted[n].place;
        c->starts[n] = at;
        memcpy(c->ids + at, ids + starts[c->order[n]], (size_t)c->lengths[n] * sizeof *ids);
    }
    free(sorted);
    return 1;
}

/* The part of a linear map that has some of its outputs. */
static int gather_outputs(const s2s_linear *map, const int32_t *ids, int32_t count, int32_t group,
                          s2s_linear *part) {
    size_t in = (size_t)map->in, size = map->integers ? 1 : sizeof(float);
    size_t unit = map->integers ? (size_t)group : 1;
    part->in = map->in;
    part->out = s2s_padded(count);
    size_t out = (size_t)part->out;
    part->bias = s2s_zeros(out, sizeof *part->bias);
    part->scale = map->integers ? s2s_zeros(out, sizeof *part->scale) : NULL;
    part->correction = map->integers ? s2s_zeros(out, sizeof *part->correction) : NULL;
    char *to = s2s_zeros(out * in, size);
    const char *from = map->integers ? (const char *)map->integers : (const char *)map->weights;
    part->integers = map->integers ? (int8_t *)to : NULL;
    part->weights = map->integers ? NULL : (float *)to;
    if (!to || !part->bias || (map->integers && (!part->scale || !part->correction)))
        return 0;
    for (int32_t o = 0; o < count; o++) {
        size_t old = (size_t)ids[o], bytes = unit * size;
        size_t place = old / S2S_LANES * in * S2S_LANES + old % S2S_LANES * unit;
        const char *source = from + place * size;
        size_t new = (size_t)o;
        char *target = to + (new / S2S_LANES * in * S2S_LANES + new % S2S_LANES * unit) * size;
        for (size_t i = 0; i < in; i += unit)
            memcpy(target + i * S2S_LANES * size, source + i * S2S_LANES * size, bytes);
        part->bias[o] = map->bias[old];
        if (map->integers) {
            part->scale[o] = map->scale[old];
            part->correction[o] = map->correction[old];
        }
    }
    return 1;
}

int s2s_use_candidates(s2s_call *c, const s2s_ids *candidates) {
    int32_t count = c->source.count, most = 0;
    if (!candidates->count)
        return 1;
    c->candidates = candidates;
    c->own_outputs = s2s_zeros((size_t)count, sizeof *c->own_outputs);
    int done = c->own_outputs != NULL;
    for (int32_t n = 0; done && n < count; n++) {
        int32_t first = candidates->starts[c->order[n]];
        int32_t own = candidates->starts[c->order[n] + 1] - first;
        most = own > most ? own : most;
        done = gather_outputs(&c->model->output, candidates->ids + first, own, c->ops->group,
                              &c->own_outputs[n]);
    }
    c->full = s2s_zeros((size_t)c->outputs, sizeof(float));
    c->listed = s2s_zeros((size_t)most + 1, sizeof(float));
    return done && c->full && c->listed;
}

static int open_state(const s2s_model *m, s2s_state *state, size_t rows, size_t wide) {
    size_t parts = (size_t)(m->config.decoder_layers * m->parts);
    state->layers = s2s_zeros(parts * rows * (size_t)m->hidden, sizeof(float));
    state->features = s2s_zeros(rows * (size_t)m->features, sizeof(float));
    state->coverage = m->config.coverage ? s2s_zeros(rows * wide, sizeof(float)) : NULL;
    return state->layers && state->features && (state->coverage || !m->config.coverage);
}

int s2s_open_call(s2s_call *c, const s2s_model *m, int32_t count, const int32_t *ids,
                     const int32_t *starts, int32_t width) {
    size_t n = (size_t)count, positions = (size_t)starts[count], rows = n * (size_t)width;
    memset(c, 0, sizeof *c);
    c->model = m;
    c->ops = s2s_ops_here();
    c->stride = count * width;
    c->outputs = m->output.out;
    c->order = s2s_zeros(n, sizeof(int32_t));
    c->lengths = s2s_zeros(n, sizeof(int32_t));
    c->starts = s2s_zeros(n, sizeof(int32_t));
    c->ids = s2s_zeros(positions, sizeof(int32_t));
    if (!c->order || !c->lengths || !c->starts || !c->ids || !sort_sentences(c, count, ids, starts))
        return 0;
    c->wide = s2s_padded(count ? c->lengths[0] : 1);
    size_t keys = (size_t)(m->key.out > m->hidden ? m->key.out : m->hidden), wide = (size_t)c->wide;
    c->source = (s2s_source){.count = count, .positions = starts[count], .lengths = c->lengths,
                             .starts = c->starts, .ids = c->ids};
    c->source.memory = s2s_zeros(positions * (size_t)m->hidden, sizeof(float));
    c->source.keys = s2s_zeros(positions * keys, sizeof(float));
    c->source.words = s2s_zeros(positions * (size_t)m->embedding, sizeof(float));
    c->source.summary = s2s_zeros(n * (size_t)m->hidden, sizeof(float));
    c->attention = s2s_zeros(rows * wide, sizeof(float));
    c->logits = unset(rows * (size_t)c->outputs);
    int32_t most = c->stride > starts[count] ? c->stride : starts[count];
    c->scratch = unset(c->ops->scratch(m, most, c->wide));
    c->tokens = s2s_zeros(rows, sizeof(int32_t));
    c->sentence = s2s_zeros(rows, sizeof(int32_t));
    c->leader = s2s_zeros(rows, sizeof(int32_t));
    if (!open_state(m, &c->state, rows, wide) || !open_state(m, &c->spare, rows, wide) ||
        !c->source.memory || !c->source.keys || !c->source.words || !c->source.summary ||
        !c->attention || !c->logits || !c->scratch || !c->tokens || !c->sentence || !c->leader)
        return 0;
    c->ops->encode(m, &c->source, c->scratch);
    c->ops->start(m, &c->source, &c->state, c->stride, c->scratch);
    return 1;
}

void s2s_select_rows(s2s_call *c, const int32_t *from, int32_t rows) {
    const s2s_model *m = c->model;
    size_t width = (size_t)m->hidden, features = (size_t)m->features, wide = (size_t)c->wide;
    s2s_state *old = &c->state, *new = &c->spare;
    for (int32_t part = 0; part < m->config.decoder_layers * m->parts; part++) {
        size_t start = (size_t)part * (size_t)c->stride * width;
        for (int32_t r = 0; r < rows; r++)
            memcpy(new->layers + start + (size_t)r * width,
                   old->layers + start + (size_t)from[r] * width, width * sizeof(float));
    }
    for (int32_t r = 0; r < rows; r++) {
        memcpy(new->features + (size_t)r * features, old->features + (size_t)from[r] * features,
               features * sizeof(float));
        if (new->coverage)
            memcpy(new->coverage + (size_t)r * wide, old->coverage + (size_t)from[r] * wide,
                   wide * sizeof(float));
    }
    s2s_state kept = *old;
    *old = *new;
    *new = kept;
}

void s2s_take_step(s2s_call *c, int32_t rows) {
    s2s_rows step = {.rows = rows, .coverage_width = c->wide, .row_stride = c->stride,
                     .tokens = c->tokens, .sentence = c->sentence, .attention = c->attention,
                     .outputs = c->own_outputs, .outputs_stride = c->outputs,
                     .leader = c->leader, .logits = c->logits, .recorder = c->recorder};
    if (c->recorder)
        s2s_begin_record(c->recorder, rows);
    c->ops->step(c->model, &c->source, &c->state, &step, c->scratch);
    if (c->recorder)
        s2s_end_record(c, rows);
}

const float *s2s_attention(const s2s_call *c, int wanted) {
    return wanted && c->model->config.attention != S2S_NO_ATTENTION ? c->attention : NULL;
}
