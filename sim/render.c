#include "sim/render.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sim/gl.h"
#include "sim/guard.h"
#include "sim/sim_internal.h"

enum { MAX_GEOMS = 1000, FONT_SCALE = 50, MAX_SIZE = 4096, MAX_SCALE = 16 };

/* a thing of the scene */
typedef struct Painted {
    int index, type; /* of MuJoCo; -1, -1: nothing */
    uint8_t body_class;
} Painted;

struct Renderer {
    RenderOptions options;
    uint64_t serial; /* model it draws */
    int draw_width, draw_height;
    GlContext *gl;
    mjrContext context;
    mjvScene scene;
    mjvOption option;
    mjvPerturb perturb;
    bool has_scene, has_context;
    uint8_t *raw;                   /* as GL gives it: rows bottom first */
    Image drawn;                    /* rows top first, when it still has to be resized */
    Painted painted[MAX_GEOMS + 1]; /* by the number that a thing is painted with */
};

const char *const render_quality_names[] = {
    [RENDER_REFERENCE] = "reference", [RENDER_FAST] = "fast", NULL
};

const char *render_quality_name(RenderQuality quality)
{
    return render_quality_names[quality];
}

Status render_quality_parse(RenderQuality *out, const char *word, Error *error)
{
    for (RenderQuality quality = RENDER_REFERENCE; quality <= RENDER_FAST; quality++) {
        if (strcmp(word, render_quality_names[quality]) != 0) continue;
        *out = quality;
        return OK;
    }
    return error_set(error, ERR_ARGUMENT, "quality '%s': expected reference or fast", word);
}

RenderOptions render_options_default(void)
{
    return (RenderOptions){ .width = 64, .height = 64, .quality = RENDER_FAST, .scale = 1 };
}

/* ---- cameras ---- */

/* every third of the values: the one with `rank` others before it, equal ones in their order */
static double value_of_rank(const double *values, size_t count, size_t rank)
{
    for (size_t i = 0; i < count; i++) {
        const double value = values[3 * i];
        size_t before = 0;
        for (size_t j = 0; j < count; j++)
            before += values[3 * j] < value || (values[3 * j] == value && j < i);
        if (before == rank) return value;
    }
    return 0; /* no geoms */
}

static void median_position(double out[3], const Sim *sim)
{
    const size_t count = (size_t)sim->view.ngeom;
    for (int axis = 0; axis < 3 && count > 0; axis++) {
        const double *values = sim->view.geom_xpos + axis;
        out[axis] = (value_of_rank(values, count, (count - 1) / 2) +
                     value_of_rank(values, count, count / 2)) /
                    2;
    }
}

static Status unknown_camera(const Sim *sim, const char *name, Error *error)
{
    char list[512] = "free";
    const char *near = nearest_name(name, (const char *const[]){ "free" }, 1);
    for (int i = 0; i < sim_object_count(sim, SIM_CAMERA); i++) {
        const size_t used = strlen(list);
        const char *other = sim_name(sim, SIM_CAMERA, i);
        if (!other) continue;
        snprintf(list + used, sizeof list - used, ", %s", other);
        const char *const both[] = { near, other };
        near = near ? nearest_name(name, both, 2) : nearest_name(name, both + 1, 1);
    }
    if (near)
        return error_set(error, ERR_ARGUMENT, "unknown camera '%s' (did you mean '%s'?)", name,
                         near);
    return error_set(error, ERR_ARGUMENT, "unknown camera '%s' (known: %s)", name, list);
}

Status camera_find(Camera *out, const Sim *sim, const char *name, Error *error)
{
    *out = (Camera){
        .fixed = -1, .distance = sim->model->stat.extent, .azimuth_deg = 90, .elevation_deg = -45
    };
    if (strcmp(name, "free") == 0) {
        median_position(out->lookat, sim);
        return OK;
    }
    out->fixed = mj_name2id(sim->model, mjOBJ_CAMERA, name);
    return out->fixed >= 0 ? OK : unknown_camera(sim, name, error);
}

