#include "training/assignment.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"

/*
 * Items of the smaller side (`from`) are added one after the other, each along the cheapest path of exchanges.
 * Potentials keep reduced costs non-negative. Index 0 stands for "none", items count from 1.
 */
typedef struct Search {
    const double *gain;
    int rows, columns;
    bool transposed; /* from = columns */
    int from, to;
    double *potential_from, *potential_to, *distance;
    int *partner; /* (to + 1) item of `from`; 0: free */
    int *before;  /* (to + 1) the way back along the path */
    bool *done;
} Search;

static double cost(const Search *search, int i, int j)
{
    const int row = search->transposed ? j : i, column = search->transposed ? i : j;
    return -search->gain[(size_t)(row - 1) * (size_t)search->columns + (size_t)(column - 1)];
}

static void search_release(Search *search)
{
    memory_free(search->done);
    memory_free(search->before);
    memory_free(search->partner);
    memory_free(search->distance);
    memory_free(search->potential_to);
    memory_free(search->potential_from);
}

static Status search_init(Search *out, const double *gain, int rows, int columns, Error *error)
{
    const bool transposed = columns < rows;
    *out = (Search){ .gain = gain,
                     .rows = rows,
                     .columns = columns,
                     .transposed = transposed,
                     .from = transposed ? columns : rows,
                     .to = transposed ? rows : columns };
    const size_t from = (size_t)out->from + 1, to = (size_t)out->to + 1;
    Status status = memory_new_array(&out->potential_from, from, error);
    if (!status) status = memory_new_array(&out->potential_to, to, error);
    if (!status) status = memory_new_array(&out->distance, to, error);
    if (!status) status = memory_new_array(&out->partner, to, error);
    if (!status) status = memory_new_array(&out->before, to, error);
    if (!status) status = memory_new_array(&out->done, to, error);
    return status;
}

/* lower the distances of what is reached from `at`; the nearest that is not done */
static int nearest(Search *search, int at)
{
    const int i = search->partner[at];
    int best = 0;
    for (int j = 1; j <= search->to; j++) {
        if (search->done[j]) continue;
        const double way = cost(search, i, j) - search->potential_from[i] - search->potential_to[j];
        if (way < search->distance[j]) {
            search->distance[j] = way;
            search->before[j] = at;
        }
        if (!best || search->distance[j] < search->distance[best]) best = j;
    }
    return best;
}

static void move_potentials(Search *search, double step)
{
    for (int j = 0; j <= search->to; j++) {
        if (search->done[j]) {
            search->potential_from[search->partner[j]] += step;
            search->potential_to[j] -= step;
        } else {
            search->distance[j] -= step;
        }
    }
}

static void add_item(Search *search, int item)
{
    int at = 0;
    search->partner[0] = item;
    for (int j = 0; j <= search->to; j++) {
        search->distance[j] = (double)INFINITY;
        search->done[j] = false;
    }
    do {
        search->done[at] = true;
        const int next = nearest(search, at);
        move_potentials(search, search->distance[next]);
        at = next;
    } while (search->partner[at]);
    for (; at; at = search->before[at]) /* exchange along the path */
        search->partner[at] = search->partner[search->before[at]];
}

static void read_off(int *column_of, const Search *search)
{
    for (int j = 1; j <= search->to; j++) {
        const int i = search->partner[j];
        if (!i) continue;
        if (search->transposed)
            column_of[j - 1] = i - 1;
        else
            column_of[i - 1] = j - 1;
    }
}

static Status check(const double *gain, int rows, int columns, Error *error)
{
    if (rows < 1 || columns < 1)
        return error_set(error, ERR_ARGUMENT,
                         "assignment: %d rows and %d columns, expected 1 or more", rows, columns);
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++) {
            const double value = gain[(size_t)row * (size_t)columns + (size_t)column];
            if (!isfinite(value))
                return error_set(error, ERR_ARGUMENT,
                                 "assignment: gain of row %d and column %d is %g, expected a "
                                 "finite number",
                                 row, column, value);
        }
    return OK;
}

Status assignment_best(int *column_of, const double *gain, int rows, int columns, Error *error)
{
    Search search = { 0 };
    for (int row = 0; row < rows; row++)
        column_of[row] = -1;
    Status status = check(gain, rows, columns, error);
    if (status) return status;
    status = search_init(&search, gain, rows, columns, error);
    for (int item = 1; !status && item <= search.from; item++)
        add_item(&search, item);
    if (!status) read_off(column_of, &search);
    search_release(&search);
    return status;
}
