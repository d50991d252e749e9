#include "request.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that are not read yet. After the last one, all are 0. */
typedef struct {
    const uint8_t *at, *end;
    int32_t vocabulary;
    int odd; /* how many of 256 values are odd */
    request *q;
} reader;

static int32_t byte(reader *r) { return r->at < r->end ? *r->at++ : 0; }

static int32_t below(reader *r, int32_t count) { return byte(r) % count; }

static int is_odd(reader *r) { return r->odd && byte(r) < r->odd; }

/* A value at or beyond a limit, but none that only takes long, such as the largest beam. */
static int32_t odd_value(reader *r) {
    const int32_t values[] = {-1,
                              0,
                              1,
                              33,
                              r->vocabulary - 1,
                              r->vocabulary,
                              S2S_MAX_BEAM + 1,
                              S2S_MAX_LENGTH + 1,
                              S2S_MAX_POSITIONS,
                              S2S_MAX_POSITIONS + 1,
                              1 << 30,
                              INT_MAX - 1,
                              INT_MAX,
                              INT_MIN,
                              INT_MIN + 1};
    return values[below(r, sizeof values / sizeof *values)];
}

static int32_t value_below(reader *r, int32_t count) {
    return is_odd(r) ? odd_value(r) : below(r, count);
}

/* A state of the spellings, or -1. */
static int32_t state_below(reader *r, int32_t count) {
    return is_odd(r) ? odd_value(r) : below(r, count + 1) - 1;
}

static float penalty(reader *r) {
    const float values[] = {0, 1, 0.5f, 2, -1, 1e30f, -1e30f, 1e-40f, NAN, INFINITY, -INFINITY};
    return values[below(r, is_odd(r) ? (int32_t)(sizeof values / sizeof *values) : 4)];
}

/* An array that the request owns. Its end is the end of a block of memory. */
static void *array(reader *r, int32_t count, size_t size) {
    void *block = malloc(count ? (size_t)count * size : 1);
    if (!block || r->q->block_count == REQUEST_BLOCKS)
        abort();
    return r->q->blocks[r->q->block_count++] = block;
}

static int32_t *integers(reader *r, int32_t count) { return array(r, count, sizeof(int32_t)); }

/* Rows of random lengths, at least `least`; now and then one that does not ascend. */
static int32_t *row_starts(reader *r, int32_t rows, int32_t least, int32_t most) {
    int32_t *starts = integers(r, rows + 1);
    starts[0] = 0;
    for (int32_t i = 0; i < rows; i++)
        starts[i + 1] = starts[i] + least + below(r, most - least + 1);
    if (rows && is_odd(r)) {
        int32_t place = below(r, rows), value = odd_value(r);
        starts[place] = value; /* the last one is the size of other arrays */
    }
    return starts;
}

static s2s_ids rows_of_ids(reader *r, int32_t rows, int32_t least, int32_t most, int32_t size) {
    if (rows == 0 && below(r, 2))
        return (s2s_ids){0, NULL, NULL};
    int32_t *starts = row_starts(r, rows, least, most);
    int32_t *ids = integers(r, starts[rows]);
    for (int32_t i = 0; i < starts[rows]; i++)
        ids[i] = value_below(r, size);
    return (s2s_ids){is_odd(r) ? -1 : rows, ids, starts};
}

static int ascend(const int32_t *starts, int32_t rows) {
    for (int32_t n = 0; n < rows; n++)
        if (starts[n] < 0 || starts[n] > starts[n + 1])
            return 0;
    return 1;
}

/* Put the ids of each row in ascending order, without those that are there twice. */
static void sort_rows(reader *r, s2s_ids *rows) {
    int32_t *starts = (int32_t *)rows->starts, *ids = (int32_t *)rows->ids, kept = 0;
    if (rows->count < 1 || is_odd(r) || !ascend(starts, rows->count))
        return;
    for (int32_t n = 0, first = 0; n < rows->count; n++) {
        int32_t end = starts[n + 1], start = kept;
        for (int32_t i = first; i < end; i++) {
            int32_t id = ids[i], place = kept;
            while (place > start && ids[place - 1] > id)
                place--;
            if (place > start && ids[place - 1] == id)
                continue;
            memmove(ids + place + 1, ids + place, (size_t)(kept - place) * sizeof *ids);
            ids[place] = id;
            kept++;
        }
        first = end;
        starts[n + 1] = kept;
    }
}

