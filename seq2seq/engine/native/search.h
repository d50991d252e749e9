/* Parts of a search: one call with its state, the trace of its steps, and lists of hypotheses. */
#ifndef S2S_SEARCH_H
#define S2S_SEARCH_H

#include "ops.h"

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
    int32_t *sentence; /* (stride) */
    int32_t *leader;   /* (stride), first row of each row's sentence */
    int32_t *history; /* room for the tokens of a row */
    const s2s_ids *candidates; /* by the caller's order, or NULL */
    s2s_linear *own_outputs;   /* (sentences), output layer of the candidates, or NULL */
    float *by_id;              /* logits of the row of the last s2s_continuations, by id */
    float *full;               /* room for these */
    float *listed;             /* room for the logits of candidates */
    s2s_recorder *recorder;    /* of a single sentence, or NULL */
} s2s_call;

/* Tokens of all rows of one step, and the rows of the step before that they continue. */
typedef struct {
    int32_t *tokens, *parents;
    float *attention;
} s2s_trace_step;

typedef struct {
    s2s_trace_step *steps;
    int32_t count, room;
} s2s_trace;

typedef struct {
    s2s_hypothesis *found;
    int32_t count;
} s2s_best_list;

/* A beam search. The caller fills in the first part. */
typedef struct {
    s2s_call *c;
    const s2s_search *rules;
    const int32_t *longest;
    s2s_best_list *lists;

    s2s_trace t;
    int32_t *live, count;      /* sentences that go on */
    int32_t *first;            /* (count + 1), first row of each, and the end of all */
    double *sums;              /* log-probability of each row */
    s2s_trace_step *step;      /* the current one, which gets its tokens and parents */
    int32_t chosen;            /* rows of the next step so far */
    int32_t *new_first;
    double *new_sums;
    int done;                  /* 0: there is not enough memory */
} s2s_beam;

/* Choose the next rows of the sentence live[index]; it is finished if there are none. */
typedef void (*s2s_choose)(s2s_beam *b, int32_t index);

/* call.c */

/* Write the reason of a refusal; returns -1. */
int s2s_fail(char *error, size_t size, const char *reason);

/* Zeroed memory for at least one value, or NULL. */
void *s2s_zeros(size_t count, size_t size);

/* Why sentences that come from outside are refused, or NULL. */
const char *s2s_refused(int32_t count, const int32_t *ids, const int32_t *starts, int32_t size);

/* Make room for a call of some rows per sentence, and encode its sources. Returns 0 if there is not
 * enough memory; s2s_close_call frees what there is. */
int s2s_open_call(s2s_call *c, const s2s_model *m, int32_t count, const int32_t *ids,
                  const int32_t *starts, int32_t width);
void s2s_close_call(s2s_call *c);

/* Score only the candidates of each sentence. Returns 0 if there is not enough memory. */
int s2s_use_candidates(s2s_call *c, const s2s_ids *candidates);

/* Copy rows of the state: row r of the new one is row from[r] of the old one. */
void s2s_select_rows(s2s_call *c, const int32_t *from, int32_t rows);

/* Take a step of the decoder with the tokens of the call. */
void s2s_take_step(s2s_call *c, int32_t rows);

/* Attention weights of this step if they are wanted and the model has any, or NULL. */
const float *s2s_attention(const s2s_call *c, int wanted);

/* trace.c */

/* Begin a step of the trace, with the attention weights of its rows if they are wanted, and room
 * for `most` tokens. */
s2s_trace_step *s2s_add_step(s2s_trace *t, int32_t rows, int32_t most, const float *attention,
                             int32_t wide);
void s2s_free_trace(s2s_trace *t);

/* Tokens of a row before the current step, which has no tokens yet. Returns their number. */
int32_t s2s_history(const s2s_trace *t, int32_t row, int32_t *tokens);

/* A hypothesis that ends at this step; `row` is its row before the end token. The trace has the
 * attention of this step, but not yet its tokens. Returns 0 if there is not enough memory. */
