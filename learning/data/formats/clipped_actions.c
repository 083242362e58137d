#include "data/formats/clipped_actions.h"

#include "base/memory.h"

Status clipped_actions(float **out, const Episode *episode, Error *error)
{
    const size_t count = (size_t)episode->steps * (size_t)episode->action_size;
    const Status status = memory_new_array(out, count, error);
    for (size_t i = 0; !status && i < count; i++) {
        const float value = episode->action[i];
        (*out)[i] = value < -1.0f ? -1.0f : value > 1.0f ? 1.0f : value;
    }
    return status;
}
