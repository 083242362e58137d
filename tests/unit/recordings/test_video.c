#include "support/test.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/threads.h"
#include "recordings/canvas.h"
#include "recordings/video.h"
#include "support/temp_folder.h"
#include "support/test_memory.h"

/* A flat scene with a moving square and a label: what panels are made of. */
static void draw_scene(Image *image, int t)
{
    canvas_fill(image, (Color){ 245, 246, 248 });
    canvas_rect(image, (Area){ 4 + 2 * t, 6, 24, 24 }, (Color){ 213, 94, 0 });
    canvas_rect(image, (Area){ 10, 36, 30, 10 }, (Color){ 0, 114, 178 });
    canvas_text(image, 50, 34, 1, (Color){ 20, 20, 20 }, t % 2 ? "odd" : "even");
}

static Status record(const char *path, int width, int height, int fps, int frames,
                     const VideoOptions *options, Error *error)
{
    Image image = { 0 };
    Video *video = NULL;
    Status status = image_init(&image, width, height, error);
    if (!status) status = video_open(&video, path, width, height, fps, options, error);
    for (int t = 0; !status && t < frames; t++) {
        draw_scene(&image, t);
        status = video_push(video, &image, error);
    }
    if (status)
        video_abort(video);
    else
        status = video_close(video, error);
    image_release(&image);
    return status;
}

static int count_files(const TempFolder *folder)
{
    Error error;
    NameList names;
    assert_ok(directory_list(&names, folder->path, "", &error), &error);
    int count = names.count;
    name_list_release(&names);
    return count;
}

/* Mean absolute difference over the whole picture, in levels. */
static double difference(const Image *decoded, const Image *drawn)
{
    double sum = 0.0;
    for (int y = 0; y < drawn->height; y++)
        for (int x = 0; x < drawn->width * 3; x++)
            sum += abs((int)decoded->pixels[y * decoded->width * 3 + x] -
                       (int)drawn->pixels[y * drawn->width * 3 + x]);
    return sum / (drawn->width * drawn->height * 3);
}

/* Decode all frames and compare each with the drawing. */
static void check_frames(const char *path, int width, int height, int frames, double tolerance)
{
    Error error = { 0 };
    VideoReader *reader;
    Image drawn, decoded;
    assert_ok(video_reader_open(&reader, path, &error), &error);
    assert_ok(image_init(&drawn, width, height, &error), &error);
    assert_ok(image_init(&decoded, video_reader_width(reader), video_reader_height(reader), &error),
              &error);
    bool more = true;
    int count = 0;
    for (;; count++) {
        assert_ok(video_reader_next(reader, &decoded, &more, &error), &error);
        if (!more) break;
        draw_scene(&drawn, count);
        double found = difference(&decoded, &drawn);
        if (found > tolerance) fail_msg("%s: frame %d differs by %g levels", path, count, found);
    }
    assert_int_equal(count, frames);
    image_release(&drawn);
    image_release(&decoded);
    video_reader_close(reader);
}

static void an_mp4_holds_what_was_pushed(void **state)
{
    Error error = { 0 };
    const char *path = temp_path(*state, "a.mp4");
    VideoInfo info;
    assert_ok(record(path, 96, 48, 10, 23, NULL, &error), &error);
    assert_ok(video_probe(&info, path, &error), &error);
    assert_int_equal(info.frames, 23);
    assert_int_equal(info.width, 96);
    assert_int_equal(info.height, 48);
    assert_true(fabs(info.seconds - 2.3) < 1e-3);
    assert_true(fabs(info.fps - 10.0) < 1e-2);
    assert_string_equal(info.pixel_format, "yuv420p");
    /* sharp edges of colour lose half their resolution in yuv420p: about 2 levels in the mean */
    check_frames(path, 96, 48, 23, 3.0);
    assert_int_equal(count_files(*state), 1);
}

static void the_fallback_encoder_is_told_and_playable(void **state)
{
    Error error = { 0 };
    Video *video;
    VideoInfo info;
    VideoOptions options = video_options_default();
    options.encoder = "mpeg4";
    const char *path = temp_path(*state, "b.mp4");
    assert_ok(video_open(&video, path, 96, 48, 12, &options, &error), &error);
    assert_string_equal(video_encoder(video), "mpeg4");
    assert_false(video_is_preferred(video));
    video_abort(video);
    assert_ok(record(path, 96, 48, 12, 14, &options, &error), &error);
    assert_ok(video_probe(&info, path, &error), &error);
    assert_string_equal(info.codec, "mpeg4");
    assert_int_equal(info.frames, 14);
    check_frames(path, 96, 48, 14, 4.0);
}

