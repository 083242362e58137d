/**
 * Seeding tables: random vectors of every way upstream makes an environment, and the generators below.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/numpy_rng.h"
#include "envs/env.h"
#include "envs/seeding.h"
#include "golden/golden_envs.h"

enum { RESETS = 10, ML1_SEEDS = 3, ML1_TASKS = 10 };

typedef struct Table {
    Report *report;
    const Safetensors *file;
    const char *name;
    const TaskDef *task;
    char label[64]; /* the task's name in the file */
    double *seeds;
    int seed_count;
} Table;

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double *table_tensor(Table *table, const char *part, int64_t count)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s%s", table->label, *part ? "/" : "", part);
    return read_doubles(table->report, table->file, table->name, name, count);
}

/* compare our next `resets` resets of one seed with rows of the tables (NULL: not recorded) */
static double compare_resets(const Table *table, Seeding seeding, uint64_t seed, int resets,
                             const double *pass1, const double *pass2, const double *draws,
                             const double *index)
{
    Error error = { 0 };
    VectorSource source;
    const int size = table->task->vector_size;
    double worst = 0;
    if (vector_source_init(&source, table->task, seeding, seed, &error)) return HUGE_VAL;
    for (int i = 0; i < resets; i++) {
        ResetInfo info;
        vector_source_next(&source, &info);
        if (pass1) worst = larger(worst, worst_difference(info.pass1, pass1 + i * size, size));
        if (pass2) worst = larger(worst, worst_difference(info.pass2, pass2 + i * size, size));
        if (draws) worst = larger(worst, fabs(info.draws1 - draws[2 * i]));
        if (draws) worst = larger(worst, fabs(info.draws2 - draws[2 * i + 1]));
        if (index) worst = larger(worst, fabs(info.task_index - index[i]));
    }
    return worst;
}

static void report_table(Table *table, double worst)
{
    report_check(table->report, table->name, table->label, worst, 0, "");
}

static void check_passes(Table *table, Seeding seeding)
{
    const int size = table->task->vector_size;
    double *pass1 = table_tensor(table, "pass1", (int64_t)table->seed_count * RESETS * size);
    double *pass2 = table_tensor(table, "pass2", (int64_t)table->seed_count * RESETS * size);
    double *draws = table_tensor(table, "draws", (int64_t)table->seed_count * RESETS * 2);
    double worst = pass1 && pass2 && draws ? 0 : HUGE_VAL;
    for (int s = 0; s < table->seed_count && pass1 && pass2 && draws; s++)
        worst = larger(worst, compare_resets(table, seeding, (uint64_t)table->seeds[s], RESETS,
                                             pass1 + s * RESETS * size, pass2 + s * RESETS * size,
                                             draws + s * RESETS * 2, NULL));
    report_table(table, worst);
    memory_free(draws);
    memory_free(pass2);
    memory_free(pass1);
}

static void check_frozen(Table *table)
{
    const int size = table->task->vector_size;
    double *vectors = table_tensor(table, "", (int64_t)table->seed_count * size);
    double worst = vectors ? 0 : HUGE_VAL;
    for (int s = 0; s < table->seed_count && vectors; s++)
        worst = larger(worst, compare_resets(table, SEEDING_FROZEN, (uint64_t)table->seeds[s], 1,
                                             vectors + s * size, vectors + s * size, NULL, NULL));
    report_table(table, worst);
    memory_free(vectors);
}

static void check_gym(Table *table)
{
    const int size = table->task->vector_size;
    double *vectors = table_tensor(table, "rand_vec", (int64_t)table->seed_count * RESETS * size);
    double *index = table_tensor(table, "task_index", (int64_t)table->seed_count * RESETS);
    double worst = vectors && index ? 0 : HUGE_VAL;
    for (int s = 0; s < table->seed_count && vectors && index; s++) {
        const double *rows = vectors + s * RESETS * size;
        worst = larger(worst, compare_resets(table, SEEDING_MT1, (uint64_t)table->seeds[s], RESETS,
                                             rows, rows, NULL, index + s * RESETS));
    }
    report_table(table, worst);
    memory_free(index);
    memory_free(vectors);
}

