/** Every operation of ops.def: gradients, shared memory, repeatability. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "graph/op.h"
#include "graph/ops.h"
#include "support/gradient_check.h"

typedef struct OpCase {
    OpId op;
    GradientCase test_case;
} OpCase;

/* ---- builders: f_<operation>[_<variant>] ---- */

#define BUILD(name, expression)                                                                    \
    static Node f_##name(Graph *g, const Node *x)                                                  \
    {                                                                                              \
        return (expression);                                                                       \
    }

BUILD(add, op_add(g, x[0], x[1]))
BUILD(sub, op_sub(g, x[0], x[1]))
BUILD(mul, op_mul(g, x[0], x[1]))
BUILD(mul_self, op_mul(g, x[0], x[0]))
BUILD(div, op_div(g, x[0], x[1]))
BUILD(affine, op_affine(g, x[0], -1.5, 0.25))
BUILD(relu, op_relu(g, x[0]))
BUILD(gelu, op_gelu(g, x[0]))
BUILD(sigmoid, op_sigmoid(g, x[0]))
BUILD(tanh, op_tanh(g, x[0]))
BUILD(abs, op_abs(g, x[0]))
BUILD(square, op_square(g, x[0]))
BUILD(sqrt, op_sqrt(g, x[0]))
BUILD(exp, op_exp(g, x[0]))
BUILD(log, op_log(g, x[0]))
BUILD(clamp, op_clamp(g, x[0], -0.5, 0.7))
BUILD(stop_gradient, op_mul(g, x[0], op_stop_gradient(g, x[1])))
BUILD(reshape, op_square(g, op_reshape(g, x[0], SHAPE(6, 4))))
BUILD(permute, op_permute(g, x[0], (int[]){ 2, 0, 3, 1 }))
BUILD(permute_rows, op_permute(g, x[0], (int[]){ 1, 0, 2, 3 }))
BUILD(slice, op_slice(g, x[0], 1, 1, 2))
BUILD(slice_first, op_square(g, op_slice(g, x[0], 0, 1, 2)))
BUILD(slices, op_add(g, op_slice(g, x[0], 1, 0, 2), op_slice(g, x[0], 1, 2, 2)))
BUILD(concat, op_concat(g, x, 3, 1))
BUILD(concat_same, op_concat(g, (Node[]){ x[0], x[0], x[1] }, 3, 0))
BUILD(broadcast, op_broadcast(g, x[0], SHAPE(2, 3, 4, 5)))
BUILD(sum, op_sum(g, x[0], 1))
BUILD(sum_last, op_mean(g, x[0], 2))
BUILD(sum_all, op_mean_all(g, op_square(g, x[0])))
BUILD(mse, op_mse(g, x[0], x[1]))
BUILD(linear, op_linear(g, x[0], x[1], x[2], ACTIVATION_NONE))
BUILD(linear_bare, op_linear(g, x[0], x[1], NODE_NONE, ACTIVATION_NONE))
BUILD(linear_relu, op_linear(g, x[0], x[1], x[2], ACTIVATION_RELU))
BUILD(linear_gelu, op_linear(g, x[0], x[1], x[2], ACTIVATION_GELU))
BUILD(matmul, op_matmul(g, x[0], x[1], false, false))
BUILD(matmul_ta, op_matmul(g, x[0], x[1], true, false))
BUILD(matmul_tb, op_matmul(g, x[0], x[1], false, true))
BUILD(matmul_tt, op_matmul(g, x[0], x[1], true, true))
BUILD(softmax, op_softmax(g, x[0], 1))
BUILD(softmax_last, op_softmax(g, x[0], 2))
BUILD(layer_norm, op_layer_norm(g, x[0], x[1], x[2], 1e-5))
BUILD(attention, op_attention(g, x[0], x[1], x[2], 2, NODE_NONE))
BUILD(attention_masked, op_attention(g, x[0], x[1], x[2], 4, x[3]))
BUILD(attention_self, op_attention(g, x[0], x[0], x[0], 2, NODE_NONE))
BUILD(slot_weights, op_slot_weights(g, x[0], x[1], 1e-8))
BUILD(normalize, op_normalize(g, x[0]))
BUILD(gru_cell, op_gru_cell(g, x[0], x[1], x[2], x[3], x[4], x[5]))
BUILD(conv_same, op_conv2d(g, x[0], x[1], x[2], 1, 1, ACTIVATION_NONE))
BUILD(conv_five, op_conv2d(g, x[0], x[1], x[2], 1, 2, ACTIVATION_GELU))
BUILD(conv_stride, op_conv2d(g, x[0], x[1], x[2], 2, 1, ACTIVATION_RELU))
BUILD(conv_valid, op_conv2d(g, x[0], x[1], NODE_NONE, 1, 0, ACTIVATION_NONE))
BUILD(conv_gelu, op_conv2d(g, x[0], x[1], x[2], 1, 1, ACTIVATION_GELU))
BUILD(broadcast_conv, op_broadcast_conv2d(g, x[0], x[1], x[2], x[3], ACTIVATION_NONE))
BUILD(broadcast_conv_gelu, op_broadcast_conv2d(g, x[0], x[1], x[2], x[3], ACTIVATION_GELU))
BUILD(upsample_conv2, op_upsample_conv2d(g, x[0], 2, x[1], x[2], ACTIVATION_NONE))
BUILD(upsample_conv3, op_upsample_conv2d(g, x[0], 3, x[1], x[2], ACTIVATION_GELU))
BUILD(max_pool, op_max_pool(g, x[0], 2))
BUILD(upsample_nearest, op_upsample_nearest(g, x[0], 3))
BUILD(upsample_bilinear, op_upsample_bilinear(g, x[0], 2))
BUILD(channel_stats, op_channel_stats(g, x[0]))
BUILD(batch_norm, op_batch_norm(g, x[0], op_channel_stats(g, x[0]), x[1], x[2], 1e-5))
BUILD(batch_norm_fixed, op_batch_norm(g, x[0], x[3], x[1], x[2], 1e-5))
BUILD(slot_masks, op_slot_masks(g, x[0]))
BUILD(composite, op_composite(g, x[0], x[1]))
BUILD(composite_masks, op_composite(g, x[0], op_slot_masks(g, x[0])))
BUILD(nearest_code, op_nearest_code(g, x[0], x[1]))
BUILD(gather, op_gather(g, x[0], x[1]))

