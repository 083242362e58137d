/**
 * Confidence intervals of success rates.
 */
#ifndef PLAYSLOT_COMMANDS_INTERVAL_H
#define PLAYSLOT_COMMANDS_INTERVAL_H

typedef struct Proportion {
    int successes, trials;
    double rate, low, high; /* low and high: the 95 % interval; all 0, 0, 1 without trials */
} Proportion;

/** Wilson's score interval (Wilson 1927), two-sided 95 %: honest also at 0 and at 100 %. */
Proportion wilson_interval(int successes, int trials);

#endif