static mjvCamera camera_to_mujoco(const Camera *camera)
{
    mjvCamera result;
    mjv_defaultCamera(&result);
    if (camera->fixed >= 0) {
        result.type = mjCAMERA_FIXED;
        result.fixedcamid = camera->fixed;
        return result;
    }
    result.type = mjCAMERA_FREE;
    result.distance = camera->distance;
    result.azimuth = camera->azimuth_deg;
    result.elevation = camera->elevation_deg;
    memcpy(result.lookat, camera->lookat, sizeof result.lookat);
    return result;
}

/* ---- creation ---- */

static Status check_options(const RenderOptions *options, Error *error)
{
    const int sizes[] = { options->width, options->height };
    for (int i = 0; i < 2; i++)
        if (sizes[i] < 1 || sizes[i] * (long)options->scale > MAX_SIZE)
            return error_set(error, ERR_ARGUMENT, "picture of %d x %d (scale %d): outside 1..%d",
                             options->width, options->height, options->scale, MAX_SIZE);
    if (options->scale < 1 || options->scale > MAX_SCALE)
        return error_set(error, ERR_ARGUMENT, "render scale %d: outside 1..%d", options->scale,
                         MAX_SCALE);
    if (options->source < 0 || options->source > MAX_SIZE)
        return error_set(error, ERR_ARGUMENT, "render source size %d: outside 0..%d",
                         options->source, MAX_SIZE);
    if (options->source > 0 && options->scale > 1)
        return error_set(error, ERR_ARGUMENT, "render scale %d and source %d: only one may be set",
                         options->scale, options->source);
    return OK;
}

typedef struct SetUpCall {
    Renderer *renderer;
    mjModel *model;
} SetUpCall;

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* the context takes its sizes from the model, which the caller puts back; physics never reads them */
static void call_set_up(void *user)
{
    const SetUpCall *call = user;
    Renderer *renderer = call->renderer;
    mjVisual *vis = &call->model->vis;
    vis->global.offwidth = larger(renderer->draw_width, renderer->options.width);
    vis->global.offheight = larger(renderer->draw_height, renderer->options.height);
    if (renderer->options.quality == RENDER_FAST) vis->quality.offsamples = 0;
    if (renderer->options.quality == RENDER_FAST) vis->quality.shadowsize = 0;
    mjv_makeScene(call->model, &renderer->scene, MAX_GEOMS);
    renderer->has_scene = true;
    mjr_makeContext(call->model, &renderer->context, FONT_SCALE);
    renderer->has_context = true;
    mjr_setBuffer(mjFB_OFFSCREEN, &renderer->context);
    renderer->context.readDepthMap = mjDEPTH_ZEROFAR; /* as it is drawn, without loss */
}

static void set_flags(Renderer *renderer)
{
    const bool fast = renderer->options.quality == RENDER_FAST;
    renderer->scene.flags[mjRND_SHADOW] = !fast;
    renderer->scene.flags[mjRND_REFLECTION] = !fast;
}

static Status set_up(Renderer *renderer, const Sim *sim, Error *error)
{
    mjv_defaultOption(&renderer->option);
    mjv_defaultPerturb(&renderer->perturb);
    mjv_defaultScene(&renderer->scene);
    mjr_defaultContext(&renderer->context);
    Status status = gl_context_create(&renderer->gl, error);
    if (!status) status = gl_context_enter(renderer->gl, error);
    if (status) return status;
    SetUpCall call = { renderer, sim->model };
    const mjVisual saved = sim->model->vis;
    status = guard_run(call_set_up, &call, error);
    sim->model->vis = saved;
    gl_context_leave(renderer->gl);
    if (status) return status;
    set_flags(renderer);
    if (renderer->context.currentBuffer != mjFB_OFFSCREEN)
        return error_set(error, ERR_SIM, "GL has no off-screen buffer");
    return OK;
}

