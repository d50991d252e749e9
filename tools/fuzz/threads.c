/* Threads that share a model: each gets the same answers as one thread before them.
 *
 *     threads FOLDER REQUESTS
 *
 * sends so many requests per thread to each model of the folder.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "models.h"
#include "request.h"

enum { THREADS = 8 };

static opened models[MOST_MODELS];

typedef struct {
    const opened *model;
    const answers *expected;
    int count, first; /* requests, and that with which a thread begins */
} work;

static answers answer(const opened *model, int number) {
    request q;
    request_number(&q, &model->config, (uint64_t)number);
    answers found = request_answers(&q, model->model, &model->config);
    request_free(&q);
    return found;
}

static void *run(void *argument) {
    const work *w = argument;
    for (int i = 0; i < w->count; i++) {
        int number = (w->first + i) % w->count;
        if (answer(w->model, number).digest != w->expected[number].digest) {
            fprintf(stderr, "a thread gets another answer to request %d\n", number);
            abort();
        }
    }
    return NULL;
}

static void share(const opened *model, answers *expected, int count) {
    pthread_t threads[THREADS];
    work works[THREADS];
    for (int number = 0; number < count; number++)
        expected[number] = answer(model, number);
    for (int i = 0; i < THREADS; i++) {
        works[i] = (work){model, expected, count, i * count / THREADS};
        if (pthread_create(&threads[i], NULL, run, &works[i]))
            abort();
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv) {
    int count = argc == 3 ? atoi(argv[2]) : 0;
    answers *expected = count > 0 ? calloc((size_t)count, sizeof *expected) : NULL;
    if (!expected) {
        fprintf(stderr, "usage: threads FOLDER REQUESTS\n");
        return 2;
    }
    int model_count = open_models(argv[1], models);
    unsigned long long translated = 0;
    for (int m = 0; m < model_count; m++) {
        share(&models[m], expected, count);
        for (int number = 0; number < count; number++)
            translated += THREADS * (unsigned)expected[number].translated;
    }
    close_models(models, model_count);
    free(expected);
    printf("runs: %d\ntranslated: %llu\n", model_count * count * THREADS, translated);
    return 0;
}
