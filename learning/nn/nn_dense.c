#include "nn/nn.h"

Linear linear_init(const Scope *scope, int in, int out, bool bias)
{
    Linear layer = { .in = in, .out = out, .bias = -1 };
    layer.weight = scope_weight(scope, "weight", SHAPE(out, in), in);
    if (bias) layer.bias = scope_bias(scope, "bias", out, in);
    return layer;
}

Node linear(Graph *graph, const Linear *layer, Node x, Activation activation)
{
    const Node weight = graph_param(graph, layer->weight);
    const Node bias = layer->bias < 0 ? NODE_NONE : graph_param(graph, layer->bias);
    return op_linear(graph, x, weight, bias, activation);
}

LayerNorm layer_norm_init(const Scope *scope, int width, double epsilon)
{
    return (LayerNorm){
        .weight = scope_param(scope, "weight", SHAPE(width), (Init){ .kind = INIT_ONE }),
        .bias = scope_param(scope, "bias", SHAPE(width), (Init){ .kind = INIT_ZERO }),
        .epsilon = epsilon,
    };
}

Node layer_norm(Graph *graph, const LayerNorm *layer, Node x)
{
    return op_layer_norm(graph, x, graph_param(graph, layer->weight),
                         graph_param(graph, layer->bias), layer->epsilon);
}

Mlp mlp_init(const Scope *scope, int in, int hidden, int out, Activation activation)
{
    const Scope first = scope_child(scope, "0");
    const Scope second = scope_child(scope, "2");
    Mlp layer = { .activation = activation };
    layer.first = linear_init(&first, in, hidden, true);
    layer.second = linear_init(&second, hidden, out, true);
    return layer;
}

Node mlp(Graph *graph, const Mlp *layer, Node x)
{
    const Node hidden = linear(graph, &layer->first, x, layer->activation);
    return linear(graph, &layer->second, hidden, ACTIVATION_NONE);
}

Gru gru_init(const Scope *scope, int in, int width)
{
    const bool savi = scope->rule == INIT_RULE_SAVI;
    const Init orthogonal = { .kind = INIT_ORTHOGONAL, .scale = 1 };
    const Shape recurrent = SHAPE(3 * width, width);
    Gru layer;
    layer.weight_ih = scope_weight(scope, "weight_ih", SHAPE(3 * width, in), width);
    layer.weight_hh = savi ? scope_param(scope, "weight_hh", recurrent, orthogonal)
                           : scope_weight(scope, "weight_hh", recurrent, width);
    layer.bias_ih = scope_bias(scope, "bias_ih", 3 * width, width);
    layer.bias_hh = scope_bias(scope, "bias_hh", 3 * width, width);
    return layer;
}

Node gru(Graph *graph, const Gru *layer, Node x, Node h)
{
    return op_gru_cell(graph, x, h, graph_param(graph, layer->weight_ih),
                       graph_param(graph, layer->weight_hh), graph_param(graph, layer->bias_ih),
                       graph_param(graph, layer->bias_hh));
}
