/**
 * Statistics of a column of numbers as LeRobot keeps them beside its data: range, mean, standard deviation (divided by
 * the count), quantiles. A quantile is the smallest number that at least its share of all numbers do not exceed.
 */
#ifndef PLAYSLOT_DATA_FORMATS_COLUMN_STATS_H
#define PLAYSLOT_DATA_FORMATS_COLUMN_STATS_H

#include <stddef.h>
#include <stdint.h>

enum {
    STAT_MIN,
    STAT_MAX,
    STAT_MEAN,
    STAT_STD,
    STAT_Q01,
    STAT_Q10,
    STAT_Q50,
    STAT_Q90,
    STAT_Q99,
    STAT_COUNT
};

/** "min", "max", "mean", "std", "q01", ..., "q99". */
extern const char *const stat_names[STAT_COUNT];

typedef struct ColumnStats {
    double values[STAT_COUNT];
} ColumnStats;

/** Of `count` numbers, at least one, which are sorted in place. */
ColumnStats column_stats(double *values, size_t count);
/** Of numbers 0/255, 1/255, ..., of which there are counts[0], counts[1], ...; at least one. */
ColumnStats byte_stats(const uint64_t counts[256]);

#endif
