/* A fuzzer without libFuzzer, for any compiler: runs a harness on files, and on changes to them.
 *
 *     HARNESS CHANGES FILE...
 *
 * makes so many changes to each file. They are the same each time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

enum { ROOM = 1 << 18 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room,
                                                     unsigned seed);

static unsigned state = 1;

static unsigned draw(size_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % (unsigned)below;
}

/* Flip a bit, set a byte, insert one, or cut the rest off. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t room) {
    size_t place = draw(size + 1);
    unsigned kind = draw(8);
    if (kind < 3 && size < room) {
        memmove(bytes + place + 1, bytes + place, size - place);
        bytes[place] = (uint8_t)draw(256);
        return size + 1;
    }
    if (place == size)
        return size;
    if (kind < 5)
        bytes[place] ^= (uint8_t)(1u << draw(8));
    else if (kind < 7)
        bytes[place] = (uint8_t)draw(256);
    return kind == 7 ? place : size;
}

/* Run the harness on bytes at the end of a block of memory. */
static void run(const uint8_t *bytes, size_t size) {
    uint8_t *block = malloc(size ? size : 1);
    if (!block)
        abort();
    memcpy(block, bytes, size);
    LLVMFuzzerTestOneInput(block, size);
    free(block);
}

static size_t change(uint8_t *bytes, size_t size) {
    for (unsigned times = 1 + draw(3); times; times--)
        size = LLVMFuzzerCustomMutator ? LLVMFuzzerCustomMutator(bytes, size, ROOM, draw(1 << 20))
                                       : LLVMFuzzerMutate(bytes, size, ROOM);
    return size;
}

int main(int argc, char **argv) {
    static uint8_t original[ROOM], bytes[ROOM];
    long changes = argc > 1 ? atol(argv[1]) : 0;
    for (int i = 2; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            fprintf(stderr, "%s: it cannot be read\n", argv[i]);
            return 2;
        }
        size_t size = fread(original, 1, ROOM, file);
        fclose(file);
        run(original, size);
        for (long n = 0; n < changes; n++) {
            memcpy(bytes, original, size);
            run(bytes, change(bytes, size));
        }
    }
    printf("runs: %ld\n", (argc - 2) * (changes + 1));
    return 0;
}