static void odd_sizes_are_padded(void **state)
{
    Error error = { 0 };
    VideoInfo info;
    static const int sizes[][2] = { { 95, 47 }, { 96, 47 }, { 95, 48 }, { 1, 1 } };
    for (int i = 0; i < 4; i++) {
        const char *path = temp_path(*state, "odd.mp4");
        assert_ok(record(path, sizes[i][0], sizes[i][1], 10, 5, NULL, &error), &error);
        assert_ok(video_probe(&info, path, &error), &error);
        assert_int_equal(info.width, (sizes[i][0] + 1) / 2 * 2);
        assert_int_equal(info.height, (sizes[i][1] + 1) / 2 * 2);
        if (sizes[i][0] > 1) check_frames(path, sizes[i][0], sizes[i][1], 5, 3.5);
    }
}

static bool bytes_hold(const char *bytes, size_t size, const char *part)
{
    size_t length = strlen(part);
    for (size_t i = 0; i + length <= size; i++)
        if (!memcmp(bytes + i, part, length)) return true;
    return false;
}

static void a_gif_keeps_flat_colours_exactly(void **state)
{
    Error error = { 0 };
    const char *path = temp_path(*state, "a.gif");
    VideoInfo info;
    assert_ok(record(path, 96, 48, 10, 23, NULL, &error), &error);
    assert_ok(video_probe(&info, path, &error), &error);
    assert_string_equal(info.codec, "gif");
    assert_int_equal(info.frames, 23);
    assert_int_equal(info.width, 96);
    assert_true(fabs(info.fps - 10.0) < 0.01);
    check_frames(path, 96, 48, 23, 0.0);
    char *bytes;
    size_t size;
    assert_ok(file_read(&bytes, &size, path, &error), &error);
    assert_true(bytes_hold(bytes, size, "NETSCAPE2.0\x03\x01")); /* then 0 0: endless */
    assert_true(size < 6000);
    memory_free(bytes);
    assert_int_equal(count_files(*state), 1);
}

static void gif_delays_add_up(void **state)
{
    Error error = { 0 };
    const char *path = temp_path(*state, "d.gif");
    VideoInfo info;
    assert_ok(record(path, 32, 20, 30, 31, NULL, &error), &error);
    assert_ok(video_probe(&info, path, &error), &error);
    /* 30 per second are delays of 3, 3 and 4 hundredths; the last one may be rounded */
    assert_true(fabs(info.seconds - 31.0 / 30.0) < 0.015);
}

/* Smooth colours: 255 palette entries, no pixel far from its own colour. */
static void a_gif_of_many_colours_stays_close(void **state)
{
    (void)state;
    Error error = { 0 };
    Image image;
    assert_ok(image_init(&image, 128, 128, &error), &error);
    for (int i = 0; i < 128 * 128; i++) {
        int x = i % 128, y = i / 128;
        image.pixels[i * 3] = (uint8_t)(x * 2);
        image.pixels[i * 3 + 1] = (uint8_t)(y * 2);
        image.pixels[i * 3 + 2] = (uint8_t)(255 - x - y);
    }
    unsigned char *bytes;
    size_t size;
    for (int dither = 0; dither < 2; dither++) {
        VideoOptions options = { .dither = dither };
        const char *path = temp_path(*state, "c.gif");
        assert_ok(gif_encode(&bytes, &size, &image, 1, 5, &options, &error), &error);
        test_write_file(path, bytes, size);
        VideoReader *reader;
        Image decoded;
        bool more;
        assert_ok(video_reader_open(&reader, path, &error), &error);
        assert_ok(image_init(&decoded, 128, 128, &error), &error);
        assert_ok(video_reader_next(reader, &decoded, &more, &error), &error);
        assert_true(more);
        /* a 2-d sheet of colours over 255 entries: cells of 16 x 16 levels, 4 levels mean; dither adds 4 */
        assert_true(difference(&decoded, &image) < (dither ? 8.0 : 4.5));
        image_release(&decoded);
        video_reader_close(reader);
        memory_free(bytes);
    }
    image_release(&image);
}