Status renderer_create(Renderer **out, const Sim *sim, const RenderOptions *options, Error *error)
{
    *out = NULL;
    Renderer *renderer = NULL;
    Status status = check_options(options, error);
    if (!status) status = memory_new(&renderer, error);
    if (status) return error_wrap(error, "renderer");
    renderer->options = *options;
    renderer->serial = sim_model_serial(sim);
    renderer->draw_width = options->source ? options->source : options->width * options->scale;
    renderer->draw_height = options->source ? options->source : options->height * options->scale;
    const size_t pixels = (size_t)larger(renderer->draw_width, options->width) *
                          (size_t)larger(renderer->draw_height, options->height);
    status = memory_new_array(&renderer->raw, pixels * 3, error);
    if (!status)
        status = image_init(&renderer->drawn, renderer->draw_width, renderer->draw_height, error);
    if (!status) status = set_up(renderer, sim, error);
    if (status) {
        renderer_destroy(renderer);
        return error_wrap(error, "renderer");
    }
    *out = renderer;
    return OK;
}

static void call_tear_down(void *user)
{
    Renderer *renderer = user;
    if (renderer->has_context) mjr_freeContext(&renderer->context);
    if (renderer->has_scene) mjv_freeScene(&renderer->scene);
}

void renderer_destroy(Renderer *renderer)
{
    if (!renderer) return;
    Error ignored;
    if (renderer->gl && !gl_context_enter(renderer->gl, &ignored)) {
        const Status status = guard_run(call_tear_down, renderer, &ignored);
        (void)status; /* nothing more can be freed */
        gl_context_leave(renderer->gl);
    }
    gl_context_destroy(renderer->gl);
    image_release(&renderer->drawn);
    memory_free(renderer->raw);
    memory_free(renderer);
}

const RenderOptions *renderer_options(const Renderer *renderer)
{
    return &renderer->options;
}

/* ---- drawing ---- */

typedef struct DrawCall {
    Renderer *renderer;
    const Sim *sim;
    mjvCamera camera;
    int width, height;
    float *depth; /* gets the depth buffer, rows bottom first; NULL: not read */
} DrawCall;

/* half the opening at the near plane: right, up; the frustum may be off-centre vertically */
typedef struct Frustum {
    const mjvGLCamera *camera;
    double right[3];
    double half_width, near;
} Frustum;

static Frustum frustum_of(const mjvGLCamera *camera, int width, int height)
{
    const float *f = camera->forward, *u = camera->up;
    const double opening = (double)camera->frustum_top - (double)camera->frustum_bottom;
    Frustum frustum = { .camera = camera, .near = (double)camera->frustum_near };
    for (int i = 0; i < 3; i++) {
        const int j = (i + 1) % 3, k = (i + 2) % 3;
        frustum.right[i] = (double)f[j] * (double)u[k] - (double)f[k] * (double)u[j];
    }
    frustum.half_width =
        camera->frustum_width > 0 ? (double)camera->frustum_width : 0.5 * opening * width / height;
    return frustum;
}

static double dot(const float a[3], const double b[3])
{
    return (double)a[0] * b[0] + (double)a[1] * b[1] + (double)a[2] * b[2];
}

/* beyond the plane through the eye that the near plane's edge at `edge` spans; `side` measures along it */
static bool is_beyond(double side, double depth, double edge, double near, double radius)
{
    return side * near - edge * depth > radius * sqrt(near * near + edge * edge);
}

/* a ball that shows nothing: outside one side of the frustum or behind the eye */
static bool is_outside(const Frustum *frustum, const double center[3], double radius)
{
    const mjvGLCamera *camera = frustum->camera;
    double to[3];
    for (int i = 0; i < 3; i++)
        to[i] = center[i] - (double)camera->pos[i];
    const double depth = dot(camera->forward, to), up = dot(camera->up, to);
    const double right =
        frustum->right[0] * to[0] + frustum->right[1] * to[1] + frustum->right[2] * to[2];
    const double near = frustum->near, half = frustum->half_width;
    return depth < -radius || is_beyond(right, depth, half, near, radius) ||
           is_beyond(-right, depth, half, near, radius) ||
           is_beyond(up, depth, (double)camera->frustum_top, near, radius) ||
           is_beyond(-up, depth, -(double)camera->frustum_bottom, near, radius);
}

/*
 * Leave out geoms that the camera cannot see: the meshes of the robot's base alone are most of the vertices.
 * Equal pixels as long as nothing unseen casts shadows or reflects, hence only for quality fast.
 */
