#include "data/formats/column_stats.h"

#include <math.h>
#include <stdlib.h>

enum { QUANTILES = STAT_COUNT - STAT_Q01 };

const char *const stat_names[STAT_COUNT] = { "min", "max", "mean", "std", "q01",
                                             "q10", "q50", "q90",  "q99" };

static const int percents[QUANTILES] = { 1, 10, 50, 90, 99 };

/* how many numbers a quantile leaves below itself */
static uint64_t rank_of(int percent, uint64_t count)
{
    return (count * (uint64_t)percent + 99) / 100 - 1;
}

static int by_value(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

ColumnStats column_stats(double *values, size_t count)
{
    ColumnStats stats;
    double sum = 0, squares = 0;
    qsort(values, count, sizeof *values, by_value);
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    const double mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    stats.values[STAT_MIN] = values[0];
    stats.values[STAT_MAX] = values[count - 1];
    stats.values[STAT_MEAN] = mean;
    stats.values[STAT_STD] = sqrt(squares / (double)count);
    for (int i = 0; i < QUANTILES; i++)
        stats.values[STAT_Q01 + i] = values[rank_of(percents[i], count)];
    return stats;
}

/* the number with `below` others before it */
static double ranked(const uint64_t counts[256], uint64_t below)
{
    int value = 0;
    for (uint64_t passed = counts[0]; passed <= below; passed += counts[value])
        value++;
    return value / 255.0;
}

ColumnStats byte_stats(const uint64_t counts[256])
{
    ColumnStats stats;
    uint64_t count = 0;
    double sum = 0, squares = 0;
    for (int i = 0; i < 256; i++) {
        count += counts[i];
        sum += (double)counts[i] * i / 255.0;
    }
    const double mean = sum / (double)count;
    for (int i = 0; i < 256; i++)
        squares += (double)counts[i] * (i / 255.0 - mean) * (i / 255.0 - mean);
    stats.values[STAT_MIN] = ranked(counts, 0);
    stats.values[STAT_MAX] = ranked(counts, count - 1);
    stats.values[STAT_MEAN] = mean;
    stats.values[STAT_STD] = sqrt(squares / (double)count);
    for (int i = 0; i < QUANTILES; i++)
        stats.values[STAT_Q01 + i] = ranked(counts, rank_of(percents[i], count));
    return stats;
}
