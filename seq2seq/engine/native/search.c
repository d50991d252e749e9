/* Greedy search, beam search and forced scores. The rules are those of docs/reference/search-rules.md. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"

enum { MAX_POSITIONS = 1 << 24, MAX_BEAM = 1 << 10 };

/* One call: sources, state and scratch memory. */
typedef struct {
    const s2s_model *model;
    const s2s_ops *ops;
    s2s_source source;
    s2s_state state, spare;
    int32_t *order;   /* place in the caller's order of each sentence, longest first */
    int32_t *lengths; /* in this order */
    int32_t *starts;
    int32_t *ids;
    float *attention, *logits, *scratch;
    int32_t wide;     /* padded length of the longest source */
    int32_t stride;   /* rows that the state has room for */
    int32_t outputs;  /* padded number of target ids */
    int32_t *tokens;  /* (stride) */
    int32_t *sentence;
} call;

/* Tokens of all rows of one step, and the rows of the step before that they continue. */
typedef struct {
    int32_t *tokens, *parents;
    float *attention;
} trace_step;

typedef struct {
    trace_step *steps;
    int32_t count, room;
} trace;

static int fail(char *error, size_t size, const char *reason) {
    snprintf(error, size, "%s", reason);
    return -1;
}

static void *zeros(size_t count, size_t size) {
    return calloc(count ? count : 1, size);
}

/* Check the arguments that come from outside. */
static const char *refused(int32_t count, const int32_t *ids, const int32_t *starts,
                           int32_t size) {
    if (count < 0 || starts[0] != 0)
        return "the sentences are numbered wrongly";
    for (int32_t n = 0; n < count; n++)
        if (starts[n + 1] <= starts[n] || starts[n + 1] > MAX_POSITIONS)
            return "a sentence is empty, or there are too many tokens";
    for (int32_t p = 0; p < starts[count]; p++)
        if (ids[p] < 0 || ids[p] >= size)
            return "an id is not in the vocabulary";
    return NULL;
}

static void close_call(call *c) {
    void *blocks[] = {c->order,           c->lengths,        c->starts,         c->ids,
                      c->source.memory,   c->source.keys,    c->source.words,   c->source.summary,
                      c->state.layers,    c->state.features, c->state.coverage, c->spare.layers,
                      c->spare.features,  c->spare.coverage, c->attention,      c->logits,
                      c->scratch,         c->tokens,         c->sentence};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
}

/* Put the sentences in order, longest first; equal ones stay in the caller's order. */
static void sort_sentences(call *c, int32_t count, const int32_t *ids, const int32_t *starts) {
    for (int32_t n = 0; n < count; n++) {
        int32_t length = starts[n + 1] - starts[n], place = n;
        for (; place > 0 && c->lengths[place - 1] < length; place--) {
            c->lengths[place] = c->lengths[place - 1];
            c->order[place] = c->order[place - 1];
        }
        c->lengths[place] = length;
        c->order[place] = n;
    }
    for (int32_t n = 0, at = 0; n < count; at += c->lengths[n++]) {
        c->starts[n] = at;
        memcpy(c->ids + at, ids + starts[c->order[n]], (size_t)c->lengths[n] * sizeof *ids);
    }
}

static int open_state(const s2s_model *m, s2s_state *state, size_t rows, size_t wide) {
    size_t parts = (size_t)(m->config.decoder_layers * m->parts);
    state->layers = zeros(parts * rows * (size_t)m->hidden, sizeof(float));
    state->features = zeros(rows * (size_t)m->features, sizeof(float));
    state->coverage = m->config.coverage ? zeros(rows * wide, sizeof(float)) : NULL;
    return state->layers && state->features && (state->coverage || !m->config.coverage);
}