static void cull(const DrawCall *call)
{
    mjvScene *scene = &call->renderer->scene;
    const mjModel *model = call->sim->model;
    const mjvGLCamera middle = mjv_averageCamera(scene->camera, scene->camera + 1);
    if (middle.orthographic) return;
    const Frustum frustum = frustum_of(&middle, call->width, call->height);
    int kept = 0;
    for (int i = 0; i < scene->ngeom; i++) {
        const mjvGeom *geom = &scene->geoms[i];
        const bool known = geom->objtype == mjOBJ_GEOM && model->geom_rbound[geom->objid] > 0;
        if (known && is_outside(&frustum, call->sim->data->geom_xpos + 3 * (size_t)geom->objid,
                                model->geom_rbound[geom->objid]))
            continue;
        scene->geoms[kept++] = *geom;
    }
    scene->ngeom = kept;
}

static void call_draw(void *user)
{
    DrawCall *call = user;
    Renderer *renderer = call->renderer;
    const mjrRect viewport = { 0, 0, call->width, call->height };
    mjv_updateScene(call->sim->model, call->sim->data, &renderer->option, &renderer->perturb,
                    &call->camera, mjCAT_ALL, &renderer->scene);
    if (renderer->options.quality == RENDER_FAST) cull(call);
    mjr_render(viewport, &renderer->scene, &renderer->context);
    mjr_readPixels(renderer->raw, call->depth, viewport, &renderer->context);
}

/* width x height pixels into renderer->raw; and their depth unless NULL */
static Status draw_raw(Renderer *renderer, const Sim *sim, const Camera *camera, int width,
                       int height, float *depth, Error *error)
{
    if (sim_model_serial(sim) != renderer->serial)
        return error_set(error, ERR_ARGUMENT, "render: this renderer draws another model");
    Status status = gl_context_enter(renderer->gl, error);
    if (status) return status;
    DrawCall call = { renderer, sim, camera_to_mujoco(camera), width, height, depth };
    status = guard_run(call_draw, &call, error);
    gl_context_leave(renderer->gl);
    return status;
}

static bool is_black(const uint8_t *pixels, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pixels[i]) return false;
    return true;
}

static void flip_rows(Image *to, const uint8_t *raw)
{
    const size_t row = (size_t)to->width * 3;
    for (int y = 0; y < to->height; y++)
        memcpy(to->pixels + (size_t)y * row, raw + (size_t)(to->height - 1 - y) * row, row);
}

Status renderer_draw(Renderer *renderer, const Sim *sim, const Camera *camera, Image *image,
                     Error *error)
{
    const RenderOptions *options = &renderer->options;
    const int width = renderer->draw_width, height = renderer->draw_height;
    if (image->width != options->width || image->height != options->height)
        return error_set(error, ERR_SHAPE, "render: expected an image of %d x %d, found %d x %d",
                         options->width, options->height, image->width, image->height);
    Status status = draw_raw(renderer, sim, camera, width, height, NULL, error);
    if (status) return status;
    if (is_black(renderer->raw, (size_t)width * (size_t)height * 3))
        return error_set(error, ERR_SIM, "render: black frame; the GL context does not draw");
    if (!options->source && options->scale == 1) {
        flip_rows(image, renderer->raw);
        return OK;
    }
    flip_rows(&renderer->drawn, renderer->raw);
    if (options->scale > 1) return image_resize_area(image, &renderer->drawn, error);
    if (options->filter == RENDER_BICUBIC)
        return image_resize_bicubic(image, &renderer->drawn, error);
    image_resize_bilinear(image, &renderer->drawn);
    return OK;
}

/* ---- layers ---- */

_Static_assert((int)mjOBJ_GEOM == LAYER_GEOM && (int)mjOBJ_SITE == LAYER_SITE, "object types");

static const Painted nothing = { -1, -1, 0 };

static uint8_t class_of(const Sim *sim, const mjvGeom *geom, const uint8_t *body_class)
{
    if (geom->objtype == mjOBJ_GEOM) return body_class[sim_geom_body(sim, geom->objid)];
    if (geom->objtype == mjOBJ_SITE) return body_class[sim_site_body(sim, geom->objid)];
    return 0;
}

