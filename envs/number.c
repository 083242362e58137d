#include "envs/number.h"

#include <assert.h>

Number number_plain(double value)
{
    return (Number){ value, NUMBER_PLAIN };
}

Number number_single(float value)
{
    return (Number){ (double)value, NUMBER_SINGLE };
}

Number number_wide(double value)
{
    return (Number){ value, NUMBER_WIDE };
}

static double rounded(double value, NumberKind kind)
{
    return kind == NUMBER_SINGLE ? (double)(float)value : value;
}

static NumberKind common(Number a, Number b)
{
    return a.kind > b.kind ? a.kind : b.kind;
}

/* one operation of two floats in double, rounded to float, is the float operation */

Number number_add(Number a, Number b)
{
    const NumberKind kind = common(a, b);
    return (Number){ rounded(rounded(a.value, kind) + rounded(b.value, kind), kind), kind };
}

Number number_subtract(Number a, Number b)
{
    const NumberKind kind = common(a, b);
    return (Number){ rounded(rounded(a.value, kind) - rounded(b.value, kind), kind), kind };
}

Number number_multiply(Number a, Number b)
{
    const NumberKind kind = common(a, b);
    return (Number){ rounded(rounded(a.value, kind) * rounded(b.value, kind), kind), kind };
}

Number number_divide(Number a, Number b)
{
    const NumberKind kind = common(a, b);
    return (Number){ rounded(rounded(a.value, kind) / rounded(b.value, kind), kind), kind };
}

Number number_hamacher(Number a, Number b)
{
    assert(a.value >= 0 && a.value <= 1 && b.value >= 0 && b.value <= 1);
    const Number product = number_multiply(a, b);
    const Number denominator = number_subtract(number_add(a, b), product);
    return denominator.value > 0 ? number_divide(product, denominator) : number_plain(0);
}

Number number_affine(Number a, double scale, double offset)
{
    return number_add(number_multiply(number_plain(scale), a), number_plain(offset));
}