static double compare_ml1(Table *table, const char *split, Seeding seeding)
{
    const int size = table->task->vector_size;
    double *vectors = table_tensor(table, split, (int64_t)ML1_SEEDS * ML1_TASKS * size);
    double worst = vectors ? 0 : HUGE_VAL;
    for (int s = 0; s < ML1_SEEDS && vectors; s++) {
        const double *rows = vectors + s * ML1_TASKS * size;
        worst = larger(worst, compare_resets(table, seeding, (uint64_t)table->seeds[s], ML1_TASKS,
                                             rows, rows, NULL, NULL));
    }
    memory_free(vectors);
    return worst;
}

static void check_ml1(Table *table)
{
    const double train = compare_ml1(table, "train", SEEDING_ML1_TRAIN);
    report_table(table, larger(train, compare_ml1(table, "test", SEEDING_ML1_TEST)));
}

/* MT1's tasks are ML1's train tasks, in order */
static void check_mt1(Table *table)
{
    const int size = table->task->vector_size;
    double *vectors = table_tensor(table, "", (int64_t)table->seed_count * RESETS * size);
    double worst = vectors ? 0 : HUGE_VAL;
    for (int s = 0; s < table->seed_count && vectors; s++) {
        const double *rows = vectors + s * RESETS * size;
        worst = larger(worst, compare_resets(table, SEEDING_ML1_TRAIN, (uint64_t)table->seeds[s],
                                             RESETS, rows, rows, NULL, NULL));
    }
    report_table(table, worst);
    memory_free(vectors);
}

static void check_mt1_full(Table *table)
{
    const int size = table->task->vector_size;
    double worst = 0;
    for (int i = 0; i < safetensors_count(table->file); i++) {
        const char *tensor = safetensors_at(table->file, i)->name;
        const size_t length = strlen(table->label);
        if (strncmp(tensor, table->label, length) != 0) continue;
        if (strncmp(tensor + length, "/seed", 5) != 0) continue;
        const uint64_t seed = strtoull(tensor + length + 5, NULL, 10);
        double *rows = table_tensor(table, tensor + length + 1, (int64_t)SEEDING_TASKS * size);
        worst = larger(worst, rows ? compare_resets(table, SEEDING_ML1_TRAIN, seed, SEEDING_TASKS,
                                                    rows, rows, NULL, NULL)
                                   : HUGE_VAL);
        memory_free(rows);
    }
    report_table(table, worst);
}

/* next resets in the order and share that the rest of the tensor's name tells */
static double compare_order(const TaskDef *task, Seeding seeding, const char *rest, int resets,
                            const double *rows)
{
    Error error = { 0 };
    VectorSource source;
    TaskShare share;
    char order[16];
    unsigned long long seed;
    double worst = 0;
    if (sscanf(rest, "seed%llu/%15[a-z]/%dof%d/limit%d", &seed, order, &share.part, &share.parts,
               &share.limit) != 5)
        return HUGE_VAL;
    if (vector_source_init(&source, task, seeding, seed, &error)) return HUGE_VAL;
    const bool pseudorandom = strcmp(order, "pseudorandom") == 0;
    vector_source_select(&source, pseudorandom ? TASK_ORDER_PSEUDORANDOM : TASK_ORDER_RANDOM,
                         &share);
    for (int i = 0; i < resets; i++) {
        ResetInfo info;
        vector_source_next(&source, &info);
        worst = larger(
            worst, worst_difference(info.pass2, rows + i * task->vector_size, task->vector_size));
    }
    return worst;
}

/* the list itself */
static double compare_list(const TaskDef *task, Seeding seeding, const char *rest,
                           const double *rows)
{
    Error error = { 0 };
    VectorSource source;
    double worst = 0;
    const uint64_t seed = strtoull(rest + strlen("seed"), NULL, 10);
    if (vector_source_init(&source, task, seeding, seed, &error)) return HUGE_VAL;
    for (int i = 0; i < SEEDING_TASKS; i++) {
        ResetInfo info;
        vector_source_task(&source, i, &info);
        worst = larger(
            worst, worst_difference(info.pass2, rows + i * task->vector_size, task->vector_size));
    }
    return worst;
}

