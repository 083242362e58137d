#include "golden/golden_models_fixture.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* ---- life ---- */

void fixture_init(Fixture *out, const char *path)
{
    Error error = { OK, "" };
    *out = (Fixture){ .loss = NODE_NONE, .tolerance = TOLERANCE_LAYER, .name = "" };
    fixture_require(out, safetensors_open(&out->file, path, &error), &error);
    if (out->problem[0]) return;
    const char *name = safetensors_metadata(out->file, "fixture");
    const char *config = safetensors_metadata(out->file, "config");
    if (!name || !config) {
        fixture_fail(out, "no 'fixture' or 'config' in the metadata");
        return;
    }
    out->name = name;
    fixture_require(out, json_parse(&out->config, config, "config", &error), &error);
    const size_t count = (size_t)safetensors_count(out->file);
    fixture_require(out, memory_new_array(&out->checked, count, &error), &error);
}

void fixture_release(Fixture *fixture)
{
    plan_destroy(fixture->plan);
    graph_destroy(fixture->graph);
    params_destroy(fixture->store);
    arena_release(&fixture->arena);
    memory_free(fixture->checked);
    json_destroy(fixture->config);
    safetensors_close(fixture->file);
}

void fixture_fail(Fixture *fixture, const char *format, ...)
{
    if (fixture->problem[0]) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fixture->problem, sizeof fixture->problem, format, arguments);
    va_end(arguments);
}

void fixture_require(Fixture *fixture, Status status, const Error *error)
{
    if (status) fixture_fail(fixture, "%s", error->text);
}

/* ---- configuration ---- */

const Json *fixture_config(Fixture *fixture, const char *path)
{
    const Json *value = json_path(fixture->config, path);
    if (!value) fixture_fail(fixture, "the config has no '%s'", path);
    return value;
}

int fixture_int(Fixture *fixture, const char *path)
{
    return (int)json_as_number(fixture_config(fixture, path), 1);
}

bool fixture_bool(Fixture *fixture, const char *path, bool fallback)
{
    return json_as_bool(json_path(fixture->config, path), fallback);
}

const char *fixture_string(Fixture *fixture, const char *path, const char *fallback)
{
    return json_as_string(json_path(fixture->config, path), fallback);
}

/* ---- tensors ---- */

static const TensorView *find(const Fixture *fixture, const char *name)
{
    return fixture->file ? safetensors_find(fixture->file, name) : NULL;
}

