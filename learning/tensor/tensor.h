/**
 * Shapes and the number type of everything learned.
 */
#ifndef PLAYSLOT_TENSOR_TENSOR_H
#define PLAYSLOT_TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>

#ifdef PLAYSLOT_DOUBLE
typedef double real; /* the gradient-check build */
#else
typedef float real;
#endif

#define SHAPE_MAX_RANK 6

/** Row-major extents, outermost first; rank 0 is a scalar. */
typedef struct Shape {
    int rank;
    int dims[SHAPE_MAX_RANK];
} Shape;

/** SHAPE(4, 3, 64) is a (4, 3, 64) shape; SHAPE_SCALAR has one element. */
#define SHAPE(...)                                                                                 \
    ((Shape){ .rank = (int)(sizeof((int[]){ __VA_ARGS__ }) / sizeof(int)),                         \
              .dims = { __VA_ARGS__ } })
#define SHAPE_SCALAR ((Shape){ .rank = 0 })

/** What follows a linear map or a convolution; GELU is the exact x * Phi(x). */
typedef enum Activation { ACTIVATION_NONE, ACTIVATION_RELU, ACTIVATION_GELU } Activation;

/** Number of elements; extents are positive and the product was checked when the shape was made. */
size_t shape_count(Shape shape);
bool shape_equal(Shape a, Shape b);
/** "(4, 3, 64)" into `text`; returns `text`. */
const char *shape_format(char *text, size_t size, Shape shape);

#endif
