/**
 * Gradient check: the derivative along one random direction per input, from backward and from two forward
 * runs. Meant for the double build; the float build checks the same with wide limits.
 */
#ifndef PLAYSLOT_TESTS_SUPPORT_GRADIENT_CHECK_H
#define PLAYSLOT_TESTS_SUPPORT_GRADIENT_CHECK_H

#include <stdint.h>

#include "graph/graph.h"

#define GRADIENT_MAX_INPUTS 8

typedef enum InputKind {
    INPUT_ANY,      /* standard normal */
    INPUT_APART,    /* odd multiples of 0.025 around 0, all different, shuffled: away from kinks */
    INPUT_POSITIVE, /* uniform in [0.5, 1.5) */
    INPUT_INDEX,    /* whole numbers 0, 1, 2; gets no gradient */
    INPUT_BITS      /* 0 or 1, the first always 1; gets no gradient */
} InputKind;

typedef struct GradientInput {
    Shape shape;
    InputKind kind;
} GradientInput;

typedef struct GradientCase {
    const char *name;
    GradientInput
        inputs[GRADIENT_MAX_INPUTS]; /* ends at the first of rank 0 that has kind INPUT_ANY */
    Node (*build)(Graph *graph, const Node *inputs);
    bool no_gradient; /* the operation has none: only forward is run */
} GradientCase;

/**
 * Build, plan, run and compare, failing the cmocka test with the case's name. Twice: with the operation as
 * the first writer of its inputs' gradients, and as one that adds. Also: shared and unshared plans agree bit
 * for bit, garbage in the plan's memory does not matter, and a second run gives the same bytes.
 */
void gradient_check(const GradientCase *test_case, uint64_t seed);

#endif