static void choose_spellings(reader *r) {
    s2s_search *rules = &r->q->rules;
    int32_t states = below(r, 4), sentences = r->q->count;
    s2s_ids edges = rows_of_ids(r, states, 1, 3, r->vocabulary);
    int32_t count = edges.starts ? edges.starts[states] : 0, *next = integers(r, count);
    sort_rows(r, &edges);
    for (int32_t i = 0; i < count; i++)
        next[i] = state_below(r, states);
    rules->spellings = (s2s_spellings){edges.count, edges.starts, edges.ids, next};
    int32_t *partial = integers(r, sentences);
    for (int32_t n = 0; n < sentences; n++)
        partial[n] = state_below(r, states);
    rules->partial = partial;
}

static void choose_terms(reader *r) {
    s2s_search *rules = &r->q->rules;
    int32_t *starts = row_starts(r, r->q->count, 0, 3);
    rules->terms = rows_of_ids(r, starts[r->q->count], 1, 3, r->vocabulary);
    rules->term_starts = is_odd(r) ? NULL : starts;
}

static void choose_candidates(reader *r) {
    s2s_search *rules = &r->q->rules;
    s2s_ids rows = rows_of_ids(r, r->q->count, 1, 12, r->vocabulary);
    for (int32_t n = 0; n < rows.count && ascend(rows.starts, rows.count) && !is_odd(r); n++)
        if (rows.starts[n] < rows.starts[n + 1])
            ((int32_t *)rows.ids)[rows.starts[n]] = rules->eos;
    sort_rows(r, &rows);
    rules->candidates = rows;
}

static void choose_continues(reader *r) {
    uint8_t *continues = array(r, r->vocabulary, 1);
    uint32_t bits = (uint32_t)byte(r) << 8 | (uint32_t)byte(r);
    for (int32_t i = 0; i < r->vocabulary; i++)
        continues[i] = (uint8_t)(bits >> i % 16 & 1);
    r->q->rules.continues = continues;
}

static void choose_rules(reader *r) {
    s2s_search *rules = &r->q->rules;
    rules->beam = is_odd(r) ? odd_value(r) : 1 + below(r, 5);
    rules->nbest = is_odd(r) ? odd_value(r) : 1 + below(r, rules->beam > 0 ? rules->beam : 1);
    rules->length_penalty = penalty(r);
    rules->coverage_penalty = below(r, 4) ? 0 : penalty(r);
    rules->bos = is_odd(r) ? odd_value(r) : 2 % r->vocabulary;
    rules->eos = is_odd(r) ? odd_value(r) : 3 % r->vocabulary;
    rules->first_forbidden = below(r, 4) ? r->vocabulary : value_below(r, r->vocabulary + 1);
    rules->attention = byte(r) & 1;
    rules->min_length = below(r, 2) ? value_below(r, 6) : 0;
    rules->no_repeat_ngram = below(r, 2) ? value_below(r, 4) : 0;
    rules->forbidden = rows_of_ids(r, below(r, 4), 1, 3, r->vocabulary);
    int32_t kinds = byte(r);
    if (kinds & 1)
        rules->prefixes =
            rows_of_ids(r, is_odd(r) ? below(r, 4) : r->q->count, 0, 3, r->vocabulary);
    if (kinds & 2)
        choose_spellings(r);
    if (kinds & 4)
        choose_terms(r);
    if (kinds & 8)
        choose_candidates(r);
    if (kinds & 16)
        choose_continues(r);
}

