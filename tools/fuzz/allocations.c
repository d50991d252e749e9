/* Failing allocations: each call is made again and again, and the first, the second, the third …
 * allocation fails: only that one, or also all after it. It has to say that there is not enough memory, and
 * to free what it has. The linker replaces malloc, calloc, realloc and free by the functions below
 * (--wrap).
 *
 *     allocations FOLDER REQUESTS
 *
 * opens each model of the folder and sends it so many requests.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models.h"
#include "request.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static long left = -1; /* allocations before the one that fails; negative: none fails */
static int forever;    /* all after it fail too */
static long failures, blocks;
static unsigned long long runs; /* calls */

static int fails(void) {
    if (left < 0 || (left > 0 && left--))
        return 0;
    failures++;
    left = forever ? 0 : -1;
    return 1;
}

static void *counted(void *block) {
    blocks += block != NULL;
    return block;
}

void *__wrap_malloc(size_t size) { return fails() ? NULL : counted(__real_malloc(size)); }

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size) {
    if (fails())
        return NULL;
    return block ? __real_realloc(block, size) : counted(__real_realloc(NULL, size));
}

void __wrap_free(void *block) {
    blocks -= block != NULL;
    __real_free(block);
}

static void require(int promise, const char *text) {
    if (promise)
        return;
    fprintf(stderr, "allocation fails: %s\n", text);
    abort();
}

/* A call of the library. Returns how often it was refused for lack of memory. */
typedef int call(void *data);

/* Make a call until no allocation fails any more. Returns the number of failures. */
static unsigned long long make(call *made, void *data) {
    unsigned long long total = 0;
    for (forever = 0; forever < 2; forever++)
        for (long first = 0;; first++) {
            long before = blocks;
            left = first;
            failures = 0;
            int refused = made(data);
            runs++;
            left = -1;
            require(blocks == before, "memory leaks");
            if (!failures)
                break;
            total += (unsigned long long)failures;
            require(refused > 0, "a call does not say that there is not enough memory");
        }
    return total;
}

static int is_refused(const char *error) { return !strcmp(error, "there is not enough memory"); }

static int try_open(void *data) {
    const opened *o = data;
    char error[64] = "";
    s2s_close(open_content(o->content, o->size, error, sizeof error));
    return is_refused(error);
}

typedef struct {
    const opened *to;
    request q;
} asked;

static int try_request(void *data) {
    const asked *a = data;
    return request_answers(&a->q, a->to->model, &a->to->config).lacked_memory;
}

static unsigned long long try_model(opened *model, int count) {
    unsigned long long total = make(try_open, model);
    for (int number = 0; number < count; number++) {
        asked a = {.to = model};
        request_number(&a.q, &model->config, (uint64_t)number);
        total += make(try_request, &a);
        request_free(&a.q);
    }
    return total;
}

int main(int argc, char **argv) {
    static opened models[MOST_MODELS];
    if (argc != 3) {
        fprintf(stderr, "usage: allocations FOLDER REQUESTS\n");
        return 2;
    }
    int count = open_models(argv[1], models);
    unsigned long long total = 0;
    for (int m = 0; m < count; m++)
        total += try_model(&models[m], atoi(argv[2]));
    close_models(models, count);
    printf("failures: %llu\nruns: %llu\n", total, runs);
    return 0;
}