/* Make room for a call of some rows per sentence, and encode its sources. */
static int open_call(call *c, const s2s_model *m, int32_t count, const int32_t *ids,
                     const int32_t *starts, int32_t width) {
    size_t n = (size_t)count, positions = (size_t)starts[count], rows = n * (size_t)width;
    memset(c, 0, sizeof *c);
    c->model = m;
    c->ops = s2s_ops_here();
    c->stride = count * width;
    c->outputs = m->output.out;
    c->order = zeros(n, sizeof(int32_t));
    c->lengths = zeros(n, sizeof(int32_t));
    c->starts = zeros(n, sizeof(int32_t));
    c->ids = zeros(positions, sizeof(int32_t));
    if (!c->order || !c->lengths || !c->starts || !c->ids)
        return 0;
    sort_sentences(c, count, ids, starts);
    c->wide = s2s_padded(count ? c->lengths[0] : 1);
    size_t keys = (size_t)(m->key.out > m->hidden ? m->key.out : m->hidden), wide = (size_t)c->wide;
    c->source = (s2s_source){.count = count, .positions = starts[count], .lengths = c->lengths,
                             .starts = c->starts, .ids = c->ids};
    c->source.memory = zeros(positions * (size_t)m->hidden, sizeof(float));
    c->source.keys = zeros(positions * keys, sizeof(float));
    c->source.words = zeros(positions * (size_t)m->embedding, sizeof(float));
    c->source.summary = zeros(n * (size_t)m->hidden, sizeof(float));
    c->attention = zeros(rows * wide, sizeof(float));
    c->logits = zeros(rows * (size_t)c->outputs, sizeof(float));
    int32_t most = c->stride > starts[count] ? c->stride : starts[count];
    c->scratch = zeros(c->ops->scratch(m, most, c->wide), sizeof(float));
    c->tokens = zeros(rows, sizeof(int32_t));
    c->sentence = zeros(rows, sizeof(int32_t));
    if (!open_state(m, &c->state, rows, wide) || !open_state(m, &c->spare, rows, wide) ||
        !c->source.memory || !c->source.keys || !c->source.words || !c->source.summary ||
        !c->attention || !c->logits || !c->scratch || !c->tokens || !c->sentence)
        return 0;
    c->ops->encode(m, &c->source, c->scratch);
    c->ops->start(m, &c->source, &c->state, c->stride, c->scratch);
    return 1;
}