bool fixture_has(const Fixture *fixture, const char *format, ...)
{
    char name[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    return find(fixture, name) != NULL;
}

static Shape view_shape(const TensorView *view, Layout layout)
{
    Shape shape = { .rank = view->rank };
    for (int i = 0; i < view->rank && i < SHAPE_MAX_RANK; i++)
        shape.dims[i] = (int)view->shape[i];
    if (layout == LAYOUT_IMAGE) {
        const int *chw = shape.dims + shape.rank - 3;
        const int channels = chw[0], height = chw[1], width = chw[2];
        shape.dims[shape.rank - 3] = height;
        shape.dims[shape.rank - 2] = width;
        shape.dims[shape.rank - 1] = channels;
    }
    return shape;
}

/* (M, C, L) -> (M, L, C) */
static void to_channels_last(double *values, const double *source, size_t maps, size_t channels,
                             size_t cells)
{
    for (size_t m = 0; m < maps; m++)
        for (size_t c = 0; c < channels; c++)
            for (size_t l = 0; l < cells; l++)
                values[(m * cells + l) * channels + c] = source[(m * channels + c) * cells + l];
}

/* values in our layout as double */
static double *read_view(Fixture *fixture, const TensorView *view, Layout layout)
{
    Error error = { OK, "" };
    double *raw = NULL, *values = NULL;
    const size_t count = (size_t)tensor_view_count(view);
    fixture_require(fixture, arena_push(&fixture->arena, &raw, count, &error), &error);
    if (fixture->problem[0]) return NULL;
    fixture_require(fixture, tensor_view_read_f64(view, raw, (int64_t)count, &error), &error);
    if (layout == LAYOUT_PLAIN || fixture->problem[0]) return raw;
    fixture_require(fixture, arena_push(&fixture->arena, &values, count, &error), &error);
    if (fixture->problem[0]) return NULL;
    const Shape shape = view_shape(view, LAYOUT_IMAGE);
    const size_t channels = (size_t)shape.dims[shape.rank - 1];
    const size_t cells = (size_t)shape.dims[shape.rank - 2] * (size_t)shape.dims[shape.rank - 3];
    to_channels_last(values, raw, count / (channels * cells), channels, cells);
    return values;
}

static double *expected(Fixture *fixture, const char *name, Layout layout, size_t *count)
{
    const TensorView *view = find(fixture, name);
    if (!view) {
        fixture_fail(fixture, "the file has no '%s'", name);
        return NULL;
    }
    *count = (size_t)tensor_view_count(view);
    return read_view(fixture, view, layout);
}

real *fixture_read(Fixture *fixture, const char *name, Layout layout, Shape *shape)
{
    size_t count = 0;
    Error error = { OK, "" };
    real *values = NULL;
    const double *source = expected(fixture, name, layout, &count);
    if (!source) return NULL;
    fixture_require(fixture, arena_push(&fixture->arena, &values, count, &error), &error);
    if (fixture->problem[0]) return NULL;
    for (size_t i = 0; i < count; i++)
        values[i] = (real)source[i];
    if (shape) *shape = view_shape(find(fixture, name), layout);
    return values;
}

/* ---- building ---- */

ParamStore *fixture_store(Fixture *fixture)
{
    Error error = { OK, "" };
    if (!fixture->store) fixture_require(fixture, params_create(&fixture->store, &error), &error);
    return fixture->store;
}

static void load_param(Fixture *fixture, int index)
{
    const Param *param = params_at(fixture->store, index);
    char name[256];
    size_t count = 0;
    snprintf(name, sizeof name, "param.%s", param->name);
    const double *values = expected(fixture, name, LAYOUT_PLAIN, &count);
    if (!values) return;
    const Shape shape = view_shape(find(fixture, name), LAYOUT_PLAIN);
    if (!shape_equal(shape, param->shape)) {
        char ours[64], theirs[64];
        fixture_fail(fixture, "'%s': the model has %s, the file %s", name,
                     shape_format(ours, sizeof ours, param->shape),
                     shape_format(theirs, sizeof theirs, shape));
        return;
    }
    real *target = params_value(fixture->store, index);
    for (size_t i = 0; i < count; i++)
        target[i] = (real)values[i];
    fixture_mark(fixture, name);
}

void fixture_load_params(Fixture *fixture)
{
    Error error = { OK, "" };
    if (fixture->problem[0]) return;
    fixture_require(fixture, params_allocate(fixture->store, &error), &error);
    for (int i = 0; i < params_count(fixture->store) && !fixture->problem[0]; i++)
        load_param(fixture, i);
    for (int i = 0; i < safetensors_count(fixture->file); i++) {
        const char *name = safetensors_at(fixture->file, i)->name;
        if (!strncmp(name, "param.", 6) && params_find(fixture->store, name + 6) < 0)
            fixture_fail(fixture, "the model has no '%s'", name);
    }
}

Graph *fixture_graph(Fixture *fixture)
{
    Error error = { OK, "" };
    if (!fixture->graph)
        fixture_require(fixture, graph_create(&fixture->graph, fixture_store(fixture), &error),
                        &error);
    return fixture->graph;
}

void fixture_bind(Fixture *fixture, const char *name, Node node, Layout layout)
{
    char full[160];
    snprintf(full, sizeof full, "in.%s", name);
    const TensorView *view = find(fixture, full);
    if (!view || fixture->input_count == FIXTURE_MAX) {
        fixture_fail(fixture, "the file has no '%s'", full);
        return;
    }
    fixture->inputs[fixture->input_count++] =
        (FixtureInput){ .view = view,
                        .name = view->name + 3,
                        .node = node,
                        .layout = layout,
                        .has_gradient = fixture_has(fixture, "grad.%s", full) };
}

Node fixture_input_as(Fixture *fixture, const char *name, Layout layout, Shape shape)
{
    if (fixture->problem[0]) return NODE_NONE;
    const Node node = graph_input(fixture->graph, name, shape);
    fixture_bind(fixture, name, node, layout);
    return node;
}

Node fixture_input(Fixture *fixture, const char *name, Layout layout)
{
    char full[160];
    snprintf(full, sizeof full, "in.%s", name);
    const TensorView *view = find(fixture, full);
    if (!view) {
        fixture_fail(fixture, "the file has no '%s'", full);
        return NODE_NONE;
    }
    return fixture_input_as(fixture, name, layout, view_shape(view, layout));
}

void fixture_add_loss(Fixture *fixture, Node term)
{
    fixture->loss = fixture->loss.id < 0 ? term : op_add(fixture->graph, fixture->loss, term);
}

static void add_cotangent(Fixture *fixture, const char *name, Node node, Layout layout)
{
    char full[160];
    Shape shape;
    snprintf(full, sizeof full, "in.cot.%s", name);
    if (fixture->problem[0] || !fixture_has(fixture, "%s", full)) return;
    const real *weights = fixture_read(fixture, full, layout, &shape);
    if (!weights) return;
    const Shape own = node_shape(fixture->graph, node);
    const Node constant = graph_constant(fixture->graph, own, weights);
    const Node product = op_mul(fixture->graph, node, constant);
    fixture_add_loss(fixture, op_sum_all(fixture->graph, product));
}

void fixture_output_within(Fixture *fixture, const char *name, Node node, Layout layout,
                           Tolerance tolerance)
{
    if (fixture->problem[0] || fixture->output_count == FIXTURE_MAX) return;
    graph_output(fixture->graph, name, node);
    fixture->outputs[fixture->output_count++] =
        (FixtureOutput){ .name = name, .node = node, .layout = layout, .tolerance = tolerance };
    add_cotangent(fixture, name, node, layout);
}

void fixture_output(Fixture *fixture, const char *name, Node node, Layout layout)
{
    fixture_output_within(fixture, name, node, layout, fixture->tolerance);
}

/* ---- running ---- */

static void create_plan(Fixture *fixture)
{
    Error error = { OK, "" };
    Node wanted[FIXTURE_MAX];
    PlanOptions options = { .loss = fixture->loss, .wrt_inputs = wanted };
    if (fixture->loss.id >= 0 && !fixture->problem[0])
        graph_output(fixture->graph, "fixture.loss", fixture->loss);
    for (int i = 0; i < fixture->input_count; i++)
        if (fixture->inputs[i].has_gradient) wanted[options.wrt_count++] = fixture->inputs[i].node;
    if (fixture->problem[0]) return;
    fixture_require(fixture, graph_finish(fixture->graph, &error), &error);
    if (!fixture->problem[0])
        fixture_require(fixture, plan_create(&fixture->plan, fixture->graph, options, &error),
                        &error);
}

static void fill_input(Fixture *fixture, const FixtureInput *input)
{
    const double *values = read_view(fixture, input->view, input->layout);
    real *target = plan_input(fixture->plan, input->node);
    const size_t count = (size_t)tensor_view_count(input->view);
    if (!values || !target || shape_count(node_shape(fixture->graph, input->node)) != count) {
        fixture_fail(fixture, "input '%s' does not fit", input->name);
        return;
    }
    for (size_t i = 0; i < count; i++)
        target[i] = (real)values[i];
}

/* sum of |output * weight| over all outputs with weights: the scale of a loss whose terms cancel */
static double loss_scale(Fixture *fixture)
{
    double scale = 0;
    for (int i = 0; i < fixture->output_count; i++) {
        const FixtureOutput *output = &fixture->outputs[i];
        char name[160];
        snprintf(name, sizeof name, "in.cot.%s", output->name);
        if (!fixture_has(fixture, "%s", name)) continue;
        size_t count = 0;
        const double *weights = expected(fixture, name, output->layout, &count);
        const real *values = plan_value(fixture->plan, output->node);
        for (size_t k = 0; weights && values && k < count; k++)
            scale += fabs(weights[k] * (double)values[k]);
    }
    return scale;
}

static void compare_loss(Fixture *fixture)
{
    size_t count = 0;
    if (fixture->loss.id < 0 || !fixture_has(fixture, "out.loss")) return;
    const double *reference = expected(fixture, "out.loss", LAYOUT_PLAIN, &count);
    const real *value = plan_value(fixture->plan, fixture->loss);
    if (!reference || !value) return;
    const double allowed = 1e-5 * loss_scale(fixture) + 5e-5 * fabs(reference[0]);
    fixture_judge(fixture, "out.loss", fabs((double)value[0] - reference[0]), allowed);
}

double fixture_largest_gradient(Fixture *fixture)
{
    double largest = 0;
    for (int i = 0; i < safetensors_count(fixture->file); i++) {
        const TensorView *view = safetensors_at(fixture->file, i);
        if (strncmp(view->name, "grad.", 5)) continue;
        const double *values = read_view(fixture, view, LAYOUT_PLAIN);
        for (int64_t k = 0; values && k < tensor_view_count(view); k++)
            largest = fmax(largest, fabs(values[k]));
    }
    return largest;
}

static bool is_all_zero(const real *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] != 0) return false;
    return true;
}

