/* Record of what a model computes for a sentence, and of what the search chooses. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search.h"

enum { S2S_MAX_RECORD = 1 << 26 }; /* numbers of a recording */

struct s2s_recorder {
    const s2s_model *model;
    const s2s_search *rules;
    s2s_recording *to;
    int32_t room;         /* number of steps that there is room for */
    int32_t length;       /* source tokens */
    float *cells;         /* where the steps of the cells go; NULL: nowhere */
    int32_t directions, places;
    s2s_candidate *found; /* (most_likely) */
    double numbers;       /* recorded so far */
    const char *failed;   /* why the recording is incomplete, or NULL */
};

static const char too_large[] = "the trace of a sentence would be too large; choose a smaller beam";
static const char no_memory[] = "there is not enough memory";

/* Steps of cells */

static int has_gates(const s2s_model *m) { return m->config.cell > S2S_ELMAN_RELU; }

static float *keep(const float *values, int32_t count, float *to) {
    memcpy(to, values, (size_t)count * sizeof *to);
    return to + count;
}

static float sigmoid(float x) { return 1 / (1 + expf(-x)); }

/* A gate of so many units: a sigmoid of its contributions, or tanh if it is a candidate. */
static float *record_gate(const float *x, const float *u, int32_t count, int candidate, float *to) {
    for (int32_t i = 0; i < count; i++)
        to[i] = candidate ? tanhf(x[i] + u[i]) : sigmoid(x[i] + u[i]);
    return to + count;
}

static float *record_gru(const float *x, const float *u, int32_t width, int32_t count, float *to) {
    const float *reset = to;
    to = record_gate(x, u, count, 0, to);
    to = record_gate(x + width, u + width, count, 0, to);
    for (int32_t i = 0; i < count; i++)
        to[i] = tanhf(x[2 * width + i] + reset[i] * u[2 * width + i]);
    return to + count;
}

static float *record_lstm(const float *x, const float *u, int32_t width, int32_t count, float *to) {
    for (int32_t gate = 0; gate < 4; gate++)
        to = record_gate(x + gate * width, u + gate * width, count, gate == 2, to);
    return to;
}

static float *record_ssru(const float *x, int32_t width, int32_t count, float *to) {
    for (int32_t i = 0; i < count; i++)
        to[i] = sigmoid(x[i]);
    return keep(x + width, count, to + count);
}

void s2s_record_cell(s2s_recorder *r, const s2s_cell *cell, int32_t layer, int32_t backwards,
                     int32_t place, const float *x, const float *u, const float *h, const float *c) {
    if (!r->cells)
        return;
    int32_t width = cell->width, count = cell->real, kind = r->model->config.cell;
    size_t step = (size_t)(layer * r->directions + backwards) * (size_t)r->places + (size_t)place;
    float *to = r->cells + step * (size_t)r->to->vectors * (size_t)count;
    if (kind == S2S_GRU || kind == S2S_LN_GRU)
        to = record_gru(x, u, width, count, to);
    else if (kind == S2S_LSTM || kind == S2S_LN_LSTM)
        to = record_lstm(x, u, width, count, to);
    else if (kind == S2S_SSRU)
        to = record_ssru(x, width, count, to);
    to = keep(h, count, to);
    if (r->model->parts == 2)
        keep(c, count, to);
}

/* Memory for numbers, or NULL; then the recording fails. */
static void *room_for(s2s_recorder *r, double count) {
    r->numbers += count;
    if (r->numbers > (double)S2S_MAX_RECORD)
        r->failed = too_large;
    if (r->failed)
        return NULL;
    void *memory = s2s_zeros((size_t)count, sizeof(float));
    if (!memory)
        r->failed = no_memory;
    return memory;
}

/* Numbers of a step of the cells of so many layers at so many places. */
static double cell_numbers(const s2s_recorder *r, int32_t layers, int32_t places) {
    return (double)layers * places * r->to->vectors * r->model->config.hidden_size;
}

void s2s_record_encoder(s2s_call *c) {
    s2s_recorder *r = c->recorder;
    r->directions = r->model->config.bidirectional ? 2 : 1;
    r->places = r->length;
    r->cells = r->to->encoder;
    c->source.recorder = r;
    c->ops->encode(c->model, &c->source, c->scratch);
}

/* Steps of the decoder */

