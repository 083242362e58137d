#include "policies/rollout_views.h"

#include <string.h>

#include "base/memory.h"

static Status add_view(ViewSet *set, const char *name, Error *error)
{
    for (int i = 0; i < set->count; i++)
        if (strcmp(set->views[i].name, name) == 0)
            return error_set(error, ERR_ARGUMENT, "camera '%s' is named twice", name);
    return string_copy(&set->views[set->count++].name, name, error);
}

static Status add_views(ViewSet *set, const RolloutOptions *options, Error *error)
{
    Status status = add_view(set, options->camera, error);
    for (int i = 0; !status && i < ROLLOUT_VIEWS_MAX - 1 && options->further[i]; i++)
        status = add_view(set, options->further[i], error);
    return status;
}

static Status make_buffers(View *view, const RolloutOptions *options, Error *error)
{
    const RenderOptions *picture = &options->picture;
    const size_t pixels = (size_t)picture->width * (size_t)picture->height;
    Status status = image_init(&view->frame, picture->width, picture->height, error);
    if (!status && options->labels) status = memory_new_array(&view->labels, pixels, error);
    if (!status && options->ids) status = memory_new_array(&view->ids, 2 * pixels, error);
    if (!status && options->depth) status = memory_new_array(&view->depth, pixels, error);
    return status;
}

/* the same quality, with smooth edges */
static Status create_display(ViewSet *set, const RolloutOptions *options, const Env *env,
                             Error *error)
{
    const RenderOptions display = { .width = options->picture.width * options->display_scale,
                                    .height = options->picture.height * options->display_scale,
                                    .quality = options->picture.quality,
                                    .scale = 2 };
    if (!options->display_scale) return OK;
    const Status status = renderer_create(&set->display_renderer, env_sim(env), &display, error);
    return status ? status : image_init(&set->display, display.width, display.height, error);
}

static void show(ViewSet *set)
{
    for (int i = 0; i < set->count; i++) {
        const View *view = &set->views[i];
        set->shown[i] = (RolloutView){ .camera = view->name,
                                       .frame = &view->frame,
                                       .labels = view->labels,
                                       .ids = view->ids,
                                       .depth = view->depth };
    }
}

Status view_set_init(ViewSet *set, const RolloutOptions *options, const Env *env, Error *error)
{
    *set = (ViewSet){ 0 };
    if (!options->render) return OK;
    RenderOptions picture = options->picture;
    picture.filter = task_render_filter(env_task(env));
    Status status = add_views(set, options, error);
    if (!status) status = view_set_aim(set, env, error);
    if (!status) status = renderer_create(&set->renderer, env_sim(env), &picture, error);
    for (int i = 0; !status && i < set->count; i++)
        status = make_buffers(&set->views[i], options, error);
    show(set);
    return status ? status : create_display(set, options, env, error);
}

void view_set_release(ViewSet *set)
{
    image_release(&set->display);
    renderer_destroy(set->display_renderer);
    for (int i = set->count - 1; i >= 0; i--) {
        View *view = &set->views[i];
        memory_free(view->depth);
        memory_free(view->ids);
        memory_free(view->labels);
        image_release(&view->frame);
        memory_free(view->name);
    }
    renderer_destroy(set->renderer);
    *set = (ViewSet){ 0 };
}

Status view_set_aim(ViewSet *set, const Env *env, Error *error)
{
    Status status = OK;
    for (int i = 0; !status && i < set->count; i++)
        status = env_camera(&set->views[i].camera, env, set->views[i].name, error);
    return status;
}

static Status draw_view(ViewSet *set, View *view, const Env *env, Error *error)
{
    const RenderLayers layers = { .labels = view->labels, .ids = view->ids, .depth = view->depth };
    Status status = renderer_draw(set->renderer, env_sim(env), &view->camera, &view->frame, error);
    if (!status) status = env_layers(env, set->renderer, &view->camera, &layers, error);
    return status ? error_wrap(error, "camera '%s'", view->name) : OK;
}

Status view_set_draw(ViewSet *set, const Env *env, RolloutFrame *frame, Error *error)
{
    if (!set->count) return OK;
    Status status = OK;
    for (int i = 0; !status && i < set->count; i++)
        status = draw_view(set, &set->views[i], env, error);
    frame->frame = set->shown[0].frame;
    frame->labels = set->shown[0].labels;
    frame->views = set->shown;
    frame->view_count = set->count;
    if (status || !set->display_renderer) return status;
    frame->display = &set->display;
    return renderer_draw(set->display_renderer, env_sim(env), &set->views[0].camera, &set->display,
                         error);
}