static void check_set(Report *report, const Safetensors *file, const char *name, const char *stem,
                      const TensorView *view)
{
    Error error = { 0 };
    char word[32], label[64];
    int used = 0;
    Seeding seeding;
    const TaskDef *task = NULL;
    if (sscanf(view->name, "%31[^/]/%63[^/]/%n", word, label, &used) != 2 ||
        seeding_parse(&seeding, word, &error) || task_find(&task, label, &error)) {
        report_failure(report, name, view->name, "kind not supported");
        return;
    }
    const bool lists = strncmp(stem, "task_sets", 9) == 0;
    const int rows = lists ? SEEDING_TASKS : (int)(tensor_view_count(view) / task->vector_size);
    double *vectors =
        read_doubles(report, file, name, view->name, (int64_t)rows * task->vector_size);
    if (!vectors) return;
    const char *rest = view->name + used;
    const double worst = lists ? compare_list(task, seeding, rest, vectors)
                               : compare_order(task, seeding, rest, rows, vectors);
    report_check(report, name, view->name, worst, 0, "");
    memory_free(vectors);
}

void check_task_sets(Report *report, const Safetensors *file, const char *name, const char *stem)
{
    for (int i = 0; i < safetensors_count(file); i++)
        check_set(report, file, name, stem, safetensors_at(file, i));
}

static void check_table(Table *table, const char *stem)
{
    if (strncmp(stem, "goal_observable_frozen", 22) == 0)
        check_frozen(table);
    else if (strncmp(stem, "goal_observable_seeded", 22) == 0)
        check_passes(table, SEEDING_SEEDED);
    else if (strncmp(stem, "goal_observable_global", 22) == 0)
        check_passes(table, SEEDING_GLOBAL);
    else if (strncmp(stem, "gym_mt1_", 8) == 0)
        check_gym(table);
    else if (strncmp(stem, "ml1_tasks", 9) == 0)
        check_ml1(table);
    else if (strncmp(stem, "mt1_train_tasks_full", 20) == 0)
        check_mt1_full(table);
    else if (strncmp(stem, "mt1_train_tasks", 15) == 0)
        check_mt1(table);
    else
        report_failure(table->report, table->name, "file", "kind not supported");
}

/* the task a tensor belongs to; 0 when it is the same as before or none */
static int next_task(Table *table, const char *tensor)
{
    char label[64];
    snprintf(label, sizeof label, "%.*s", (int)strcspn(tensor, "/"), tensor);
    if (strcmp(label, "seeds") == 0 || strcmp(label, table->label) == 0) return 0;
    memcpy(table->label, label, sizeof label);
    return 1;
}

void check_seeding(Report *report, const Safetensors *file, const char *name, const char *stem)
{
    Table table = { .report = report, .file = file, .name = name };
    if (safetensors_find(file, "seeds")) {
        table.seed_count = (int)tensor_view_count(safetensors_find(file, "seeds"));
        table.seeds = read_doubles(report, file, name, "seeds", -1);
    }
    for (int i = 0; i < safetensors_count(file); i++) {
        Error error = { 0 };
        if (!next_task(&table, safetensors_at(file, i)->name)) continue;
        if (task_find(&table.task, table.label, &error))
            report_failure(report, name, table.label, "task not supported");
        else
            check_table(&table, stem);
    }
    memory_free(table.seeds);
}

/* ---- generators ---- */

enum { MAX_DRAWS = 128 };

/* our numbers for tensor "<generator>.<seed>.<what>"; how many, or 0 when the kind is not known */
static int generate_mt19937(uint32_t seed, const char *what, double *out, int count)
{
    Mt19937 rng;
    mt19937_seed(&rng, seed);
    for (int i = 0; i < count; i++) {
        if (strcmp(what, "random_f64") == 0)
            out[i] = mt19937_double(&rng);
        else if (strcmp(what, "raw_u32") == 0)
            out[i] = mt19937_next(&rng);
        else if (strcmp(what, "key_first8") == 0)
            out[i] = rng.state[i];
        else
            return 0;
    }
    return count;
}

