/* Fuzzer of s2s_translate, s2s_record, s2s_score and s2s_validate. The first byte of an input chooses
 * one of the models in the folder that S2S_FUZZ_MODELS names; the others are a request. */
#include <stdio.h>
#include <stdlib.h>

#include "models.h"
#include "request.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static opened models[MOST_MODELS];
static int model_count;
static unsigned long long translated, scored, recorded;

/* Say how many calls were answered. The others were refused, or had no sentence. */
static void report(void) {
    printf("translated: %llu\nrecorded: %llu\nscored: %llu\n", translated, recorded, scored);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const char *folder = getenv("S2S_FUZZ_MODELS");
    if (!model_count) {
        model_count = open_models(folder ? folder : "models", models);
        atexit(report);
    }
    if (!size)
        return 0;
    const opened *chosen = &models[bytes[0] % model_count];
    request q;
    request_from(&q, &chosen->config, bytes + 1, size - 1);
    answers found = request_answers(&q, chosen->model, &chosen->config);
    translated += (unsigned)found.translated;
    scored += (unsigned)found.scored;
    recorded += (unsigned)found.recorded;
    request_free(&q);
    return 0;
}
