/* Shared by the files that write and read dataset.json. */
#ifndef PLAYSLOT_DATA_DATASET_INTERNAL_H
#define PLAYSLOT_DATA_DATASET_INTERNAL_H

#include "data/dataset.h"

#define DATASET_FORMAT "playslot-dataset-1"

/* "000123.safetensors" -> 123; other names count by their rank */
int64_t episode_number(const char *name, int rank);

/* ERR_ARGUMENT "camera 'a', the others have 'b'" for what episodes of one dataset must share */
MUST_USE Status facts_check_same(const DatasetFacts *facts, const DatasetFacts *others,
                                 Error *error);
/* what only some episodes have is not said of all */
void facts_join(DatasetFacts *facts, const DatasetFacts *others);

#endif
