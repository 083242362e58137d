#include "envs/reward.h"

#include <assert.h>
#include <math.h>

/* ---- tolerance ---- */

static const double at_margin = 0.1; /* value one margin away */
static const double pi = 3.14159265358979323846;

double power2(double x)
{
    static const volatile double two = 2; /* a compiler that knew it would multiply */
    return pow(x, two);
}

static double sigmoid_cosine(double d)
{
    const double scaled = d * (acos(2 * at_margin - 1) / pi);
    return fabs(scaled) < 1 ? (1 + cos(pi * scaled)) / 2 : 0;
}

static double sigmoid_linear(double d)
{
    const double scaled = d * (1 - at_margin);
    return fabs(scaled) < 1 ? 1 - scaled : 0;
}

static double sigmoid_quadratic(double d)
{
    const double scaled = d * sqrt(1 - at_margin);
    return fabs(scaled) < 1 ? 1 - power2(scaled) : 0;
}

static double sigmoid_tanh_squared(double d)
{
    return 1 - power2(tanh(d * atanh(sqrt(1 - at_margin))));
}

static double sigmoid_gaussian(double d)
{
    return exp(-0.5 * power2(d * sqrt(-2 * log(at_margin))));
}

static double sigmoid_long_tail(double d)
{
    return 1 / (power2(d * 3.0) + 1); /* 3 is sqrt(1 / at_margin - 1) */
}

static double sigmoid(double d, ToleranceKind kind)
{
    switch (kind) {
    case TOLERANCE_GAUSSIAN:
        return sigmoid_gaussian(d);
    case TOLERANCE_HYPERBOLIC:
        return 1 / cosh(d * acosh(1 / at_margin));
    case TOLERANCE_LONG_TAIL:
        return sigmoid_long_tail(d);
    case TOLERANCE_RECIPROCAL:
        return 1 / (fabs(d) * (1 / at_margin - 1) + 1);
    case TOLERANCE_COSINE:
        return sigmoid_cosine(d);
    case TOLERANCE_LINEAR:
        return sigmoid_linear(d);
    case TOLERANCE_QUADRATIC:
        return sigmoid_quadratic(d);
    case TOLERANCE_TANH_SQUARED:
        return sigmoid_tanh_squared(d);
    }
    assert(!"a kind of tolerance");
    return 0;
}

double tolerance(double x, double low, double high, double margin, ToleranceKind kind)
{
    if (x >= low && x <= high) return 1;
    if (!(margin > 0)) return 0;
    return sigmoid((x < low ? low - x : x - high) / margin, kind);
}

double tolerance_long_tail(double x, double low, double high, double margin)
{
    return tolerance(x, low, high, margin, TOLERANCE_LONG_TAIL);
}

double tolerance_gaussian(double x, double low, double high, double margin)
{
    return tolerance(x, low, high, margin, TOLERANCE_GAUSSIAN);
}

double tolerance_since(double x, double radius, double start, ToleranceKind kind)
{
    return tolerance(x, 0, radius, fabs(start - radius), kind);
}

/* ---- products and regions ---- */

double hamacher_product(double a, double b)
{
    assert(a >= 0 && a <= 1 && b >= 0 && b <= 1);
    const double denominator = a + b - a * b;
    return denominator > 0 ? a * b / denominator : 0;
}

double prism_tolerance(const double point[3], const double zero[3], const double one[3])
{
    double product = 1;
    for (int i = 0; i < 3; i++) {
        const double low = fmin(zero[i], one[i]), high = fmax(zero[i], one[i]);
        if (!(point[i] >= low && point[i] <= high)) return 1;
        product *= (point[i] - zero[i]) / (one[i] - zero[i]);
    }
    return product;
}

double funnel_floor(double radius, double inner, double scale, double offset)
{
    return radius > inner ? scale * log(radius - inner) + offset : 0;
}

double above_funnel(double height, double floor, double margin)
{
    return height >= floor ? 1 : tolerance_long_tail(floor - height, 0, 0.01, margin);
}

/* ---- geometry ---- */

double norm3(double x, double y, double z)
{
    return sqrt(x * x + y * y + z * z);
}

double distance3(const double a[3], const double b[3])
{
    return norm3(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

double distance3_scaled(const double a[3], const double b[3], const double scale[3])
{
    return norm3(scale[0] * (a[0] - b[0]), scale[1] * (a[1] - b[1]), scale[2] * (a[2] - b[2]));
}

double distance_xy(const double a[3], const double b[3])
{
    return norm3(a[0] - b[0], a[1] - b[1], 0);
}

void copy_point(double out[3], const double a[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = a[i];
}

void offset_point(double out[3], const double a[3], double x, double y, double z)
{
    out[0] = a[0] + x;
    out[1] = a[1] + y;
    out[2] = a[2] + z;
}

double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* the largest of the diagonal and the trace decides which element is computed without cancellation */
void matrix_to_quaternion(double out[4], const double matrix[9])
{
    const double trace = matrix[0] + matrix[4] + matrix[8];
    const double choice[4] = { matrix[0], matrix[4], matrix[8], trace };
    int best = 0;
    for (int i = 1; i < 4; i++)
        if (choice[i] > choice[best]) best = i;
    if (best == 3) {
        out[0] = matrix[7] - matrix[5];
        out[1] = matrix[2] - matrix[6];
        out[2] = matrix[3] - matrix[1];
        out[3] = 1 + trace;
    } else {
        const int i = best, j = (i + 1) % 3, k = (i + 2) % 3;
        out[i] = 1 - trace + 2 * matrix[4 * i];
        out[j] = matrix[3 * j + i] + matrix[3 * i + j];
        out[k] = matrix[3 * k + i] + matrix[3 * i + k];
        out[3] = matrix[3 * k + j] - matrix[3 * j + k];
    }
    const double norm = sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2] + out[3] * out[3]);
    for (int i = 0; i < 4; i++)
        out[i] /= norm;
}