static s2s_recorded_step *new_step(s2s_recorder *r) {
    if (r->to->step_count == r->room) {
        int32_t room = r->room ? 2 * r->room : 64;
        s2s_recorded_step *steps = realloc(r->to->steps, (size_t)room * sizeof *steps);
        if (!steps)
            return NULL;
        r->to->steps = steps;
        r->room = room;
    }
    s2s_recorded_step *step = &r->to->steps[r->to->step_count++];
    memset(step, 0, sizeof *step);
    return step;
}

void s2s_begin_record(s2s_recorder *r, int32_t rows) {
    const s2s_config *config = &r->model->config;
    r->cells = NULL;
    s2s_recorded_step *step = r->failed ? NULL : new_step(r);
    if (!step) {
        r->failed = r->failed ? r->failed : no_memory;
        return;
    }
    double likely = (double)rows * r->to->most_likely;
    double nodes = 4 * (double)r->rules->beam; /* 2 beams, and as many as are kept or finished */
    step->rows = rows;
    step->nodes = room_for(r, nodes * (sizeof *step->nodes / sizeof(float)));
    step->likely = room_for(r, likely);
    step->likely_scores = room_for(r, likely);
    if (config->attention != S2S_NO_ATTENTION)
        step->attention = room_for(r, (double)rows * r->length);
    step->cells = room_for(r, cell_numbers(r, config->decoder_layers, rows));
    r->cells = r->failed ? NULL : step->cells;
    r->directions = 1;
    r->places = rows;
}

void s2s_end_record(s2s_call *c, int32_t rows) {
    s2s_recorder *r = c->recorder;
    if (r->failed)
        return;
    s2s_recorded_step *step = &r->to->steps[r->to->step_count - 1];
    size_t length = (size_t)r->length, wide = (size_t)c->wide;
    int32_t most = r->to->most_likely;
    for (int32_t row = 0; row < rows; row++) {
        if (step->attention)
            memcpy(step->attention + (size_t)row * length, c->attention + (size_t)row * wide,
                   length * sizeof(float));
        float total;
        int32_t found = s2s_likely(c, r->rules, row, most, r->found, &total);
        for (int32_t i = 0; i < most; i++) {
            size_t to = (size_t)row * (size_t)most + (size_t)i;
            step->likely[to] = i < found ? r->found[i].token : -1;
            step->likely_scores[to] = i < found ? r->found[i].score - total : 0;
        }
    }
}

void s2s_record_node(s2s_recorder *r, int32_t row, int32_t token, int32_t status, double total) {
    if (r->failed)
        return;
    s2s_recorded_step *step = &r->to->steps[r->to->step_count - 1];
    if (step->node_count < 4 * r->rules->beam)
        step->nodes[step->node_count++] = (s2s_node){row, token, status, (float)total};
}

/* The functions of the interface */

void s2s_free_recording(s2s_recording *recording) {
    s2s_free(&recording->result);
    for (int32_t i = 0; i < recording->step_count; i++) {
        s2s_recorded_step *step = &recording->steps[i];
        void *blocks[] = {step->nodes, step->attention, step->cells, step->likely,
                          step->likely_scores};
        for (size_t j = 0; j < sizeof blocks / sizeof *blocks; j++)
            free(blocks[j]);
    }
    free(recording->steps);
    free(recording->encoder);
    memset(recording, 0, sizeof *recording);
}

int s2s_record(const s2s_model *model, int32_t length, const int32_t *ids, int32_t longest,
               const s2s_search *rules, int32_t most_likely, s2s_recording *recording, char *error,
               size_t error_size) {
    memset(recording, 0, sizeof *recording);
    if (length < 1 || most_likely < 1 || most_likely > S2S_MAX_BEAM)
        return s2s_fail(error, error_size, "the length or the number of likely tokens is out of range");
    recording->most_likely = most_likely;
    recording->vectors = (has_gates(model) ? model->gates : 0) + model->parts;
    s2s_recorder r = {.model = model, .rules = rules, .to = recording, .length = length};
    recording->encoder = room_for(&r, cell_numbers(&r, model->config.encoder_layers, length));
    r.found = room_for(&r, (double)most_likely * (sizeof *r.found / sizeof(float)));
    int32_t starts[] = {0, length};
    int failed = r.failed ? -1 : s2s_run(model, 1, ids, starts, &longest, rules, &r,
                                         &recording->result, error, error_size);
    if (r.failed)
        failed = s2s_fail(error, error_size, r.failed);
    free(r.found);
    if (failed)
        s2s_free_recording(recording);
    return failed;
}
