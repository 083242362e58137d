/**
 * PyTorch's files: a pickled tree and the bytes of its tensors, in a zip archive (version 1.6 on) or in the
 * older plain container. Nothing in them is run (pickle.h).
 */
#ifndef PLAYSLOT_DATA_FORMATS_TORCH_FILE_H
#define PLAYSLOT_DATA_FORMATS_TORCH_FILE_H

#include "data/formats/pickle.h"

typedef struct TorchFile TorchFile;

/** Open and interpret. ERR_IO, ERR_FORMAT, ERR_UNSUPPORTED; the text begins with the path. */
MUST_USE Status torch_file_open(TorchFile **out, const char *path, Error *error);
void torch_file_close(TorchFile *file); /* NULL is fine */

/** What was saved; borrowed, valid while open. */
const PickleValue *torch_file_root(const TorchFile *file);

/** Elements and bytes of a tensor. */
size_t torch_tensor_count(const PickleTensor *tensor);
size_t torch_tensor_bytes(const PickleTensor *tensor);
/**
 * Copy a tensor, row-major, as the element type of its storage, into torch_tensor_bytes bytes. ERR_FORMAT
 * when its bytes are missing, damaged or too few.
 */
MUST_USE Status torch_file_read(void *out, const TorchFile *file, const PickleTensor *tensor,
                                Error *error);

#endif