void request_from(request *q, const s2s_config *config, const uint8_t *bytes, size_t size) {
    memset(q, 0, sizeof *q);
    reader r = {bytes, bytes + size, config->target_size, 0, q};
    r.odd = below(&r, 2) ? 8 : 0;
    q->count = byte(&r) % 8 ? 1 + below(&r, 3) : 0;
    choose_rules(&r);
    q->starts = row_starts(&r, q->count, 1, 6);
    q->ids = integers(&r, q->starts[q->count]);
    for (int32_t i = 0; i < q->starts[q->count]; i++)
        q->ids[i] = value_below(&r, config->source_size);
    q->longest = integers(&r, q->count);
    for (int32_t n = 0; n < q->count; n++)
        q->longest[n] = below(&r, 16) ? value_below(&r, 8) : 70; /* more than a trace begins with */
    s2s_ids targets = rows_of_ids(&r, q->count, 1, 4, config->target_size);
    q->target_starts = targets.starts ? (int32_t *)targets.starts : row_starts(&r, 0, 0, 0);
    q->targets = (int32_t *)targets.ids;
    q->score_bos = value_below(&r, config->target_size);
    q->scores = array(&r, q->count, sizeof *q->scores);
    q->validated = array(&r, q->count, sizeof *q->scores);
    q->most_likely = value_below(&r, 6);
    if (is_odd(&r))
        q->count = -1 - byte(&r);
}

void request_number(request *q, const s2s_config *config, uint64_t number) {
    uint8_t bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++) {
        number = number * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(number >> 56);
    }
    request_from(q, config, bytes, sizeof bytes);
}

void request_free(request *q) {
    for (int i = 0; i < q->block_count; i++)
        free(q->blocks[i]);
}

static void require(int promise, const char *text) {
    if (promise)
        return;
    fprintf(stderr, "A promise of the interface is broken: %s\n", text);
    abort();
}