#define A(...)                                                                                     \
    {                                                                                              \
        SHAPE(__VA_ARGS__), INPUT_ANY                                                              \
    }
#define D(...)                                                                                     \
    {                                                                                              \
        SHAPE(__VA_ARGS__), INPUT_APART                                                            \
    }
#define P(...)                                                                                     \
    {                                                                                              \
        SHAPE(__VA_ARGS__), INPUT_POSITIVE                                                         \
    }
#define I(...)                                                                                     \
    {                                                                                              \
        SHAPE(__VA_ARGS__), INPUT_INDEX                                                            \
    }
#define M(...)                                                                                     \
    {                                                                                              \
        SHAPE(__VA_ARGS__), INPUT_BITS                                                             \
    }
#define CASE(op, f, ...)                                                                           \
    {                                                                                              \
        OP_ID_##op,                                                                                \
        {                                                                                          \
#f, { __VA_ARGS__ }, f_##f, false                                                      \
        }                                                                                          \
    }

static const OpCase *cases(int *count)
{
    static OpCase list[128];
    const OpCase all[] = {
        CASE(add, add, A(2, 3, 4), A(2, 3, 4)),
        CASE(add, add, A(2, 3, 4), A(4)),
        CASE(sub, sub, A(2, 1, 4), A(3, 1)),
        CASE(mul, mul, A(2, 3, 4), A(3, 1)),
        CASE(mul, mul, A(5, 1, 1), A(2, 1, 4, 3)),
        CASE(mul, mul_self, A(3, 4)),
        CASE(div, div, A(2, 3, 4), P(2, 3, 1)),
        CASE(affine, affine, A(3, 5)),
        CASE(relu, relu, D(33)),
        CASE(gelu, gelu, A(5, 7)),
        CASE(sigmoid, sigmoid, A(5, 7)),
        CASE(tanh, tanh, A(5, 7)),
        CASE(abs, abs, D(5, 7)),
        CASE(square, square, A(5, 7)),
        CASE(sqrt, sqrt, P(5, 7)),
        CASE(exp, exp, A(5, 7)),
        CASE(log, log, P(5, 7)),
        CASE(clamp, clamp, D(5, 7)),
        CASE(stop_gradient, stop_gradient, A(5, 7), M(5, 7)),
        CASE(reshape, reshape, A(2, 3, 4)),
        CASE(permute, permute, A(2, 3, 4, 5)),
        CASE(permute, permute_rows, A(2, 3, 4, 5)),
        CASE(slice, slice, A(2, 4, 3)),
        CASE(slice, slice_first, A(4, 3)),
        CASE(slice, slices, A(3, 4, 2)),
        CASE(concat, concat, A(2, 3, 2), A(2, 1, 2), A(2, 4, 2)),
        CASE(concat, concat_same, A(2, 3), A(1, 3)),
        CASE(broadcast, broadcast, A(3, 1, 5)),
        CASE(sum, sum, A(3, 4, 5)),
        CASE(sum, sum_last, A(3, 4, 5)),
        CASE(sum, sum_all, A(3, 4, 50)),
        CASE(mse, mse, A(3, 4), A(3, 4)),
        CASE(linear, linear, A(2, 5, 6), A(7, 6), A(7)),
        CASE(linear, linear_bare, A(40, 33), A(20, 33)),
        CASE(linear, linear_relu, A(9, 6), A(7, 6), A(7)),
        CASE(linear, linear_gelu, A(9, 6), A(7, 6), A(7)),
        CASE(matmul, matmul, A(2, 3, 4), A(2, 4, 5)),
        CASE(matmul, matmul_ta, A(2, 4, 3), A(2, 4, 5)),
        CASE(matmul, matmul_tb, A(2, 3, 4), A(2, 5, 4)),
        CASE(matmul, matmul_tt, A(2, 4, 3), A(2, 5, 4)),
        CASE(softmax, softmax, A(2, 5, 3)),
        CASE(softmax, softmax_last, A(2, 3, 20)),
        CASE(layer_norm, layer_norm, A(3, 4, 40), A(40), A(40)),
        CASE(attention, attention, A(2, 3, 8), A(2, 5, 8), A(2, 5, 8)),
        CASE(attention, attention_masked, A(2, 4, 16), A(2, 4, 16), A(2, 4, 16), M(4, 4)),
        CASE(attention, attention_self, A(2, 3, 64)),
        CASE(slot_weights, slot_weights, A(2, 3, 8), A(2, 20, 8)),
        CASE(normalize, normalize, P(4, 20)),
        CASE(gru_cell, gru_cell, A(3, 4), A(3, 5), A(15, 4), A(15, 5), A(15), A(15)),
        CASE(conv2d, conv_same, A(2, 5, 6, 3), A(4, 3, 3, 3), A(4)),
        CASE(conv2d, conv_five, A(2, 6, 6, 2), A(3, 2, 5, 5), A(3)),
        CASE(conv2d, conv_stride, A(2, 7, 6, 3), A(4, 3, 3, 3), A(4)),
        CASE(conv2d, conv_valid, A(1, 5, 5, 3), A(4, 3, 2, 2)),
        CASE(conv2d, conv_gelu, A(2, 5, 18, 16), A(33, 16, 3, 3), A(33)),
        CASE(conv2d, conv_same, A(2, 8, 16, 32), A(32, 32, 3, 3), A(32)),
        CASE(conv2d, conv_same, A(1, 8, 9, 24), A(4, 24, 3, 3), A(4)),
        CASE(broadcast_conv2d, broadcast_conv, A(3, 4), A(6, 5, 4), A(5, 4, 3, 3), A(5)),
        CASE(broadcast_conv2d, broadcast_conv_gelu, A(3, 4), A(6, 7, 4), A(17, 4, 5, 5), A(17)),
        CASE(broadcast_conv2d, broadcast_conv, A(2, 4), A(3, 2, 4), A(5, 4, 5, 5), A(5)),
        CASE(upsample_conv2d, upsample_conv2, A(2, 4, 5, 3), A(6, 3, 3, 3), A(6)),
        CASE(upsample_conv2d, upsample_conv2, A(2, 4, 5, 17), A(16, 17, 5, 5), A(16)),
        CASE(upsample_conv2d, upsample_conv3, A(2, 3, 4, 3), A(4, 3, 5, 5), A(4)),
        CASE(max_pool, max_pool, D(2, 5, 6, 3)),
        CASE(upsample_nearest, upsample_nearest, A(2, 3, 2, 3)),
        CASE(upsample_bilinear, upsample_bilinear, A(2, 3, 4, 2)),
        CASE(channel_stats, channel_stats, A(2, 3, 4, 5)),
        CASE(batch_norm, batch_norm, A(2, 3, 4, 5), A(5), A(5)),
        CASE(batch_norm, batch_norm_fixed, A(2, 3, 4, 5), A(5), A(5), P(2, 5)),
        CASE(slot_masks, slot_masks, A(2, 3, 4, 5, 4)),
        CASE(composite, composite, A(2, 3, 4, 5, 4), A(2, 3, 4, 5)),
        CASE(composite, composite_masks, A(2, 3, 4, 5, 4)),
        { OP_ID_nearest_code, { "nearest_code", { A(6, 4), A(5, 4) }, f_nearest_code, true } },
        CASE(gather, gather, A(4, 5), I(7)),
    };
    *count = (int)(sizeof all / sizeof *all);
    memcpy(list, all, sizeof all);
    return list;
}

static void gradients_agree_with_differences(void **state)
{
    (void)state;
    int count;
    const OpCase *list = cases(&count);
    for (int i = 0; i < count; i++)
        for (uint64_t seed = 1; seed <= 2; seed++)
            gradient_check(&list[i].test_case, seed);
}

static void every_operation_has_a_case(void **state)
{
    (void)state;
    int count;
    const OpCase *list = cases(&count);
    for (int op = 0; op < OP_ID_COUNT; op++) {
        bool found = false;
        for (int i = 0; i < count; i++)
            found = found || (int)list[i].op == op;
        if (!found) fail_msg("operation '%s' has no case", op_def((OpId)op)->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_a_case),
        cmocka_unit_test(gradients_agree_with_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