static int generate_pcg64_double(uint64_t seed, const char *what, double *out, int count)
{
    Pcg64 rng;
    int order[MAX_DRAWS];
    pcg64_seed(&rng, seed);
    for (int i = 0; i < count; i++)
        order[i] = i;
    if (strcmp(what, "shuffle_list50") == 0) pcg64_shuffle(&rng, order, count);
    for (int i = 0; i < count; i++) {
        if (strcmp(what, "random_f64") == 0)
            out[i] = pcg64_double(&rng);
        else if (strcmp(what, "choice50") == 0)
            out[i] = pcg64_below(&rng, 50);
        else if (strcmp(what, "shuffle_list50") == 0)
            out[i] = order[i];
        else if (strcmp(what, "sample") == 0)
            out[i] = (double)(float)(-1 + 2 * pcg64_double(&rng));
        else
            return 0;
    }
    return count;
}

/* 64-bit words do not fit a double: compared as words */
static int generate_words(uint64_t seed, const char *kind, const char *what, uint64_t *out,
                          int count)
{
    Pcg64 rng;
    uint32_t words[8];
    pcg64_seed(&rng, seed);
    seed_sequence(seed, words, 8);
    const uint64_t state[4] = { rng.state_high, rng.state_low, rng.increment_high,
                                rng.increment_low };
    for (int i = 0; i < count; i++) {
        if (strcmp(what, "raw_u64") == 0)
            out[i] = pcg64_next(&rng);
        else if (strcmp(what, "state_hi_lo_inc_hi_lo") == 0 && count == 4)
            out[i] = state[i];
        else if (strcmp(kind, "seedseq") == 0 && strcmp(what, "generate_state_u64x4") == 0)
            out[i] = (uint64_t)words[2 * i + 1] << 32 | words[2 * i];
        else if (strcmp(kind, "seedseq") == 0 && strcmp(what, "generate_state_u32x8") == 0)
            out[i] = words[i];
        else
            return 0;
    }
    return count;
}

static double compare_words(const TensorView *view, const uint64_t *ours, int count)
{
    const unsigned char *data = view->data;
    for (int i = 0; i < count; i++) {
        uint64_t wide = 0;
        uint32_t narrow = 0;
        if (view->dtype == DTYPE_U64) memcpy(&wide, data + 8 * (size_t)i, 8);
        if (view->dtype == DTYPE_U32) memcpy(&narrow, data + 4 * (size_t)i, 4);
        if (ours[i] != (view->dtype == DTYPE_U64 ? wide : narrow)) return HUGE_VAL;
    }
    return 0;
}

static double compare_doubles(const TensorView *view, const double *ours, int count)
{
    Error error = { 0 };
    double wanted[MAX_DRAWS];
    if (tensor_view_read_f64(view, wanted, count, &error)) return HUGE_VAL;
    return worst_difference(ours, wanted, count);
}

/* NaN when the kind is not known */
static double compare_generator(const TensorView *view, const char *kind, uint64_t seed,
                                const char *what)
{
    double numbers[MAX_DRAWS];
    uint64_t words[MAX_DRAWS];
    const int count = (int)tensor_view_count(view);
    if (count > MAX_DRAWS) return (double)NAN;
    if (view->dtype == DTYPE_U64 || strcmp(kind, "seedseq") == 0)
        return generate_words(seed, kind, what, words, count) ? compare_words(view, words, count)
                                                              : (double)NAN;
    const int made = strcmp(kind, "mt19937") == 0
                         ? generate_mt19937((uint32_t)seed, what, numbers, count)
                         : generate_pcg64_double(seed, what, numbers, count);
    return made ? compare_doubles(view, numbers, count) : (double)NAN;
}

void check_generators(Report *report, const Safetensors *file, const char *name)
{
    for (int i = 0; i < safetensors_count(file); i++) {
        const TensorView *view = safetensors_at(file, i);
        char kind[32], what[64];
        unsigned long long seed = 0;
        if (sscanf(view->name, "%31[a-z_0-9].%llu.%63s", kind, &seed, what) != 3) {
            report_failure(report, name, view->name, "kind not supported");
            continue;
        }
        const double worst = compare_generator(view, kind, seed, what);
        if (isnan(worst))
            report_failure(report, name, view->name, "kind not supported");
        else
            report_check(report, name, view->name, worst, 0, "");
    }
}
