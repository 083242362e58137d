#include "support/test.h"

#include <string.h>

#include "graph/ops.h"
#include "graph/plan.h"

/* each builds something that does not fit; the message must name the node and say why */
typedef struct Misfit {
    void (*build)(Graph *graph, Node x); /* x is (2, 3, 4) */
    Status status;
    const char *name, *part;
} Misfit;

static Node input(Graph *g, Shape shape)
{
    return graph_input(g, "other", shape);
}

static void bad_add(Graph *g, Node x)
{
    op_add(g, x, input(g, SHAPE(5)));
}
static void bad_linear(Graph *g, Node x)
{
    op_linear(g, x, input(g, SHAPE(7, 5)), NODE_NONE, ACTIVATION_NONE);
}
static void bad_bias(Graph *g, Node x)
{
    op_linear(g, x, input(g, SHAPE(7, 4)), input(g, SHAPE(6)), ACTIVATION_NONE);
}
static void bad_reshape(Graph *g, Node x)
{
    op_reshape(g, x, SHAPE(5, 5));
}
static void bad_order(Graph *g, Node x)
{
    op_permute(g, x, (int[]){ 0, 0, 1 });
}
static void bad_slice(Graph *g, Node x)
{
    op_slice(g, x, 1, 2, 2);
}
static void bad_axis(Graph *g, Node x)
{
    op_sum(g, x, 3);
}
static void bad_heads(Graph *g, Node x)
{
    op_attention(g, x, x, x, 3, NODE_NONE);
}
static void bad_matmul(Graph *g, Node x)
{
    op_matmul(g, x, x, false, false);
}
static void bad_conv(Graph *g, Node x)
{
    op_conv2d(g, x, input(g, SHAPE(2, 4, 3, 3)), NODE_NONE, 1, 1, ACTIVATION_NONE);
}
static void bad_kernel(Graph *g, Node x)
{
    const Node picture = op_reshape(g, x, SHAPE(1, 2, 3, 4));
    op_upsample_conv2d(g, picture, 2, input(g, SHAPE(2, 4, 2, 2)), NODE_NONE, ACTIVATION_NONE);
}
static void bad_concat(Graph *g, Node x)
{
    op_concat(g, (Node[]){ x, input(g, SHAPE(2, 3, 5)) }, 2, 1);
}
static void bad_input(Graph *g, Node x)
{
    (void)x;
    graph_input(g, "empty", SHAPE(2, 0));
}
static void bad_param(Graph *g, Node x)
{
    (void)x;
    graph_param(g, 3);
}
static void bad_node(Graph *g, Node x)
{
    op_add(g, x, NODE_NONE);
}
static void own_failure(Graph *g, Node x)
{
    (void)x;
    graph_fail(g, ERR_UNSUPPORTED, "no decoder called '%s'", "cubist");
}

static const Misfit misfits[] = {
    { bad_add, ERR_SHAPE, "decoder/add#2", "(2, 3, 4) and (5)" },
    { bad_linear, ERR_SHAPE, "decoder/linear#2", "weight: expected (7, 4), found (7, 5)" },
    { bad_bias, ERR_SHAPE, "decoder/linear#3", "bias: expected (7), found (6)" },
    { bad_reshape, ERR_SHAPE, "decoder/reshape#1", "(2, 3, 4) cannot become (5, 5)" },
    { bad_order, ERR_ARGUMENT, "decoder/permute#1", "not a permutation of 3 axes" },
    { bad_slice, ERR_ARGUMENT, "decoder/slice#1", "2 elements from 2 on leave axis 1" },
    { bad_axis, ERR_ARGUMENT, "decoder/sum#1", "no axis 3 in (2, 3, 4)" },
    { bad_heads, ERR_ARGUMENT, "decoder/attention#1", "3 heads do not divide 4 channels" },
    { bad_matmul, ERR_SHAPE, "decoder/matmul#1", "(2, 3, 4) times (2, 3, 4) does not fit" },
    { bad_conv, ERR_SHAPE, "decoder/conv2d#2", "x: expected 4 axes, found (2, 3, 4)" },
    { bad_kernel, ERR_ARGUMENT, "decoder/upsample_conv2d#3", "kernel 2: an odd one is needed" },
    { bad_concat, ERR_SHAPE, "decoder/concat#2", "part: expected (2, 3, 4), found (2, 3, 5)" },
    { bad_input, ERR_SHAPE, "empty", "must be positive" },
    { bad_param, ERR_ARGUMENT, "decoder", "no parameter 3" },
    { bad_node, ERR_ARGUMENT, "decoder/add#1", "input 1 is not a node" },
    { own_failure, ERR_UNSUPPORTED, "decoder", "no decoder called 'cubist'" },
};

