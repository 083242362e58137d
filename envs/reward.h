/**
 * Reward helpers shared by tasks (Meta-World 3.1.1, reward_utils.py).
 */
#ifndef PLAYSLOT_ENVS_REWARD_H
#define PLAYSLOT_ENVS_REWARD_H

/**
 * 1 for low <= x <= high, outside falling as 1 / ((3 d)^2 + 1) with d the distance to the interval in units of
 * `margin` (at least 0): 0.1 one margin away. margin 0 gives 0 outside. Upstream tolerance(), "long_tail".
 */
double tolerance_long_tail(double x, double low, double high, double margin);

/** Hamacher product a b / (a + b - a b) of two numbers in [0, 1]; 0 where the denominator is not positive. */
double hamacher_product(double a, double b);

/** Euclidean distance of two points. */
double distance3(const double a[3], const double b[3]);

#endif
