#include "envs/families/lock_parts.h"

const Binding lock_bindings[] = {
    { LOCK_DOOR, BIND_BODY, "door" },
    { LOCK_DOOR_LINK, BIND_BODY, "door_link" },
    { LOCK_LINK, BIND_BODY, "lock_link" },
    { LOCK_JOINT, BIND_BODY_JOINT, "lock_link" },
    { LOCK_START_LOCK, BIND_SITE, "lockStartLock" },
    { LOCK_START_UNLOCK, BIND_SITE, "lockStartUnlock" },
    { 0, BIND_BODY, NULL },
};

void lock_observe(const TaskContext *context, int site_slot, double out[14])
{
    observe_body(context, LOCK_DOOR_LINK, out);
    copy_point(out, site_position(context, site_slot));
}
