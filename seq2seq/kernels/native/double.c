/* Recurrences in double precision with plain C, for tests of the gradients. */
#include <math.h>
#include <stdint.h>

#include "recurrence.h"

enum { LANES = 2 };
typedef double real;
typedef double io;
typedef double vector __attribute__((vector_size(8 * LANES), aligned(8)));

static inline vector load(const real *x) { return *(const vector *)x; }
static inline void store(real *x, vector v) { *(vector *)x = v; }
static inline vector all(real x) { return x - (vector){0}; }

#define load_io load
#define store_io store
#define fma_(a, b, c) ((a) * (b) + (c))
#define reciprocal(x) (1 / (x))
#define LOWEST (-1e300)
#define LOGARITHM log
#define ROOT sqrt
#define S2S_UNROLL

static inline vector max_(vector a, vector b) {
    for (int i = 0; i < LANES; i++)
        a[i] = a[i] > b[i] ? a[i] : b[i];
    return a;
}

static inline vector exponential(vector x) {
    for (int i = 0; i < LANES; i++)
        x[i] = exp(x[i]);
    return x;
}

static inline vector sigmoid(vector x) {
    for (int i = 0; i < LANES; i++)
        x[i] = 1 / (1 + exp(-x[i]));
    return x;
}

static inline vector hyperbolic_tangent(vector x) {
    for (int i = 0; i < LANES; i++)
        x[i] = tanh(x[i]);
    return x;
}

#define OPS s2s_double_ops
#include "panels.inc"
#include "tile.inc"
#include "recurrence.inc"