static void a_gif_in_memory_is_the_gif_on_disk(void **state)
{
    Error error = { 0 };
    Image frames[6];
    for (int t = 0; t < 6; t++) {
        assert_ok(image_init(&frames[t], 80, 50, &error), &error);
        draw_scene(&frames[t], t);
    }
    unsigned char *bytes;
    size_t size;
    assert_ok(gif_encode(&bytes, &size, frames, 6, 8, NULL, &error), &error);
    test_write_file(temp_path(*state, "memory.gif"), bytes, size);
    memory_free(bytes);
    assert_ok(record(temp_path(*state, "disk.gif"), 80, 50, 8, 6, NULL, &error), &error);
    assert_true(test_files_equal(temp_path(*state, "memory.gif"), temp_path(*state, "disk.gif")));
    image_release(&frames[5]);
    assert_ok(image_init(&frames[5], 81, 50, &error), &error);
    assert_error(gif_encode(&bytes, &size, frames, 6, 8, NULL, &error), &error, ERR_SHAPE,
                 "frame 5");
    assert_error(gif_encode(&bytes, &size, frames, 0, 8, NULL, &error), &error, ERR_ARGUMENT,
                 "at least one");
    for (int t = 0; t < 6; t++)
        image_release(&frames[t]);
}

static void equal_frames_give_equal_files(void **state)
{
    Error error = { 0 };
    assert_ok(record(temp_path(*state, "1.mp4"), 96, 48, 10, 9, NULL, &error), &error);
    assert_ok(record(temp_path(*state, "2.mp4"), 96, 48, 10, 9, NULL, &error), &error);
    assert_true(test_files_equal(temp_path(*state, "1.mp4"), temp_path(*state, "2.mp4")));
}

static void no_frames_is_a_clean_close_without_a_file(void **state)
{
    Error error = { 0 };
    assert_ok(record(temp_path(*state, "a.mp4"), 64, 64, 10, 0, NULL, &error), &error);
    assert_ok(record(temp_path(*state, "a.gif"), 64, 64, 10, 0, NULL, &error), &error);
    assert_int_equal(count_files(*state), 0);
    assert_ok(video_close(NULL, &error), &error);
    video_abort(NULL);
}

static void bad_arguments_are_named(void **state)
{
    Error error = { 0 };
    Video *video;
    const char *mp4 = temp_path(*state, "a.mp4"), *gif = temp_path(*state, "a.gif");
    assert_error(video_open(&video, temp_path(*state, "a.avi"), 8, 8, 10, NULL, &error), &error,
                 ERR_ARGUMENT, ".mp4 or .gif");
    assert_error(video_open(&video, mp4, 0, 8, 10, NULL, &error), &error, ERR_ARGUMENT, "0x8");
    assert_error(video_open(&video, mp4, 8, 8, 0, NULL, &error), &error, ERR_ARGUMENT, "[1, 240]");
    assert_error(video_open(&video, gif, 8, 8, 51, NULL, &error), &error, ERR_ARGUMENT, "[1, 50]");
    VideoOptions options = video_options_default();
    options.quality = 60;
    assert_error(video_open(&video, mp4, 8, 8, 10, &options, &error), &error, ERR_ARGUMENT,
                 "quality: 60");
    options = video_options_default();
    options.encoder = "nonesuch";
    assert_error(video_open(&video, mp4, 8, 8, 10, &options, &error), &error, ERR_UNSUPPORTED,
                 "nonesuch");
    assert_null(video);
    assert_int_equal(count_files(*state), 0);
}

static void a_wrong_frame_size_leaves_the_video_usable(void **state)
{
    Error error = { 0 };
    Image right, wrong;
    assert_ok(image_init(&right, 32, 32, &error), &error);
    assert_ok(image_init(&wrong, 32, 33, &error), &error);
    static const char *const names[] = { "a.mp4", "a.gif" };
    for (int i = 0; i < 2; i++) {
        Video *video;
        VideoInfo info;
        const char *path = temp_path(*state, names[i]);
        assert_ok(video_open(&video, path, 32, 32, 10, NULL, &error), &error);
        assert_ok(video_push(video, &right, &error), &error);
        assert_error(video_push(video, &wrong, &error), &error, ERR_SHAPE, "frame 1: expected");
        assert_ok(video_push(video, &right, &error), &error);
        assert_int_equal(video_frames(video), 2);
        assert_ok(video_close(video, &error), &error);
        assert_ok(video_probe(&info, path, &error), &error);
        assert_int_equal(info.frames, 2);
    }
    image_release(&right);
    image_release(&wrong);
}

