#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/threads.h"
#include "graph/ops.h"
#include "graph/plan_internal.h"
#include "support/test_memory.h"

/* a small network: two linear maps unrolled over three steps, an attention, a loss */
typedef struct Net {
    ParamStore *store;
    Graph *graph;
    Node x, target, loss, y;
} Net;

static Status net_declare(Net *net, Error *error)
{
    if (params_create(&net->store, error)) return error->status;
    params_declare(net->store, "frozen.weight", SHAPE(8, 8), (Init){ INIT_XAVIER, 0 });
    params_declare(net->store, "a.weight", SHAPE(8, 8), (Init){ INIT_XAVIER, 0 });
    params_declare(net->store, "a.bias", SHAPE(8), (Init){ INIT_ZERO, 0 });
    params_declare_buffer(net->store, "scale", SHAPE(8), (Init){ INIT_ONE, 0 });
    params_declare(net->store, "unused", SHAPE(3), (Init){ INIT_NORMAL, 1 });
    return params_allocate(net->store, error);
}

static Node net_step(Graph *g, Node x)
{
    const Node h = op_linear(g, x, graph_param(g, 0), NODE_NONE, ACTIVATION_GELU);
    const Node y = op_linear(g, h, graph_param(g, 1), graph_param(g, 2), ACTIVATION_NONE);
    return op_mul(g, op_add(g, op_attention(g, y, y, y, 2, NODE_NONE), x), graph_param(g, 3));
}

static Status net_record(Net *net, Error *error)
{
    if (graph_create(&net->graph, net->store, error)) return error->status;
    Graph *g = net->graph;
    net->x = graph_input(g, "x", SHAPE(2, 5, 8));
    net->target = graph_input(g, "target", SHAPE(2, 5, 8));
    Node h = net->x;
    for (int t = 0; t < 3; t++)
        h = net_step(g, h);
    net->y = h;
    graph_output(g, "y", h);
    net->loss = op_mse(g, h, net->target);
    return graph_finish(g, error);
}

static Status net_open(Net *net, Error *error)
{
    *net = (Net){ 0 };
    if (net_declare(net, error)) return error->status;
    params_initialize(net->store, 7);
    params_freeze(net->store, "frozen.", true);
    return net_record(net, error);
}

static void net_close(Net *net)
{
    graph_destroy(net->graph);
    params_destroy(net->store);
}

static void fill_inputs(const Net *net, Plan *plan)
{
    real *x = plan_input(plan, net->x), *target = plan_input(plan, net->target);
    for (int i = 0; i < 80; i++) {
        x[i] = (real)sin(i * 1.7);
        target[i] = (real)cos(i * 0.3);
    }
}

static void buffers_alive_together_do_not_overlap(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Net net;
    Plan *plan;
    assert_ok(net_open(&net, &error), &error);
    assert_ok(plan_create(&plan, net.graph, (PlanOptions){ .loss = net.loss }, &error), &error);
    for (int i = 0; i < plan->buffer_count; i++)
        for (int k = 0; k < i; k++) {
            const Buffer *a = &plan->buffers[i], *b = &plan->buffers[k];
            const bool together = a->first <= b->last && b->first <= a->last;
            const bool overlap =
                a->offset < b->offset + b->count && b->offset < a->offset + a->count;
            assert_false(together && overlap);
        }
    const PlanCost cost = plan_cost(plan);
    assert_true(cost.bytes < cost.bytes_unshared);
    plan_destroy(plan);
    net_close(&net);
}

static void shared_memory_changes_no_bit(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Net net;
    Plan *shared, *unshared, *inference;
    assert_ok(net_open(&net, &error), &error);
    const PlanOptions options = { .loss = net.loss };
    assert_ok(plan_create(&shared, net.graph, options, &error), &error);
    assert_ok(plan_create_unshared(&unshared, net.graph, options, &error), &error);
    assert_ok(plan_create(&inference, net.graph, (PlanOptions){ .loss = NODE_NONE }, &error),
              &error);
    Plan *const plans[] = { shared, unshared, inference };
    for (int i = 0; i < 3; i++) {
        fill_inputs(&net, plans[i]);
        plan_run(plans[i]);
        plan_run(plans[i]);
    }
    const size_t total = params_total(net.store) * sizeof(real);
    assert_memory_equal(plan_gradients(shared), plan_gradients(unshared), total);
    assert_memory_equal(plan_value(shared, net.y), plan_value(unshared, net.y), 80 * sizeof(real));
    assert_memory_equal(plan_value(shared, net.y), plan_value(inference, net.y), 80 * sizeof(real));
    assert_true(plan_cost(inference).bytes < plan_cost(shared).bytes);
    for (int i = 0; i < 3; i++)
        plan_destroy(plans[i]);
    net_close(&net);
}

static void frozen_buffers_and_unused_get_no_gradient(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Net net;
    Plan *plan;
    assert_ok(net_open(&net, &error), &error);
    assert_ok(plan_create(&plan, net.graph, (PlanOptions){ .loss = net.loss }, &error), &error);
    fill_inputs(&net, plan);
    real block[8 * 8 * 2 + 8 + 8 + 3];
    for (size_t i = 0; i < sizeof block / sizeof *block; i++)
        block[i] = 9;
    plan_bind_gradients(plan, block);
    plan_run(plan);
    const bool trains[] = { false, true, true, false, false };
    for (int p = 0; p < 5; p++) {
        const Param *param = params_at(net.store, p);
        double size = 0;
        for (size_t i = 0; i < shape_count(param->shape); i++)
            size += fabs((double)block[param->offset + i]);
        assert_int_equal(plan_trains(plan, p), trains[p]);
        assert_true(trains[p] ? size > 0 && size < 9 : size == 0);
    }
    plan_destroy(plan);
    net_close(&net);
}

