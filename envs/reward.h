/**
 * Reward helpers shared by tasks (Meta-World 3.1.1, reward_utils.py) and a little geometry.
 * Points are three numbers in metres.
 */
#ifndef PLAYSLOT_ENVS_REWARD_H
#define PLAYSLOT_ENVS_REWARD_H

/** How tolerance() falls outside its interval; upstream's sigmoids. */
typedef enum ToleranceKind {
    TOLERANCE_GAUSSIAN,
    TOLERANCE_HYPERBOLIC,
    TOLERANCE_LONG_TAIL,
    TOLERANCE_RECIPROCAL,
    TOLERANCE_COSINE,
    TOLERANCE_LINEAR,
    TOLERANCE_QUADRATIC,
    TOLERANCE_TANH_SQUARED
} ToleranceKind;

/**
 * 1 for low <= x <= high; outside it falls with d, the distance to the interval in units of `margin`, to 0.1
 * at d = 1. margin 0 gives 0 outside. Upstream raises an exception for a negative margin; here it counts as 0.
 */
double tolerance(double x, double low, double high, double margin, ToleranceKind kind);

/** The two kinds that tasks use: 1 / ((3 d)^2 + 1) and exp(ln(0.1) d^2). */
double tolerance_long_tail(double x, double low, double high, double margin);
double tolerance_gaussian(double x, double low, double high, double margin);

/** tolerance() in [0, radius] that is 0.1 where x was at the start: the margin is |start - radius|. */
double tolerance_since(double x, double radius, double start, ToleranceKind kind);

/** x to the power 2 as Python computes it, with pow(): the last bit may differ from that of x * x. */
double power2(double x);

/** Hamacher product a b / (a + b - a b) of two numbers in [0, 1]; 0 where the denominator is not positive. */
double hamacher_product(double a, double b);

/**
 * 1 outside the box with the opposite corners `zero` and `one`; inside, borders included, the product over
 * the axes of how far the point has come from `zero` to `one`. Upstream rect_prism_tolerance().
 */
double prism_tolerance(const double point[3], const double zero[3], const double one[3]);

/** Floor of a funnel at `radius` from its axis: 0 within `inner`, beyond it scale ln(radius - inner) + offset. */
double funnel_floor(double radius, double inner, double scale, double offset);
/** 1 for height >= floor, below it long tail of the missing height past 1 cm. */
double above_funnel(double height, double floor, double margin);

/** Euclidean distance of two points. */
double distance3(const double a[3], const double b[3]);
/** The same after multiplying each axis by a factor: |scale (a - b)|. */
double distance3_scaled(const double a[3], const double b[3], const double scale[3]);
/** Distance seen from above (x and y). */
double distance_xy(const double a[3], const double b[3]);
double norm3(double x, double y, double z);

void copy_point(double out[3], const double a[3]);
/** out = a + (x, y, z); `out` may be `a`. */
void offset_point(double out[3], const double a[3], double x, double y, double z);

/** Within [low, high]. */
double clamp(double x, double low, double high);

/**
 * Unit quaternion x y z w (not MuJoCo's order, sign not normalised) of a row-major rotation matrix, as scipy's
 * Rotation.from_matrix gives it.
 */
void matrix_to_quaternion(double out[4], const double matrix[9]);

#endif