static void an_unwritable_folder_is_one_line(void **state)
{
    Error error = { 0 };
    Video *video;
    assert_error(video_open(&video, temp_path(*state, "none/a.mp4"), 32, 32, 10, NULL, &error),
                 &error, ERR_IO, "none/a.mp4");
    assert_error(video_open(&video, temp_path(*state, "none/a.gif"), 32, 32, 10, NULL, &error),
                 &error, ERR_IO, "none/a.gif");
}

static void noise(Image *image, unsigned t)
{
    unsigned value = t * 747796405u + 2891336453u;
    for (int i = 0; i < image->width * image->height * 3; i++) {
        value = value * 1664525u + 1013904223u;
        image->pixels[i] = (uint8_t)(value >> 24);
    }
}

/* Noise until the file size limit stops it, as a full disk would. */
static void fill_up(const char *path)
{
    Error error = { 0 };
    Image image;
    Video *video = NULL;
    assert_ok(image_init(&image, 256, 256, &error), &error);
    struct rlimit old, small;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){ 300000, old.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    Status status = video_open(&video, path, 256, 256, 10, NULL, &error);
    for (unsigned t = 0; !status && t < 40; t++) {
        noise(&image, t);
        status = video_push(video, &image, &error);
    }
    if (status)
        video_abort(video);
    else
        status = video_close(video, &error);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_error(status, &error, ERR_IO, path);
    image_release(&image);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    static const char *const names[] = { "a.mp4", "a.gif" };
    for (int i = 0; i < 2; i++) {
        const char *path = temp_path(*state, names[i]);
        test_write_text(path, "old");
        fill_up(path);
        Error error = { 0 };
        char *text;
        assert_ok(file_read(&text, NULL, path, &error), &error);
        assert_string_equal(text, "old");
        memory_free(text);
        assert_int_equal(count_files(*state), i + 1);
    }
}

/* No second file can be opened at the close: the fragments take the name, and all frames are there. */
static void without_room_for_a_rewrite_the_fragments_stay(void **state)
{
    Error error = { 0 };
    Image image;
    Video *video;
    VideoInfo info;
    struct rlimit old, small;
    const char *path = temp_path(*state, "a.mp4");
    assert_ok(image_init(&image, 96, 48, &error), &error);
    assert_ok(video_open(&video, path, 96, 48, 10, NULL, &error), &error);
    for (int t = 0; t < 33; t++) {
        draw_scene(&image, t);
        assert_ok(video_push(video, &image, &error), &error);
    }
    int next = dup(0);
    close(next);
    getrlimit(RLIMIT_NOFILE, &old);
    small = (struct rlimit){ (rlim_t)next, old.rlim_max };
    setrlimit(RLIMIT_NOFILE, &small);
    Status status = video_close(video, &error);
    setrlimit(RLIMIT_NOFILE, &old);
    assert_ok(status, &error);
    assert_ok(video_probe(&info, path, &error), &error);
    assert_int_equal(info.frames, 33);
    assert_int_equal(count_files(*state), 1);
    image_release(&image);
}

typedef struct Recordings {
    const TempFolder *folder;
    Status status[8];
} Recordings;

static void record_item(void *user, int item, int worker)
{
    (void)worker;
    Recordings *recordings = user;
    char path[300];
    Error error;
    snprintf(path, sizeof path, "%s/%d.%s", recordings->folder->path, item,
             item % 2 ? "mp4" : "gif");
    recordings->status[item] = record(path, 64, 48, 10, 12, NULL, &error);
}

static void threads_record_side_by_side(void **state)
{
    Error error = { 0 };
    ThreadPool *pool;
    Recordings recordings = { .folder = *state };
    assert_ok(thread_pool_create(&pool, 4, &error), &error);
    parallel_for(pool, 8, record_item, &recordings);
    thread_pool_destroy(pool);
    for (int i = 0; i < 8; i++)
        assert_int_equal(recordings.status[i], OK);
    for (int i = 2; i < 8; i++) {
        char names[2][16];
        snprintf(names[0], 16, "%d.%s", i % 2, i % 2 ? "mp4" : "gif");
        snprintf(names[1], 16, "%d.%s", i, i % 2 ? "mp4" : "gif");
        assert_true(test_files_equal(temp_path(*state, names[0]), temp_path(*state, names[1])));
    }
}

