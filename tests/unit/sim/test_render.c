/* Pictures of a small scene; the recorded frames of the real one are in golden_envs. */
#include "support/test.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "sim/render.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"

/* a red box left of a green ball, seen from the front; and a camera that sees nothing at all */
static const char model_text[] =
    "<mujoco><visual><headlight ambient='.5 .5 .5'/></visual><worldbody>"
    "<camera name='front' pos='0 -2 0' xyaxes='1 0 0 0 0 1'/>"
    "<camera name='away' pos='0 -2 0' xyaxes='-1 0 0 0 0 1'/>"
    "<camera name='parallel' pos='0 -2 0' xyaxes='1 0 0 0 0 1' orthographic='true' fovy='1.6'/>"
    "<body name='left' pos='-.4 0 0'><geom type='box' size='.2 .2 .2' rgba='1 0 0 1'/></body>"
    "<body name='right' pos='.4 0 0'><geom type='sphere' size='.2' rgba='0 1 0 1'/>"
    "<site name='spot' type='sphere' size='.05' pos='0 0 .4' rgba='0 0 1 1'/></body>"
    "</worldbody></mujoco>";

enum { SIZE = 32 };

typedef struct Fixture {
    TempFolder folder;
    Sim *sim;
    Image image;
    Error error;
} Fixture;

static int set_up(void **state)
{
    static Fixture fixture;
    fixture = (Fixture){ 0 };
    temp_folder_create(&fixture.folder);
    const char *path = temp_path(&fixture.folder, "scene.xml");
    test_write_text(path, model_text);
    if (sim_create(&fixture.sim, path, &fixture.error)) return -1;
    if (sim_forward(fixture.sim, &fixture.error)) return -1;
    if (image_init(&fixture.image, SIZE, SIZE, &fixture.error)) return -1;
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    image_release(&fixture->image);
    sim_destroy(fixture->sim);
    temp_folder_destroy(&fixture->folder);
    return 0;
}

static RenderOptions small(void)
{
    RenderOptions options = render_options_default();
    options.width = options.height = SIZE;
    return options;
}

static Renderer *make(Fixture *f, const RenderOptions *options)
{
    Renderer *renderer = NULL;
    assert_ok(renderer_create(&renderer, f->sim, options, &f->error), &f->error);
    return renderer;
}

static Camera front(Fixture *f)
{
    Camera camera;
    assert_ok(camera_find(&camera, f->sim, "front", &f->error), &f->error);
    return camera;
}

/* the strongest channel of a pixel, or -1 */
static int colour(const Image *image, int x, int y)
{
    const uint8_t *p = image->pixels + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
    for (int c = 0; c < 3; c++)
        if (p[c] > 40 && p[c] > 2 * p[(c + 1) % 3] && p[c] > 2 * p[(c + 2) % 3]) return c;
    return -1;
}

static void a_backend_is_picked(void **state)
{
    Fixture *f = *state;
    GlReport report, again;
    assert_ok(gl_probe(&report, &f->error), &f->error);
    assert_int_not_equal(report.backend, GL_NONE);
    assert_true(strlen(report.renderer) > 1 && strlen(report.version) > 1);
    assert_ok(gl_probe(&again, &f->error), &f->error);
    assert_int_equal(report.backend, again.backend);
    assert_string_equal(gl_backend_name(GL_EGL_SURFACELESS), "egl-surfaceless");
}

static void the_scene_is_seen_upright(void **state)
{
    Fixture *f = *state;
    for (RenderQuality quality = RENDER_REFERENCE; quality <= RENDER_FAST; quality++) {
        RenderOptions options = small();
        options.quality = quality;
        Renderer *renderer = make(f, &options);
        const Camera camera = front(f);
        assert_ok(renderer_draw(renderer, f->sim, &camera, &f->image, &f->error), &f->error);
        assert_int_equal(colour(&f->image, 8, 16), 0);
        assert_int_equal(colour(&f->image, 23, 16), 1);
        assert_int_equal(colour(&f->image, 23, 8), 2); /* the spot is above the ball */
        assert_int_equal(colour(&f->image, 16, 16), -1);
        renderer_destroy(renderer);
    }
}

