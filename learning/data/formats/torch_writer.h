/**
 * Writing PyTorch's files: a pickled tree of dictionaries, lists, numbers and tensors in a zip archive that
 * `torch.load(path, weights_only=True)` opens. Equal input gives equal bytes.
 *
 * The tree is written in order, from the outside in: begin_dict, text (a key), value, ..., end_dict. The first
 * error is kept inside and reported by torch_writer_finish.
 */
#ifndef PLAYSLOT_DATA_FORMATS_TORCH_WRITER_H
#define PLAYSLOT_DATA_FORMATS_TORCH_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/safetensors.h"
#include "base/status.h"

typedef struct TorchWriter TorchWriter;

MUST_USE Status torch_writer_create(TorchWriter **out, Error *error);
void torch_writer_destroy(TorchWriter *writer); /* NULL is fine */

void torch_put_none(TorchWriter *writer);
void torch_put_bool(TorchWriter *writer, bool flag);
void torch_put_integer(TorchWriter *writer, int64_t integer);
void torch_put_real(TorchWriter *writer, double real);
void torch_put_text(TorchWriter *writer, const char *text);
/** A contiguous tensor; its bytes are lent until the file is written. ERR_UNSUPPORTED for element types that PyTorch lacks. */
void torch_put_tensor(TorchWriter *writer, const TensorView *tensor);

void torch_begin_dict(TorchWriter *writer);
void torch_begin_ordered_dict(TorchWriter *writer);
void torch_end_dict(TorchWriter *writer);
/** A dictionary of attributes for the ordered dictionary before it: put the keys and values, then end. */
void torch_begin_attributes(TorchWriter *writer);
void torch_end_attributes(TorchWriter *writer);
void torch_begin_list(TorchWriter *writer);
void torch_end_list(TorchWriter *writer);
void torch_begin_tuple(TorchWriter *writer);
void torch_end_tuple(TorchWriter *writer);

/** Write the file aside, sync, rename. Reports the first error of the calls above. */
MUST_USE Status torch_writer_finish(TorchWriter *writer, const char *path, Error *error);

#endif