static void broken_videos_are_format_errors(void **state)
{
    Error error = { 0 };
    VideoInfo info;
    const char *path = temp_path(*state, "a.mp4"), *cut = temp_path(*state, "cut.mp4");
    assert_error(video_probe(&info, temp_path(*state, "none.mp4"), &error), &error, ERR_IO,
                 "none.mp4");
    test_write_text(cut, "this is no video at all");
    assert_error(video_probe(&info, cut, &error), &error, ERR_FORMAT, "cut.mp4");
    assert_ok(record(path, 96, 48, 10, 23, NULL, &error), &error);
    char *bytes;
    size_t size;
    assert_ok(file_read(&bytes, &size, path, &error), &error);
    for (int part = 1; part < 8; part++) {
        test_write_file(cut, bytes, size * (size_t)part / 8);
        assert_true(video_probe(&info, cut, &error) == ERR_FORMAT);
    }
    memory_free(bytes);
}

/* A recorder that is killed after a while leaves its fragments, and they play. */
static void a_killed_recording_leaves_a_playable_file(void **state)
{
    Error error = { 0 };
    const char *path = temp_path(*state, "a.mp4");
    pid_t child = fork();
    if (!child) {
        Image image = { 0 };
        Video *video = NULL;
        Status status = image_init(&image, 96, 48, &error);
        if (!status) status = video_open(&video, path, 96, 48, 10, NULL, &error);
        for (int t = 0; !status && t < 120; t++) {
            draw_scene(&image, t);
            status = video_push(video, &image, &error);
        }
        raise(SIGKILL);
    }
    int how = 0;
    waitpid(child, &how, 0);
    assert_true(WIFSIGNALED(how));
    NameList names;
    VideoInfo info;
    const TempFolder *folder = *state;
    assert_ok(directory_list(&names, folder->path, "", &error), &error);
    assert_int_equal(names.count, 1);
    assert_contains(names.names[0], "a.mp4.tmp-");
    assert_ok(video_probe(&info, temp_path(folder, names.names[0]), &error), &error);
    /* the encoder's look-ahead (10 frames) and the open fragment (up to 2 s) are lost */
    assert_true(info.frames >= 80);
    name_list_release(&names);
}

static void pushing_allocates_nothing(void **state)
{
    static const char *const names[] = { "a.mp4", "a.gif" };
    Error error = { 0 };
    Image image;
    assert_ok(image_init(&image, 64, 48, &error), &error);
    for (int i = 0; i < 2; i++) {
        Video *video;
        assert_ok(video_open(&video, temp_path(*state, names[i]), 64, 48, 25, NULL, &error),
                  &error);
        count_allocations_start();
        for (int t = 0; t < 1000; t++) {
            draw_scene(&image, t % 20);
            assert_ok(video_push(video, &image, &error), &error);
        }
        assert_int_equal(count_allocations_stop(), 0);
        video_abort(video);
    }
    image_release(&image);
    assert_int_equal(count_files(*state), 0);
}

static Status record_both(void *user, Error *error)
{
    const char *const *paths = user;
    Status status = record(paths[0], 32, 32, 10, 3, NULL, error);
    return status ? status : record(paths[1], 32, 32, 10, 3, NULL, error);
}

static void every_allocation_may_fail(void **state)
{
    const char *paths[2] = { temp_path(*state, "a.mp4"), temp_path(*state, "a.gif") };
    assert_true(fail_each_allocation(record_both, paths, 1) > 6);
}

#define WITH_FOLDER(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(an_mp4_holds_what_was_pushed),
        WITH_FOLDER(the_fallback_encoder_is_told_and_playable),
        WITH_FOLDER(odd_sizes_are_padded),
        WITH_FOLDER(a_gif_keeps_flat_colours_exactly),
        WITH_FOLDER(gif_delays_add_up),
        WITH_FOLDER(a_gif_of_many_colours_stays_close),
        WITH_FOLDER(a_gif_in_memory_is_the_gif_on_disk),
        WITH_FOLDER(equal_frames_give_equal_files),
        WITH_FOLDER(no_frames_is_a_clean_close_without_a_file),
        WITH_FOLDER(bad_arguments_are_named),
        WITH_FOLDER(a_wrong_frame_size_leaves_the_video_usable),
        WITH_FOLDER(an_unwritable_folder_is_one_line),
        WITH_FOLDER(a_full_disk_leaves_the_old_file),
        WITH_FOLDER(without_room_for_a_rewrite_the_fragments_stay),
        WITH_FOLDER(threads_record_side_by_side),
        WITH_FOLDER(broken_videos_are_format_errors),
        WITH_FOLDER(a_killed_recording_leaves_a_playable_file),
        WITH_FOLDER(pushing_allocates_nothing),
        WITH_FOLDER(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