static void pictures_can_be_drawn_larger_and_shrunk(void **state)
{
    Fixture *f = *state;
    RenderOptions options = small();
    options.scale = 4;
    Renderer *scaled = make(f, &options);
    options.scale = 1;
    options.source = 112;
    Renderer *resized = make(f, &options);
    options.source = 0;
    options.width = options.height = 4 * SIZE;
    Renderer *large = make(f, &options);
    const Camera camera = front(f);
    Image big = { 0 }, shrunk = { 0 };
    assert_ok(image_init(&big, 4 * SIZE, 4 * SIZE, &f->error), &f->error);
    assert_ok(image_init(&shrunk, SIZE, SIZE, &f->error), &f->error);
    assert_ok(renderer_draw(large, f->sim, &camera, &big, &f->error), &f->error);
    assert_ok(image_resize_area(&shrunk, &big, &f->error), &f->error);
    assert_ok(renderer_draw(scaled, f->sim, &camera, &f->image, &f->error), &f->error);
    assert_memory_equal(f->image.pixels, shrunk.pixels, SIZE * SIZE * 3);
    assert_ok(renderer_draw(resized, f->sim, &camera, &f->image, &f->error), &f->error);
    assert_int_equal(colour(&f->image, 8, 16), 0);
    assert_int_equal(colour(&f->image, 23, 8), 2);
    assert_memory_not_equal(f->image.pixels, shrunk.pixels, SIZE * SIZE * 3);
    image_release(&shrunk);
    image_release(&big);
    renderer_destroy(large);
    renderer_destroy(resized);
    renderer_destroy(scaled);
}

static void labels_name_the_bodies(void **state)
{
    Fixture *f = *state;
    const uint8_t classes[] = { 0, 5, 9 }; /* world, left, right */
    for (RenderQuality quality = RENDER_REFERENCE; quality <= RENDER_FAST; quality++) {
        uint8_t labels[SIZE * SIZE];
        int seen[3] = { 0 };
        RenderOptions options = small();
        options.quality = quality;
        options.source = quality == RENDER_FAST ? 112 : 0;
        Renderer *renderer = make(f, &options);
        const Camera camera = front(f);
        assert_ok(renderer_labels(renderer, f->sim, &camera, classes, labels, &f->error),
                  &f->error);
        for (size_t i = 0; i < sizeof labels; i++) { /* nothing between the classes: no blending */
            assert_true(labels[i] == 0 || labels[i] == 5 || labels[i] == 9);
            seen[labels[i] / 4]++;
        }
        assert_true(seen[0] > 600 && seen[1] > 20 && seen[2] > 20);
        assert_int_equal(labels[16 * SIZE + 8], 5);
        assert_int_equal(labels[16 * SIZE + 23], 9);
        assert_int_equal(labels[8 * SIZE + 23], 9); /* a site belongs to its body */
        /* the next picture is an ordinary one */
        assert_ok(renderer_draw(renderer, f->sim, &camera, &f->image, &f->error), &f->error);
        assert_int_equal(colour(&f->image, 23, 16), 1);
        renderer_destroy(renderer);
    }
}

static RenderLayers layers_of(Fixture *f, const char *name, RenderQuality quality)
{
    static int32_t ids[2 * SIZE * SIZE];
    static float depth[SIZE * SIZE];
    RenderLayers layers = { .ids = ids, .depth = depth };
    RenderOptions options = small();
    Camera camera;
    options.quality = quality;
    Renderer *renderer = make(f, &options);
    assert_ok(camera_find(&camera, f->sim, name, &f->error), &f->error);
    assert_ok(renderer_layers(renderer, f->sim, &camera, &layers, &f->error), &f->error);
    renderer_destroy(renderer);
    return layers;
}

