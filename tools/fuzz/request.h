/* Arguments of s2s_translate, s2s_record, s2s_score and s2s_validate, derived from any bytes: most of
 * them valid, some odd.
 *
 * Each array has exactly the size that the interface asks for, so that a sanitizer sees an access
 * beyond its end. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "s2s.h"

enum { REQUEST_BLOCKS = 64 };

typedef struct {
    int32_t count;
    int32_t *ids, *starts, *longest;
    s2s_search rules;
    int32_t *targets, *target_starts, score_bos; /* for s2s_score */
    float *scores, *validated;
    int32_t most_likely; /* for s2s_record */
    void *blocks[REQUEST_BLOCKS]; /* all arrays */
    int block_count;
} request;

typedef struct {
    uint64_t digest; /* equal for equal answers */
    int translated, scored, recorded; /* whether the calls were answered for at least one sentence */
    int lacked_memory;      /* calls that were refused for lack of memory */
} answers;

/* Derive a request to a model of this architecture. */
void request_from(request *q, const s2s_config *config, const uint8_t *bytes, size_t size);

/* Derive a request from a number. */
void request_number(request *q, const s2s_config *config, uint64_t number);

void request_free(request *q);

/* Translate, record if there is one sentence, and score. Aborts if an answer breaks a promise of the interface. */
answers request_answers(const request *q, const s2s_model *model, const s2s_config *config);

#endif