static void fill_painted(Renderer *renderer, const Sim *sim, const uint8_t *body_class)
{
    for (int i = 0; i <= MAX_GEOMS; i++)
        renderer->painted[i] = nothing;
    for (int i = 0; i < renderer->scene.ngeom; i++) {
        const mjvGeom *geom = &renderer->scene.geoms[i];
        if (geom->segid < 0 || geom->segid >= MAX_GEOMS) continue;
        renderer->painted[geom->segid + 1] =
            (Painted){ geom->objid, geom->objtype,
                       body_class ? class_of(sim, geom, body_class) : 0 };
    }
}

static void write_row(const Renderer *renderer, const RenderLayers *layers, size_t start,
                      const uint8_t *row)
{
    for (size_t x = 0; x < (size_t)renderer->options.width; x++) {
        const uint8_t *pixel = row + 3 * x;
        const unsigned number = pixel[0] | (unsigned)pixel[1] << 8 | (unsigned)pixel[2] << 16;
        const Painted *painted = number <= MAX_GEOMS ? &renderer->painted[number] : &nothing;
        if (layers->labels) layers->labels[start + x] = painted->body_class;
        if (!layers->ids) continue;
        layers->ids[2 * (start + x)] = painted->index;
        layers->ids[2 * (start + x) + 1] = painted->type;
    }
}

static void write_ids(Renderer *renderer, const Sim *sim, const RenderLayers *layers)
{
    const size_t width = (size_t)renderer->options.width, height = (size_t)renderer->options.height;
    if (!layers->labels && !layers->ids) return;
    fill_painted(renderer, sim, layers->body_class);
    for (size_t y = 0; y < height; y++)
        write_row(renderer, layers, y * width, renderer->raw + (height - 1 - y) * width * 3);
}

/* float arithmetic on purpose: these are elements of the projection matrix as the GL rounds them */
static float metres(const mjvGLCamera *camera, float z)
{
    const float near = camera->frustum_near, far = camera->frustum_far;
    if (camera->orthographic) return far - z * (far - near);
    const float c = 0.5f * ((far + near) / (far - near)) - 0.5f;
    const float d = 0.5f * (2.0f * far * near / (far - near));
    return (float)((double)d / ((double)z + (double)c));
}

/* from the depth buffer, rows bottom first, to metres, rows top first */
static void finish_depth(const Renderer *renderer, float *depth)
{
    const size_t width = (size_t)renderer->options.width, height = (size_t)renderer->options.height;
    const mjvGLCamera *camera = &renderer->scene.camera[0];
    for (size_t i = 0; i < width * height; i++)
        depth[i] = metres(camera, depth[i]);
    for (size_t y = 0; y < height / 2; y++) {
        for (size_t x = 0; x < width; x++) {
            float *above = &depth[y * width + x], *below = &depth[(height - 1 - y) * width + x];
            const float kept = *above;
            *above = *below;
            *below = kept;
        }
    }
}

static void set_segmentation(Renderer *renderer, bool on)
{
    renderer->scene.flags[mjRND_SEGMENT] = on;
    renderer->scene.flags[mjRND_IDCOLOR] = on;
}

Status renderer_layers(Renderer *renderer, const Sim *sim, const Camera *camera,
                       const RenderLayers *layers, Error *error)
{
    const RenderOptions *options = &renderer->options;
    if (layers->labels && !layers->body_class)
        return error_set(error, ERR_ARGUMENT, "render: labels without the bodies' classes");
    if (!layers->labels && !layers->ids && !layers->depth) return OK;
    set_segmentation(renderer, true);
    const Status status =
        draw_raw(renderer, sim, camera, options->width, options->height, layers->depth, error);
    set_segmentation(renderer, false);
    if (status) return status;
    write_ids(renderer, sim, layers);
    if (layers->depth) finish_depth(renderer, layers->depth);
    return OK;
}

Status renderer_labels(Renderer *renderer, const Sim *sim, const Camera *camera,
                       const uint8_t *body_class, uint8_t *labels, Error *error)
{
    const RenderLayers layers = { .labels = labels, .body_class = body_class };
    return renderer_layers(renderer, sim, camera, &layers, error);
}