/* the box begins 1.8 in front of the camera, also where the ray to it is longer; far is 50 extents */
static void depth_is_metres_along_the_viewing_axis(void **state)
{
    Fixture *f = *state;
    Camera free;
    assert_ok(camera_find(&free, f->sim, "free", &f->error), &f->error);
    const float far = (float)(50 * free.distance);
    const char *const cameras[] = { "front", "parallel" };
    for (int i = 0; i < 2; i++) {
        for (RenderQuality quality = RENDER_REFERENCE; quality <= RENDER_FAST; quality++) {
            const float *depth = layers_of(f, cameras[i], quality).depth;
            const float bound = i ? 1e-4f : 1e-5f; /* 24 bits of far, or of near */
            assert_true(fabsf(depth[16 * SIZE + 8] - 1.8f) < bound);
            assert_true(fabsf(depth[14 * SIZE + 7] - 1.8f) < bound);
            assert_true(depth[16 * SIZE + 23] > 1.8f - bound && depth[16 * SIZE + 23] < 1.85f);
            assert_true(depth[8 * SIZE + 23] > 1.9f &&
                        depth[8 * SIZE + 23] < 2); /* the spot: above */
            assert_true(fabsf(depth[0] - far) < 1e-3f * far);
        }
    }
}

static void ids_are_pairs_of_index_and_type(void **state)
{
    Fixture *f = *state;
    int other = 0;
    const int32_t *ids = layers_of(f, "front", RENDER_FAST).ids;
    for (int i = 0; i < SIZE * SIZE; i++) {
        const int32_t *id = ids + 2 * i;
        const bool geom = id[1] == LAYER_GEOM && id[0] >= 0 && id[0] < 2;
        const bool site = id[1] == LAYER_SITE && id[0] == 0;
        other += !geom && !site && !(id[0] == -1 && id[1] == -1);
    }
    assert_int_equal(other, 0);
    assert_int_equal(ids[2 * (16 * SIZE + 8)], 0);
    assert_int_equal(ids[2 * (16 * SIZE + 23)], 1);
    assert_int_equal(ids[2 * (8 * SIZE + 23) + 1], LAYER_SITE);
    assert_int_equal(ids[0], -1);
}

static void layers_are_drawn_as_asked_for(void **state)
{
    Fixture *f = *state;
    const RenderOptions options = small();
    const uint8_t classes[] = { 0, 5, 9 };
    uint8_t together[SIZE * SIZE], alone[SIZE * SIZE];
    const Camera camera = front(f);
    const RenderLayers without = { .labels = together };
    RenderLayers layers = layers_of(f, "front", RENDER_FAST);
    layers.labels = together;
    layers.body_class = classes;
    Renderer *renderer = make(f, &options);
    assert_ok(renderer_layers(renderer, f->sim, &camera, &layers, &f->error), &f->error);
    assert_ok(renderer_labels(renderer, f->sim, &camera, classes, alone, &f->error), &f->error);
    assert_memory_equal(together, alone, sizeof alone);
    assert_ok(renderer_layers(renderer, f->sim, &camera, &(RenderLayers){ 0 }, &f->error),
              &f->error);
    assert_error(renderer_layers(renderer, f->sim, &camera, &without, &f->error), &f->error,
                 ERR_ARGUMENT, "labels without the bodies' classes");
    renderer_destroy(renderer);
}

static void drawing_leaves_the_simulation_alone(void **state)
{
    Fixture *f = *state;
    double before[128], after[128];
    assert_in_range(sim_state_size(f->sim), 1, 128);
    const size_t size = (size_t)sim_state_size(f->sim) * sizeof *before;
    const RenderOptions options = small();
    sim_state_get(f->sim, before);
    Renderer *renderer = make(f, &options);
    const Camera camera = front(f);
    assert_ok(renderer_draw(renderer, f->sim, &camera, &f->image, &f->error), &f->error);
    sim_state_get(f->sim, after);
    assert_memory_equal(before, after, size);
    renderer_destroy(renderer);
}

