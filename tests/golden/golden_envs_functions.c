/**
 * Reward helpers against upstream's: every kind of tolerance, products, prisms, quaternions of matrices.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "envs/reward.h"
#include "golden/golden_envs.h"

enum { ROWS = 64, POINTS = 40, BOUNDS = 3, KIND_WORD = 32 };

typedef struct Fixture {
    Report *report;
    const Safetensors *file;
    const char *name;
} Fixture;

static double *column(const Fixture *fixture, const char *tensor, int64_t count)
{
    return read_doubles(fixture->report, fixture->file, fixture->name, tensor, count);
}

static void check_hamacher(const Fixture *fixture, const char *tensor)
{
    double *pairs = column(fixture, "hamacher/ab", 2 * ROWS);
    double *wanted = column(fixture, tensor, ROWS);
    double worst = pairs && wanted ? 0 : HUGE_VAL;
    for (int i = 0; i < ROWS && pairs && wanted; i++)
        worst = fmax(worst, fabs(hamacher_product(pairs[2 * i], pairs[2 * i + 1]) - wanted[i]));
    report_check(fixture->report, fixture->name, "hamacher", worst, 0, "");
    memory_free(wanted);
    memory_free(pairs);
}

static void check_prism(const Fixture *fixture, const char *tensor)
{
    double *point = column(fixture, "rect_prism/curr", 3 * ROWS);
    double *zero = column(fixture, "rect_prism/zero", 3 * ROWS);
    double *one = column(fixture, "rect_prism/one", 3 * ROWS);
    double *wanted = column(fixture, tensor, ROWS);
    const int good = point && zero && one && wanted;
    double worst = good ? 0 : HUGE_VAL;
    for (int i = 0; i < ROWS && good; i++) {
        const double ours = prism_tolerance(point + 3 * i, zero + 3 * i, one + 3 * i);
        worst = fmax(worst, fabs(ours - wanted[i]));
    }
    report_check(fixture->report, fixture->name, "prism", worst, 0, "");
    memory_free(wanted);
    memory_free(one);
    memory_free(zero);
    memory_free(point);
}

static void check_quaternion(const Fixture *fixture, const char *tensor)
{
    double *matrix = column(fixture, "mat2quat/mat", 9 * ROWS);
    double *wanted = column(fixture, tensor, 4 * ROWS);
    double worst = matrix && wanted ? 0 : HUGE_VAL;
    for (int i = 0; i < ROWS && matrix && wanted; i++) {
        double ours[4];
        matrix_to_quaternion(ours, matrix + 9 * i);
        worst = fmax(worst, worst_difference(ours, wanted + 4 * i, 4));
    }
    report_check(fixture->report, fixture->name, "quaternion", worst, 0, "");
    memory_free(wanted);
    memory_free(matrix);
}

static int kind_of(const char *word)
{
    static const char *const words[] = {
        [TOLERANCE_GAUSSIAN] = "gaussian",   [TOLERANCE_HYPERBOLIC] = "hyperbolic",
        [TOLERANCE_LONG_TAIL] = "long_tail", [TOLERANCE_RECIPROCAL] = "reciprocal",
        [TOLERANCE_COSINE] = "cosine",       [TOLERANCE_LINEAR] = "linear",
        [TOLERANCE_QUADRATIC] = "quadratic", [TOLERANCE_TANH_SQUARED] = "tanh_squared",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0) return (int)i;
    return -1;
}

static double compare_tolerance(const Fixture *fixture, const char *tensor, ToleranceKind kind,
                                int bound, double margin)
{
    double *x = column(fixture, "tolerance/x", POINTS);
    double *bounds = column(fixture, "tolerance/bounds", 2 * BOUNDS);
    double *wanted = column(fixture, tensor, POINTS);
    const int good = x && bounds && wanted && bound >= 0 && bound < BOUNDS;
    double worst = good ? 0 : HUGE_VAL;
    for (int i = 0; i < POINTS && good; i++) {
        const double *interval = bounds + 2 * bound;
        const double ours = tolerance(x[i], interval[0], interval[1], margin, kind);
        worst = fmax(worst, fabs(ours - wanted[i]));
    }
    memory_free(wanted);
    memory_free(bounds);
    memory_free(x);
    return worst;
}

/* "tolerance/gaussian/b0/m0.25": kind, row of the bounds, margin */
static int check_tolerance(const Fixture *fixture, const char *tensor)
{
    char word[KIND_WORD];
    int bound = 0;
    double margin = 0;
    if (sscanf(tensor, "tolerance/%31[a-z_]/b%d/m%lf", word, &bound, &margin) != 3) return 0;
    const int kind = kind_of(word);
    if (kind < 0) return 0;
    /* the last bits of exp, cosh and tanh differ from those of NumPy's vector code */
    const int vector = kind == TOLERANCE_GAUSSIAN || kind == TOLERANCE_HYPERBOLIC ||
                       kind == TOLERANCE_TANH_SQUARED;
    const double allowed = vector ? 4e-16 : 0;
    const double worst = compare_tolerance(fixture, tensor, (ToleranceKind)kind, bound, margin);
    report_check(fixture->report, fixture->name, tensor, worst, allowed, "");
    return 1;
}

static int is_input(const char *tensor)
{
    static const char *const inputs[] = {
        "hamacher/ab",     "tolerance/x",    "tolerance/bounds", "tolerance/margins",
        "rect_prism/curr", "rect_prism/one", "rect_prism/zero",  "mat2quat/mat",
    };
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        if (strcmp(tensor, inputs[i]) == 0) return 1;
    return 0;
}

void check_functions(Report *report, const Safetensors *file, const char *name)
{
    const Fixture fixture = { report, file, name };
    for (int i = 0; i < safetensors_count(file); i++) {
        const char *tensor = safetensors_at(file, i)->name;
        if (is_input(tensor)) continue;
        if (strcmp(tensor, "hamacher/out") == 0)
            check_hamacher(&fixture, tensor);
        else if (strcmp(tensor, "rect_prism/out") == 0)
            check_prism(&fixture, tensor);
        else if (strcmp(tensor, "mat2quat/quat_xyzw") == 0)
            check_quaternion(&fixture, tensor);
        else if (!check_tolerance(&fixture, tensor))
            report_failure(report, name, tensor, "function not supported");
    }
}
