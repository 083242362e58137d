/** Convolutions against the definition, and the two that avoid a large picture against the plain one. */
#include "support/test.h"

#include <math.h>

#include "base/memory.h"
#include "base/rng.h"
#include "tensor/kernels.h"

static real *numbers(size_t count, const char *name)
{
    Error error = { OK, "" };
    real *values;
    assert_ok(memory_new_array(&values, count, &error), &error);
    Rng rng = rng_stream(5, name, 0);
    for (size_t i = 0; i < count; i++)
        values[i] = (real)rng_range(&rng, -1, 1);
    return values;
}

/* one output number by the definition, in double */
static double by_definition(ConvShape s, const real *x, const real *w, const real *bias, int m,
                            int y, int c, int o)
{
    double sum = bias ? (double)bias[o] : 0;
    for (int ky = 0; ky < s.kernel; ky++)
        for (int kx = 0; kx < s.kernel; kx++) {
            const int r = y * s.stride + ky - s.padding, q = c * s.stride + kx - s.padding;
            if (r < 0 || r >= s.height || q < 0 || q >= s.width) continue;
            for (int i = 0; i < s.in; i++)
                sum += (double)x[((m * s.height + r) * s.width + q) * s.in + i] *
                       (double)w[((o * s.in + i) * s.kernel + ky) * s.kernel + kx];
        }
    return sum;
}

/* float sums of a few hundred products of size 1 */
#define TOLERANCE (sizeof(real) == 4 ? 3e-5 : 1e-12)

static void check_conv(ConvShape s)
{
    s.out_height = (s.height + 2 * s.padding - s.kernel) / s.stride + 1;
    s.out_width = (s.width + 2 * s.padding - s.kernel) / s.stride + 1;
    const size_t outs = (size_t)(s.images * s.out_height * s.out_width * s.out);
    real *x = numbers((size_t)(s.images * s.height * s.width * s.in), "x");
    real *w = numbers((size_t)(s.out * s.in * s.kernel * s.kernel), "w");
    real *bias = numbers((size_t)s.out, "bias"), *y = numbers(outs, "y");
    real *scratch = numbers(conv_forward_scratch(s), "scratch");
    conv_forward(s, x, w, bias, ACTIVATION_NONE, y, NULL, scratch);
    size_t at = 0;
    for (int m = 0; m < s.images; m++)
        for (int r = 0; r < s.out_height; r++)
            for (int c = 0; c < s.out_width; c++)
                for (int o = 0; o < s.out; o++, at++) {
                    const double wanted = by_definition(s, x, w, bias, m, r, c, o);
                    if (!(fabs((double)y[at] - wanted) <= TOLERANCE))
                        fail_msg("k%d s%d %d->%d: (%d, %d, %d, %d) is %.9g, not %.9g", s.kernel,
                                 s.stride, s.in, s.out, m, r, c, o, (double)y[at], wanted);
                }
    real *const all[] = { x, w, bias, y, scratch };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        memory_free(all[i]);
}

static void convolutions_follow_the_definition(void **state)
{
    (void)state;
    const ConvShape shapes[] = {
        { .images = 2,
          .height = 5,
          .width = 17,
          .in = 3,
          .out = 33,
          .kernel = 3,
          .stride = 1,
          .padding = 1 },
        { .images = 1,
          .height = 6,
          .width = 9,
          .in = 16,
          .out = 4,
          .kernel = 5,
          .stride = 1,
          .padding = 2 },
        { .images = 1,
          .height = 8,
          .width = 7,
          .in = 5,
          .out = 24,
          .kernel = 3,
          .stride = 2,
          .padding = 1 },
        { .images = 1,
          .height = 4,
          .width = 4,
          .in = 8,
          .out = 64,
          .kernel = 1,
          .stride = 1,
          .padding = 0 },
        { .images = 1,
          .height = 30,
          .width = 31,
          .in = 2,
          .out = 70,
          .kernel = 3,
          .stride = 1,
          .padding = 0 },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_conv(shapes[i]);
}

static void assert_near(const char *what, const real *a, const real *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)a[i] - (double)b[i]) <= TOLERANCE))
            fail_msg("%s: element %zu is %.9g, not %.9g", what, i, (double)a[i], (double)b[i]);
}

