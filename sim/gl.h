/**
 * GL contexts without a window, for render.c. Libraries are opened at run time and stay open.
 */
#ifndef PLAYSLOT_SIM_GL_H
#define PLAYSLOT_SIM_GL_H

#include "base/status.h"
#include "sim/render.h"

typedef struct GlContext GlContext;

/** A context of the backend that gl_probe picks. ERR_UNSUPPORTED without one. */
MUST_USE Status gl_context_create(GlContext **out, Error *error);
/** Must not be current anywhere. NULL is fine. */
void gl_context_destroy(GlContext *context);
/** Make current on this thread; pair with gl_context_leave. ERR_SIM. */
MUST_USE Status gl_context_enter(GlContext *context, Error *error);
void gl_context_leave(GlContext *context);

#endif