/* Copy rows of the state: row r of the new one is row from[r] of the old one. */
static void select_rows(call *c, const int32_t *from, int32_t rows) {
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

static void take_step(call *c, int32_t rows) {
    s2s_rows step = {.rows = rows, .coverage_width = c->wide, .row_stride = c->stride,
                     .tokens = c->tokens, .sentence = c->sentence, .attention = c->attention,
                     .logits = c->logits};
    c->ops->step(c->model, &c->source, &c->state, &step, c->scratch);
}

/* Traces */

static void free_trace(trace *t) {
    for (int32_t i = 0; i < t->count; i++) {
        free(t->steps[i].tokens);
        free(t->steps[i].parents);
        free(t->steps[i].attention);
    }
    free(t->steps);
}

/* Begin a step of the trace, with the attention weights of its rows if they are wanted. */
static trace_step *add_step(trace *t, int32_t rows, const float *attention, int32_t wide) {
    if (t->count == t->room) {
        int32_t room = t->room ? 2 * t->room : 64;
        trace_step *steps = realloc(t->steps, (size_t)room * sizeof *steps);
        if (!steps)
            return NULL;
        t->steps = steps;
        t->room = room;
    }
    size_t weights = (size_t)rows * (size_t)wide;
    trace_step *step = &t->steps[t->count++];
    step->tokens = zeros((size_t)rows, sizeof(int32_t));
    step->parents = zeros((size_t)rows, sizeof(int32_t));
    step->attention = attention ? zeros(weights, sizeof(float)) : NULL;
    if (!step->tokens || !step->parents || (attention && !step->attention))
        return NULL;
    if (attention)
        memcpy(step->attention, attention, weights * sizeof(float));
    return step;
}

/* Results */

typedef struct {
    s2s_hypothesis *found;
    int32_t count;
} best_list;

static void free_hypothesis(s2s_hypothesis *h) {
    free((void *)h->tokens);
    free((void *)h->attention);
}

/* Insert a hypothesis into an n-best list, after those with the same score. */
static void insert(best_list *list, s2s_hypothesis h, int32_t nbest) {
    int32_t place = list->count;
    if (list->count == nbest) {
        if (nbest == 0 || list->found[nbest - 1].score >= h.score) {
            free_hypothesis(&h);
            return;
        }
        free_hypothesis(&list->found[--place]);
    } else {
        list->count++;
    }
    for (; place > 0 && list->found[place - 1].score < h.score; place--)
        list->found[place] = list->found[place - 1];
    list->found[place] = h;
}

/* A hypothesis that ends at this step; `row` is its row before the end token. The trace has the
 * attention of this step, but not yet its tokens. */
static int hypothesis_of(const call *c, const trace *t, int32_t row, int32_t sentence,
                         s2s_hypothesis *h) {
    int32_t length = t->count - 1, source = c->lengths[sentence];
    int32_t *tokens = zeros((size_t)length, sizeof *tokens);
    float *attention = NULL;
    int wanted = t->steps[length].attention != NULL;
    if (wanted)
        attention = zeros((size_t)(length + 1) * (size_t)source, sizeof *attention);
    h->tokens = tokens;
    h->attention = attention;
    h->length = length;
    h->sentence = sentence;
    if (!tokens || (wanted && !attention))
        return 0;
    for (int32_t i = length; i >= 0; i--) {
        if (wanted)
            memcpy(attention + (size_t)i * (size_t)source,
                   t->steps[i].attention + (size_t)row * (size_t)c->wide,
                   (size_t)source * sizeof *attention);
        if (i > 0) {
            tokens[i - 1] = t->steps[i - 1].tokens[row];
            row = t->steps[i - 1].parents[row];
        }
    }
    return 1;
}

/* Penalties */

static double length_penalty(int32_t length, float alpha) { return pow((5.0 + length) / 6.0, alpha); }

/* GNMT's coverage penalty of a hypothesis, at most 0. */
static float coverage_penalty(const s2s_hypothesis *h, int32_t source, float beta) {
    double total = 0;
    for (int32_t s = 0; s < source; s++) {
        float received = 0;
        for (int32_t i = 0; i <= h->length; i++)
            received += h->attention[(size_t)i * (size_t)source + (size_t)s];
        if (received > 0)
            total += log(received < 1 ? received : 1);
    }
    return (float)(beta * total);
}

/* The best continuations of a row with their log-probabilities; only the end token if it must end,
 * or if all others are forbidden. */
static int32_t continuations(const call *c, const s2s_search *rules, int32_t row, int ends,
                             int32_t count, s2s_candidate *best) {
    const float *logits = c->logits + (size_t)row * (size_t)c->outputs;
    s2s_forbidden forbidden = {rules->bos, rules->first_forbidden};
    float total;
    int32_t found = c->ops->best(logits, c->model->config.target_size, forbidden, count, best, &total);
    if (ends || !found) {
        best[0] = (s2s_candidate){logits[rules->eos], row, rules->eos};
        found = 1;
    }
    for (int32_t i = 0; i < found; i++) {
        best[i].score -= total;
        best[i].row = row;
    }
    return found;
}

/* Greedy search */

static int greedy(call *c, const s2s_search *rules, const int32_t *longest, best_list *lists) {
    int32_t live = c->source.count, done = 1;
    float *sums = zeros((size_t)live, sizeof *sums);
    int32_t *kept = zeros((size_t)live, sizeof *kept);
    trace t = {NULL, 0, 0};
    for (int32_t n = 0; n < live; n++) {
        c->tokens[n] = rules->bos;
        c->sentence[n] = n;
    }
    while (sums && kept && live && done) {
        take_step(c, live);
        trace_step *step = add_step(&t, live, rules->attention ? c->attention : NULL, c->wide);
        int32_t left = 0;
        for (int32_t r = 0; step && r < live; r++) {
            int32_t n = c->sentence[r];
            s2s_candidate best;
            continuations(c, rules, r, t.count > longest[c->order[n]], 1, &best);
            sums[r] += best.score;
            if (best.token == rules->eos) {
                s2s_hypothesis h = {.score = sums[r], .log_probability = sums[r]};
                done &= hypothesis_of(c, &t, r, n, &h);
                insert(&lists[n], h, 1);
                continue;
            }
            kept[left] = r;
            sums[left] = sums[r];
            c->tokens[left] = step->tokens[left] = best.token;
            step->parents[left] = r;
            c->sentence[left++] = n;
        }
        done &= step != NULL;
        select_rows(c, kept, left);
        live = left;
    }
    done &= sums && kept;
    free_trace(&t);
    free(sums);
    free(kept);
    return done;
}

/* Beam search */

/* Rows of a beam search, which are the same number for each live sentence. */
typedef struct {
    call *c;
    const s2s_search *rules;
    const int32_t *longest;
    best_list *lists;
    trace t;
    int32_t *live, count; /* sentences that go on */
    float *sums;          /* (count * beam), -infinity for rows that hold nothing */
    int32_t *from;        /* rows that the new ones continue */
    s2s_candidate *found, *sorted;
    int done;
} beam_search;

static int before(const s2s_candidate *a, const s2s_candidate *b) { return a->score > b->score; }

/* Collect the best continuations of a sentence, best first; equal ones keep their order. */
static int32_t gather(beam_search *s, int32_t first, int ends) {
    int32_t beam = s->rules->beam, count = 0;
    for (int32_t b = 0; b < beam; b++) {
        int32_t row = first + b;
        if (s->sums[row] == -INFINITY)
            continue;
        int32_t found = continuations(s->c, s->rules, row, ends, beam + 1, s->found);
        for (int32_t i = 0; i < found; i++) {
            s2s_candidate one = s->found[i];
            one.score += s->sums[row];
            int32_t place = count < 2 * beam ? count++ : 2 * beam;
            if (place == 2 * beam && !before(&one, &s->sorted[--place]))
                continue;
            for (; place > 0 && before(&one, &s->sorted[place - 1]); place--)
                s->sorted[place] = s->sorted[place - 1];
            s->sorted[place] = one;
        }
    }
    return count;
}

/* Add a hypothesis that ends to the list of its sentence. */
static void finish(beam_search *s, const s2s_candidate *one, int32_t sentence) {
    const s2s_search *rules = s->rules;
    s2s_hypothesis h = {.log_probability = one->score};
    s->done &= hypothesis_of(s->c, &s->t, one->row, sentence, &h);
    h.score = (float)(one->score / length_penalty(h.length + 1, rules->length_penalty));
    if (rules->coverage_penalty > 0 && h.attention)
        h.score += coverage_penalty(&h, s->c->lengths[sentence], rules->coverage_penalty);
    insert(&s->lists[sentence], h, rules->nbest);
}

/* Whether no live hypothesis can still enter the n-best list of a sentence. */
static int is_finished(const beam_search *s, int32_t sentence, float best) {
    const best_list *list = &s->lists[sentence];
    int32_t longest = s->longest[s->c->order[sentence]];
    double bound = best / length_penalty(longest + 1, s->rules->length_penalty);
    return list->count == s->rules->nbest && list->found[list->count - 1].score >= bound;
}

/* Choose the rows of a sentence; `left` is its place among the sentences that go on. */
static int choose(beam_search *s, int32_t index, int32_t left, trace_step *step, float *sums) {
    int32_t beam = s->rules->beam, n = s->live[index], kept = 0, eos = s->rules->eos;
    int ends = s->t.count > s->longest[s->c->order[n]];
    int32_t count = gather(s, index * beam, ends);
    for (int32_t i = 0; i < count && i < beam; i++)
        if (s->sorted[i].token == eos)
            finish(s, &s->sorted[i], n);
    for (int32_t i = 0; i < count && kept < beam; i++) {
        if (s->sorted[i].token == eos)
            continue;
        int32_t row = left * beam + kept++;
        sums[row] = s->sorted[i].score;
        s->from[row] = step->parents[row] = s->sorted[i].row;
        step->tokens[row] = s->sorted[i].token;
    }
    if (!kept || is_finished(s, n, sums[left * beam]))
        return 0;
    for (; kept < beam; kept++) {
        int32_t row = left * beam + kept;
        sums[row] = -INFINITY;
        s->from[row] = step->parents[row] = index * beam;
        step->tokens[row] = s->rules->bos;
    }
    return 1;
}

/* Take one step of all sentences, and drop those that are finished. */
static void advance(beam_search *s, float *sums) {
    int32_t beam = s->rules->beam, rows = s->count * beam, left = 0;
    call *c = s->c;
    int attention = s->rules->attention || s->rules->coverage_penalty > 0;
    take_step(c, rows);
    trace_step *step = add_step(&s->t, rows, attention ? c->attention : NULL, c->wide);
    if (!step) {
        s->done = 0;
        return;
    }
    for (int32_t i = 0; i < s->count; i++) {
        int32_t n = s->live[i];
        if (choose(s, i, left, step, sums))
            s->live[left++] = n;
    }
    s->count = left;
    rows = left * beam;
    for (int32_t r = 0; r < rows; r++) {
        c->tokens[r] = step->tokens[r];
        c->sentence[r] = s->live[r / beam];
        s->sums[r] = sums[r];
    }
    select_rows(c, s->from, rows);
}

static int beam(call *c, const s2s_search *rules, const int32_t *longest, best_list *lists) {
    size_t width = (size_t)rules->beam, rows = (size_t)c->stride;
    beam_search s = {.c = c, .rules = rules, .longest = longest, .lists = lists, .done = 1,
                     .count = c->source.count};
    float *sums = zeros(rows, sizeof *sums);
    s.live = zeros((size_t)s.count, sizeof *s.live);
    s.sums = zeros(rows, sizeof *s.sums);
    s.from = zeros(rows, sizeof *s.from);
    s.found = zeros(width + 1, sizeof *s.found);
    s.sorted = zeros(2 * width, sizeof *s.sorted);
    s.done = sums && s.live && s.sums && s.from && s.found && s.sorted;
    for (size_t r = 0; s.done && r < rows; r++) {
        s.live[r / width] = (int32_t)(r / width);
        s.sums[r] = r % width ? -INFINITY : 0;
        s.from[r] = c->sentence[r] = (int32_t)(r / width);
        c->tokens[r] = rules->bos;
    }
    if (s.done)
        select_rows(c, s.from, (int32_t)rows);
    while (s.done && s.count)
        advance(&s, sums);
    free_trace(&s.t);
    void *blocks[] = {sums, s.live, s.sums, s.from, s.found, s.sorted};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    return s.done;
}

/* The functions of the interface */

static const char *refused_rules(const s2s_search *r, const s2s_model *m) {
    int32_t size = m->config.target_size;
    if (r->beam < 1 || r->beam > MAX_BEAM || r->nbest < 1 || r->nbest > r->beam)
        return "the beam or the number of hypotheses is out of range";
    if (r->bos < 0 || r->bos >= size || r->eos < 0 || r->eos >= size)
        return "the start or the end token is not in the vocabulary";
    return NULL;
}

/* Hand the lists over, in the caller's order of sentences. */
static int hand_over(call *c, best_list *lists, s2s_result *result) {
    int32_t total = 0, count = c->source.count;
    int32_t *place = zeros((size_t)count, sizeof *place);
    for (int32_t n = 0; n < count; n++)
        total += lists[n].count;
    result->hypotheses = zeros((size_t)total, sizeof *result->hypotheses);
    if (!place || !result->hypotheses) {
        free(place);
        return 0;
    }
    for (int32_t n = 0; n < count; n++)
        place[c->order[n]] = n;
    for (int32_t n = 0; n < count; n++)
        for (int32_t i = 0; i < lists[place[n]].count; i++) {
            s2s_hypothesis *h = &result->hypotheses[result->count++];
            *h = lists[place[n]].found[i];
            h->sentence = n;
        }
    for (int32_t n = 0; n < count; n++)
        lists[n].count = 0;
    free(place);
    return 1;
}

static void free_lists(best_list *lists, int32_t count) {
    for (int32_t n = 0; lists && n < count; n++) {
        for (int32_t i = 0; i < lists[n].count; i++)
            free_hypothesis(&lists[n].found[i]);
        free(lists[n].found);
    }
    free(lists);
}

static best_list *new_lists(int32_t count, int32_t nbest) {
    best_list *lists = zeros((size_t)count, sizeof *lists);
    int done = lists != NULL;
    for (int32_t n = 0; done && n < count; n++)
        done = (lists[n].found = zeros((size_t)nbest, sizeof(s2s_hypothesis))) != NULL;
    if (done)
        return lists;
    free_lists(lists, count);
    return NULL;
}

int s2s_translate(const s2s_model *model, int32_t count, const int32_t *ids, const int32_t *starts,
                  const int32_t *longest, const s2s_search *search, s2s_result *result, char *error,
                  size_t error_size) {
    memset(result, 0, sizeof *result);
    const char *reason = refused(count, ids, starts, model->config.source_size);
    if (!reason)
        reason = refused_rules(search, model);
    if (reason)
        return fail(error, error_size, reason);
    call c;
    best_list *lists = NULL;
    int done = open_call(&c, model, count, ids, starts, search->beam) &&
               (lists = new_lists(count, search->nbest)) != NULL;
    if (done)
        done = search->beam == 1 ? greedy(&c, search, longest, lists)
                                 : beam(&c, search, longest, lists);
    done = done && hand_over(&c, lists, result);
    free_lists(lists, count);
    close_call(&c);
    return done ? 0 : fail(error, error_size, "there is not enough memory");
}

void s2s_free(s2s_result *result) {
    for (int32_t i = 0; i < result->count; i++)
        free_hypothesis(&result->hypotheses[i]);
    free(result->hypotheses);
    memset(result, 0, sizeof *result);
}

int s2s_score(const s2s_model *model, int32_t count, const int32_t *ids, const int32_t *starts,
              const int32_t *targets, const int32_t *target_starts, int32_t bos, float *scores,
              char *error, size_t error_size) {
    int32_t size = model->config.target_size;
    const char *reason = refused(count, ids, starts, model->config.source_size);
    if (!reason)
        reason = refused(count, targets, target_starts, size);
    if (!reason && (bos < 0 || bos >= size))
        reason = "the start token is not in the vocabulary";
    if (reason)
        return fail(error, error_size, reason);
    call c;
    int done = open_call(&c, model, count, ids, starts, 1);
    int32_t left = done ? count : 0;
    for (int32_t r = 0; r < left; r++) {
        c.tokens[r] = bos;
        c.sentence[r] = r;
        scores[r] = 0;
    }
    int32_t *kept = zeros((size_t)count, sizeof *kept);
    done = done && kept;
    for (int32_t time = 0; done && left; time++) {
        int32_t live = left;
        take_step(&c, live);
        left = 0;
        for (int32_t r = 0; r < live; r++) {
            int32_t n = c.order[c.sentence[r]];
            int32_t token = targets[target_starts[n] + time];
            const float *logits = c.logits + (size_t)r * (size_t)c.outputs;
            s2s_candidate unused;
            float total;
            c.ops->best(logits, size, (s2s_forbidden){bos, size}, 1, &unused, &total);
            scores[n] += logits[token] - total;
            if (target_starts[n] + time + 1 == target_starts[n + 1])
                continue;
            kept[left] = r;
            c.sentence[left] = c.sentence[r];
            c.tokens[left++] = token;
        }
        select_rows(&c, kept, left);
    }
    free(kept);
    close_call(&c);
    return done ? 0 : fail(error, error_size, "there is not enough memory");
}