int s2s_hypothesis_of(const s2s_call *c, const s2s_trace *t, int32_t row, int32_t sentence,
                      s2s_hypothesis *h);
void s2s_free_hypothesis(s2s_hypothesis *h);

/* Insert a hypothesis into an n-best list, after those with the same score. */
void s2s_insert(s2s_best_list *list, s2s_hypothesis h, int32_t nbest);
s2s_best_list *s2s_new_lists(int32_t count, int32_t nbest);
void s2s_free_lists(s2s_best_list *lists, int32_t count);

/* Hand the lists over, in the caller's order of sentences. */
int s2s_hand_over(s2s_call *c, s2s_best_list *lists, s2s_result *result);

/* beam.c */

/* Run a beam search. Returns 0 if there is not enough memory. */
int s2s_search_beam(s2s_beam *b, s2s_choose choose);

/* Add a row to those of the next step: a row of the current one with a further token. */
void s2s_extend(s2s_beam *b, int32_t row, int32_t token, double sum);

/* Whether nothing that begins with a hypothesis of this log-probability can still enter the n-best
 * list of a sentence: the list is full, and no longer translation would be good enough. */
int s2s_is_hopeless(const s2s_beam *b, int32_t sentence, double sum);

/* GNMT's length penalty; the length counts the end token. */
double s2s_length_penalty(int32_t length, float alpha);

/* limits.c */

/* Why a call whose arguments are valid otherwise is too large, or NULL. `longest` is NULL for scores. */
const char *s2s_too_large(const s2s_model *m, int32_t count, const int32_t *starts,
                          const int32_t *longest, const s2s_search *rules);

/* filters.c */

/* Why rules that come from outside are refused, or NULL. */
const char *s2s_refused_rules(const s2s_search *rules, const s2s_model *m, int32_t sentences);

/* Whether tokens may be excluded from the translation of a sentence, of the caller's order. */
int s2s_has_filters(const s2s_search *rules, int32_t sentence);

/* Set the logits of excluded tokens to minus infinity. `history` has the tokens so far. */
void s2s_exclude(const s2s_search *rules, int32_t sentence, const int32_t *history, int32_t length,
                 float *logits, int32_t size);

/* record.c */

/* Encode the sentence of a call once more, with a record. */
void s2s_record_encoder(s2s_call *c);

/* Begin to record a step of the decoder. */
void s2s_begin_record(s2s_recorder *r, int32_t rows);

/* Record the attention and the likely tokens of a step. */
void s2s_end_record(s2s_call *c, int32_t rows);

/* Record a candidate of the current step. */
void s2s_record_node(s2s_recorder *r, int32_t row, int32_t token, int32_t status, double total);

/* constrained.c */

/* Beam search for hypotheses that contain all terms of their sentences. */
int s2s_constrained(s2s_call *c, const s2s_search *rules, const int32_t *longest,
                    s2s_best_list *lists);

/* search.c */

/* Translate sentences as s2s_translate does; `recorder` is for a single one, or NULL. */
int s2s_run(const s2s_model *model, int32_t count, const int32_t *ids, const int32_t *starts,
            const int32_t *longest, const s2s_search *rules, s2s_recorder *recorder,
            s2s_result *result, char *error, size_t error_size);

/* The largest of some maximum lengths. */
int32_t s2s_most_tokens(const int32_t *longest, int32_t count);

/* The most likely tokens of a row, as the model has them; see `best` of s2s_ops. */
int32_t s2s_likely(s2s_call *c, const s2s_search *rules, int32_t row, int32_t count,
                   s2s_candidate *best, float *total);

/* The best continuations of a row with their log-probabilities; only the end token if it must end,
 * or if all others are excluded. `total` is the logarithm that turns logits into them. Afterwards
 * `by_id` of the call has the logits of the row, if `by_id` is asked for. */
int32_t s2s_continuations(s2s_call *c, const s2s_search *rules, const s2s_trace *t, int32_t row,
                          int ends, int32_t count, int by_id, s2s_candidate *best, float *total);

#endif
