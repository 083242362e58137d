/**
 * Data sets as Minari 0.5 keeps them (https://minari.farama.org, "Dataset Standards"): <root>/<id>/data with
 *
 *   metadata.json    counts, dataset_id, and both spaces as JSON in a text
 *   main_data.hdf5   episode_<i>, attributes id, seed, total_steps
 *     observations     state F64 (T+1, O), <camera>_image U8 (T+1, H, W, 3): a Dict space; pictures are not JPEG
 *     actions          F32 (T, A) clipped to [-1, 1]
 *     rewards          F64 (T); terminations bool (T): success at the last step; truncations bool (T): none there
 *     infos/success    bool (T)
 */
#ifndef PLAYSLOT_DATA_FORMATS_MINARI_H
#define PLAYSLOT_DATA_FORMATS_MINARI_H

#include "base/status.h"
#include "data/dataset.h"

/**
 * Write all episodes of `dataset`; `minari.load_dataset(id)` opens them with MINARI_DATASETS_PATH=root. The id is
 * "button-press-v0", with names before it if wanted ("playslot/button-press-v0"). ERR_ARGUMENT for another kind of id
 * or one that is there already; ERR_SHAPE when episodes observe different things; ERR_IO.
 */
MUST_USE Status minari_write(const Dataset *dataset, const char *root, const char *id,
                             Error *error);

#endif
