#include "training/action_agreement.h"

#include <math.h>

#include "base/memory.h"
#include "training/assignment.h"

#define AREA_TOLERANCE 0.1

/* ---- moves ---- */

const char *action_move_name(int move)
{
    static const char *const names[ACTION_MOVES] = { "right", "left", "down", "up", "stay" };
    return names[move];
}

ActionMove action_move_of(double dx, double dy)
{
    if (fabs(dx) < MOVE_LEAST && fabs(dy) < MOVE_LEAST) return MOVE_STAY;
    if (fabs(dx) >= fabs(dy)) return dx > 0 ? MOVE_RIGHT : MOVE_LEFT;
    return dy > 0 ? MOVE_DOWN : MOVE_UP;
}

Region region_of(const int *labels, int height, int width, int label)
{
    Region region = { 0 };
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            if (labels[y * width + x] != label) continue;
            region.pixels++;
            region.x += x + 0.5;
            region.y += y + 0.5;
            if (x == 0 || y == 0 || x == width - 1 || y == height - 1) region.at_border = true;
        }
    }
    region.x = region.pixels ? region.x / (double)region.pixels : (double)NAN;
    region.y = region.pixels ? region.y / (double)region.pixels : (double)NAN;
    return region;
}

bool region_step(double *dx, double *dy, const Region *before, const Region *after)
{
    const double from = (double)before->pixels, to = (double)after->pixels;
    if (!before->pixels || !after->pixels) return false;
    if (fabs(from - to) > AREA_TOLERANCE * fmax(from, to)) return false;
    *dx = after->x - before->x;
    *dy = after->y - before->y;
    return true;
}

/* ---- tables ---- */

Status action_table_init(ActionTable *out, int codes, Error *error)
{
    *out = (ActionTable){ .codes = codes };
    if (codes < 1)
        return error_set(error, ERR_ARGUMENT, "action table: %d prototypes, expected 1 or more",
                         codes);
    return memory_new_array(&out->counts, (size_t)codes * ACTION_MOVES, error);
}

void action_table_release(ActionTable *table)
{
    memory_free(table->counts);
    *table = (ActionTable){ 0 };
}

void action_table_merge(ActionTable *table, const ActionTable *more)
{
    for (int i = 0; i < table->codes * ACTION_MOVES; i++)
        table->counts[i] += more->counts[i];
}

typedef struct Totals {
    int64_t all, moves[ACTION_MOVES];
} Totals;

static int64_t code_total(const ActionTable *table, int code)
{
    int64_t sum = 0;
    for (int move = 0; move < ACTION_MOVES; move++)
        sum += table->counts[code * ACTION_MOVES + move];
    return sum;
}

static Totals totals_of(const ActionTable *table)
{
    Totals totals = { 0 };
    for (int i = 0; i < table->codes * ACTION_MOVES; i++) {
        totals.moves[i % ACTION_MOVES] += table->counts[i];
        totals.all += table->counts[i];
    }
    return totals;
}

/* -p log p */
static double surprise(int64_t part, int64_t all)
{
    const double p = (double)part / (double)all;
    return part ? -p * log(p) : 0;
}

static double normalised_information(const ActionTable *table, const Totals *totals)
{
    double codes = 0, moves = 0, both = 0;
    for (int move = 0; move < ACTION_MOVES; move++)
        moves += surprise(totals->moves[move], totals->all);
    for (int code = 0; code < table->codes; code++)
        codes += surprise(code_total(table, code), totals->all);
    for (int i = 0; i < table->codes * ACTION_MOVES; i++)
        both += surprise(table->counts[i], totals->all);
    if (codes + moves <= 0) return 1;
    return fmin(fmax(2 * (codes + moves - both) / (codes + moves), 0), 1);
}

static int64_t most_of(const int64_t *counts)
{
    int64_t most = 0;
    for (int move = 0; move < ACTION_MOVES; move++)
        if (counts[move] > most) most = counts[move];
    return most;
}

static Status assign_moves(int *move_of, const ActionTable *table, Error *error)
{
    const int cells = table->codes * ACTION_MOVES;
    double *gain = NULL;
    Status status = memory_new_array(&gain, (size_t)cells, error);
    if (status) return status;
    for (int i = 0; i < cells; i++)
        gain[i] = (double)table->counts[i];
    status = assignment_best(move_of, gain, table->codes, ACTION_MOVES, error);
    for (int code = 0; !status && code < table->codes; code++)
        if (move_of[code] >= 0 && !table->counts[code * ACTION_MOVES + move_of[code]])
            move_of[code] = -1;
    memory_free(gain);
    return status;
}

static void fill_shares(ActionAgreement *out, const int *move_of, const ActionTable *table)
{
    const Totals totals = totals_of(table);
    const double all = (double)totals.all;
    int64_t pure = 0, assigned = 0;
    for (int code = 0; code < table->codes; code++) {
        const int64_t *counts = table->counts + (size_t)code * ACTION_MOVES;
        pure += most_of(counts);
        if (move_of[code] >= 0) assigned += counts[move_of[code]];
        out->codes_used += code_total(table, code) > 0;
    }
    out->steps = totals.all;
    out->purity = (double)pure / all;
    out->one_to_one = (double)assigned / all;
    out->base = (double)most_of(totals.moves) / all;
    out->nmi = normalised_information(table, &totals);
}

Status action_agreement(ActionAgreement *out, int *move_of, const ActionTable *table, Error *error)
{
    const double nothing = (double)NAN;
    *out = (ActionAgreement){
        .purity = nothing, .one_to_one = nothing, .nmi = nothing, .base = nothing
    };
    const Status status = assign_moves(move_of, table, error);
    if (!status && totals_of(table).all) fill_shares(out, move_of, table);
    return status;
}

double action_table_share(const ActionTable *table, const int *move_of)
{
    int64_t all = 0, assigned = 0;
    for (int code = 0; code < table->codes; code++) {
        if (move_of[code] < 0) continue;
        all += code_total(table, code);
        assigned += table->counts[code * ACTION_MOVES + move_of[code]];
    }
    return all ? (double)assigned / (double)all : (double)NAN;
}
