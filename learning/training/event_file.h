/**
 * TensorBoard event files: scalars, PNG images and animated GIFs that `tensorboard --logdir` shows.
 *
 * A file is a sequence of records (length, checksum, bytes, checksum; CRC-32C, masked), each record one
 * Event message. Every call writes one whole record and hands it to the system at once, so a killed process
 * loses at most the record in hand; a torn one at the end is cut off when the file is opened again, and a
 * record that did not fit on the disk is taken back.
 *
 * The wall time (seconds since 1970) of an event comes from the caller; nothing here reads the clock.
 */
#ifndef PLAYSLOT_TRAINING_EVENT_FILE_H
#define PLAYSLOT_TRAINING_EVENT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct EventFile EventFile;

/**
 * Open "<folder>/events.out.tfevents.<seconds of wall_time, 10 digits>.playslot": new, or appended to when it
 * exists. The folder must exist. ERR_IO; ERR_FORMAT for a file that does not begin as an event file.
 */
MUST_USE Status event_file_open(EventFile **out, const char *folder, double wall_time,
                                Error *error);
/** The same with the whole path; TensorBoard looks for names that contain "tfevents". */
MUST_USE Status event_file_open_path(EventFile **out, const char *path, double wall_time,
                                     Error *error);
/** Borrowed. */
const char *event_file_path(const EventFile *file);
/** Sync and close; destroyed in every case. NULL is fine. */
MUST_USE Status event_file_close(EventFile *file, Error *error);

/**
 * One value of the curve `tag` ("train/loss") at `step`. Tags are non-empty UTF-8 (ERR_ARGUMENT). NaN and
 * infinity are written as they are. Allocates nothing once its buffer has grown to the largest record.
 */
MUST_USE Status event_file_scalar(EventFile *file, const char *tag, int64_t step, double wall_time,
                                  double value, Error *error);
/**
 * A picture of width x height: the bytes of a PNG, or of a GIF, which TensorBoard plays.
 * ERR_ARGUMENT for bytes that are neither.
 */
MUST_USE Status event_file_image(EventFile *file, const char *tag, int64_t step, double wall_time,
                                 int width, int height, const void *bytes, size_t size,
                                 Error *error);
/**
 * Training goes on from a checkpoint at `step`: TensorBoard drops what this folder's earlier events say about
 * that step and later ones.
 */
MUST_USE Status event_file_restart(EventFile *file, int64_t step, double wall_time, Error *error);

/** CRC-32C (Castagnoli) of bytes, and the masked form that records carry. */
uint32_t crc32c(const void *data, size_t size);
uint32_t crc32c_masked(const void *data, size_t size);

#endif
