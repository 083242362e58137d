/**
 * Number: a scalar together with the precision that upstream's arithmetic would keep it in.
 *
 * Actions are float32. NumPy's rules then keep a product of an action's element and a plain number in float32,
 * and rewards inherit it; only a float64 scalar lifts the result to double. Rewards that the gripper's effort
 * enters are therefore computed with Number, so that they agree to the bit; everything else is plain double.
 */
#ifndef PLAYSLOT_ENVS_NUMBER_H
#define PLAYSLOT_ENVS_NUMBER_H

/** An operation has the larger kind of its two operands. */
typedef enum NumberKind {
    NUMBER_PLAIN, /* double that gives way to float32: literals, results of tolerance() and of rules on them */
    NUMBER_SINGLE, /* float32: anything made from an action's element */
    NUMBER_WIDE    /* double that stays double: elements of observations, distances, logarithms */
} NumberKind;

typedef struct Number {
    double value; /* of a float32 number: exactly representable as float */
    NumberKind kind;
} Number;

Number number_plain(double value);
Number number_single(float value);
Number number_wide(double value);

/** a + b, a - b, a b, a / b, rounded as the kind of the result demands. */
Number number_add(Number a, Number b);
Number number_subtract(Number a, Number b);
Number number_multiply(Number a, Number b);
Number number_divide(Number a, Number b);

/** Hamacher product a b / (a + b - a b) of two numbers in [0, 1]; 0 where the denominator is not positive. */
Number number_hamacher(Number a, Number b);

/** scale a + offset with two plain numbers. */
Number number_affine(Number a, double scale, double offset);

#endif