static void misfits_name_the_node(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misfits / sizeof *misfits; i++) {
        Error error = { OK, "" };
        Graph *graph;
        assert_ok(graph_create(&graph, NULL, &error), &error);
        const Node x = graph_input(graph, "x", SHAPE(2, 3, 4));
        graph_push_scope(graph, "decoder");
        misfits[i].build(graph, x);
        graph_pop_scope(graph);
        op_add(graph, x, input(graph, SHAPE(77))); /* later errors do not hide the first */
        assert_error(graph_finish(graph, &error), &error, misfits[i].status, misfits[i].part);
        assert_contains(error.text, misfits[i].name);
        Plan *plan;
        assert_int_equal(plan_create(&plan, graph, (PlanOptions){ .loss = NODE_NONE }, &error),
                         misfits[i].status);
        graph_destroy(graph);
    }
}

static void names_are_found(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Graph *graph;
    assert_ok(graph_create(&graph, NULL, &error), &error);
    const Node x = graph_input(graph, "frames", SHAPE(2, 3));
    const Node y = op_square(graph, x);
    graph_output(graph, "squares", y);
    assert_ok(graph_finish(graph, &error), &error);
    assert_int_equal(graph_find(graph, "frames").id, x.id);
    assert_int_equal(graph_find(graph, "squares").id, y.id);
    assert_int_equal(graph_find(graph, "square").id, NODE_NONE.id);
    assert_true(shape_equal(node_shape(graph, y), SHAPE(2, 3)));
    graph_destroy(graph);
}

static void an_unfinished_graph_has_no_plan(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Graph *graph;
    Plan *plan;
    assert_ok(graph_create(&graph, NULL, &error), &error);
    graph_output(graph, "y", op_square(graph, graph_input(graph, "x", SHAPE(2))));
    assert_error(plan_create(&plan, graph, (PlanOptions){ .loss = NODE_NONE }, &error), &error,
                 ERR_ARGUMENT, "not finished");
    assert_ok(graph_finish(graph, &error), &error);
    graph_input(graph, "late", SHAPE(2));
    assert_error(graph_finish(graph, &error), &error, ERR_ARGUMENT, "after graph_finish");
    graph_destroy(graph);
}

static void slices_of_the_first_axis_are_views(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Graph *graph;
    Plan *plan;
    assert_ok(graph_create(&graph, NULL, &error), &error);
    const Node x = graph_input(graph, "x", SHAPE(4, 3));
    const Node part = op_reshape(graph, op_slice(graph, x, 0, 2, 1), SHAPE(3));
    graph_output(graph, "part", part);
    assert_ok(graph_finish(graph, &error), &error);
    assert_ok(plan_create(&plan, graph, (PlanOptions){ .loss = NODE_NONE }, &error), &error);
    assert_ptr_equal(plan_value(plan, part), plan_input(plan, x) + 6);
    plan_run(plan);
    plan_destroy(plan);
    graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misfits_name_the_node),
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(an_unfinished_graph_has_no_plan),
        cmocka_unit_test(slices_of_the_first_axis_are_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
