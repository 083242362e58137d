/**
 * Off-screen cameras. The GL library is picked at run time: EGL without a window system (a device's
 * platform, then the surfaceless one), then OSMesa. Both give identical pixels on the same Mesa.
 */
#ifndef PLAYSLOT_SIM_RENDER_H
#define PLAYSLOT_SIM_RENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/image.h"
#include "base/status.h"
#include "sim/sim.h"

typedef enum GlBackend { GL_NONE, GL_EGL_DEVICE, GL_EGL_SURFACELESS, GL_OSMESA } GlBackend;

/** "none", "egl-device", "egl-surfaceless", "osmesa". */
const char *gl_backend_name(GlBackend backend);

/** What was picked and why the ones before it were not. */
typedef struct GlReport {
    GlBackend backend;
    char vendor[128], renderer[128], version[128]; /* GL strings of the picked one */
    char failures[512]; /* "egl-device: ...; egl-surfaceless: ..." or "" */
} GlReport;

/**
 * Pick the backend once per process (later calls repeat the answer). PLAYSLOT_GL=egl or osmesa restricts the
 * choice. ERR_UNSUPPORTED if none works; *out then still lists the failures. Thread-safe.
 */
MUST_USE Status gl_probe(GlReport *out, Error *error);

/** Reference: MuJoCo's defaults. Fast: no shadows, no reflections, no multisampling. */
typedef enum RenderQuality { RENDER_REFERENCE, RENDER_FAST } RenderQuality;

/** "reference", "fast", NULL: by value. */
extern const char *const render_quality_names[];
const char *render_quality_name(RenderQuality quality);
/** ERR_ARGUMENT for another word. */
MUST_USE Status render_quality_parse(RenderQuality *out, const char *word, Error *error);

/**
 * Where to look from: a camera of the model, or a free one (distance in metres, angles in degrees). MuJoCo's
 * conventions: azimuth 90 looks along +y, elevation is negative from above.
 */
typedef struct Camera {
    int fixed; /* index of the model's camera, or -1 for the free one below */
    double distance, azimuth_deg, elevation_deg;
    double lookat[3];
} Camera;

/**
 * Camera by name: "free" is MuJoCo's default view (look at the median of the geom positions from a distance
 * of the model's extent, azimuth 90, elevation -45; the positions must be computed), anything else a camera
 * of the model. ERR_ARGUMENT lists the names.
 */
MUST_USE Status camera_find(Camera *out, const Sim *sim, const char *name, Error *error);

/** How the picture of RenderOptions.source shrinks: image_resize_bilinear or image_resize_bicubic. */
typedef enum RenderFilter { RENDER_BILINEAR, RENDER_BICUBIC } RenderFilter;

/** Pictures as asked for; how the pixels come about belongs to a dataset's description. */
typedef struct RenderOptions {
    int width, height;     /* of the finished picture; 64 x 64 */
    RenderQuality quality; /* fast */
    int scale;             /* draw at scale times the size and average the blocks; 1 */
    int source; /* draw at source x source, then filter (PlaySlot: 224, Fetch 512); 0 = off. Not with scale. */
    RenderFilter filter; /* of source; bilinear */
} RenderOptions;
RenderOptions render_options_default(void);

/**
 * Draws Sims of one model (see sim_model_serial). Creating one costs 0.4 to 0.8 s (textures and meshes go to
 * the GL), so keep one per worker and use it for all episodes. One thread at a time may use a Renderer; it
 * may move between threads, because the context is current only inside a call.
 */
typedef struct Renderer Renderer;

/**
 * ERR_UNSUPPORTED without GL, ERR_ARGUMENT for sizes outside 1..4096, scale outside 1..16 or scale together
 * with source, ERR_SIM when MuJoCo's GL set-up fails. `sim` is lent for the call.
 */
MUST_USE Status renderer_create(Renderer **out, const Sim *sim, const RenderOptions *options,
                                Error *error);
/** NULL is fine. */
void renderer_destroy(Renderer *renderer);
const RenderOptions *renderer_options(const Renderer *renderer);

/**
 * Picture of the Sim as last computed (rows top first) into `image`, whose size must be that of the options
 * (ERR_SHAPE). ERR_ARGUMENT for a Sim of another model. A frame that is wholly black is ERR_SIM: that is how
 * a lost GL context looks. Allocates nothing of ours, but for the
 * bicubic filter's tables; the Sim does not change.
 */
MUST_USE Status renderer_draw(Renderer *renderer, const Sim *sim, const Camera *camera,
                              Image *image, Error *error);

/**
 * What each pixel shows, in other terms than colours. Members that are NULL are not drawn. All have the
 * finished size, rows top first, one sample per pixel, and are drawn together in one pass.
 */
typedef struct RenderLayers {
    /** (height, width): body_class of the body that the geom or site belongs to; 0 where nothing is drawn. */
    uint8_t *labels;
    const uint8_t *body_class; /* needed by labels: one class for each body of the Sim */
    /**
     * (height, width, 2): index in the model and MuJoCo's object type (LAYER_GEOM, LAYER_SITE); -1, -1 where
     * nothing is drawn. The same pairs as mujoco.Renderer's segmentation (gymnasium swaps the two).
     */
    int32_t *ids;
    /**
     * (height, width): distance in metres along the viewing axis, not along the ray; zfar * extent of the
     * model where nothing is drawn. From the depth buffer's z (1 at the near plane, 0 at the far plane):
     *
     *     depth = D / (z + C),  C = near / (far - near),  D = far * near / (far - near)
     *
     * near = znear * extent, far = zfar * extent, C and D rounded as the GL's projection matrix is; the same
     * numbers as mujoco.Renderer's depth. Cameras with a parallel projection: depth = far - z * (far - near).
     * gymnasium's "depth_array" is the buffer itself, (depth - near) * far / (depth * (far - near)).
     */
    float *depth;
} RenderLayers;
enum { LAYER_GEOM = 5, LAYER_SITE = 6 };

/** Draw the layers that are not NULL. Errors as renderer_draw, but black is no error. Allocates nothing. */
MUST_USE Status renderer_layers(Renderer *renderer, const Sim *sim, const Camera *camera,
                                const RenderLayers *layers, Error *error);
/** Only the labels. */
MUST_USE Status renderer_labels(Renderer *renderer, const Sim *sim, const Camera *camera,
                                const uint8_t *body_class, uint8_t *labels, Error *error);

#endif
