/* Fuzzer of s2s_open: an input is an s2s_config, and then the content of model.safetensors. A model
 * that is accepted has to translate. */
#include <stdlib.h>
#include <string.h>

#include "mutate.h"
#include "request.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned seed);

/* A request for beam search with attention and a coverage penalty: 2 sentences of 6 and 3 tokens.
 */
static const uint8_t usual[] = {0, 1, 1, 2, 1, 1, 0, 2, 3, 1, 0, 0, 0, 0, 0, 5,
                                2, 1, 4, 2, 5, 3, 6, 0, 1, 2, 7, 4, 1, 1, 3};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    s2s_config config;
    char error[128];
    if (size < sizeof config)
        return 0;
    memcpy(&config, bytes, sizeof config);
    s2s_model *model =
        s2s_open(&config, bytes + sizeof config, size - sizeof config, error, sizeof error);
    if (model) {
        request q;
        request_from(&q, &config, usual, sizeof usual);
        request_answers(&q, model, &config);
        request_free(&q);
        s2s_close(model);
    } else if (!memchr(error, 0, sizeof error) || !*error) {
        abort();
    }
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned seed) {
    return mutate_model(bytes, size, room, seed);
}