static void freezing_saves_arithmetic(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Net net;
    Plan *some, *all;
    assert_ok(net_open(&net, &error), &error);
    const PlanOptions options = { .loss = net.loss };
    assert_ok(plan_create(&some, net.graph, options, &error), &error);
    params_freeze(net.store, "", false);
    assert_ok(plan_create(&all, net.graph, options, &error), &error);
    assert_true(plan_cost(some).flop_backward < plan_cost(all).flop_backward);
    /* 3 steps of 2 linear maps of 10 rows 8 -> 8, and q.k and p.v of 5 tokens */
    const double flop = 3 * (2 * 2.0 * 10 * 8 * 8 + 2 * 2.0 * 10 * 5 * 8);
    assert_true(plan_cost(all).flop_forward == flop);
    /* twice that, less the gradient of x for the first linear map */
    assert_true(plan_cost(all).flop_backward == 2 * flop - 2.0 * 10 * 8 * 8);
    plan_destroy(some);
    plan_destroy(all);
    net_close(&net);
}

static void running_allocates_nothing(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Net net;
    Plan *plan;
    assert_ok(net_open(&net, &error), &error);
    assert_ok(plan_create(&plan, net.graph, (PlanOptions){ .loss = net.loss }, &error), &error);
    fill_inputs(&net, plan);
    count_allocations_start();
    for (int i = 0; i < 100; i++)
        plan_run(plan);
    assert_ok(plan_check_finite(plan, &error), &error);
    assert_int_equal(count_allocations_stop(), 0);
    plan_destroy(plan);
    net_close(&net);
}

static void run_one(void *user, int item, int worker)
{
    Plan *const *plans = user;
    (void)worker;
    for (int i = 0; i < 20; i++)
        plan_run(plans[item]);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Net net;
    Plan *plans[8];
    assert_ok(net_open(&net, &error), &error);
    for (int i = 0; i < 8; i++) {
        assert_ok(plan_create(&plans[i], net.graph, (PlanOptions){ .loss = net.loss }, &error),
                  &error);
        fill_inputs(&net, plans[i]);
    }
    plan_run(plans[0]);
    for (int threads = 1; threads <= 7; threads += 3) {
        ThreadPool *pool;
        assert_ok(thread_pool_create(&pool, threads, &error), &error);
        parallel_for(pool, 7, run_one, plans + 1);
        thread_pool_destroy(pool);
        for (int i = 1; i < 8; i++)
            assert_memory_equal(plan_gradients(plans[0]), plan_gradients(plans[i]),
                                params_total(net.store) * sizeof(real));
    }
    for (int i = 0; i < 8; i++)
        plan_destroy(plans[i]);
    net_close(&net);
}

static void nan_is_found_where_it_starts(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Graph *graph;
    Plan *plan;
    assert_ok(graph_create(&graph, NULL, &error), &error);
    const Node x = graph_input(graph, "x", SHAPE(4));
    graph_push_scope(graph, "head");
    const Node y = op_log(graph, x);
    graph_pop_scope(graph);
    graph_output(graph, "y", op_affine(graph, y, 2, 0));
    assert_ok(graph_finish(graph, &error), &error);
    assert_ok(plan_create(&plan, graph, (PlanOptions){ .loss = NODE_NONE }, &error), &error);
    real *values = plan_input(plan, x);
    for (int i = 0; i < 4; i++)
        values[i] = 1;
    assert_ok(plan_check_finite(plan, &error), &error);
    values[2] = 0;
    assert_error(plan_check_finite(plan, &error), &error, ERR_NUMERIC, "head/log#1");
    values[2] = (real)NAN;
    assert_error(plan_check_finite(plan, &error), &error, ERR_NUMERIC, "x: NaN");
    plan_destroy(plan);
    graph_destroy(graph);
}

static Status build_and_plan(void *user, Error *error)
{
    (void)user;
    Net net;
    Plan *plan = NULL;
    Status status = net_open(&net, error);
    if (!status) status = plan_create(&plan, net.graph, (PlanOptions){ .loss = net.loss }, error);
    plan_destroy(plan);
    net_close(&net);
    return status;
}

static void failing_allocations_are_reported(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(build_and_plan, NULL, 1) > 5);
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    Error error = { OK, "" };
    Net net;
    Plan *plan;
    assert_ok(net_open(&net, &error), &error);
    assert_error(plan_create(&plan, net.graph, (PlanOptions){ .loss = net.y }, &error), &error,
                 ERR_SHAPE, "one element");
    assert_null(plan);
    const PlanOptions wrong = { .loss = net.loss, .wrt_inputs = &net.y, .wrt_count = 1 };
    assert_error(plan_create(&plan, net.graph, wrong, &error), &error, ERR_ARGUMENT,
                 "wrt_inputs[0]");
    net_close(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffers_alive_together_do_not_overlap),
        cmocka_unit_test(shared_memory_changes_no_bit),
        cmocka_unit_test(frozen_buffers_and_unused_get_no_gradient),
        cmocka_unit_test(freezing_saves_arithmetic),
        cmocka_unit_test(running_allocates_nothing),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(nan_is_found_where_it_starts),
        cmocka_unit_test(failing_allocations_are_reported),
        cmocka_unit_test(bad_requests_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
