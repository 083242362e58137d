/**
 * Named weights in files as users have them: safetensors, or a state dictionary that PyTorch saved (.pth). What
 * a file is shows in its first bytes, not in its name; nothing in it is run.
 */
#ifndef PLAYSLOT_TRAINING_WEIGHT_FILE_H
#define PLAYSLOT_TRAINING_WEIGHT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/safetensors.h"
#include "data/formats/torch_file.h"
#include "tensor/tensor.h"

/** One of the two is set. Whoever fills it by hand keeps what it points to. */
typedef struct WeightFile {
    Safetensors *safetensors;
    TorchFile *torch;
} WeightFile;

/** ERR_IO, ERR_FORMAT (begins with the path). weight_file_close. */
MUST_USE Status weight_file_open(WeightFile *out, const char *path, Error *error);
void weight_file_close(WeightFile *file); /* accepts zeroed */

bool weight_file_has(const WeightFile *file, const char *key);
/**
 * A tensor of numbers as real, fresh (memory_free). `shape` holds the wanted extents, -1 for any, and gets the
 * tensor's. ERR_FORMAT when it is missing or holds NaN or infinity, ERR_SHAPE "'lin2.model.1.weight':
 * expected (1, 3, 1, 1), found (1, 2, 1, 1)".
 */
MUST_USE Status weight_file_read(real **out, const WeightFile *file, const char *key, int rank,
                                 int64_t *shape, Error *error);

#endif