static uint64_t mixed(uint64_t digest, const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        digest = (digest ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
    return digest;
}

static void note_refusal(answers *a, const char *error, size_t size) {
    require(memchr(error, 0, size) && *error, "a refusal has a reason");
    a->lacked_memory += !strcmp(error, "there is not enough memory");
    a->digest = mixed(a->digest, error, strlen(error));
}

static void check_hypothesis(const request *q, const s2s_hypothesis *h, const s2s_config *config) {
    require(h->sentence >= 0 && h->sentence < q->count, "a hypothesis belongs to a sentence");
    require(h->length >= 0 && h->length <= q->longest[h->sentence], "no translation is too long");
    for (int32_t i = 0; i < h->length; i++)
        require(h->tokens[i] >= 0 && h->tokens[i] < config->target_size, "tokens are target ids");
    require(!h->attention == !q->rules.attention || config->attention == S2S_NO_ATTENTION ||
                q->rules.coverage_penalty > 0,
            "attention is returned if it is asked for");
}

static void add_result(answers *a, const request *q, const s2s_result *result,
                       const s2s_config *config) {
    int32_t own = 0;
    for (int32_t i = 0; i < result->count; i++) {
        const s2s_hypothesis *h = &result->hypotheses[i];
        check_hypothesis(q, h, config);
        int follows = i && h->sentence == h[-1].sentence;
        require(!i || h->sentence >= h[-1].sentence,
                "hypotheses are in the order of the sentences");
        require(!follows || !(h->score > h[-1].score), "the best hypothesis comes first");
        own = follows ? own + 1 : 1;
        require(own <= q->rules.nbest, "there are no more hypotheses than nbest");
        size_t weights =
            (size_t)(h->length + 1) * (size_t)(q->starts[h->sentence + 1] - q->starts[h->sentence]);
        a->digest = mixed(a->digest, h->tokens, (size_t)h->length * sizeof *h->tokens);
        a->digest = mixed(a->digest, &h->score, sizeof h->score);
        a->digest = mixed(a->digest, &h->log_probability, sizeof h->log_probability);
        if (h->attention)
            a->digest = mixed(a->digest, h->attention, weights * sizeof *h->attention);
    }
}

static void check_step(const s2s_recorded_step *step, const s2s_config *config, int32_t likely) {
    require(step->rows > 0 && step->node_count >= 0, "a step has rows");
    for (int32_t i = 0; i < step->node_count; i++) {
        const s2s_node *node = &step->nodes[i];
        require(node->row >= 0 && node->row < step->rows, "a candidate extends a row of its step");
        require(node->token >= 0 && node->token < config->target_size, "candidates are target ids");
    }
    for (int32_t i = 0; i < step->rows * likely; i++)
        require(step->likely[i] >= -1 && step->likely[i] < config->target_size,
                "likely tokens are target ids");
}

/* Record the only sentence; the translation is the one that was found without a recording. */
static void add_recording(answers *a, const request *q, const s2s_result *result,
                          const s2s_model *model, const s2s_config *config) {
    char error[64];
    s2s_recording recording;
    if (s2s_record(model, q->starts[1], q->ids, q->longest[0], &q->rules, q->most_likely,
                   &recording, error, sizeof error)) {
        note_refusal(a, error, sizeof error);
        return;
    }
    a->recorded = 1;
    require(recording.result.count == result->count, "a recording has all hypotheses");
    for (int32_t i = 0; i < result->count; i++) {
        const s2s_hypothesis *h = &recording.result.hypotheses[i], *known = &result->hypotheses[i];
        require(h->length == known->length && !memcmp(&h->score, &known->score, sizeof h->score) &&
                    !memcmp(h->tokens, known->tokens, (size_t)h->length * sizeof *h->tokens),
                "a recording does not change the translation");
    }
    for (int32_t i = 0; i < recording.step_count; i++)
        check_step(&recording.steps[i], config, recording.most_likely);
    s2s_free_recording(&recording);
}

/* Translate and score at once; both are what they are one after the other. */
static void add_validation(answers *a, const request *q, const s2s_model *model) {
    char error[64];
    s2s_result result, alone;
    if (s2s_validate(model, q->count, q->ids, q->starts, q->longest, &q->rules, q->targets,
                     q->target_starts, q->validated, &result, error, sizeof error)) {
        require(!result.count && !result.hypotheses, "a refused call has no result");
        note_refusal(a, error, sizeof error);
        return;
    }
    if (s2s_translate(model, q->count, q->ids, q->starts, q->longest, &q->rules, &alone, error,
                      sizeof error)) {
        note_refusal(a, error, sizeof error);
    } else {
        require(result.count == alone.count, "validation has all hypotheses");
        for (int32_t i = 0; i < result.count; i++) {
            const s2s_hypothesis *h = &result.hypotheses[i], *known = &alone.hypotheses[i];
            require(h->length == known->length && h->sentence == known->sentence &&
                        !memcmp(&h->score, &known->score, sizeof h->score) &&
                        !memcmp(h->tokens, known->tokens, (size_t)h->length * sizeof *h->tokens),
                    "validation does not change the translation");
        }
        s2s_free(&alone);
    }
    s2s_free(&result);
    if (s2s_score(model, q->count, q->ids, q->starts, q->targets, q->target_starts, q->rules.bos,
                  q->scores, error, sizeof error))
        note_refusal(a, error, sizeof error);
    else
        require(!memcmp(q->validated, q->scores, (size_t)q->count * sizeof *q->scores),
                "validation does not change the scores");
}

answers request_answers(const request *q, const s2s_model *model, const s2s_config *config) {
    answers a = {14695981039346656037u, 0, 0, 0, 0};
    char error[64];
    s2s_result result;
    if (s2s_translate(model, q->count, q->ids, q->starts, q->longest, &q->rules, &result, error,
                      sizeof error)) {
        require(!result.count && !result.hypotheses, "a refused call has no result");
        note_refusal(&a, error, sizeof error);
    } else {
        a.translated = q->count > 0;
        add_result(&a, q, &result, config);
        if (q->count == 1 && q->starts[0] == 0)
            add_recording(&a, q, &result, model, config);
        s2s_free(&result);
    }
    if (s2s_score(model, q->count, q->ids, q->starts, q->targets, q->target_starts, q->score_bos,
                  q->scores, error, sizeof error)) {
        note_refusal(&a, error, sizeof error);
    } else {
        a.scored = q->count > 0;
        a.digest = mixed(a.digest, q->scores, (size_t)q->count * sizeof *q->scores);
    }
    add_validation(&a, q, model);
    return a;
}
