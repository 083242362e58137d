/**
 * Code guard: what happens to codes that no latent action of a training step chose. The moving average of the
 * reference flings them away and lets them fall back to the origin (spec models, 20.1 no. 2).
 */
#ifndef PLAYSLOT_TRAINING_CODE_GUARD_H
#define PLAYSLOT_TRAINING_CODE_GUARD_H

#include "models/codebook.h"

typedef enum CodeGuardMode {
    CODE_GUARD_REFERENCE, /* as the reference does */
    CODE_GUARD_KEEP,      /* unused codes stay where they are */
    CODE_GUARD_RESTART    /* unused codes move to a latent action of the step, drawn at random */
} CodeGuardMode;

/** Zeroed is empty. */
typedef struct CodeGuard {
    CodeGuardMode mode;
    Codebook book;
    real *codes, *weight, *count; /* as they were before the update */
} CodeGuard;

/** For a moving-average book; a gradient-trained one is left alone whatever the mode. */
MUST_USE Status code_guard_init(CodeGuard *out, const Codebook *book, CodeGuardMode mode,
                                Error *error);
void code_guard_release(CodeGuard *guard);

/**
 * The code book's update of one training step, over all micro-batches in their order (see codebook_after_step).
 * Draws come from rng_stream(seed, "code-restart", step).
 */
void code_guard_after_step(CodeGuard *guard, ParamStore *store, const CodebookBatch *parts,
                           int part_count, uint64_t seed, int64_t step);

#endif