static void check_upsample(UpsampleShape s)
{
    const int height = s.height * s.factor, width = s.width * s.factor;
    const ConvShape large = { s.images, height, width,        s.in,   s.out,
                              s.kernel, 1,      s.kernel / 2, height, width };
    const size_t outs = (size_t)(s.images * height * width * s.out);
    real *x = numbers((size_t)(s.images * s.height * s.width * s.in), "x");
    real *w = numbers((size_t)(s.out * s.in * s.kernel * s.kernel), "w");
    real *bias = numbers((size_t)s.out, "bias"), *y = numbers(outs, "y"), *z = numbers(outs, "z");
    real *up = numbers((size_t)(s.images * height * width * s.in), "up");
    real *scratch =
        numbers(conv_forward_scratch(large) + upsample_conv_forward_scratch(s), "scratch");
    upsample_nearest_forward((ImageShape){ s.images, s.height, s.width, s.in }, s.factor, x, up);
    conv_forward(large, up, w, bias, ACTIVATION_RELU, y, NULL, scratch);
    upsample_conv_forward(s, x, w, bias, ACTIVATION_RELU, z, NULL, scratch);
    assert_near("upsampling convolution", z, y, outs);
    real *const all[] = { x, w, bias, y, z, up, scratch };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        memory_free(all[i]);
}

static void upsampling_is_never_needed(void **state)
{
    (void)state;
    check_upsample((UpsampleShape){ 2, 3, 5, 3, 20, 5, 2 });
    check_upsample((UpsampleShape){ 1, 4, 4, 8, 4, 3, 2 });
    check_upsample((UpsampleShape){ 1, 2, 3, 4, 16, 7, 3 });
    check_upsample((UpsampleShape){ 1, 3, 3, 2, 5, 5, 4 });
    check_upsample((UpsampleShape){ 1, 5, 4, 3, 6, 3, 1 });
}

static void check_broadcast(BroadcastShape s)
{
    const ConvShape plain = { s.images, s.height, s.width,      s.in,     s.out,
                              s.kernel, 1,        s.kernel / 2, s.height, s.width };
    const size_t outs = (size_t)(s.images * s.height * s.width * s.out),
                 cells = (size_t)(s.height * s.width);
    real *slots = numbers((size_t)(s.images * s.in), "slots");
    real *position = numbers(cells * (size_t)s.in, "position");
    real *w = numbers((size_t)(s.out * s.in * s.kernel * s.kernel), "w");
    real *bias = numbers((size_t)s.out, "bias"), *y = numbers(outs, "y"), *z = numbers(outs, "z");
    real *x = numbers((size_t)s.images * cells * (size_t)s.in, "x");
    real *scratch =
        numbers(conv_forward_scratch(plain) + broadcast_conv_forward_scratch(s), "scratch");
    for (size_t i = 0; i < (size_t)s.images * cells * (size_t)s.in; i++) {
        const size_t channel = i % (size_t)s.in, cell = i / (size_t)s.in % cells;
        x[i] = slots[i / ((size_t)s.in * cells) * (size_t)s.in + channel] +
               position[cell * (size_t)s.in + channel];
    }
    conv_forward(plain, x, w, bias, ACTIVATION_RELU, y, NULL, scratch);
    broadcast_conv_forward(s, slots, position, w, bias, ACTIVATION_RELU, z, NULL, scratch);
    assert_near("broadcast convolution", z, y, outs);
    real *const all[] = { slots, position, w, bias, y, z, x, scratch };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        memory_free(all[i]);
}

static void broadcasting_is_never_needed(void **state)
{
    (void)state;
    check_broadcast((BroadcastShape){ 3, 8, 9, 6, 20, 5 });
    check_broadcast((BroadcastShape){ 2, 2, 3, 4, 5, 5 }); /* smaller than the kernel */
    check_broadcast((BroadcastShape){ 2, 5, 1, 4, 16, 3 });
    check_broadcast((BroadcastShape){ 1, 1, 1, 2, 3, 1 });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_follow_the_definition),
        cmocka_unit_test(upsampling_is_never_needed),
        cmocka_unit_test(broadcasting_is_never_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