static void two_renderers_do_not_disturb_each_other(void **state)
{
    Fixture *f = *state;
    RenderOptions options = small();
    Renderer *first = make(f, &options);
    const Camera camera = front(f);
    uint8_t wanted[SIZE * SIZE * 3];
    assert_ok(renderer_draw(first, f->sim, &camera, &f->image, &f->error), &f->error);
    memcpy(wanted, f->image.pixels, sizeof wanted);
    Renderer *second = make(f, &options);
    assert_ok(renderer_draw(first, f->sim, &camera, &f->image, &f->error), &f->error);
    assert_memory_equal(f->image.pixels, wanted, sizeof wanted);
    renderer_destroy(second); /* must not take the other's context along */
    assert_ok(renderer_draw(first, f->sim, &camera, &f->image, &f->error), &f->error);
    assert_memory_equal(f->image.pixels, wanted, sizeof wanted);
    renderer_destroy(first);
}

static void a_renderer_serves_copies_of_its_model_only(void **state)
{
    Fixture *f = *state;
    const RenderOptions options = small();
    Renderer *renderer = make(f, &options);
    const Camera camera = front(f);
    Sim *copy = NULL, *other = NULL;
    assert_ok(sim_create_like(&copy, f->sim, &f->error), &f->error);
    assert_ok(sim_forward(copy, &f->error), &f->error);
    assert_ok(renderer_draw(renderer, copy, &camera, &f->image, &f->error), &f->error);
    assert_ok(sim_create(&other, temp_path(&f->folder, "scene.xml"), &f->error), &f->error);
    assert_error(renderer_draw(renderer, other, &camera, &f->image, &f->error), &f->error,
                 ERR_ARGUMENT, "another model");
    sim_destroy(other);
    sim_destroy(copy);
    renderer_destroy(renderer);
}

typedef struct ThreadJob {
    Fixture *f;
    Renderer *renderer;
    Camera camera;
    Status status;
} ThreadJob;

static void *draw_in_thread(void *user)
{
    ThreadJob *job = user;
    job->status =
        renderer_draw(job->renderer, job->f->sim, &job->camera, &job->f->image, &job->f->error);
    return NULL;
}

static void a_renderer_may_move_between_threads(void **state)
{
    Fixture *f = *state;
    const RenderOptions options = small();
    ThreadJob job = { .f = f, .renderer = make(f, &options), .camera = front(f) };
    pthread_t thread;
    assert_ok(renderer_draw(job.renderer, f->sim, &job.camera, &f->image, &f->error), &f->error);
    assert_int_equal(pthread_create(&thread, NULL, draw_in_thread, &job), 0);
    pthread_join(thread, NULL);
    assert_ok(job.status, &f->error);
    assert_int_equal(colour(&f->image, 8, 16), 0);
    renderer_destroy(job.renderer);
}

static void a_black_frame_is_an_error(void **state)
{
    Fixture *f = *state;
    const RenderOptions options = small();
    Renderer *renderer = make(f, &options);
    Camera away;
    assert_ok(camera_find(&away, f->sim, "away", &f->error), &f->error);
    assert_error(renderer_draw(renderer, f->sim, &away, &f->image, &f->error), &f->error, ERR_SIM,
                 "black frame");
    renderer_destroy(renderer);
}

static Sim *scene_with(Fixture *f, const char *name, const char *more)
{
    char text[2000];
    Sim *sim = NULL;
    snprintf(text, sizeof text,
             "<mujoco><statistic extent='3' center='0 0 0'/><worldbody>"
             "<camera name='front' pos='0 -2 0' xyaxes='1 0 0 0 0 1'/>"
             "<geom type='box' size='.2 .2 .2' rgba='1 0 0 1'/>%s</worldbody></mujoco>",
             more);
    test_write_text(temp_path(&f->folder, name), text);
    assert_ok(sim_create(&sim, temp_path(&f->folder, name), &f->error), &f->error);
    assert_ok(sim_forward(sim, &f->error), &f->error);
    return sim;
}