void fixture_compare_gradients(Fixture *fixture, const Plan *plan)
{
    const Tolerance tolerance = { 1e-4, 5e-6 * fixture_largest_gradient(fixture) };
    const real *gradients = plan_gradients(plan);
    for (int i = 0; i < params_count(fixture->store) && !fixture->problem[0]; i++) {
        const Param *param = params_at(fixture->store, i);
        const size_t count = shape_count(param->shape);
        char name[256];
        snprintf(name, sizeof name, "grad.param.%s", param->name);
        if (fixture_has(fixture, "%s", name))
            fixture_compare(fixture, name, gradients + param->offset, count, LAYOUT_PLAIN,
                            tolerance);
        else if (!param->is_buffer && !is_all_zero(gradients + param->offset, count))
            fixture_fail(fixture, "'%s' has a gradient, but should not", param->name);
    }
}

static void compare_input_gradients(Fixture *fixture)
{
    const Tolerance tolerance = { 1e-4, 5e-6 * fixture_largest_gradient(fixture) };
    for (int i = 0; i < fixture->input_count && !fixture->problem[0]; i++) {
        const FixtureInput *input = &fixture->inputs[i];
        char name[256];
        if (!input->has_gradient) continue;
        snprintf(name, sizeof name, "grad.in.%s", input->name);
        fixture_compare(fixture, name, plan_input_gradient(fixture->plan, input->node),
                        (size_t)tensor_view_count(input->view), input->layout, tolerance);
    }
}

