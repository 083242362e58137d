/**
 * Edits of MJCF text: enough to derive one model from another without a parser. Values are put in as they are.
 */
#ifndef PLAYSLOT_ENVS_FETCH_MJCF_TEXT_H
#define PLAYSLOT_ENVS_FETCH_MJCF_TEXT_H

#include "base/status.h"

/**
 * Set an attribute of the element <tag ... name="name" ...>; it is added where it is missing. *text is replaced
 * (memory_free). ERR_FORMAT "no <joint name="..."> in the model" without such an element.
 */
MUST_USE Status mjcf_set(char **text, const char *tag, const char *name, const char *attribute,
                         const char *value, Error *error);

/** Cut out the element <tag ... name="name" ...></tag>, which holds no others. Errors as mjcf_set. */
MUST_USE Status mjcf_remove(char **text, const char *tag, const char *name, Error *error);

/** What stands between <mujoco> and </mujoco> of a file, as fresh text (memory_free). ERR_IO, ERR_FORMAT. */
MUST_USE Status mjcf_read_body(char **out, const char *path, Error *error);

#endif
