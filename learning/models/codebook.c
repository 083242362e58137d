#include "models/codebook.h"

#include <assert.h>
#include <math.h>

#include "base/memory.h"

Codebook codebook_init(const Scope *scope, int num_codes, int code_dim, bool ema)
{
    const Shape shape = SHAPE(num_codes, code_dim);
    const Init uniform = { .kind = INIT_UNIFORM, .scale = 1.0 / num_codes };
    Codebook book = {
        .num_codes = num_codes, .code_dim = code_dim, .ema = ema, .decay = CODEBOOK_EMA_DECAY
    };
    assert(num_codes <= CODEBOOK_MAX_CODES);
    if (!ema) {
        book.codes = scope_param(scope, "embeddings.0.weight", shape, uniform);
        return book;
    }
    const Scope frozen = scope_child(scope, "vq.embeddings.0");
    const Scope whole = scope_child(&frozen, "weight");
    book.count = scope_buffer(scope, "ema_count", SHAPE(num_codes), (Init){ .kind = INIT_ZERO });
    book.weight = scope_buffer(scope, "ema_weight", shape, uniform);
    book.codes = scope_param(&frozen, "weight", shape, uniform);
    params_freeze(scope->store, whole.path, true);
    return book;
}

/* moving-average codes never receive a gradient */
static Node code_table(Graph *graph, const Codebook *book)
{
    const Node codes = graph_param(graph, book->codes);
    return book->ema ? op_stop_gradient(graph, codes) : codes;
}

static Node mean_square(Graph *graph, Node a, Node b)
{
    return op_mean(graph, op_square(graph, op_sub(graph, a, b)), 1);
}

Quantized codebook_quantize(Graph *graph, const Codebook *book, Node z)
{
    const Node codes = code_table(graph, book);
    const Node still = op_stop_gradient(graph, z);
    Quantized result;
    result.index = op_nearest_code(graph, still, codes);
    const Node code = op_gather(graph, codes, result.index);
    result.quant_loss = mean_square(graph, op_stop_gradient(graph, code), z);
    result.commit_loss = mean_square(graph, code, still);
    result.codes = op_add(graph, z, op_stop_gradient(graph, op_sub(graph, code, still)));
    return result;
}

Node codebook_lookup(Graph *graph, const Codebook *book, Node index)
{
    return op_gather(graph, graph_param(graph, book->codes), index);
}

/* ---- moving average inside the graph, for the variability of a training pass ---- */

/* (M) indices -> (M, K) of 0 and 1 */
static Node one_hot(Graph *graph, Node index, int num_codes)
{
    real *values = NULL;
    Error error;
    if (memory_new_array(&values, (size_t)num_codes * (size_t)num_codes, &error)) {
        graph_fail(graph, error.status, "one-hot table: %s", error.text);
        return NODE_NONE;
    }
    for (int i = 0; i < num_codes; i++)
        values[(size_t)i * (size_t)num_codes + (size_t)i] = 1;
    const Node table = graph_constant(graph, SHAPE(num_codes, num_codes), values);
    memory_free(values);
    return op_gather(graph, table, index);
}

/* codes (K, A) as they will be after this pass alone */
static Node updated_codes(Graph *graph, const Codebook *book, Node z, Node index, int batch)
{
    const double old = book->decay;
    const double scale = batch / (batch + book->num_codes * CODEBOOK_EMA_EPSILON);
    const Node hot = one_hot(graph, index, book->num_codes);
    const Node used = op_sum(graph, hot, 0);
    const Node sums = op_matmul(graph, hot, op_stop_gradient(graph, z), true, false);
    const Node count = op_add(graph, op_affine(graph, graph_param(graph, book->count), old, 0),
                              op_affine(graph, used, 1 - old, CODEBOOK_EMA_EPSILON));
    const Node weight = op_add(graph, op_affine(graph, graph_param(graph, book->weight), old, 0),
                               op_affine(graph, sums, 1 - old, 0));
    const Node share = op_affine(graph, count, scale, 1e-8);
    const Shape column = SHAPE(book->num_codes, 1);
    const Node moved = op_div(graph, weight, op_reshape(graph, share, column));
    if (!book->keep_unused) return moved;
    const Node stay = code_table(graph, book);
    const Node taken = op_reshape(graph, op_clamp(graph, used, 0, 1), column);
    return op_add(graph, stay, op_mul(graph, op_sub(graph, moved, stay), taken));
}

Variability codebook_variability(Graph *graph, const Codebook *book, Node z, Node index, int batch,
                                 bool training)
{
    const Node codes = training && book->ema ? updated_codes(graph, book, z, index, batch)
                                             : code_table(graph, book);
    Variability result;
    result.index = op_nearest_code(graph, op_stop_gradient(graph, z), codes);
    result.value = op_sub(graph, z, op_gather(graph, codes, result.index));
    return result;
}

/* ---- moving average outside the graph ---- */

/* hits of code k and the sum of the vectors that chose it, micro-batches in order */
static double collect(const CodebookBatch *parts, int part_count, int k, int dim, double *sum)
{
    double hits = 0;
    for (int d = 0; d < dim; d++)
        sum[d] = 0;
    for (int p = 0; p < part_count; p++) {
        for (int i = 0; i < parts[p].vectors; i++) {
            if ((int)parts[p].index[i] != k) continue;
            const real *z = parts[p].z + (size_t)i * (size_t)dim;
            hits += 1;
            for (int d = 0; d < dim; d++)
                sum[d] += (double)z[d];
        }
    }
    return hits;
}

static void move_code(const Codebook *book, ParamStore *store, int k, double hits,
                      const double *sum, double batch)
{
    const double old = book->decay;
    const size_t row = (size_t)k * (size_t)book->code_dim;
    real *count = params_value(store, book->count) + k;
    real *weight = params_value(store, book->weight) + row;
    real *code = params_value(store, book->codes) + row;
    const double total = batch + book->num_codes * CODEBOOK_EMA_EPSILON;
    const double moved = old * (double)*count + (1 - old) * hits + CODEBOOK_EMA_EPSILON;
    *count = (real)(moved / total * batch);
    for (int d = 0; d < book->code_dim; d++) {
        weight[d] = (real)(old * (double)weight[d] + (1 - old) * sum[d]);
        code[d] = (real)((double)weight[d] / ((double)*count + 1e-8));
    }
}

void codebook_after_step(const Codebook *book, ParamStore *store, const CodebookBatch *parts,
                         int part_count)
{
    double sum[CODEBOOK_MAX_DIM];
    double batch = 0;
    if (!book->ema) return;
    for (int p = 0; p < part_count; p++)
        batch += parts[p].batch;
    for (int k = 0; k < book->num_codes; k++) {
        const double hits = collect(parts, part_count, k, book->code_dim, sum);
        if (hits > 0 || !book->keep_unused) move_code(book, store, k, hits, sum, batch);
    }
}

/* ---- usage ---- */

void code_usage_reset(CodeUsage *usage, int num_codes)
{
    usage->num_codes = num_codes;
    usage->updates = 0;
    for (int k = 0; k < num_codes; k++)
        usage->bins[k] = 1.0 / num_codes;
}

void code_usage_update(CodeUsage *usage, const real *index, int count)
{
    usage->updates++;
    const double rate = fmax(0.05, 1.0 / ((double)usage->updates + 1));
    for (int k = 0; k < usage->num_codes; k++)
        usage->bins[k] *= 1 - rate;
    for (int i = 0; i < count; i++)
        usage->bins[(int)index[i]] += rate / count;
}