void fixture_run(Fixture *fixture)
{
    create_plan(fixture);
    for (int i = 0; i < fixture->input_count && !fixture->problem[0]; i++)
        fill_input(fixture, &fixture->inputs[i]);
    if (fixture->problem[0]) return;
    plan_run(fixture->plan);
    for (int i = 0; i < fixture->output_count && !fixture->problem[0]; i++) {
        const FixtureOutput *output = &fixture->outputs[i];
        char name[160];
        snprintf(name, sizeof name, "out.%s", output->name);
        fixture_compare(fixture, name, plan_value(fixture->plan, output->node),
                        shape_count(node_shape(fixture->graph, output->node)), output->layout,
                        output->tolerance);
    }
    compare_loss(fixture);
    if (fixture->loss.id >= 0 && !fixture->gradients_elsewhere && !fixture->problem[0]) {
        fixture_compare_gradients(fixture, fixture->plan);
        compare_input_gradients(fixture);
    }
}

/* ---- comparing ---- */

void fixture_mark(Fixture *fixture, const char *name)
{
    for (int i = 0; fixture->checked && i < safetensors_count(fixture->file); i++)
        if (!strcmp(safetensors_at(fixture->file, i)->name, name)) fixture->checked[i] = true;
}

void fixture_judge(Fixture *fixture, const char *name, double error, double allowed)
{
    const double share = error == 0 ? 0 : allowed > 0 ? error / allowed : HUGE_VAL;
    fixture_mark(fixture, name);
    if (!(share <= fixture->worst)) {
        fixture->worst = share;
        fixture->worst_error = error;
        snprintf(fixture->worst_name, sizeof fixture->worst_name, "%s", name);
    }
    if (!(error <= allowed))
        fixture_fail(fixture, "'%s' is off by %.3g, allowed are %.3g", name, error, allowed);
}