static void draw_scene(Fixture *f, const Sim *sim)
{
    Renderer *renderer = NULL;
    const RenderOptions options = small();
    Camera camera;
    assert_ok(camera_find(&camera, sim, "front", &f->error), &f->error);
    assert_ok(renderer_create(&renderer, sim, &options, &f->error), &f->error);
    assert_ok(renderer_draw(renderer, sim, &camera, &f->image, &f->error), &f->error);
    renderer_destroy(renderer);
}

/* the view is 45 degrees high and wide: half a metre of it is 0.83 at the distance of the box */
static void what_is_out_of_sight_is_left_out_and_nothing_else(void **state)
{
    Fixture *f = *state;
    uint8_t wanted[SIZE * SIZE * 3];
    Sim *plain = scene_with(f, "plain.xml", "");
    Sim *around = scene_with(f, "around.xml",
                             "<geom type='box' size='.1 .1 .1' pos='2 0 0'/>"
                             "<geom type='box' size='.1 .1 .1' pos='-2 0 0'/>"
                             "<geom type='box' size='.1 .1 .1' pos='0 0 2'/>"
                             "<geom type='box' size='.1 .1 .1' pos='0 0 -2'/>"
                             "<geom type='box' size='.1 .1 .1' pos='0 -3 0'/>");
    Sim *edge = scene_with(f, "edge.xml",
                           "<geom type='box' size='.1 .1 .1' pos='.85 0 0' rgba='0 1 0 1'/>"
                           "<geom type='box' size='.1 .1 .1' pos='0 0 .85' rgba='0 0 1 1'/>");
    draw_scene(f, plain);
    memcpy(wanted, f->image.pixels, sizeof wanted);
    draw_scene(f, around);
    assert_memory_equal(f->image.pixels, wanted, sizeof wanted);
    draw_scene(f, edge);
    assert_int_equal(colour(&f->image, 31, 16), 1);
    assert_int_equal(colour(&f->image, 16, 0), 2);
    sim_destroy(edge);
    sim_destroy(around);
    sim_destroy(plain);
}

