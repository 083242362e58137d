/**
 * ParamStore: named parameters and buffers in one block, in order of declaration.
 *
 * Layers declare their parameters once, with the reference's state-dictionary keys under a model prefix
 * ("savi.encoder.encoder.0.block.0.weight"); graphs for training, validation and rollout bind the same store.
 * Order of declaration is the reference's registration order, so that optimiser indices agree with its
 * checkpoints. After params_allocate nothing can be added.
 */
#ifndef PLAYSLOT_GRAPH_PARAMS_H
#define PLAYSLOT_GRAPH_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "tensor/tensor.h"

typedef enum InitKind {
    INIT_ZERO,
    INIT_ONE,
    INIT_UNIFORM,          /* [-scale, scale) */
    INIT_NORMAL,           /* standard deviation scale */
    INIT_TRUNCATED_NORMAL, /* the same, drawn again outside two standard deviations */
    INIT_XAVIER, /* bound sqrt(6 / (fan_in + fan_out)): fan_in = d1 * rest, fan_out = d0 * rest */
    INIT_ORTHOGONAL /* 2 axes; orthonormal columns (rows when rows < columns) */
} InitKind;

typedef struct Init {
    InitKind kind;
    double scale;
} Init;

typedef struct Param {
    const char *name; /* owned by the store */
    Shape shape;
    Init init;
    bool is_buffer; /* saved, never trained (running statistics, EMA counts, positional tables) */
    bool is_frozen; /* trainable in principle, but not now */
    size_t offset;  /* in elements, into params_values and gradient blocks */
} Param;

typedef struct ParamStore ParamStore;

MUST_USE Status params_create(ParamStore **out, Error *error);
void params_destroy(ParamStore *store);

/**
 * Declare a parameter; returns its index. A name declared twice, or one after params_allocate, is kept as
 * the store's first error and reported by params_allocate (declarations stay free of `if`).
 */
int params_declare(ParamStore *store, const char *name, Shape shape, Init init);
int params_declare_buffer(ParamStore *store, const char *name, Shape shape, Init init);

/** Allocate the value block (zeros). Reports the first declaration error. */
MUST_USE Status params_allocate(ParamStore *store, Error *error);

int params_count(const ParamStore *store);
const Param *params_at(const ParamStore *store, int index);
/** Index, or -1. */
int params_find(const ParamStore *store, const char *name);

/** The whole block (params_total elements), and one parameter's part of it. */
real *params_values(ParamStore *store);
real *params_value(ParamStore *store, int index);
const real *params_value_const(const ParamStore *store, int index);
size_t params_total(const ParamStore *store);

/** Draw initial values: parameter `name` from rng_stream(seed, name, 0), whatever else exists. */
void params_initialize(ParamStore *store, uint64_t seed);

/** Freeze or release every parameter whose name starts with `prefix`. */
void params_freeze(ParamStore *store, const char *prefix, bool frozen);

#endif