static void judge_arrays(Fixture *fixture, const char *name, const double *actual,
                         const double *reference, size_t count, Tolerance tolerance)
{
    double largest = 0, error = 0;
    for (size_t i = 0; i < count; i++) {
        const double difference = fabs(actual[i] - reference[i]);
        largest = fmax(largest, fabs(reference[i]));
        error = isnan(difference) ? HUGE_VAL : fmax(error, difference);
    }
    fixture_judge(fixture, name, error, tolerance.relative * largest + tolerance.absolute);
}

static void compare_values(Fixture *fixture, const char *name, const double *actual, size_t count,
                           Layout layout, Tolerance tolerance)
{
    size_t found = 0;
    const double *reference = expected(fixture, name, layout, &found);
    if (!reference) return;
    if (found != count)
        fixture_fail(fixture, "'%s' has %zu values, we have %zu", name, found, count);
    else
        judge_arrays(fixture, name, actual, reference, count, tolerance);
}

void fixture_compare(Fixture *fixture, const char *name, const real *actual, size_t count,
                     Layout layout, Tolerance tolerance)
{
    double *wide = NULL;
    Error error = { OK, "" };
    if (fixture->problem[0]) return;
    if (!actual) {
        fixture_fail(fixture, "there is no value to compare with '%s'", name);
        return;
    }
    fixture_require(fixture, arena_push(&fixture->arena, &wide, count, &error), &error);
    for (size_t i = 0; wide && i < count; i++)
        wide[i] = (double)actual[i];
    if (wide) compare_values(fixture, name, wide, count, layout, tolerance);
}

void fixture_compare_double(Fixture *fixture, const char *name, const double *actual, size_t count,
                            Tolerance tolerance)
{
    if (!fixture->problem[0]) compare_values(fixture, name, actual, count, LAYOUT_PLAIN, tolerance);
}

void fixture_compare_state(Fixture *fixture, const char *prefix, Tolerance tolerance)
{
    for (int i = 0; i < params_count(fixture->store) && !fixture->problem[0]; i++) {
        const Param *param = params_at(fixture->store, i);
        char name[256];
        snprintf(name, sizeof name, "%s%s", prefix, param->name);
        if (fixture_has(fixture, "%s", name))
            fixture_compare(fixture, name, params_value_const(fixture->store, i),
                            shape_count(param->shape), LAYOUT_PLAIN, tolerance);
    }
}

void fixture_finish(Fixture *fixture)
{
    for (int i = 0; fixture->checked && i < safetensors_count(fixture->file); i++) {
        const char *name = safetensors_at(fixture->file, i)->name;
        const bool result = !strncmp(name, "out.", 4) || !strncmp(name, "grad.", 5);
        if (result && !fixture->checked[i]) fixture_fail(fixture, "'%s' was not compared", name);
    }
}
