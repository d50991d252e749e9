/* Changes to files of models that know what a safetensors file looks like. */
#ifndef MUTATE_H
#define MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* Change a file in place; return its new size, at most `room`. Equal seeds make equal changes. */
size_t mutate_model(uint8_t *bytes, size_t size, size_t room, unsigned seed);

/* libFuzzer's own changes, or those of main.c. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t room);

#endif
