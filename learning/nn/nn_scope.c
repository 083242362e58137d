#include "nn/nn.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

Scope scope_root(ParamStore *store, const char *prefix, InitRule rule)
{
    Scope scope = { .store = store, .rule = rule };
    assert(strlen(prefix) < SCOPE_PATH_MAX);
    memcpy(scope.path, prefix, strlen(prefix) + 1);
    return scope;
}

Scope scope_child(const Scope *parent, const char *format, ...)
{
    char key[SCOPE_PATH_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int key_length = vsnprintf(key, sizeof key, format, arguments);
    va_end(arguments);

    Scope scope = { .store = parent->store, .rule = parent->rule };
    const size_t base = strlen(parent->path);
    assert(key_length > 0 && base + (size_t)key_length + 2 <= SCOPE_PATH_MAX);
    memcpy(scope.path, parent->path, base);
    size_t at = base;
    if (base) scope.path[at++] = '.';
    memcpy(scope.path + at, key, (size_t)key_length + 1);
    return scope;
}

/* path.key; both are ours, so a name that does not fit is a bug */
static const char *full_name(char *name, size_t size, const Scope *scope, const char *key)
{
    const int length = snprintf(name, size, "%s%s%s", scope->path, scope->path[0] ? "." : "", key);
    assert(length > 0 && (size_t)length < size);
    (void)length;
    return name;
}

int scope_param(const Scope *scope, const char *key, Shape shape, Init init)
{
    char name[SCOPE_PATH_MAX + 64];
    return params_declare(scope->store, full_name(name, sizeof name, scope, key), shape, init);
}

int scope_buffer(const Scope *scope, const char *key, Shape shape, Init init)
{
    char name[SCOPE_PATH_MAX + 64];
    return params_declare_buffer(scope->store, full_name(name, sizeof name, scope, key), shape,
                                 init);
}

static Init fan_in_uniform(int fan_in)
{
    return (Init){ .kind = INIT_UNIFORM, .scale = 1.0 / sqrt((double)fan_in) };
}

int scope_weight(const Scope *scope, const char *key, Shape shape, int fan_in)
{
    const Init init = scope->rule == INIT_RULE_SAVI ? (Init){ .kind = INIT_XAVIER, .scale = 1 }
                                                    : fan_in_uniform(fan_in);
    return scope_param(scope, key, shape, init);
}

int scope_bias(const Scope *scope, const char *key, int width, int fan_in)
{
    const Init init =
        scope->rule == INIT_RULE_LIBRARY ? fan_in_uniform(fan_in) : (Init){ .kind = INIT_ZERO };
    return scope_param(scope, key, SHAPE(width), init);
}

Node nn_squeeze(Graph *graph, Node x, int axis)
{
    const Shape shape = node_shape(graph, x);
    Shape squeezed = { .rank = 0 };
    for (int i = 0; i < shape.rank; i++)
        if (i != axis) squeezed.dims[squeezed.rank++] = shape.dims[i];
    return op_reshape(graph, x, squeezed);
}

Node nn_unsqueeze(Graph *graph, Node x, int axis)
{
    const Shape shape = node_shape(graph, x);
    if (shape.rank >= SHAPE_MAX_RANK) {
        graph_fail(graph, ERR_SHAPE, "no axis can be added to a tensor of rank %d", shape.rank);
        return NODE_NONE;
    }
    Shape wide = { .rank = shape.rank + 1 };
    for (int i = 0, from = 0; i < wide.rank; i++)
        wide.dims[i] = i == axis ? 1 : shape.dims[from++];
    return op_reshape(graph, x, wide);
}
