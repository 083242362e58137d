/**
 * Demonstrations as robomimic keeps them: one HDF5 file (https://robomimic.github.io, "Dataset Contents").
 *
 *   data                  attributes total, env_args (JSON: env_name, type 2 = gym, env_kwargs)
 *   data/demo_<i>         attributes num_samples and, as text, what EpisodeInfo holds
 *     actions F32 (T, A)    clipped to [-1, 1], as the simulators do themselves and robomimic demands
 *     states  F64 (T, S)    before each action; final_state F64 (S), after the last one
 *     rewards F64 (T); dones U8 (T): success, or the last step; success U8 (T)
 *     obs, next_obs         flat F64 (T, O), <camera>_image U8 (T, H, W, 3), <camera>_depth F32 (T, H, W, 1),
 *                           <camera>_labels U8 (T, H, W, 1)
 *   mask/train, valid, test   names of the demonstrations of a split, if it has any
 */
#ifndef PLAYSLOT_DATA_FORMATS_ROBOMIMIC_H
#define PLAYSLOT_DATA_FORMATS_ROBOMIMIC_H

#include "base/status.h"
#include "data/dataset.h"

/** Write all episodes of `dataset` in its order, aside and renamed. ERR_IO, and errors of episode files. */
MUST_USE Status robomimic_write(const Dataset *dataset, const char *path, Error *error);

/**
 * Read a file of robomimic's into `folder` (made if missing): 000000.safetensors and on, and dataset.json. `*count`
 * gets the number of episodes.
 *
 * Of files by others: task is env_args' env_name, policy "demonstration", the seed the demonstration's place. obs holds
 * the low-dimensional observations one after the other in the order of their names. Cameras are the arrays
 * <camera>_image; all must have one size. Without next_obs the last action, whose result nobody saw, is left out.
 * Without the array success, dones tells it. Without final_state there is no state.
 *
 * ERR_FORMAT and ERR_SHAPE name the array; ERR_NUMERIC values that are not finite; ERR_UNSUPPORTED observations that
 * are neither pictures nor vectors. Runs in this process: give it files of others through hdf5_guarded.
 */
MUST_USE Status robomimic_read(const char *path, const char *folder, int *count, Error *error);

#endif