static void bad_options_are_refused(void **state)
{
    Fixture *f = *state;
    Renderer *renderer = NULL;
    const RenderOptions cases[] = {
        { .width = 0, .height = 8, .scale = 1 },
        { .width = 8, .height = 5000, .scale = 1 },
        { .width = 1024, .height = 1024, .scale = 8 },
        { .width = 8, .height = 8, .scale = 0 },
        { .width = 8, .height = 8, .scale = 17 },
        { .width = 8, .height = 8, .scale = 2, .source = 64 },
        { .width = 8, .height = 8, .scale = 1, .source = -1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_error(renderer_create(&renderer, f->sim, &cases[i], &f->error), &f->error,
                     ERR_ARGUMENT, "renderer: ");
        assert_null(renderer);
    }
    RenderQuality quality;
    assert_ok(render_quality_parse(&quality, "reference", &f->error), &f->error);
    assert_int_equal(quality, RENDER_REFERENCE);
    assert_string_equal(render_quality_name(RENDER_FAST), "fast");
    assert_error(render_quality_parse(&quality, "best", &f->error), &f->error, ERR_ARGUMENT,
                 "expected reference or fast");
}

static void images_must_fit(void **state)
{
    Fixture *f = *state;
    RenderOptions options = small();
    options.width = SIZE + 1;
    Renderer *renderer = make(f, &options);
    const Camera camera = front(f);
    assert_error(renderer_draw(renderer, f->sim, &camera, &f->image, &f->error), &f->error,
                 ERR_SHAPE, "expected an image of 33 x 32, found 32 x 32");
    renderer_destroy(renderer);
}

static void cameras_are_found_by_name(void **state)
{
    Fixture *f = *state;
    Camera camera;
    assert_ok(camera_find(&camera, f->sim, "free", &f->error), &f->error);
    assert_int_equal(camera.fixed, -1);
    assert_true(camera.lookat[0] == 0); /* median of -0.4 and 0.4 */
    assert_true(camera.distance > 0.5);
    assert_error(camera_find(&camera, f->sim, "frnt", &f->error), &f->error, ERR_ARGUMENT,
                 "unknown camera 'frnt' (did you mean 'front'?)");
    assert_error(camera_find(&camera, f->sim, "nowhere", &f->error), &f->error, ERR_ARGUMENT,
                 "unknown camera 'nowhere' (known: free, front, away, parallel)");
}

static Status create_renderer(void *user, Error *error)
{
    Renderer *renderer = NULL;
    const RenderOptions options = { .width = 8, .height = 8, .quality = RENDER_FAST, .scale = 1 };
    Status status = renderer_create(&renderer, user, &options, error);
    renderer_destroy(renderer);
    return status;
}

static void failing_allocations_leak_nothing(void **state)
{
    Fixture *f = *state;
    assert_true(fail_each_allocation(create_renderer, f->sim, 1) >= 4);
}

static void drawing_does_not_allocate(void **state)
{
    Fixture *f = *state;
    const RenderOptions options = small();
    const uint8_t classes[] = { 0, 1, 2 };
    uint8_t labels[SIZE * SIZE];
    Renderer *renderer = make(f, &options);
    const Camera camera = front(f);
    count_allocations_start();
    for (int i = 0; i < 20; i++) {
        assert_ok(renderer_draw(renderer, f->sim, &camera, &f->image, &f->error), &f->error);
        assert_ok(renderer_labels(renderer, f->sim, &camera, classes, labels, &f->error),
                  &f->error);
    }
    assert_int_equal(count_allocations_stop(), 0);
    renderer_destroy(renderer);
}

/* the choice is made once per process, so a child makes it again; forked before any GL call here */
static int pixels_of_child(const char *choice, uint8_t *pixels)
{
    int ends[2];
    if (pipe(ends)) return -1;
    const pid_t child = fork();
    if (child == 0) {
        Error error = { 0 };
        Fixture f = { 0 };
        Renderer *renderer = NULL;
        void *state = &f;
        const RenderOptions options = small();
        Camera camera;
        setenv("PLAYSLOT_GL", choice, 1);
        int bad = set_up(&state);
        Fixture *made = state;
        bad = bad || renderer_create(&renderer, made->sim, &options, &error) ||
              camera_find(&camera, made->sim, "front", &error) ||
              renderer_draw(renderer, made->sim, &camera, &made->image, &error);
        if (!bad) bad = write(ends[1], made->image.pixels, SIZE * SIZE * 3) != SIZE * SIZE * 3;
        tear_down(&state);
        _exit(bad ? 1 : 0);
    }
    int status = -1;
    close(ends[1]);
    const ssize_t got = read(ends[0], pixels, SIZE * SIZE * 3);
    close(ends[0]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 && got == SIZE * SIZE * 3 ? 0 : -1;
}

static void backends_give_the_same_pixels(void **state)
{
    (void)state;
    uint8_t egl[SIZE * SIZE * 3], osmesa[SIZE * SIZE * 3];
    assert_int_equal(pixels_of_child("egl", egl), 0);
    assert_int_equal(pixels_of_child("osmesa", osmesa), 0);
    assert_memory_equal(egl, osmesa, sizeof egl);
    assert_int_equal(pixels_of_child("vulkan", egl), -1); /* no such choice */
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backends_give_the_same_pixels),
        test(a_backend_is_picked),
        test(the_scene_is_seen_upright),
        test(pictures_can_be_drawn_larger_and_shrunk),
        test(labels_name_the_bodies),
        test(depth_is_metres_along_the_viewing_axis),
        test(ids_are_pairs_of_index_and_type),
        test(layers_are_drawn_as_asked_for),
        test(drawing_leaves_the_simulation_alone),
        test(two_renderers_do_not_disturb_each_other),
        test(a_renderer_serves_copies_of_its_model_only),
        test(a_renderer_may_move_between_threads),
        test(a_black_frame_is_an_error),
        test(what_is_out_of_sight_is_left_out_and_nothing_else),
        test(bad_options_are_refused),
        test(images_must_fit),
        test(cameras_are_found_by_name),
        test(failing_allocations_leak_nothing),
        test(drawing_does_not_allocate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
