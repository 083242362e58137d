/**
 * LPIPS, the learned perceptual distance between pictures (Zhang et al. 2018), AlexNet, weights version 0.1
 * (spec models, section 11).
 *
 * The program ships no weights. They come from the user: the backbone is torchvision's AlexNet
 * (keys features.{0,3,6,8,10}.{weight,bias}), the heads are the lpips package's weights/v0.1/alex file
 * (keys lin{0..4}.model.1.weight); one file may hold both, as the package's own state dictionary does
 * (backbone keys net.slice1.0.weight ... net.slice5.10.bias). Channel counts are the file's.
 */
#ifndef PLAYSLOT_TRAINING_LPIPS_H
#define PLAYSLOT_TRAINING_LPIPS_H

#include "base/status.h"
#include "tensor/tensor.h"
#include "training/weight_file.h"

#define LPIPS_TAPS     5
#define LPIPS_MIN_SIDE 31 /* pictures below it vanish in the second pooling */

/** What a location's channels are divided by. */
typedef enum LpipsVariant {
    LPIPS_ORIGINAL, /* L2 norm + 1e-10: Zhang et al. */
    LPIPS_PIQA /* L2 norm alone: piqa 1.2.2, which the reference uses. NaN where all channels are 0 */
} LpipsVariant;

/** Weights; read only once open, so threads may share them. */
typedef struct Lpips Lpips;

/**
 * Read weights from safetensors or PyTorch files; `heads` is NULL when the first file holds the heads too.
 * ERR_IO; ERR_FORMAT names a key that is missing or not finite; ERR_SHAPE a tensor that does not fit.
 */
MUST_USE Status lpips_open(Lpips **out, const char *backbone, const char *heads,
                           LpipsVariant variant, Error *error);
/** The same from open files, where every key begins with `prefix` ("" for none). Nothing is kept. */
MUST_USE Status lpips_load(Lpips **out, const WeightFile *backbone, const WeightFile *heads,
                           const char *prefix, LpipsVariant variant, Error *error);
void lpips_close(Lpips *lpips); /* NULL is fine */

/** Activations for pairs of pictures of one size; one per thread. */
typedef struct LpipsWork LpipsWork;

/** `lpips` is lent until the work is destroyed. ERR_SHAPE for a side below LPIPS_MIN_SIDE. */
MUST_USE Status lpips_work_create(LpipsWork **out, const Lpips *lpips, int height, int width,
                                  Error *error);
void lpips_work_destroy(LpipsWork *work); /* NULL is fine */

/** Distance of two pictures, planes (3, H, W) in [0, 1]; 0 for equal ones. Allocates nothing. */
double lpips_distance(LpipsWork *work, const real *prediction, const real *target);

/** Activations (2, H', W', C) of tap 0 ... 4 in the last distance, prediction first; borrowed. */
const real *lpips_tap(const LpipsWork *work, int tap, Shape *shape);

#endif
